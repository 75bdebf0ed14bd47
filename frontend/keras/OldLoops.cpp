//===- OldLoops.cpp - Loops and phases under their names of Keras 2 -------===//
//
// `K.rnn` and `tf.scan`, which are `keras.ops.scan` under other names, and what `K.in_train_phase`
// chooses.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Layer.h"
#include "frontend/keras/Spellings.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

Value chosenByPhase(Session &session, BoundArguments &bound, llvm::StringRef training,
                    llvm::StringRef inference) {
  // Either may be a function that makes the tensor.
  auto valueOf = [&](llvm::StringRef parameter) {
    const BoundArguments::Slot &slot = bound[parameter];
    const eval::Object *object = slot.value.getObject();
    bool isFunction = object && object->isCallable() && !slot.value.as<Tensor>();
    return isFunction ? session.in.callWith(slot.value, {}, slot.place, bound.place) : slot.value;
  };
  Value phase = bound["training"].value;
  if (phase.isNone() && !session.trainingArguments.empty())
    phase = session.trainingArguments.back();
  if (phase.isBool() || phase.isInt())
    return valueOf(*phase.asInteger() != 0 ? training : inference);
  return valueByPhase(session, valueOf(inference), valueOf(training), bound.place,
                      "`K." + bound.signature.callee + "`");
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {

/// The loop of one call of `K.rnn`.
class BackendLoop {
public:
  BackendLoop(Session &session, BoundArguments &bound)
      : session(session), in(session.in), bound(bound) {}

  Value build() {
    if (session.currentTrace() == 0)
      return in.unsupported(bound.calleePlace, "`K.rnn` outside the `call` of a layer is",
                            "call it in a layer of the file");
    if (!isDefault("time_major", Value::boolean(false)))
      return Value::error();
    auto states = in.elements(bound["initial_states"].value, bound["initial_states"].place);
    if (!states)
      return Value::error();
    if (const BoundArguments::Slot &given = bound["constants"]; !given.value.isNone()) {
      auto elements = in.elements(given.value, given.place);
      if (!elements)
        return Value::error();
      constants = std::move(*elements);
    }
    count = states->size();
    Value x = bound["inputs"].value, mask = maskOfSteps();
    if (in.truth(bound["go_backwards"].value).value_or(false)) {
      x = op("flip", {x, Value::integer(1)});
      mask = mask.isNone() ? mask : op("flip", {mask, Value::integer(1)});
    }
    std::vector<Value> sequences{timeMajor(x)};
    if (!mask.isNone()) {
      // What comes before the first step that counts has the shape of an output.
      auto first =
          step(in.subscript(sequences[0], Value::integer(0), bound.place, bound.place), *states);
      if (!first)
        return Value::error();
      states->push_back(op("zeros_like", {first->output}));
      sequences.push_back(timeMajor(op("cast", {mask, in.heap.str("bool")})));
    }
    Value body = in.heap.make<Native>(
        "step_function", "states, inputs",
        [this](Interpreter &, BoundArguments &arguments) { return stepOf(arguments); });
    Value pair = op("scan", {body, in.heap.tuple(*states), in.heap.tuple(sequences)});
    const auto *results = pair.as<eval::Sequence>();
    if (!results)
      return Value::error();
    Value outputs = op("moveaxis", {results->elements[1], Value::integer(0), Value::integer(1)});
    std::vector<Value> last = results->elements[0].as<eval::Sequence>()->elements;
    Value output;
    if (mask.isNone()) {
      output = op("take", {outputs, Value::integer(-1), Value::integer(1)});
    } else {
      output = last.back();
      last.pop_back();
    }
    return in.heap.tuple({output, outputs, in.heap.list(std::move(last))});
  }

private:
  struct Step {
    Value output;
    std::vector<Value> states;
  };

  Value op(const char *name, std::vector<Value> values) {
    return in.callWith(session.ops->members.lookup(name), values, bound.place, bound.place);
  }
  Value timeMajor(Value x) { return op("moveaxis", {x, Value::integer(1), Value::integer(0)}); }

  bool isDefault(llvm::StringRef parameter, Value value) {
    const BoundArguments::Slot &slot = bound[parameter];
    if (slot.value.isNone() || eval::equal(slot.value, value))
      return true;
    in.report(Code::NotSupportedYet, slot.place, "`{}={}` of `K.rnn` is not supported yet",
              parameter, slot.value.inWords());
    return false;
  }

  /// `mask` as (batch, steps), or None.
  Value maskOfSteps() {
    Value mask = bound["mask"].value;
    const auto *tensor = mask.as<Tensor>();
    return tensor && tensor->rank() == 3 ? op("squeeze", {mask, Value::integer(2)}) : mask;
  }

  /// Calls the function of the file; nothing after a report.
  std::optional<Step> step(Value x, std::vector<Value> states) {
    const BoundArguments::Slot &function = bound["step_function"];
    states.insert(states.end(), constants.begin(), constants.end());
    Value result = in.callWith(function.value, {x, in.heap.list(std::move(states))}, function.place,
                               bound.place);
    if (result.isError())
      return std::nullopt;
    const auto *pair = result.as<eval::Sequence>();
    const auto *next =
        pair && pair->elements.size() == 2 ? pair->elements[1].as<eval::Sequence>() : nullptr;
    if (!next || next->elements.size() != count) {
      in.report(Code::CallResult, function.place,
                "the step function of `K.rnn` returns {}, expected the output and a list of {}",
                result.inWords(), eval::plural(count, "new state"))
          .help("it ends with `return output, [state]`");
      return std::nullopt;
    }
    return Step{pair->elements[0], next->elements};
  }

  /// The body of the loop: `(states, output)` of one step.
  Value stepOf(BoundArguments &arguments) {
    std::vector<Value> before = arguments["states"].value.as<eval::Sequence>()->elements;
    std::vector<Value> slices = arguments["inputs"].value.as<eval::Sequence>()->elements;
    auto made = step(slices.front(), std::vector<Value>(before.begin(), before.begin() + count));
    if (!made)
      return Value::error();
    std::vector<Value> after = std::move(made->states);
    Value output = made->output;
    if (slices.size() > 1) {
      // A step that does not count leaves everything as it was.
      auto choose = [&](Value now, Value otherwise) {
        Value counts = slices[1];
        const auto *tensor = now.as<Tensor>();
        for (size_t axis = 1; tensor && axis < tensor->rank(); ++axis)
          counts = op("expand_dims", {counts, Value::integer(-1)});
        return op("where", {counts, now, otherwise});
      };
      for (size_t i = 0; i < count; ++i)
        after[i] = choose(after[i], before[i]);
      bool isZero = in.truth(bound["zero_output_for_mask"].value).value_or(false);
      output = choose(output, isZero ? op("zeros_like", {output}) : before.back());
      after.push_back(output);
    }
    return in.heap.tuple({in.heap.tuple(std::move(after)), output});
  }

  Session &session;
  Interpreter &in;
  BoundArguments &bound;
  std::vector<Value> constants;
  /// Of states.
  size_t count = 0;
};

} // namespace

Value rnnOfBackend(Session &session, BoundArguments &bound) {
  return BackendLoop(session, bound).build();
}

Value scanOfTensorflow(Session &session, BoundArguments &bound) {
  Interpreter &in = session.in;
  const BoundArguments::Slot &function = bound["fn"], &elems = bound["elems"],
                             &initial = bound["initializer"], &reverse = bound["reverse"];
  if (initial.value.isNone())
    return in.unsupported(bound.place, "`tf.scan` without an `initializer` is",
                          "give it what the first step starts from");
  Value body = in.heap.make<Native>(
      "fn", "state, element", [&](Interpreter &in, BoundArguments &arguments) -> Value {
        Value next =
            in.callWith(function.value, {arguments["state"].value, arguments["element"].value},
                        function.place, bound.place);
        return next.isError() ? next : Value(in.heap.tuple({next, next}));
      });
  Arguments arguments{
      bound.place,
      bound.calleePlace,
      {{body, function.place}, {initial.value, initial.place}, {elems.value, elems.place}},
      {}};
  arguments.keywords.push_back({"reverse", reverse.place, reverse.value, reverse.place});
  Value pair = in.call(session.ops->members.lookup("scan"), arguments);
  const auto *results = pair.as<eval::Sequence>();
  return results ? results->elements[1] : Value::error();
}

} // namespace rondo::keras
