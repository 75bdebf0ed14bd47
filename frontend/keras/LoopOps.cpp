//===- LoopOps.cpp - Functions of the file along an axis ------------------===//
//
// `map`, `vectorized_map`, `scan` and `associative_scan` of keras.ops: the function is
// traced once, as the body of a `rondo.scan`. `switch` is here too: it calls functions.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Size.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

/// Tensors in lists and tuples, one behind the other, and the way back.
class Nest {
public:
  /// Reads the tensors of a value; false after a report.
  bool read(OpCall &call, Value value, SourceRange place) {
    shape = value;
    return collect(call, value, place);
  }

  /// The same nest of other tensors.
  Value filled(Session &session, llvm::ArrayRef<Value> &values) const {
    return fill(session, shape, values);
  }
  Value filled(Session &session, const std::vector<Tensor *> &with) const {
    std::vector<Value> values(with.begin(), with.end());
    llvm::ArrayRef<Value> left = values;
    return filled(session, left);
  }

  std::vector<Tensor *> tensors;

private:
  bool collect(OpCall &call, Value value, SourceRange place) {
    if (const auto *sequence = value.as<eval::Sequence>())
      return llvm::all_of(sequence->elements,
                          [&](Value element) { return collect(call, element, place); });
    Tensor *tensor = value.isNone() ? nullptr : call.tensor(value, place);
    if (value.isNone())
      return true;
    tensors.push_back(tensor);
    return tensor;
  }

  static Value fill(Session &session, Value shape, llvm::ArrayRef<Value> &values) {
    if (const auto *sequence = shape.as<eval::Sequence>()) {
      std::vector<Value> elements;
      for (Value element : sequence->elements)
        elements.push_back(fill(session, element, values));
      if (shape.as<eval::Tuple>())
        return session.in.heap.tuple(std::move(elements));
      return session.in.heap.list(std::move(elements));
    }
    if (shape.isNone())
      return shape;
    Value value = values.front();
    values = values.drop_front();
    return value;
  }

  Value shape;
};

/// An operation that calls a function of the file in each step.
class Loop {
public:
  Loop(OpCall &call, BoundArguments &args, const char *function)
      : call(call), graph(call.graph), session(call.graph.session), args(args),
        function(args[function]) {
    // In a layer it is traced with the layer. Else it is a world of its own, as in Keras.
    if (session.currentTrace() != 0)
      return;
    uses.emplace(session.uses);
    trace.emplace(session, graph.name, "the operation", SourceRange{}, "");
  }

  /// The elements of an axis as the steps of a sequence. The axes of a slice are the others.
  Tensor *timed(Tensor *x, int64_t axis) {
    return isWrapped(x, axis) ? graph.expandDims(x, 0) : moved(graph, x, axis, 1);
  }
  /// A slice as the function sees it.
  Tensor *slice(Tensor *x, bool wasWrapped) { return wasWrapped ? graph.squeeze(x, {0}) : x; }
  /// The batch, and a single axis, have none in front that could stay where it is.
  static bool isWrapped(const Tensor *x, int64_t axis) {
    return axis == 0 && (x->rank() == 1 || x->axes[0].is(AxisMeaning::Batch));
  }

  /// Calls the function and reads what it gives; false after a report.
  bool invoke(std::vector<Value> values, Value &result) {
    std::vector<PlacedValue> positional;
    for (Value value : values)
      positional.push_back({value, args.place});
    Arguments arguments{args.place, function.place, std::move(positional), {}};
    result = session.in.call(function.value, arguments);
    return !result.isError();
  }
  bool readResult(Nest &nest, Value value) {
    // What is inside is no input of the node.
    OpCall inner(session, args.place, graph.name, graph.callee);
    return nest.read(inner, value, function.place);
  }

  /// What a step makes, as a tensor that can be stacked, and back as the stack.
  Tensor *stackable(Tensor *x) {
    kinds.push_back(x->element);
    wrapped.push_back(x->rank() == 0 || !x->axes[0].is(AxisMeaning::Batch));
    x = graph.toFloat(x);
    return wrapped.back() ? graph.expandDims(x, 0) : x;
  }
  Tensor *unstacked(Tensor *x, size_t index) {
    x = wrapped[index] ? graph.squeeze(x, {0}) : moved(graph, x, 1, 0);
    return kinds[index] == ElementKind::Bool  ? graph.toBool(x)
           : kinds[index] == ElementKind::Int ? graph.toInt(x)
                                              : x;
  }

  /// A tensor in the element type and shape of the one that a step starts from; null after a
  /// report.
  Tensor *likeCarry(Tensor *x, const Tensor *carry) {
    if (carry->element == ElementKind::Float)
      x = graph.toFloat(x);
    if (x->element == carry->element && session.unify(*x, carry->axes))
      return x;
    session.in.report(Code::ShapeMismatch, function.place,
                      "a step of {} makes a tensor of shape {} of one of shape {}: what goes from "
                      "step to step stays as it is",
                      graph.callee, x->shape(), carry->shape());
    return nullptr;
  }

  /// The first axis of all tensors as one; nothing after a report.
  std::optional<Axis> steps(const std::vector<Tensor *> &tensors, int64_t axis, SourceRange place) {
    for (const Tensor *tensor : tensors) {
      bool fits = tensor->rank() > size_t(axis) &&
                  session.unify(tensor->axes[axis].size, tensors.front()->axes[axis].size);
      if (fits)
        continue;
      session.in.report(Code::ShapeMismatch, place,
                        "{} goes along axis {} of all its tensors, and of shapes {} and {} that is "
                        "not one length",
                        graph.callee, axis, tensors.front()->shape(), tensor->shape());
      return std::nullopt;
    }
    return tensors.front()->axes[axis];
  }

  OpCall &call;
  GraphBuilder &graph;
  Session &session;
  BoundArguments &args;
  const BoundArguments::Slot &function;
  std::vector<ElementKind> kinds;
  std::vector<bool> wrapped;

private:
  std::optional<llvm::SaveAndRestore<std::vector<Session::Use>>> uses;
  std::optional<Session::Trace> trace;
};

/// The nest of a list of results.
Value packed(Session &session, const Nest &nest, Value results, size_t first = 0) {
  const auto *list = results.as<eval::List>();
  if (!list)
    return Value::error();
  llvm::ArrayRef<Value> values = llvm::ArrayRef(list->elements).drop_front(first);
  return nest.filled(session, values);
}

bool reportEmpty(OpCall &call, SourceRange place) {
  call.graph.session.in.report(Code::InputCount, place, "{} of no tensors", call.graph.callee);
  return false;
}

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

/// What the function makes of each element of the first axis, stacked.
Value mapped(Session &session, BoundArguments &args, const char *className, const char *name,
             const char *function, const char *elements) {
  Nest made;
  auto build = [&](OpCall &call) -> std::vector<Tensor *> {
    Nest given;
    const BoundArguments::Slot &xs = args[elements];
    if (!given.read(call, xs.value, xs.place) ||
        (given.tensors.empty() && !reportEmpty(call, xs.place)))
      return {};
    Loop loop(call, args, function);
    auto steps = loop.steps(given.tensors, 0, xs.place);
    if (!steps)
      return {};
    std::vector<Tensor *> sequences;
    for (Tensor *tensor : given.tensors)
      sequences.push_back(loop.timed(tensor, 0));
    auto body = [&](const std::vector<Tensor *> &,
                    std::vector<Tensor *> slices) -> std::optional<GraphBuilder::ScanStep> {
      for (auto [slice, whole] : llvm::zip_equal(slices, given.tensors))
        slice = loop.slice(slice, Loop::isWrapped(whole, 0));
      Value result;
      if (!loop.invoke({given.filled(session, slices)}, result) || !loop.readResult(made, result))
        return std::nullopt;
      if (made.tensors.empty() && !reportEmpty(call, args[function].place))
        return std::nullopt;
      GraphBuilder::ScanStep step;
      for (Tensor *tensor : made.tensors)
        step.stacked.push_back(loop.stackable(tensor));
      return step;
    };
    auto results = call.graph.scan(*steps, {}, sequences, body);
    if (!results)
      return {};
    std::vector<Tensor *> stacks;
    for (auto [i, stacked] : llvm::enumerate(results->stacked))
      stacks.push_back(loop.unstacked(stacked, i));
    return stacks;
  };
  std::string callee = session.wordsOf(args.calleePlace, fmt::format("`ops.{}`", name));
  return packed(session, made, applyListOp(session, className, callee, args.place, build));
}

//===----------------------------------------------------------------------===//
// scan
//===----------------------------------------------------------------------===//

/// How many steps a scan without sequences has, and numbers to go along; null after a report.
Tensor *count(OpCall &call, const BoundArguments::Slot &length) {
  auto size = length.value.isBool() ? std::nullopt : Size::read(length.value);
  if (size && size->getConstant().value_or(1) > 0)
    return call.graph.range(*size);
  call.reject(length, "length", "the number of steps, where there are no `xs`");
  return nullptr;
}

Value scanned(Session &session, BoundArguments &args) {
  Nest carried, made;
  size_t carries = 0;
  auto build = [&](OpCall &call) -> std::vector<Tensor *> {
    Nest given;
    const BoundArguments::Slot &xs = args["xs"], &init = args["init"], &length = args["length"];
    const bool isReverse = call.boolean(args["reverse"]);
    if (!carried.read(call, init.value, init.place) || !given.read(call, xs.value, xs.place))
      return {};
    std::vector<Tensor *> along = given.tensors;
    if (along.empty())
      along = {count(call, length)};
    if (!along.front())
      return {};
    Loop loop(call, args, "f");
    auto steps = loop.steps(along, 0, xs.place);
    if (!steps)
      return {};
    if (!given.tensors.empty() && !length.value.isNone()) {
      auto size = Size::read(length.value);
      if (!size || !session.unify(*size, steps->size)) {
        call.reject(length, "length", "that of the first axis of `xs`");
        return {};
      }
    }
    GraphBuilder &graph = call.graph;
    std::vector<Tensor *> sequences;
    for (Tensor *tensor : along) {
      Tensor *sequence = loop.timed(tensor, 0);
      sequences.push_back(isReverse ? graph.reverse(sequence, {1}) : sequence);
    }
    auto body = [&](const std::vector<Tensor *> &before,
                    std::vector<Tensor *> slices) -> std::optional<GraphBuilder::ScanStep> {
      for (auto [slice, whole] : llvm::zip_equal(slices, along))
        slice = loop.slice(slice, Loop::isWrapped(whole, 0));
      if (given.tensors.empty())
        slices.clear();
      Value result;
      if (!loop.invoke({carried.filled(session, before), given.filled(session, slices)}, result))
        return std::nullopt;
      const auto *pair = result.as<eval::Sequence>();
      Nest next;
      bool isPair = pair && pair->elements.size() == 2;
      if (isPair && !loop.readResult(next, pair->elements[0]))
        return std::nullopt;
      if (!isPair || next.tensors.size() != before.size()) {
        session.in.report(Code::InvalidArgument, args["f"].place,
                          "`f` of {} gives a pair: what goes on to the next step, as `init`, and "
                          "what is stacked",
                          graph.callee);
        return std::nullopt;
      }
      if (!loop.readResult(made, pair->elements[1]))
        return std::nullopt;
      GraphBuilder::ScanStep step;
      for (auto [tensor, carry] : llvm::zip_equal(next.tensors, before))
        if (Tensor *fitting = loop.likeCarry(tensor, carry))
          step.carries.push_back(fitting);
        else
          return std::nullopt;
      for (Tensor *tensor : made.tensors)
        step.stacked.push_back(loop.stackable(tensor));
      return step;
    };
    auto results = graph.scan(*steps, carried.tensors, sequences, body);
    if (!results)
      return {};
    carries = results->carries.size();
    std::vector<Tensor *> all = results->carries;
    for (auto [i, stacked] : llvm::enumerate(results->stacked))
      all.push_back(loop.unstacked(isReverse ? graph.reverse(stacked, {1}) : stacked, i));
    return all;
  };
  std::string callee = session.wordsOf(args.calleePlace, "`ops.scan`");
  Value results = applyListOp(session, "Scan", callee, args.place, build);
  if (results.isError())
    return results;
  return session.in.heap.tuple(
      {packed(session, carried, results), packed(session, made, results, carries)});
}

//===----------------------------------------------------------------------===//
// associative_scan
//===----------------------------------------------------------------------===//

/// The first element, it and the second combined, and so on.
Value combined(Session &session, BoundArguments &args) {
  Nest given;
  auto build = [&](OpCall &call) -> std::vector<Tensor *> {
    const BoundArguments::Slot &elems = args["elems"], &slot = args["axis"];
    if (!given.read(call, elems.value, elems.place) ||
        (given.tensors.empty() && !reportEmpty(call, elems.place)))
      return {};
    auto axis = call.axis(slot, given.tensors.front()->rank());
    if (!axis)
      return {};
    if (given.tensors.front()->axes[*axis].is(AxisMeaning::Batch)) {
      sampleAxis(call, slot, given.tensors.front()); // reports it
      return {};
    }
    GraphBuilder &graph = call.graph;
    const bool isReverse = call.boolean(args["reverse"]);
    Loop loop(call, args, "f");
    auto steps = loop.steps(given.tensors, *axis, elems.place);
    if (!steps)
      return {};
    if (session.resolve(steps->size) == DimExpr(1))
      return given.tensors;
    // What is combined so far goes from step to step, with the axis as one element.
    std::vector<Tensor *> firsts, rests;
    for (Tensor *tensor : given.tensors) {
      if (isReverse)
        tensor = graph.reverse(tensor, {*axis});
      firsts.push_back(graph.toFloat(graph.part(tensor, *axis, 0, 1)));
      llvm::SmallVector<DimExpr> offsets(tensor->rank(), DimExpr(0)), sizes;
      for (const Axis &each : tensor->axes)
        sizes.push_back(session.resolve(each.size));
      offsets[*axis] = DimExpr(1);
      sizes[*axis] = sizes[*axis] - DimExpr(1);
      rests.push_back(loop.timed(graph.toFloat(graph.slice(tensor, offsets, sizes)), *axis));
    }
    auto body = [&](const std::vector<Tensor *> &before,
                    std::vector<Tensor *> slices) -> std::optional<GraphBuilder::ScanStep> {
      for (auto [slice, whole] : llvm::zip_equal(slices, given.tensors))
        slice = graph.expandDims(loop.slice(slice, Loop::isWrapped(whole, *axis)), *axis);
      Value result;
      Nest next;
      if (!loop.invoke({given.filled(session, before), given.filled(session, slices)}, result) ||
          !loop.readResult(next, result))
        return std::nullopt;
      if (next.tensors.size() != before.size()) {
        session.in.report(Code::InvalidArgument, args["f"].place,
                          "`f` of {} gives as many tensors as it is given of either", graph.callee);
        return std::nullopt;
      }
      GraphBuilder::ScanStep step;
      for (auto [tensor, carry] : llvm::zip_equal(next.tensors, before)) {
        Tensor *fitting = loop.likeCarry(tensor, carry);
        if (!fitting)
          return std::nullopt;
        step.carries.push_back(fitting);
        step.stacked.push_back(carry->rank() == 1 ? fitting : graph.squeeze(fitting, {*axis}));
      }
      return step;
    };
    Axis later = steps.value();
    later.size = session.resolve(later.size) - DimExpr(1);
    auto results = graph.scan(later, firsts, rests, body);
    if (!results)
      return {};
    std::vector<Tensor *> all;
    for (auto [first, stacked] : llvm::zip_equal(firsts, results->stacked)) {
      Tensor *rest =
          first->rank() == 1 ? graph.squeeze(stacked, {0}) : moved(graph, stacked, 1, *axis);
      Tensor *whole = graph.concatenate({first, rest}, *axis);
      all.push_back(isReverse ? graph.reverse(whole, {*axis}) : whole);
    }
    return all;
  };
  std::string callee = session.wordsOf(args.calleePlace, "`ops.associative_scan`");
  return packed(session, given, applyListOp(session, "AssociativeScan", callee, args.place, build));
}

//===----------------------------------------------------------------------===//
// switch
//===----------------------------------------------------------------------===//

/// What the branch of a number makes; of a number that only a run knows all are computed.
Value switched(Session &session, BoundArguments &args) {
  std::string callee = session.wordsOf(args.calleePlace, "`ops.switch`");
  const BoundArguments::Slot &index = args["index"], &branches = args["branches"];
  const auto *several = branches.value.as<eval::Sequence>();
  if (index.value.isError() || branches.value.isError())
    return Value::error();
  if (!several || several->elements.empty()) {
    session.in.report(Code::InvalidArgument, branches.place,
                      "`branches` of {} is a list of functions, got {}", callee,
                      branches.value.inWords());
    return Value::error();
  }
  const int64_t last = int64_t(several->elements.size()) - 1;
  auto branch = [&](int64_t i) {
    Arguments arguments{args.place, branches.place, args.rest, {}};
    return session.in.call(several->elements[i], arguments);
  };
  if (index.value.isInt())
    return branch(std::clamp<int64_t>(*index.value.asInteger(), 0, last));
  std::vector<Value> results;
  for (int64_t i = 0; i <= last; ++i) {
    results.push_back(branch(i));
    if (results.back().isError())
      return Value::error();
  }
  Nest nest;
  Value chosen = applyListOp(
      session, "Switch", callee, args.place, [&](OpCall &call) -> std::vector<Tensor *> {
        Tensor *which = call.tensor(index);
        if (which && which->rank() != 0) {
          call.reject(index, "index", "one whole number");
          return {};
        }
        std::vector<Nest> made(results.size());
        for (auto [each, result] : llvm::zip_equal(made, results))
          if (!which || !each.read(call, result, branches.place))
            return {};
        nest = made.back();
        std::vector<Tensor *> values = nest.tensors;
        for (int64_t i = last - 1; i >= 0; --i) {
          if (made[i].tensors.size() != values.size()) {
            call.reject(branches, "branches", "a list of functions that give as many tensors");
            return {};
          }
          Tensor *isThis =
              call.graph.predicate(ComparePredicate::le, which, call.graph.scalar(double(i)));
          for (auto [value, other] : llvm::zip_equal(values, made[i].tensors))
            value = call.graph.select(isThis, other, value);
        }
        return values;
      });
  return packed(session, nest, chosen);
}

} // namespace

void addLoopOps(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto *ops = static_cast<eval::Module *>(session.ops);
  auto add = [&](const char *name, const char *parameters, auto compute) {
    catalogue.addFunction(ops, name, parameters,
                          [&session, compute](Interpreter &, BoundArguments &args) {
                            return compute(session, args);
                          });
  };
  add("map", "f, xs", [](Session &session, BoundArguments &args) {
    return mapped(session, args, "Map", "map", "f", "xs");
  });
  add("vectorized_map", "function, elements", [](Session &session, BoundArguments &args) {
    return mapped(session, args, "VectorizedMap", "vectorized_map", "function", "elements");
  });
  add("scan", "f, init, xs=None, length=None, reverse=False, unroll=1", scanned);
  add("associative_scan", "f, elems, reverse=False, axis=0", combined);
  add("switch", "index, branches, *operands", switched);
}

} // namespace rondo::keras
