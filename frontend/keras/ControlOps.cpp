//===- ControlOps.cpp - Choices and loops of keras.ops --------------------===//
//
// `cond`, `fori_loop` and `while_loop`: both branches are computed where only a run
// knows which is meant, and loops go as often as the file says, step behind step.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {
namespace {

/// More steps than that are no loop to unroll.
constexpr int64_t kMostSteps = 10000;

Value callWith(Interpreter &in, const BoundArguments &args, Value function,
               std::vector<PlacedValue> values) {
  Arguments arguments{args.place, args.place, std::move(values), {}};
  return in.call(function, arguments);
}

Value rejectArgument(Session &session, const BoundArguments::Slot &slot, const char *parameter,
                     const std::string &callee, const char *expected) {
  if (!slot.value.isError())
    session.in.report(Code::InvalidArgument, slot.place, "`{}` of {} is {}, got {}", parameter,
                      callee, expected, slot.value.inWords());
  return Value::error();
}

/// `x` where the predicate holds, else `y`; lists of tensors one by one.
Value chosen(Session &session, const BoundArguments &args, const std::string &callee, Value x,
             Value y) {
  const auto *xs = x.as<eval::Sequence>(), *ys = y.as<eval::Sequence>();
  if (xs && ys && xs->elements.size() == ys->elements.size()) {
    std::vector<Value> results;
    for (auto [one, other] : llvm::zip_equal(xs->elements, ys->elements)) {
      results.push_back(chosen(session, args, callee, one, other));
      if (results.back().isError())
        return Value::error();
    }
    return session.in.heap.list(std::move(results));
  }
  const BoundArguments::Slot &predicate = args["pred"];
  return applyOp(session, "Cond", callee, args.place, [&](OpCall &call) -> Tensor * {
    Tensor *condition = call.graph.toBool(call.tensor(predicate));
    Tensor *one = call.tensor(x, args["true_fn"].place);
    Tensor *other = one ? call.tensor(y, args["false_fn"].place) : nullptr;
    if (!condition || !other)
      return nullptr;
    if (condition->rank() == 0)
      return call.graph.select(condition, one, other);
    call.reject(predicate, "pred", "one bool, not one for each element")
        .help("`keras.ops.where(condition, x, y)` chooses element by element");
    return nullptr;
  });
}

Value cond(Session &session, BoundArguments &args) {
  std::string callee = session.wordsOf(args.calleePlace, "`ops.cond`");
  const BoundArguments::Slot &predicate = args["pred"];
  Value yes = args["true_fn"].value, no = args["false_fn"].value;
  if (predicate.value.isError())
    return Value::error();
  if (!predicate.value.as<Tensor>()) {
    auto holds = session.in.truth(predicate.value);
    return holds ? callWith(session.in, args, *holds ? yes : no, {}) : Value::error();
  }
  Value x = callWith(session.in, args, yes, {});
  Value y = x.isError() ? x : callWith(session.in, args, no, {});
  return y.isError() ? y : chosen(session, args, callee, x, y);
}

Value foriLoop(Session &session, BoundArguments &args) {
  std::string callee = session.wordsOf(args.calleePlace, "`ops.fori_loop`");
  for (const char *parameter : {"lower", "upper"})
    if (!args[parameter].value.isInt())
      return rejectArgument(session, args[parameter], parameter, callee, "an integer");
  int64_t lower = *args["lower"].value.asInteger(), upper = *args["upper"].value.asInteger();
  if (upper - lower > kMostSteps)
    return rejectArgument(session, args["upper"], "upper", callee,
                          "at most 10000 above `lower`: every step is built");
  Value value = args["init_val"].value;
  SourceRange place = args["init_val"].place;
  for (int64_t i = lower; i < upper && !value.isError(); ++i)
    value = callWith(session.in, args, args["body_fun"].value,
                     {{Value::integer(i), place}, {value, place}});
  return value;
}

Value whileLoop(Session &session, BoundArguments &args) {
  std::string callee = session.wordsOf(args.calleePlace, "`ops.while_loop`");
  const BoundArguments::Slot &limit = args["maximum_iterations"], &start = args["loop_vars"];
  if (!limit.value.isNone() && !limit.value.isInt())
    return rejectArgument(session, limit, "maximum_iterations", callee, "an integer");
  int64_t most = limit.value.isInt() ? *limit.value.asInteger() : kMostSteps;
  const auto *several = start.value.as<eval::Sequence>();
  std::vector<Value> values = several ? several->elements : std::vector<Value>{start.value};
  auto call = [&](const char *function) {
    std::vector<PlacedValue> arguments;
    for (Value value : values)
      arguments.push_back({value, start.place});
    return callWith(session.in, args, args[function].value, std::move(arguments));
  };
  for (int64_t step = 0; step < most; ++step) {
    Value goesOn = call("cond");
    if (goesOn.isError())
      return goesOn;
    if (goesOn.as<Tensor>()) {
      session.in
          .report(Code::NotSupportedYet, args["cond"].place,
                  "{} as long as a tensor says so is not supported yet", callee)
          .help("a loop goes as often as the file says: `keras.ops.fori_loop(0, 8, …)`");
      return Value::error();
    }
    auto holds = session.in.truth(goesOn);
    if (!holds)
      return Value::error();
    if (!*holds)
      break;
    Value next = call("body");
    const auto *sequence = next.as<eval::Sequence>();
    if (next.isError())
      return next;
    if (!several)
      values = {sequence && sequence->elements.size() == 1 ? sequence->elements.front() : next};
    else if (sequence && sequence->elements.size() == values.size())
      values = sequence->elements;
    else
      return rejectArgument(session, args["body"], "body", callee,
                            "a function that gives as many values as `loop_vars` has");
  }
  return several ? session.in.heap.list(std::move(values)) : values.front();
}

} // namespace

void addControlOps(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto add = [&](const char *name, const char *parameters,
                 Value (*compute)(Session &, BoundArguments &)) {
    catalogue.addFunction(static_cast<eval::Module *>(session.ops), name, parameters,
                          [&session, compute](Interpreter &, BoundArguments &args) {
                            return compute(session, args);
                          });
  };
  add("cond", "pred, true_fn, false_fn", cond);
  add("fori_loop", "lower, upper, body_fun, init_val", foriLoop);
  add("while_loop", "cond, body, loop_vars, maximum_iterations=None", whileLoop);
}

} // namespace rondo::keras
