//===- InputLayers.cpp - keras.Input and what it is among layers ----------===//
//
// Where a model's tensors come from: as a tensor, `Input(…)`, and as the layer that a model
// has of it, `InputLayer(…)`.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Weight.h"

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

/// The sizes of `shape`: numbers, and none for None.
std::optional<std::vector<std::optional<int64_t>>>
readShape(Interpreter &in, const BoundArguments &arguments, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = arguments[parameter];
  constexpr int64_t limit = int64_t(1) << 31;
  const auto *sequence = slot.value.as<eval::Sequence>();
  std::vector<std::optional<int64_t>> sizes;
  for (Value element : sequence ? sequence->elements : std::vector<Value>()) {
    auto size = element.isInt() ? element.asInteger() : std::nullopt;
    if (!element.isNone() && !(size && *size > 0 && *size < limit))
      break;
    sizes.push_back(size);
  }
  if (sequence && sizes.size() == sequence->elements.size())
    return sizes;
  helpWithShape(in.report(Code::InvalidArgument, slot.place,
                          "`{}` of `Input` is a tuple of positive integers and None, got {}",
                          parameter, slot.value.inWords()),
                arguments, slot);
  return std::nullopt;
}

/// What the axes of an input run over: a sequence of features, unless its ids, its mask or
/// its rank say otherwise.
AxisMeaning inputMeaning(size_t axis, size_t rank, bool isIds) {
  if (axis == 0)
    return AxisMeaning::Batch;
  if (axis == 1 && (rank == 3 || (rank == 2 && isIds)))
    return AxisMeaning::Time;
  return axis + 1 == rank && !isIds ? AxisMeaning::Features : AxisMeaning::Unknown;
}

using Sizes = std::vector<std::optional<int64_t>>;

Tensor *addInput(Session &session, const Sizes &sizes, ElementKind element, std::string name,
                 SourceRange place) {
  Operation *operation = session.makeOperation("InputLayer", std::move(name), place);
  Axes axes;
  for (size_t i = 0; i < sizes.size(); ++i) {
    DimExpr size = sizes[i] ? DimExpr(*sizes[i])
                   : i == 0 ? DimExpr::symbol(Session::batchSymbol)
                            : session.makeSymbol();
    axes.push_back({size, inputMeaning(i, sizes.size(), element != ElementKind::Float), operation});
  }
  operation->isInput = operation->isLayer = true;
  Tensor *tensor = session.makeSource(std::move(axes), element, operation->name, place);
  session.makeNode(operation, {}, {tensor}, place);
  return tensor;
}

Value readInput(Session &session, BoundArguments &arguments) {
  Interpreter &in = session.in;
  for (const char *parameter : {"sparse", "ragged", "tensor", "input_tensor", "optional"}) {
    if (!arguments.has(parameter))
      continue;
    const BoundArguments::Slot &slot = arguments[parameter];
    if (in.truth(slot.value).value_or(true)) {
      in.report(Code::NotSupportedYet, slot.place, "`{}` of `Input` is not supported yet",
                parameter);
      return Value::error();
    }
  }
  const BoundArguments::Slot &shape = arguments["shape"], &batchShape = arguments["batch_shape"],
                             &batchSize = arguments["batch_size"], &dtype = arguments["dtype"],
                             &name = arguments["name"];
  if (shape.value.isNone() == batchShape.value.isNone()) {
    in.report(Code::MissingArgument, arguments.place,
              "`Input` needs either `shape` or `batch_shape`");
    return Value::error();
  }
  bool hasBatch = shape.value.isNone();
  auto sizes = readShape(in, arguments, hasBatch ? "batch_shape" : "shape");
  if (!sizes)
    return Value::error();
  if (hasBatch && sizes->empty()) {
    in.report(Code::InvalidArgument, batchShape.place, "`batch_shape` of `Input` has no batch");
    return Value::error();
  }
  if (!hasBatch) {
    auto batch = batchSize.value.isInt() ? batchSize.value.asInteger() : std::nullopt;
    if (!batchSize.value.isNone() && !(batch && *batch > 0)) {
      in.report(Code::InvalidArgument, batchSize.place,
                "`batch_size` of `Input` is a positive integer, got {}", batchSize.value.inWords());
      return Value::error();
    }
    sizes->insert(sizes->begin(), batch);
  }

  ElementKind element = ElementKind::Float;
  if (!dtype.value.isNone()) {
    std::optional<ElementKind> kind = computedKind(in, dtype.value);
    if (!kind) {
      in.report(Code::NotSupportedYet, dtype.place,
                "inputs of type {} are not supported yet, only \"float32\", \"int32\" and \"bool\"",
                dtype.value.inWords());
      return Value::error();
    }
    element = *kind;
  }
  std::string label;
  if (!name.value.isNone()) {
    const auto *text = name.value.as<eval::Str>();
    if (!text || text->text.empty() || text->text.find('/') != std::string::npos) {
      in.report(Code::InvalidArgument, name.place, "`name` of `Input` is text without `/`, got {}",
                name.value.inWords());
      return Value::error();
    }
    label = text->text;
  }

  return addInput(session, *sizes, element, label, arguments.place);
}

//===----------------------------------------------------------------------===//
// InputLayer
//===----------------------------------------------------------------------===//

/// What an input is among a model's layers.
class InputLayer : public eval::Object {
public:
  explicit InputLayer(Operation &operation) : operation(operation) {}
  std::string typeName() const override { return operation.className; }
  std::string repr(unsigned) const override {
    return fmt::format("<{} '{}'>", operation.className, operation.name);
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (auto value = layerAttribute(in, operation, name))
      return value;
    if (name == "batch_shape")
      return in.attribute(tensor(), "shape", place);
    if (name == "built")
      return Value::boolean(true);
    if (isWeightList(name))
      return Value(in.heap.list({}));
    if (name == "get_weights")
      return giving(in, name, in.heap.list({}));
    if (name == "set_weights")
      return Value(in.heap.make<Native>(
          "set_weights", "weights", [](Interpreter &, BoundArguments &) { return Value(); },
          Native::Opaques::Pass));
    if (name == "count_params")
      return giving(in, name, Value::integer(0));
    if (name == "get_config")
      return in.unknownMethod(name, "layer.get_config");
    return tensorAttribute(in, operation, name, place);
  }
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                    SourceRange place) override {
    return setLayerAttribute(in, operation, name, value, place);
  }
  std::vector<std::string> attributeNames() const override {
    std::vector<std::string> names = layerAttributeNames();
    llvm::append_range(names, tensorAttributeNames());
    names.insert(names.end(), {"batch_shape", "built", "count_params", "get_config", "get_weights",
                               "set_weights"});
    return names;
  }

  Tensor *tensor() const { return operation.uses.front()->outputs.front(); }

private:
  static Value giving(Interpreter &in, llvm::StringRef method, Value value) {
    return in.heap.make<Native>(method.str(), "",
                                [value](Interpreter &, BoundArguments &) { return value; });
  }

  Operation &operation;
};

/// keras.layers.InputLayer
class InputLayerMaker : public KerasFunction {
public:
  using KerasFunction::KerasFunction;
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<InputLayer>() != nullptr;
  }
};

/// `InputLayer(input_shape=(10, 8))`: the tensor's layer.
Value makeInputLayer(Session &session, BoundArguments &arguments) {
  for (auto [old, today] :
       {std::pair("input_shape", "shape"), {"batch_input_shape", "batch_shape"}})
    if (arguments[old].given && arguments[today].value.isNone())
      arguments[today] = arguments[old];
  const auto *tensor = readInput(session, arguments).as<Tensor>();
  return tensor ? layerObject(session.in, *tensor->node->operation) : Value::error();
}

} // namespace

Value layerObject(Interpreter &in, Operation &operation) {
  if (!operation.object)
    operation.object = in.heap.make<InputLayer>(operation);
  return operation.object;
}

Tensor *inputOf(Value value) {
  const auto *layer = value.as<InputLayer>();
  return layer ? layer->tensor() : nullptr;
}

Tensor *makeInput(Session &session, llvm::ArrayRef<int64_t> sizes, SourceRange place,
                  std::string name, int64_t batch, ElementKind element) {
  auto sizeOf = [](int64_t size) { return size == -1 ? std::nullopt : std::optional(size); };
  Sizes all{sizeOf(batch)};
  for (int64_t size : sizes)
    all.push_back(sizeOf(size));
  return addInput(session, all, element, std::move(name), place);
}

void addInputLayers(Catalogue &catalogue) {
  Session &session = catalogue.session;
  for (eval::Module *module : {catalogue.keras, catalogue.layers})
    catalogue.addFunction(module, "Input",
                          "shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, "
                          "batch_shape=None, name=None, tensor=None, optional=False",
                          [&session](Interpreter &, BoundArguments &arguments) {
                            return readInput(session, arguments);
                          });
  catalogue.layers->members["InputLayer"] = session.in.heap.make<InputLayerMaker>(
      "InputLayer",
      "shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, "
      "input_tensor=None, optional=False, name=None, input_shape=None, batch_input_shape=None",
      [&session](Interpreter &, BoundArguments &arguments) {
        return makeInputLayer(session, arguments);
      });
}

} // namespace rondo::keras
