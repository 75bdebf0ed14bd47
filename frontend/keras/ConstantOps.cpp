//===- ConstantOps.cpp - Arrays in the graph ------------------------------===//
//
// How arrays and lists of numbers become constants, and the functions of keras.ops
// on them: without a symbolic tensor among its arguments an operation is computed
// at once, by numpy's function of the same name, and is no part of the graph.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Size.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace rondo::keras {

using eval::NdArray;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Tensor *makeConstant(GraphBuilder &graph, const NdArray &array) {
  Session &session = graph.session;
  Axes axes;
  for (int64_t size : array.shape)
    axes.push_back({DimExpr(size), size == 1 ? AxisMeaning::One : AxisMeaning::Unknown});
  ElementKind element = array.dtype == eval::Dtype::Bool ? ElementKind::Bool
                        : eval::isFloating(array.dtype)  ? ElementKind::Float
                                                         : ElementKind::Int;
  if (array.size() == 0) {
    session.in.report(Code::ShapeMismatch, graph.place,
                      "{} of an array of shape {}, without elements", graph.callee,
                      array.shapeText());
    return nullptr;
  }
  std::vector<double> elements = array.elements();
  // One number everywhere needs no place in memory.
  if (llvm::all_equal(elements))
    elements.resize(1);
  mlir::RankedTensorType tensorType = session.typeOf(axes, element);
  mlir::DenseElementsAttr attribute;
  if (element == ElementKind::Float) {
    attribute = mlir::DenseElementsAttr::get(
        tensorType, llvm::ArrayRef(std::vector<float>(elements.begin(), elements.end())));
  } else if (element == ElementKind::Int) {
    attribute = mlir::DenseElementsAttr::get(
        tensorType, llvm::ArrayRef(std::vector<int32_t>(elements.begin(), elements.end())));
  } else {
    llvm::SmallVector<bool> bits(elements.begin(), elements.end());
    attribute = mlir::DenseElementsAttr::get(tensorType, llvm::ArrayRef<bool>(bits));
  }
  auto constant = session.builder.create<mlir::arith::ConstantOp>(
      session.location(graph.place, graph.name), attribute);
  return session.makeTensor(constant, std::move(axes), element, "constant", graph.place);
}

bool isNumbers(Value value) {
  // The first leaf decides: an array of something else is reported when it is made.
  for (unsigned depth = 0; depth < 32; ++depth) {
    if (value.as<NdArray>() || (value.asReal() && depth > 0))
      return true;
    const auto *sequence = value.as<eval::Sequence>();
    if (!sequence || sequence->elements.empty())
      return false;
    value = sequence->elements.front();
  }
  return false;
}

Value constantOf(Session &session, PlacedValue array, std::string callee) {
  return applyOp(session, "Constant", std::move(callee), array.place,
                 [&](OpCall &call) { return call.tensor(array.value, array.place); });
}

bool areNumbers(const Arguments &arguments) {
  if (arguments.positional.empty() || arguments.holdTensor())
    return false;
  Value first = arguments.positional.front().value;
  for (unsigned depth = 0; depth < 32; ++depth) {
    const auto *sequence = first.as<eval::Sequence>();
    if (!sequence || sequence->elements.empty())
      break;
    first = sequence->elements.front();
  }
  return first.as<NdArray>();
}

std::optional<std::vector<Value>> elementsOf(Value value) {
  if (const auto *sequence = value.as<eval::Sequence>())
    return sequence->elements;
  const auto *array = value.as<NdArray>();
  if (!array || array->rank() != 1 || array->dtype == eval::Dtype::Bool ||
      eval::isFloating(array->dtype))
    return std::nullopt;
  std::vector<Value> elements;
  for (double element : array->elements())
    elements.push_back(Value::integer(int64_t(element)));
  return elements;
}

//===----------------------------------------------------------------------===//
// Operations on arrays
//===----------------------------------------------------------------------===//

namespace {

/// numpy's function, or null.
Native *numpyFunction(Session &session, llvm::StringRef name) {
  eval::Module *numpy = session.in.standardModules.lookup("numpy");
  return numpy->members.lookup(name).as<Native>();
}

/// Keras' arrays are float32 and int32 unless `dtype=` says otherwise.
Value inKerasDtype(Interpreter &in, Value value, SourceRange place) {
  auto *array = value.as<NdArray>();
  if (!array)
    return value;
  eval::Dtype dtype = array->dtype == eval::Dtype::Float64 ? eval::Dtype::Float32
                      : array->dtype == eval::Dtype::Int64 ? eval::Dtype::Int32
                                                           : array->dtype;
  if (dtype == array->dtype)
    return eval::asConstant(value);
  NdArray *converted = eval::makeArray(in, array->elements(), array->shape, dtype, place);
  return converted ? eval::asConstant(converted) : Value::error();
}

/// What was made, in the `dtype` of the call where it has one.
Value castAsAsked(Session &session, Value made, BoundArguments &args) {
  const BoundArguments::Slot &dtype = args["dtype"];
  if (made.isError() || dtype.value.isNone())
    return made;
  Arguments cast{
      args.place, args.calleePlace, {{made, args.place}, {dtype.value, dtype.place}}, {}};
  return session.in.call(session.ops->members.lookup("cast"), cast);
}

/// `zeros((batch, 8))` where a size is only known when the model runs; nothing where all are
/// numbers.
std::optional<Value> filledTensor(Session &session, llvm::StringRef name, BoundArguments &args) {
  if (!args.has("shape"))
    return std::nullopt;
  const BoundArguments::Slot &shape = args["shape"];
  std::vector<Value> sizes{shape.value};
  if (const auto *sequence = shape.value.as<eval::Sequence>())
    sizes = sequence->elements;
  bool isOpen = llvm::any_of(sizes, [](Value size) { return size.isNone(); });
  if (!isOpen && llvm::none_of(sizes, [](Value size) { return size.as<Size>(); }))
    return std::nullopt;
  bool isFull = name == "full";
  Value filled =
      applyOp(session, "Full", session.wordsOf(args.calleePlace, fmt::format("`ops.{}`", name)),
              args.place, [&](OpCall &call) -> Tensor * {
                auto axes = call.shape(args);
                auto value = isFull ? call.number(args, "fill_value") : double(name == "ones");
                return axes && value ? call.graph.filled(*value, *axes) : nullptr;
              });
  return castAsAsked(session, filled, args);
}

/// `arange(length)` and `arange(start, stop)` of sizes that are only known when the model runs;
/// nothing where all are numbers.
std::optional<Value> rangeOfSizes(Session &session, BoundArguments &args) {
  Value given[3]; // start, stop, step
  const char *const names[] = {"start", "stop", "step"};
  for (size_t i = 0; i < 3; ++i)
    given[i] = i < args.rest.size() ? args.rest[i].value : args[names[i]].value;
  if (llvm::none_of(given, [](Value value) { return value.as<Size>(); }))
    return std::nullopt;
  if (given[1].isNone())
    std::swap(given[0], given[1]);
  auto start = given[0].isNone() ? DimExpr(0) : Size::read(given[0]);
  auto stop = Size::read(given[1]);
  auto step = given[2].isNone() ? 1 : given[2].asInteger();
  if (!start || !stop || step != 1) {
    session.in
        .report(Code::DynamicSize, args.place,
                "`ops.arange` of sizes that are only known when the model runs takes whole numbers "
                "and steps of 1")
        .help("compute with its result: `2 * ops.arange(n)`");
    return Value::error();
  }
  Value range = applyOp(session, "Arange", session.wordsOf(args.calleePlace, "`ops.arange`"),
                        args.place, [&](OpCall &call) -> Tensor * {
                          Tensor *numbers = call.graph.range(*stop - *start);
                          const auto *size = given[0].as<Size>();
                          Tensor *first = size ? size->scalar
                                               : call.graph.scalar(given[0].asReal().value_or(0));
                          numbers = call.graph.binary<AddOp>(numbers, first);
                          return call.graph.toInt(numbers);
                        });
  return castAsAsked(session, range, args);
}

/// `eye(n, m, k)` of sizes that are only known when the model runs; nothing where all are numbers.
std::optional<Value> eyeOfSizes(Session &session, BoundArguments &args) {
  Value rows = args["N"].value, columns = args["M"].value;
  if (!rows.as<Size>() && !columns.as<Size>())
    return std::nullopt;
  SourceRange place = args.place;
  auto callOp = [&](const char *op, std::vector<Value> values) {
    return session.in.callWith(session.ops->members.lookup(op), values, place, args.calleePlace);
  };
  Value row =
      session.in.binary(ast::BinaryOp::Add, callOp("arange", {rows}), args["k"].value, place);
  Value isOne = callOp("equal", {callOp("expand_dims", {row, Value::integer(1)}),
                                 callOp("arange", {columns.isNone() ? rows : columns})});
  Value dtype = args["dtype"].value;
  return callOp("cast", {isOne, dtype.isNone() ? Value(session.in.heap.str("float32")) : dtype});
}

/// Functions of keras.ops that make arrays of nothing but numbers.
const char *const makers[] = {"arange",   "array",    "empty", "eye",  "full",
                              "identity", "linspace", "ones",  "zeros"};

} // namespace

/// The elements of a list of sizes, or nothing.
static std::optional<std::vector<Value>> sizesIn(Value value) {
  auto elements = elementsOf(value);
  bool areSizes = elements && !elements->empty() && llvm::all_of(*elements, [](Value element) {
                    return element.as<Size>() || element.isInt();
                  });
  return areSizes ? elements : std::nullopt;
}

std::optional<Value> callOnSizes(Session &session, llvm::StringRef name, BoundArguments &args) {
  Value x = args.slots.empty() ? Value() : args.slots.front().value;
  std::vector<Value> sizes;
  if (name == "expand_dims" && x.as<Size>()) {
    sizes = {x};
  } else if (name == "stack") {
    sizes = sizesIn(x).value_or(sizes);
  } else if (name == "concatenate") {
    if (const auto *parts = x.as<eval::Sequence>())
      for (Value part : parts->elements) {
        auto own = sizesIn(part);
        if (!own)
          return std::nullopt;
        llvm::append_range(sizes, *own);
      }
  }
  if (llvm::none_of(sizes, [](Value size) { return size.as<Size>(); }))
    return std::nullopt;
  return session.in.heap.tuple(std::move(sizes));
}

std::optional<Value> callOnArrays(Session &session, llvm::StringRef name, BoundArguments &args) {
  auto isArray = [](Value value) { return isNumbers(value) || value.as<NdArray>(); };
  bool hasArray = llvm::any_of(args.slots, [&](const auto &slot) { return isArray(slot.value); }) ||
                  llvm::any_of(args.rest, [&](const auto &value) { return isArray(value.value); });
  // A constant, where the other arguments are only known when the model runs.
  bool hasSize = llvm::any_of(args.slots, [](const auto &slot) {
    auto sizes = elementsOf(slot.value);
    return slot.value.template as<Size>() ||
           (sizes && llvm::any_of(*sizes, [](Value size) { return size.as<Size>(); }));
  });
  if (!hasArray || hasSize)
    return std::nullopt;
  if (name == "convert_to_tensor" || name == "copy" || name == "cast")
    name = "array";
  Native *function = numpyFunction(session, name);
  if (!function)
    return std::nullopt;
  Arguments arguments{args.place, args.calleePlace, {}, {}};
  for (size_t i = 0; i < args.slots.size(); ++i) {
    const BoundArguments::Slot &slot = args.slots[i];
    if (!slot.given)
      continue;
    if (i == arguments.positional.size())
      arguments.positional.push_back({slot.value, slot.place});
    else
      arguments.keywords.push_back(
          {args.signature.parameters[i].name, slot.place, slot.value, slot.place});
  }
  arguments.positional.insert(arguments.positional.end(), args.rest.begin(), args.rest.end());
  return inKerasDtype(session.in, session.in.call(function, arguments), args.place);
}

void addConstantOps(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto add = [&](eval::Object *module, const char *name, Native *function) {
    catalogue.addFunction(static_cast<eval::Module *>(module), name, function->parameters.c_str(),
                          [function, &session](Interpreter &in, BoundArguments &args) {
                            llvm::StringRef maker = function->name;
                            auto made = maker == "arange" ? rangeOfSizes(session, args)
                                        : maker == "eye"
                                            ? eyeOfSizes(session, args)
                                            : filledTensor(session, function->name, args);
                            if (made)
                              return *made;
                            Arguments arguments{args.place, args.calleePlace, args.rest, {}};
                            for (size_t i = 0; i < args.slots.size(); ++i)
                              if (args.slots[i].given)
                                arguments.keywords.push_back(
                                    {args.signature.parameters[i].name, args.slots[i].place,
                                     computedType(in, args.slots[i].value), args.slots[i].place});
                            bool hasDtype = args.has("dtype") && args["dtype"].given;
                            Value value = in.call(function, arguments);
                            return hasDtype ? eval::asConstant(value)
                                            : inKerasDtype(in, value, args.place);
                          });
  };
  for (const char *name : makers)
    if (Native *function = numpyFunction(session, name))
      add(session.ops, name, function);
}

} // namespace rondo::keras
