//===- ModelSignature.cpp - What a compiled model takes and gives ---------===//
//
// Reads the attributes of the entry functions at the rondo level.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/ModelSignature.h"
#include "dialect/IR/Metric.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/ScalarOperations.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "rondo/generated.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace rondo {

template <typename... Args> static llvm::Error invalid(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 llvm::formatv(format, std::forward<Args>(args)...).str());
}

static llvm::json::Value toJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, llvm::json::Value>(attribute)
      .Case([](DictionaryAttr dictionary) {
        llvm::json::Object object;
        for (NamedAttribute entry : dictionary)
          object[entry.getName().strref()] = toJson(entry.getValue());
        return llvm::json::Value(std::move(object));
      })
      .Case([](ArrayAttr array) {
        llvm::json::Array values;
        for (Attribute element : array)
          values.push_back(toJson(element));
        return llvm::json::Value(std::move(values));
      })
      .Case([](DenseF64ArrayAttr numbers) {
        return llvm::json::Value(llvm::json::Array(numbers.asArrayRef()));
      })
      .Case([](StringAttr text) { return llvm::json::Value(text.str()); })
      .Case([](FloatAttr number) { return llvm::json::Value(number.getValueAsDouble()); })
      .Case([](BoolAttr flag) { return llvm::json::Value(flag.getValue()); })
      .Case([](IntegerAttr number) { return llvm::json::Value(number.getInt()); })
      .Case([](UnitAttr) { return llvm::json::Value(true); })
      .Default([](Attribute) { return llvm::json::Value(nullptr); });
}

static std::string jsonText(Attribute attribute) {
  return llvm::formatv("{0}", toJson(attribute)).str();
}

static llvm::Expected<TensorSignature> tensorSignature(Type type, StringRef name) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !hasNamedDims(tensor))
    return invalid("'{0}' is not a tensor with named dimensions", name);
  TensorSignature signature;
  signature.name = name.str();
  signature.dims = getDims(tensor);
  if (tensor.getElementType().isInteger(32))
    signature.dtype = Dtype::I32;
  else if (!tensor.getElementType().isF32())
    return invalid("'{0}' must have elements of f32 or i32", name);
  return signature;
}

/// The smallest depth of a `rondo.one_hot`, or number of rows of a table, that the
/// elements of `value` index, possibly after a change of shape or type; 0 if there is none.
static int64_t labelLimit(Value value) {
  int64_t limit = 0;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    int64_t depth = 0;
    if (auto oneHot = dyn_cast<OneHotOp>(user))
      depth = oneHot.getDepth();
    else if (auto gather = dyn_cast<GatherOp>(user); gather && &use == &gather.getIndicesMutable())
      depth = getDims(gather.getTable().getType()).front().getConstant().value_or(0);
    else if (isa<ReshapeOp, TransposeOp, BroadcastOp, SliceOp, ReverseOp, ConcatOp, GatherOp,
                 CastOp, TruncateOp>(user))
      depth = labelLimit(user->getResult(0));
    if (depth && (!limit || depth < limit))
      limit = depth;
  }
  return limit;
}

/// The arguments of `function` that carry the string attribute `kind`.
static llvm::Expected<std::vector<TensorSignature>> argumentsOf(func::FuncOp function,
                                                                StringRef kind) {
  std::vector<TensorSignature> tensors;
  for (BlockArgument argument : function.getArguments()) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kind);
    if (!name)
      continue;
    llvm::Expected<TensorSignature> tensor = tensorSignature(argument.getType(), name);
    if (!tensor)
      return tensor.takeError();
    if (tensor->dtype == Dtype::I32)
      tensor->labelLimit = labelLimit(argument);
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

static llvm::Error readParameters(func::FuncOp function, ModelSignature &signature) {
  for (BlockArgument argument : function.getArguments()) {
    auto attribute =
        function.getArgAttrOfType<ParameterAttr>(argument.getArgNumber(), RondoDialect::kParameter);
    if (!attribute)
      continue;
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32())
      return invalid("parameter '{0}' must be a static tensor of f32", attribute.getPath());
    if (signature.findParameter(attribute.getPath()))
      return invalid("parameter path '{0}' repeats", attribute.getPath());
    int64_t &end = attribute.getTrainable() ? signature.trainableSize : signature.stateSize;
    ParameterSignature parameter;
    parameter.path = attribute.getPath().str();
    parameter.trainable = attribute.getTrainable();
    parameter.shape.assign(type.getShape().begin(), type.getShape().end());
    parameter.offset = end;
    parameter.size = type.getNumElements();
    parameter.initializerJson = jsonText(attribute.getInitializer());
    parameter.stored = attribute.getStored().str();
    end = llvm::alignTo(end + parameter.size, kParameterAlignment);
    signature.parameters.push_back(std::move(parameter));
  }
  return llvm::Error::success();
}

static ScalarProgram scalarProgram(ArrayAttr instructions) {
  ScalarProgram numbers;
  for (auto words : instructions.getAsRange<ArrayAttr>()) {
    auto name = cast<StringAttr>(words[0]).getValue();
    numbers.push_back(scalarOperation(name) - std::begin(kScalarOperations));
    for (Attribute operand : llvm::drop_begin(words)) {
      auto reference = dyn_cast<IntegerAttr>(operand);
      numbers.push_back(reference ? double(reference.getInt())
                                  : cast<FloatAttr>(operand).getValueAsDouble());
    }
    numbers.resize(llvm::alignTo(numbers.size(), RONDO_INSTRUCTION_SIZE));
  }
  return numbers;
}

static llvm::Expected<OptimizerSignature> optimizerSignature(DictionaryAttr dictionary) {
  auto name = dictionary.getAs<StringAttr>("name");
  auto learningRate = dictionary.getAs<FloatAttr>("learning_rate");
  if (!name || !learningRate)
    return invalid("the optimizer has no name or no learning rate");
  OptimizerSignature optimizer;
  optimizer.name = name.str();
  optimizer.json = jsonText(dictionary);
  optimizer.learningRate = learningRate.getValueAsDouble();
  std::optional<std::vector<OptimizerSlot>> slots = optimizerSlots(dictionary);
  if (!slots)
    return invalid("no update kernel for the optimizer '{0}'", name.getValue());
  optimizer.slots = std::move(*slots);
  if (auto schedule = dictionary.getAs<DictionaryAttr>("schedule")) {
    auto program = schedule.getAs<ArrayAttr>("program");
    if (!isScalarProgram(program, /*inputs=*/1))
      return invalid("'{0}' is no schedule", schedule);
    optimizer.schedule = scalarProgram(program);
  }
  return optimizer;
}

/// The metrics in the order of the results that make them.
static llvm::Error readMetrics(func::FuncOp evaluate, ModelSignature &signature) {
  // In the order of the rules of rondo/generated.h.
  constexpr llvm::StringLiteral rules[] = {"mean", "sum",  "root_mean", "r2",     "f_beta",
                                           "area", "best", "iou",       "program"};
  for (auto [index, type] : llvm::enumerate(evaluate.getResultTypes())) {
    MetricSignature metric;
    metric.offset = signature.metricsSize();
    if (auto name = evaluate.getResultAttrOfType<StringAttr>(index, RondoDialect::kMetricSum)) {
      metric.name = name.str();
      metric.size = 2;
      signature.metrics.push_back(std::move(metric));
    }
    auto attribute = evaluate.getResultAttrOfType<DictionaryAttr>(index, kMetricAttribute);
    if (!attribute)
      continue;
    auto sums = dyn_cast<RankedTensorType>(type);
    StringRef rule = attribute.getAs<StringAttr>("rule");
    const auto *kind = llvm::find(rules, rule);
    metric.name = attribute.getAs<StringAttr>("name").str();
    if (kind == std::end(rules))
      return invalid("there is no rule '{0}' for the metric '{1}'", rule, metric.name);
    if (!sums || sums.getRank() != 1 || !sums.hasStaticShape() || !sums.getElementType().isF32())
      return invalid("the sums of the metric '{0}' must be a static vector of f32", metric.name);
    metric.rule = kind - rules;
    metric.numbers = attribute.getAs<DenseF64ArrayAttr>("numbers").asArrayRef().vec();
    metric.size = sums.getNumElements();
    if (auto program = attribute.getAs<ArrayAttr>("program")) {
      if (!isScalarProgram(program, metric.size))
        return invalid("the program of the metric '{0}' reads sums that it does not have",
                       metric.name);
      metric.numbers = scalarProgram(program);
    }
    signature.metrics.push_back(std::move(metric));
  }
  return llvm::Error::success();
}

/// Finds what `forward` moves in the state buffer: it has to be the end of that.
static llvm::Error readLayerStates(func::FuncOp forward, ModelSignature &signature) {
  llvm::StringSet<> moved;
  for (unsigned index = 0; index < forward.getNumResults(); ++index)
    if (auto path = forward.getResultAttrOfType<StringAttr>(index, RondoDialect::kUpdateOf))
      moved.insert(path.getValue());
  signature.layerStateOffset = signature.stateSize;
  for (const ParameterSignature &parameter : signature.parameters) {
    const bool isMoved = moved.erase(parameter.path);
    if (isMoved && parameter.trainable)
      return invalid("@forward updates '{0}', which is trainable", parameter.path);
    if (isMoved)
      signature.layerStateOffset = std::min(signature.layerStateOffset, parameter.offset);
    else if (!parameter.trainable && parameter.offset > signature.layerStateOffset)
      return invalid("'{0}' stands behind a parameter that @forward updates", parameter.path);
  }
  if (!moved.empty())
    return invalid("@forward updates '{0}', which is no parameter", moved.begin()->getKey());
  return llvm::Error::success();
}

std::optional<size_t> ModelSignature::findParameter(llvm::StringRef path) const {
  for (auto [index, parameter] : llvm::enumerate(parameters))
    if (parameter.path == path)
      return index;
  return std::nullopt;
}

llvm::Expected<ModelSignature> getModelSignature(ModuleOp module) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward)
    return invalid("the module has no @forward");
  ModelSignature signature;
  signature.name = module.getSymName().value_or("model").str();
  if (auto symbols = module->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols))
    for (StringAttr symbol : symbols.getAsRange<StringAttr>())
      signature.symbols.push_back(symbol.str());

  auto take = [](std::vector<TensorSignature> &into,
                 llvm::Expected<std::vector<TensorSignature>> tensors) -> llvm::Error {
    if (!tensors)
      return tensors.takeError();
    into = std::move(*tensors);
    return llvm::Error::success();
  };
  if (llvm::Error error = take(signature.inputs, argumentsOf(forward, RondoDialect::kInput)))
    return error;
  if (llvm::Error error = readParameters(forward, signature))
    return error;
  for (auto [index, type] : llvm::enumerate(forward.getResultTypes())) {
    auto name = forward.getResultAttrOfType<StringAttr>(index, RondoDialect::kOutput);
    if (forward.getResultAttr(index, RondoDialect::kUpdateOf))
      continue;
    if (!name)
      return invalid("result {0} of @forward has no name", index);
    llvm::Expected<TensorSignature> output = tensorSignature(type, name);
    if (!output)
      return output.takeError();
    if (llvm::any_of(signature.outputs,
                     [&](const TensorSignature &other) { return other.name == output->name; }))
      return invalid("two results of @forward are named '{0}'", output->name);
    signature.outputs.push_back(std::move(*output));
  }
  if (llvm::Error error = readLayerStates(forward, signature))
    return error;

  if (auto evaluate = module.lookupSymbol<func::FuncOp>("evaluate")) {
    if (llvm::Error error = take(signature.targets, argumentsOf(evaluate, RondoDialect::kTarget)))
      return error;
    if (llvm::Error error =
            take(signature.sampleWeights, argumentsOf(evaluate, RondoDialect::kSampleWeight)))
      return error;
    if (llvm::Error error = readMetrics(evaluate, signature))
      return error;
  }
  if (auto dictionary = module->getAttrOfType<DictionaryAttr>(RondoDialect::kOptimizer)) {
    llvm::Expected<OptimizerSignature> optimizer = optimizerSignature(dictionary);
    if (!optimizer)
      return optimizer.takeError();
    signature.optimizer = std::move(*optimizer);
  }
  return signature;
}

} // namespace rondo
