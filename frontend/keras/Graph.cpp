//===- Graph.cpp - Symbolic tensors and the graph of operations -----------===//
//
// Names, sizes and nodes. What axes mean is in Axes.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Model.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Slips.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Names and numbers of axes
//===----------------------------------------------------------------------===//

std::string snakeCase(llvm::StringRef className) {
  // Keras: an underscore before "Xyz" unless it comes first, and between "a" and "X".
  auto isLower = [&](size_t i) { return i < className.size() && llvm::isLower(className[i]); };
  auto isUpper = [&](size_t i) { return i < className.size() && llvm::isUpper(className[i]); };
  std::string name;
  for (size_t i = 0; i < className.size(); ++i) {
    if (i > 0 && isUpper(i) && (isLower(i + 1) || isLower(i - 1)))
      name += '_';
    name += llvm::toLower(className[i]);
  }
  return name;
}

std::optional<int64_t> checkAxis(Session &session, int64_t axis, size_t rank,
                                 llvm::StringRef callee, SourceRange place) {
  int64_t count = rank;
  if (axis >= -count && axis < count)
    return axis < 0 ? axis + count : axis;
  session.in
      .report(Code::AxisOutOfRange, place, "axis {} of `{}` is outside a tensor of {} {}", axis,
              callee, rank, rank == 1 ? "axis" : "axes")
      .help("axes run from 0, the batch, to {}; negative ones count from the end", count - 1);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Session
//===----------------------------------------------------------------------===//

Session::Session(mlir::MLIRContext &context, Interpreter &interpreter)
    : context(context), in(interpreter), builder(&context) {
  builder.setInsertionPointToEnd(&scratch);
}

std::string Session::automaticName(llvm::StringRef className) {
  std::string name = snakeCase(className);
  unsigned count = nameCounts[name]++;
  return count == 0 ? name : fmt::format("{}_{}", name, count);
}

Operation *Session::makeOperation(llvm::StringRef className, std::string name, SourceRange place) {
  if (adopted) {
    Operation *operation = std::exchange(adopted, nullptr);
    operation->name = name.empty() ? automaticName(operation->className) : std::move(name);
    return operation;
  }
  if (name.empty())
    name = automaticName(className);
  Operation *operation = makeUnnamed(className, place);
  operation->name = std::move(name);
  return operation;
}

Operation *Session::makeUnnamed(llvm::StringRef className, SourceRange place) {
  in.noteModelChange();
  operations.push_back(std::make_unique<Operation>());
  Operation *operation = operations.back().get();
  operation->className = className.str();
  operation->place = place;
  operation->serial = nextSerial();
  return operation;
}

/// A path below another one, which may be empty.
static std::string joinPath(llvm::StringRef parent, llvm::StringRef name) {
  return parent.empty() ? name.str() : (parent + "/" + name).str();
}

Session::NameScope::NameScope(Session &session, const void *owner, llvm::StringRef name,
                              std::optional<std::string> &parentPath, bool opens)
    : session(session), outerOwner(session.pathOwner), outerPath(session.path) {
  if (opens && !parentPath)
    parentPath = session.path;
  if (session.pathOwner == owner)
    return;
  session.path = joinPath(parentPath.value_or(session.path), name);
  session.pathOwner = owner;
}

Session::NameScope::~NameScope() {
  session.path = outerPath;
  session.pathOwner = outerOwner;
}

void Operation::setTrainable(bool value) {
  // As in Keras, what a layer is already says nothing to what is inside.
  if (std::exchange(trainable, value) == value)
    return;
  if (onTrainable)
    return onTrainable(value);
  for (Variable *variable : variables)
    variable->trainable = value && !variable->isStatistic;
}

std::optional<Value> layerAttribute(Interpreter &in, const Operation &operation,
                                    llvm::StringRef name) {
  if (name == "name")
    return Value(in.heap.str(operation.name));
  if (name == "trainable")
    return Value::boolean(operation.trainable);
  return policyAttribute(in, operation.policy, name);
}

bool setLayerAttribute(Interpreter &in, Operation &operation, llvm::StringRef name, Value value,
                       SourceRange place) {
  in.noteModelChange();
  if (name != "trainable")
    return refusePolicyAttribute(in, name, place);
  if (std::optional<bool> truth = in.truth(in.asCondition(value, place)))
    operation.setTrainable(*truth);
  return true;
}

void Effects::append(const Effects &more) {
  llvm::append_range(losses, more.losses);
  llvm::append_range(states, more.states);
  llvm::append_range(warnings, more.warnings);
}

Node *Session::makeNode(Operation *operation, std::vector<Tensor *> inputs,
                        std::vector<Tensor *> outputs, SourceRange place) {
  nodes.push_back(std::make_unique<Node>(Node{operation, std::move(inputs), outputs, place, {}}));
  Node *node = nodes.back().get();
  operation->uses.push_back(node);
  for (unsigned i = 0; i < outputs.size(); ++i) {
    outputs[i]->node = node;
    outputs[i]->outputIndex = i;
  }
  return node;
}

Variable *Session::makeVariable(Operation &owner, llvm::StringRef ownPath,
                                llvm::ArrayRef<int64_t> shape, mlir::DictionaryAttr initializer,
                                SourceRange place) {
  owner.variables.push_back(addVariable(owner, ownPath, shape, initializer, place));
  return owner.variables.back();
}

Variable *Session::makeState(Operation &owner, llvm::StringRef ownPath,
                             llvm::ArrayRef<int64_t> shape, SourceRange place) {
  auto zeros =
      builder.getDictionaryAttr(builder.getNamedAttr("name", builder.getStringAttr("zeros")));
  Variable *variable = addVariable(owner, ownPath, shape, zeros, place);
  variable->trainable = false;
  variable->isStatistic = true;
  return variable;
}

Variable *Session::addVariable(Operation &owner, llvm::StringRef ownPath,
                               llvm::ArrayRef<int64_t> shape, mlir::DictionaryAttr initializer,
                               SourceRange place) {
  NameScope scope(*this, owner, /*opens=*/false);
  auto type = mlir::RankedTensorType::get(shape, builder.getF32Type());
  variables.push_back(std::make_unique<Variable>(Variable{
      &owner, joinPath(path, ownPath), ownPath.str(), shape.vec(), initializer, owner.trainable,
      scratch.addArgument(type, location(place, owner.name)), nullptr, nullptr}));
  return variables.back().get();
}

const StateUse *Session::keep(StateUse use) {
  stateUses.push_back(std::make_unique<StateUse>(std::move(use)));
  return stateUses.back().get();
}

Tensor *Session::makeTensor(mlir::Value value, Axes axes, ElementKind element,
                            llvm::StringRef origin, SourceRange place) {
  return in.heap.make<Tensor>(*this, value, std::move(axes), element, origin.str(), place, trace);
}

Tensor *Session::makeSource(Axes axes, ElementKind element, llvm::StringRef origin,
                            SourceRange place) {
  mlir::Value value = scratch.addArgument(typeOf(axes, element), location(place, origin));
  return makeTensor(value, std::move(axes), element, origin, place);
}

Tensor *Session::makeInside(const Tensor *outside) {
  Tensor *inside =
      makeTensor(outside->value, outside->axes, outside->element, outside->origin, outside->place);
  inside->outside = outside;
  return inside;
}

mlir::Value Session::makePhased(PhasedValue value) {
  mlir::Value phased = scratch.addArgument(value.inference.getType(), value.inference.getLoc());
  phasedValues[phased] = std::move(value);
  return phased;
}

mlir::Value Session::randomKey() {
  if (!randomKeyArgument)
    randomKeyArgument = scratch.addArgument(mlir::RankedTensorType::get({2}, builder.getI32Type()),
                                            mlir::UnknownLoc::get(&context));
  return randomKeyArgument;
}

mlir::RankedTensorType Session::typeOf(const Axes &axes, ElementKind element) {
  llvm::SmallVector<DimExpr> dims;
  for (const Axis &axis : axes)
    dims.push_back(resolve(axis.size));
  mlir::Type type = element == ElementKind::Float ? mlir::Type(builder.getF32Type())
                    : element == ElementKind::Int ? mlir::Type(builder.getI32Type())
                                                  : mlir::Type(builder.getI1Type());
  return makeTensorType(dims, type);
}

mlir::Location Session::location(SourceRange place, llvm::StringRef name) {
  mlir::Location at = builder.getUnknownLoc();
  if (place) {
    diagnostics::Position start = place.start();
    at = mlir::FileLineColLoc::get(&context, place.file->name(), start.line, start.column);
  }
  return name.empty() ? at : mlir::FusedLoc::get(&context, {at}, builder.getStringAttr(name));
}

/// Whether a loss or metric of the file is traced, and the tensor is a weight of its model.
static bool isMeasured(const Session &session, const Tensor *tensor) {
  return session.tracesMeasure && session.measuredModel &&
         llvm::any_of(session.measuredModel->weights,
                      [&](const Variable *variable) { return variable->value == tensor->value; });
}

/// Whether a value is computed before what is built now, in the same block or around it.
static bool isVisible(const mlir::OpBuilder &builder, mlir::Value value) {
  mlir::Region *region = value.getParentRegion(); // null in the scratch block
  mlir::Region *current = builder.getInsertionBlock()->getParent();
  return !region || (current && region->isAncestor(current));
}

bool Session::checkTrace(const Tensor *tensor, SourceRange place) {
  if (tensor->trace == trace || (tensor->trace == inMetrics && tracedMetric))
    return true;
  if (tensor->trace == everywhere && isMeasured(*this, tensor))
    return true;
  if (tensor->trace == everywhere && !trainingArguments.empty()) {
    uses.push_back({nullptr, tensor->value, tensor->origin, place});
    return true;
  }
  // What a layer of the file keeps while the layer around it is called, for its next call there.
  if (trace != 0 && tensor->trace != 0 && tensor->trace < traceRoots.size() &&
      traceRoots[trace] != 0 && traceRoots[trace] == traceRoots[tensor->trace] &&
      isVisible(builder, tensor->value))
    return true;
  if (tensor->trace == everywhere)
    in.report(Code::WeightOutsideLayer, place,
              "the weight '{}' is used outside the `call` of its layer", tensor->origin)
        .help("compute with it in the `call` of the layer that owns it");
  else if (trace == 0)
    in.report(Code::LambdaCapturesTensor, place,
              "'{}' belongs to a function inside a layer, and is used outside it", tensor->origin)
        .help("return it from the function");
  else
    in.report(Code::LambdaCapturesTensor, place, "'{}' comes from outside {} that uses it",
              tensor->origin, tracedFunction)
        .help("give it to a Lambda: `Lambda(lambda p: … p[1] …)([x, {}])`", tensor->origin);
  return false;
}

DimExpr Session::makeSymbol() {
  std::string name = symbolCount == 0 ? "T" : fmt::format("T_{}", symbolCount);
  ++symbolCount;
  return DimExpr::symbol(name);
}

/// The name of a size that is a single base symbol.
static std::optional<std::string> baseSymbol(const DimExpr &size) {
  std::vector<std::string> symbols = size.getSymbols();
  if (symbols.size() == 1 && size == DimExpr::symbol(symbols.front()))
    return symbols.front();
  return std::nullopt;
}

bool Session::unify(const DimExpr &first, const DimExpr &second) {
  DimExpr a = resolve(first), b = resolve(second);
  if (a == b)
    return true;
  auto left = baseSymbol(a), right = baseSymbol(b);
  // The batch is what everything has in common: it never becomes a time axis.
  bool isBatch = left == batchSymbol.str() || right == batchSymbol.str();
  if (isBatch || (!left && !right))
    return false;
  // The newer symbol gives way, and a symbol gives way to a number.
  auto age = [](const std::string &symbol) { return std::make_pair(symbol.size(), symbol); };
  bool replaceLeft = left && (b.isConstant() || (right && age(*left) > age(*right)));
  bool replaceRight = right && (a.isConstant() || (left && age(*right) > age(*left)));
  if (!replaceLeft && !replaceRight)
    return false;
  std::string replaced = replaceLeft ? *left : *right;
  std::map<std::string, DimExpr> replacement{{replaced, replaceLeft ? b : a}};
  for (auto &entry : replacements)
    entry.second = entry.second.substitute(replacement);
  replacements.insert(*replacement.begin());
  return true;
}

bool Session::unify(const Tensor &tensor, llvm::ArrayRef<Axis> axes) {
  return tensor.rank() == axes.size() && llvm::all_of(llvm::zip(tensor.axes, axes), [&](auto pair) {
           return unify(std::get<0>(pair).size, std::get<1>(pair).size);
         });
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

std::string Tensor::shape() const {
  llvm::SmallVector<DimExpr> dims;
  for (const Axis &axis : axes)
    dims.push_back(session.resolve(axis.size));
  return describeDims(dims);
}

std::string Tensor::repr(unsigned) const {
  return fmt::format("<Tensor '{}' of shape {}>", origin, shape());
}

std::string Tensor::inWords() const {
  return fmt::format("the tensor '{}' of shape {}", origin, shape());
}

std::optional<Value> TensorShape::attribute(Interpreter &in, llvm::StringRef name,
                                            SourceRange place) {
  if (name == "rank" || name == "ndims")
    return Value::integer(int64_t(elements.size()));
  if (name == "as_list")
    return Value(
        in.heap.make<eval::Native>("as_list", "", [this](Interpreter &in, eval::BoundArguments &) {
          return in.heap.list(elements);
        }));
  if (name == "concatenate")
    return Value(in.heap.make<eval::Native>(
        "concatenate", "other", [this](Interpreter &in, eval::BoundArguments &arguments) -> Value {
          auto others = in.elements(arguments["other"].value, arguments["other"].place);
          if (!others)
            return Value::error();
          std::vector<Value> all = elements;
          all.insert(all.end(), others->begin(), others->end());
          return in.heap.make<TensorShape>(std::move(all));
        }));
  return Tuple::attribute(in, name, place);
}

std::optional<Value> Tensor::attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  if (name == "shape") {
    std::vector<Value> sizes;
    for (const Axis &axis : axes) {
      auto size = session.resolve(axis.size).getConstant();
      sizes.push_back(size ? Value::integer(*size) : Value());
    }
    return Value(in.heap.make<TensorShape>(std::move(sizes)));
  }
  if (name == "ndim")
    return Value::integer(rank());
  if (name == "dtype")
    return Value(in.heap.str(element == ElementKind::Float ? "float32"
                             : element == ElementKind::Int ? "int32"
                                                           : "bool"));
  if (name == "name")
    return Value(in.heap.str(origin));
  if (name == "_keras_mask") {
    Tensor *own = mask ? mask : runMask;
    return own ? Value(own) : Value();
  }
  // TensorFlow's tensors have it, which is what layers of the file are called on.
  if (name == "get_shape" && session.currentTrace() != 0)
    return Value(in.heap.make<eval::Native>(
        "get_shape", "", [this](Interpreter &in, eval::BoundArguments &arguments) {
          return in.attribute(this, "shape", arguments.place);
        }));
  if (name == "set_shape" && session.currentTrace() != 0)
    return Value(in.heap.make<eval::Native>(
        "set_shape", "shape", [this](Interpreter &in, eval::BoundArguments &arguments) {
          return setShape(in, arguments["shape"]);
        }));
  if (name == "get_shape") {
    in.report(Code::UnknownAttribute, place, "a symbolic tensor has no `get_shape`")
        .help("`x.shape` is its shape");
    return Value::error();
  }
  for (const char *method : {"numpy", "eval", "tolist", "item"})
    if (name == method) {
      in.report(Code::UnknownAttribute, place,
                "'{}' is a symbolic tensor, which has no numbers before the model runs", origin)
          .help("`rondo predict` computes the outputs of a model");
      return Value::error();
    }
  return reportMethod(in, *this, name, place) ? std::optional(Value::error()) : std::nullopt;
}

Value Tensor::setShape(Interpreter &in, const eval::BoundArguments::Slot &given) {
  auto sizes = in.elements(given.value, given.place);
  if (!sizes)
    return Value::error();
  bool fits = sizes->size() == rank();
  for (size_t axis = 0; fits && axis < rank(); ++axis) {
    auto number = (*sizes)[axis].isInt() ? (*sizes)[axis].asInteger() : std::nullopt;
    fits = !number || session.unify(axes[axis].size, DimExpr(*number));
  }
  if (!fits)
    in.report(Code::ShapeMismatch, given.place, "'{}' of shape {} cannot have the shape {}", origin,
              shape(), given.value.inWords());
  return fits ? Value() : Value::error();
}

std::vector<std::string> Tensor::attributeNames() const {
  return {"shape", "ndim", "dtype", "name"};
}

} // namespace rondo::keras
