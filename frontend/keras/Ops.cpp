//===- Ops.cpp - Operations on symbolic tensors ---------------------------===//
//
// Reading arguments, recording nodes, and the module keras.ops. The operations
// themselves are in …Ops.cpp and Activations.cpp; operators and subscripts of
// tensors are in TensorOperators.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Ops.h"
#include "frontend/eval/BigInt.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Size.h"
#include <cmath>

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Building one operation
//===----------------------------------------------------------------------===//

Tensor *OpCall::tensor(Value value, SourceRange place) {
  Session &session = graph.session;
  if (Tensor *tensor = value.as<Tensor>()) {
    if (!session.checkTrace(tensor, place))
      return nullptr;
    inputs.push_back(tensor);
    return tensor;
  }
  if (auto number = eval::realOf(value))
    return graph.scalar(*number);
  if (const auto *size = value.as<Size>())
    return tensor(size->scalar, place);
  if (const auto *array = value.as<eval::NdArray>())
    return makeConstant(graph, *array);
  if (!value.isError()) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::NotATensor, place, "{} takes symbolic tensors and numbers, got {}",
                          graph.callee, value.inWords());
    helpWithTensor(diagnostic, value);
    if (isNumbers(value))
      diagnostic.help("`keras.ops.convert_to_tensor(…)` makes a constant of it");
  }
  return nullptr;
}

std::optional<std::vector<Tensor *>> OpCall::tensors(const BoundArguments::Slot &slot) {
  auto result = flattenTensors(graph.session, slot.value, slot.place, graph.callee);
  if (!result)
    return std::nullopt;
  for (Tensor *member : *result)
    if (!tensor(member, slot.place))
      return std::nullopt;
  if (!result->empty())
    return result;
  graph.session.in.report(Code::InputCount, slot.place, "{} of no tensors", graph.callee);
  return std::nullopt;
}

std::optional<int64_t> OpCall::axis(const BoundArguments::Slot &slot, size_t rank) {
  if (slot.value.isInt())
    return checkAxis(graph.session, *slot.value.asInteger(), rank,
                     llvm::StringRef(graph.callee).trim('`'), slot.place);
  graph.session.in.report(Code::InvalidArgument, slot.place, "`axis` of {} is an integer, got {}",
                          graph.callee, slot.value.inWords());
  return std::nullopt;
}

std::optional<AxisList> OpCall::orderedAxes(const BoundArguments::Slot &slot, const Tensor *x) {
  AxisList result;
  std::vector<Value> values{slot.value};
  if (const auto *several = slot.value.as<eval::Sequence>())
    values = several->elements;
  for (Value value : values) {
    auto checked = axis({value, slot.place, true}, x->rank());
    if (!checked)
      return std::nullopt;
    if (llvm::is_contained(result, *checked)) {
      graph.session.in.report(Code::InvalidArgument, slot.place, "`axis` of {} names axis {} twice",
                              graph.callee, *checked);
      return std::nullopt;
    }
    result.push_back(*checked);
  }
  return result;
}

std::optional<AxisList> OpCall::axes(const BoundArguments::Slot &slot, const Tensor *x) {
  if (slot.value.isNone())
    return GraphBuilder::allAxes(x);
  std::optional<AxisList> result = orderedAxes(slot, x);
  if (result)
    llvm::sort(*result);
  return result;
}

bool OpCall::operands(Tensor *&x, Tensor *&y, PlacedValue left, PlacedValue right) {
  x = tensor(left.value, left.place);
  y = tensor(right.value, right.place);
  return graph.areOperands(x, y);
}

diagnostics::Diagnostic &OpCall::reject(const BoundArguments::Slot &slot, llvm::StringRef parameter,
                                        llvm::StringRef expected) {
  return graph.session.in.report(Code::InvalidArgument, slot.place, "`{}` of {} is {}, got {}",
                                 parameter, graph.callee, expected, slot.value.inWords());
}

std::optional<double> OpCall::number(const BoundArguments &args, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = args[parameter];
  if (auto value = slot.value.asReal())
    return value;
  reject(slot, parameter, "a number");
  return std::nullopt;
}

/// What `read` makes of a value, or of each of several; nothing if it makes nothing
/// of one.
template <typename T>
static std::optional<std::vector<T>> readAll(Value value,
                                             llvm::function_ref<std::optional<T>(Value)> read) {
  std::vector<Value> values = elementsOf(value).value_or(std::vector<Value>{value});
  std::vector<T> result;
  for (Value each : values)
    if (auto element = each.isBool() ? std::nullopt : read(each))
      result.push_back(std::move(*element));
  return result.size() == values.size() ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<std::vector<int64_t>> OpCall::integers(const BoundArguments &args,
                                                     llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = args[parameter];
  auto result = readAll<int64_t>(slot.value, [](Value value) { return value.asInteger(); });
  if (!result)
    reject(slot, parameter, "an integer or a tuple of them");
  return result;
}

std::optional<std::vector<DimExpr>> OpCall::sizes(const BoundArguments &args,
                                                  llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = args[parameter];
  auto result = readAll<DimExpr>(slot.value, &Size::read);
  if (!result)
    reject(slot, parameter, "an integer or a tuple of them");
  return result;
}

std::optional<Axes> OpCall::shape(const BoundArguments &args) {
  const BoundArguments::Slot &slot = args["shape"];
  const auto *several = slot.value.as<eval::Sequence>();
  if (several && llvm::any_of(several->elements, [](Value size) { return size.isNone(); })) {
    graph.session.in
        .report(Code::DynamicSize, slot.place,
                "a size of the shape {} is None, which {} cannot make", slot.value.inWords(),
                graph.callee)
        .help("inside the `call` of a layer, or a `Lambda`, `ops.shape(x)[0]` is the batch of `x`");
    return std::nullopt;
  }
  auto expressions = sizes(args, "shape");
  if (!expressions)
    return std::nullopt;
  constexpr int64_t limit = int64_t(1) << 31;
  Axes axes;
  for (const DimExpr &size : *expressions) {
    int64_t number = size.getConstant().value_or(1);
    if (number <= 0 || number > limit) {
      reject(slot, "shape", "made of positive sizes");
      return std::nullopt;
    }
    bool isBatch = axes.empty() && size == DimExpr::symbol(Session::batchSymbol);
    axes.push_back({size, isBatch       ? AxisMeaning::Batch
                          : isOne(size) ? AxisMeaning::One
                                        : AxisMeaning::Unknown});
  }
  return axes;
}

Tensor *OpCall::integerTensor(const BoundArguments::Slot &slot, llvm::StringRef parameter) {
  Tensor *given = tensor(slot), *result = graph.asIntegers(given);
  if (given && !result)
    reject(slot, parameter, "a tensor of integers")
        .help("`keras.ops.cast(x, \"int32\")` makes integers");
  return result;
}

bool OpCall::boolean(const BoundArguments::Slot &slot) {
  return graph.session.in.truth(slot.value).value_or(false);
}

Value applyListOp(Session &session, llvm::StringRef className, std::string callee,
                  SourceRange place, llvm::function_ref<std::vector<Tensor *>(OpCall &)> build) {
  Operation *operation =
      session.currentTrace() == 0 ? session.makeOperation(className, "", place) : nullptr;
  std::string name = operation ? operation->name : session.traceName();
  OpCall call(session, place, name, std::move(callee));
  std::vector<Tensor *> results = build(call);
  if (results.empty() || llvm::is_contained(results, nullptr))
    return Value::error();
  // Tensors of their own, even where nothing was computed.
  std::vector<Tensor *> outputs;
  for (Tensor *result : results)
    outputs.push_back(session.makeResult(result, operation, name, place));
  if (operation)
    session.makeNode(operation, std::move(call.inputs), outputs, place);
  return session.in.heap.list(std::vector<Value>(outputs.begin(), outputs.end()));
}

Value applyOp(Session &session, llvm::StringRef className, std::string callee, SourceRange place,
              llvm::function_ref<Tensor *(OpCall &)> build) {
  Value results = applyListOp(session, className, std::move(callee), place,
                              [&](OpCall &call) { return std::vector<Tensor *>{build(call)}; });
  const auto *list = results.as<eval::List>();
  return list ? list->elements.front() : results;
}

//===----------------------------------------------------------------------===//
// keras.ops
//===----------------------------------------------------------------------===//

namespace {

bool isTensor(Value value) {
  if (const auto *sequence = value.as<eval::Sequence>())
    return llvm::any_of(sequence->elements, [](Value element) { return element.as<Tensor>(); });
  return value.as<Tensor>() || value.as<Size>();
}

bool isReported(Value value) {
  const auto *sequence = value.as<eval::Sequence>();
  return value.isError() ||
         (sequence && llvm::any_of(sequence->elements, [](Value v) { return v.isError(); }));
}

} // namespace

Value callOp(Session &session, const OpEntry &entry, std::string callee, BoundArguments &args) {
  callee = session.wordsOf(args.calleePlace, std::move(callee));
  std::vector<PlacedValue> values;
  for (const BoundArguments::Slot &slot : args.slots)
    values.push_back({slot.value, slot.place});
  values.insert(values.end(), args.rest.begin(), args.rest.end());
  // The subscripts of einsum come before its tensors.
  const PlacedValue &first = args.rest.empty() ? values.front() : args.rest.front();
  if (auto number = first.value.asReal(); number && entry.onNumber)
    return Value::real(entry.onNumber(*number));
  if (llvm::any_of(values, [](const PlacedValue &v) { return isReported(v.value); }))
    return Value::error();
  if (auto shape = callOnSizes(session, entry.name, args))
    return *shape;
  if (!llvm::any_of(values, [](const PlacedValue &v) { return isTensor(v.value); })) {
    if (auto result = callOnArrays(session, entry.name, args))
      return *result;
    bool isArray = first.value.as<eval::NdArray>();
    // What is computed of an array at once may be for a plot; a layer needs it.
    if (isArray && session.currentTrace() == 0)
      return session.in.heap.make<eval::Opaque>(llvm::StringRef(callee).trim('`').str(),
                                                "compute it with numpy", args.place);
    if (!isArray) {
      diagnostics::Diagnostic &diagnostic =
          session.in.report(Code::NotATensor, first.place, "{} takes a symbolic tensor, got {}",
                            callee, first.value.inWords());
      if (first.value.asReal())
        diagnostic.help("plain numbers are computed with Python's operators");
      return Value::error();
    }
  }
  if (entry.buildList)
    return applyListOp(session, entry.className, std::move(callee), args.place,
                       [&](OpCall &call) { return entry.buildList(call, args); });
  return applyOp(session, entry.className, std::move(callee), args.place,
                 [&](OpCall &call) { return entry.build(call, args); });
}

void addOps(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = catalogue.addModule("keras.ops", refusedOps());
  session.ops = module;
  for (llvm::ArrayRef<OpEntry> table :
       {elementwiseOps(), activationOps(), shapeOps(), productOps(), arrayOps(), orderOps(),
        numberOps(), angleOps(), statisticOps(), gridOps(), neuralOps()})
    for (const OpEntry &entry : table) {
      std::string callee = fmt::format("`ops.{}`", entry.name);
      catalogue.addFunction(module, entry.name, entry.parameters,
                            [&session, &entry, callee](Interpreter &, BoundArguments &args) {
                              return callOp(session, entry, callee, args);
                            });
    }
  addConstantOps(catalogue);
  addControlOps(catalogue);
  addLoopOps(catalogue);
  // A plain number is cast at once; a size is a whole number.
  Value cast = module->members["cast"];
  catalogue.addFunction(module, "cast", "x, dtype", [cast](Interpreter &in, BoundArguments &args) {
    const BoundArguments::Slot &x = args["x"], &dtype = args["dtype"];
    Value wanted = computedType(in, dtype.value);
    const auto *type = wanted.as<eval::Str>();
    auto number = x.value.asReal();
    if (number && type && llvm::StringRef(type->text).starts_with("float"))
      return Value::real(*number);
    if (number && type && llvm::StringRef(type->text).starts_with("int"))
      return Value::integer(int64_t(*number));
    if (x.value.as<Size>() && type && llvm::StringRef(type->text).starts_with("int"))
      return x.value;
    Arguments arguments{
        args.place, args.calleePlace, {{x.value, x.place}, {dtype.value, dtype.place}}, {}};
    return in.call(cast, arguments);
  });
  module->members["saturate_cast"] = module->members["cast"];
  catalogue.addFunction(module, "dtype", "x", [](Interpreter &in, BoundArguments &args) {
    return in.attribute(args["x"].value, "dtype", args["x"].place);
  });
  // Outside of layers tensors are symbols, which Keras takes for none.
  catalogue.addFunction(module, "is_tensor", "x", [&session](Interpreter &, BoundArguments &args) {
    Value x = args["x"].value;
    const auto *array = x.as<eval::NdArray>();
    bool isTraced = x.as<Tensor>() && session.currentTrace() != 0;
    return Value::boolean(isTraced || x.as<Size>() || (array && array->isConstant));
  });
  catalogue.addFunction(module, "get_item", "x, key", [](Interpreter &in, BoundArguments &args) {
    return in.subscript(args["x"].value, args["key"].value, args.place, args["key"].place);
  });
  catalogue.addFunction(module, "shape", "x", [&session](Interpreter &, BoundArguments &args) {
    return shapeOf(session, args["x"]);
  });
  catalogue.addFunction(module, "ndim", "x", [](Interpreter &in, BoundArguments &args) {
    return in.attribute(args["x"].value, "ndim", args["x"].place);
  });
  // Keras sorts the functions into modules as well.
  llvm::StringMap<Value> functions = module->members;
  for (const char *part : {"keras.ops.nn", "keras.ops.numpy", "keras.ops.linalg"})
    catalogue.addModule(part, refusedOps())->members = functions;
}

} // namespace rondo::keras
