//===- Facts.cpp - What is known of values, for people --------------------===//
//
// Layers, tensors, models and functions of an evaluation in words.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Facts.h"
#include "compiler/signature/FlopCount.h"
#include "compiler/tools/lsp/Text.h"
#include "compiler/tools/lsp/Words.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace rondo::lsp {

using eval::Value;
using keras::Tensor;

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

std::string Callable::Parameter::str() const {
  if (kind == ast::Parameter::Kind::VarArgs)
    return "*" + name;
  if (kind == ast::Parameter::Kind::VarKeywords)
    return "**" + name;
  return defaultValue.empty() ? name : name + "=" + defaultValue;
}

const Callable::Parameter *Callable::find(llvm::StringRef name) const {
  for (const Parameter &parameter : parameters)
    if (parameter.name == name)
      return &parameter;
  return nullptr;
}

static std::string shortRepr(Value value) {
  // Not as the outermost value, of which print(…) shows all.
  return shortened(value.repr(/*depth=*/1), 100);
}

static Callable toCallable(const eval::Signature &signature) {
  Callable callable{signature.callee, {}};
  for (const eval::Signature::Parameter &parameter : signature.parameters)
    callable.parameters.push_back({parameter.name,
                                   parameter.defaultValue ? shortRepr(*parameter.defaultValue) : "",
                                   parameter.kind});
  return callable;
}

/// The same without `self`.
static std::optional<Callable> toMethod(llvm::StringRef name, const Value *method) {
  const auto *function = method ? method->as<eval::Function>() : nullptr;
  if (!function)
    return std::nullopt;
  Callable callable = toCallable(function->signature);
  callable.name = name.str();
  if (!callable.parameters.empty())
    callable.parameters.erase(callable.parameters.begin());
  return callable;
}

std::optional<Callable> callableOf(Value value) {
  eval::Heap heap; // of the default values while they become text
  if (const auto *native = value.as<eval::Native>())
    return toCallable(heap.signature(native->name, native->parameters));
  if (const auto *layer = value.as<keras::FileLayer>())
    return toMethod(layer->type.name, layer->type.find("call"));
  if (const auto *layer = value.as<keras::Layer>())
    return toCallable(heap.signature(layer->operation->name, layer->callParameters()));
  if (const auto *function = value.as<eval::Function>())
    return toCallable(function->signature);
  if (const auto *type = value.as<eval::Class>())
    return toMethod(type->name, type->find("__init__"));
  if (const auto *method = value.as<eval::BoundMethod>()) {
    const auto *function = method->function.as<eval::Function>();
    return toMethod(function ? function->signature.callee : "", &method->function);
  }
  return std::nullopt;
}

SignatureText signatureText(const Callable &callable, size_t width) {
  using Kind = ast::Parameter::Kind;
  SignatureText result{callable.name + "(", {}};
  size_t lineStart = 0;
  auto add = [&](const std::string &part) {
    bool isFirst = result.text.back() == '(';
    if (!isFirst)
      result.text += ",";
    if (!isFirst && result.text.size() - lineStart + part.size() + 2 > width) {
      result.text += "\n";
      lineStart = result.text.size();
      result.text += "    ";
    } else if (!isFirst) {
      result.text += " ";
    }
    size_t begin = result.text.size();
    result.text += part;
    return std::make_pair(begin, result.text.size());
  };
  bool isPositionOver = false;
  for (size_t i = 0; i < callable.parameters.size(); ++i) {
    const Callable::Parameter &parameter = callable.parameters[i];
    if (parameter.kind == Kind::KeywordOnly && !isPositionOver)
      add("*");
    isPositionOver |= parameter.kind == Kind::KeywordOnly || parameter.kind == Kind::VarArgs;
    result.places.push_back(add(parameter.str()));
    bool isLast = i + 1 == callable.parameters.size();
    if (parameter.kind == Kind::PositionalOnly &&
        (isLast || callable.parameters[i + 1].kind != Kind::PositionalOnly))
      add("/");
  }
  result.text += ")";
  return result;
}

//===----------------------------------------------------------------------===//
// Layers and tensors
//===----------------------------------------------------------------------===//

/// "16,640".
static std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  for (int at = int(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    text.insert(at, ",");
  return text;
}

/// What the ops between inputs and outputs compute.
static DimExpr flopsBetween(llvm::ArrayRef<Tensor *> inputs, llvm::ArrayRef<Tensor *> outputs) {
  llvm::SmallPtrSet<mlir::Value, 8> known;
  for (const Tensor *input : inputs)
    known.insert(input->value);
  llvm::SetVector<mlir::Operation *> ops;
  auto add = [&](mlir::Value value) {
    if (mlir::Operation *op = value.getDefiningOp(); op && !known.contains(value))
      ops.insert(op);
  };
  for (const Tensor *output : outputs)
    add(output->value);
  DimExpr flops;
  for (size_t i = 0; i < ops.size(); ++i) {
    flops += productFlops(ops[i]);
    for (mlir::Value operand : ops[i]->getOperands())
      add(operand);
  }
  return flops;
}

/// "30,720 for T = 10 (3072*T)", of one sample.
static std::string describeFlops(const keras::Session &session, const DimExpr &flops) {
  DimExpr ofSample = session.resolve(flops).substitute({{keras::Session::batchSymbol.str(), 1}});
  if (auto number = ofSample.getConstant())
    return *number == 0 ? "no products" : thousands(*number);
  constexpr int64_t steps = 10;
  SymbolSizes sizes;
  std::string names;
  for (const std::string &symbol : ofSample.getSymbols()) {
    sizes[symbol] = steps;
    names += symbol + " = ";
  }
  return fmt::format("{} for {}{} ({})", thousands(ofSample.evaluate(sizes).value_or(0)), names,
                     steps, ofSample.str());
}

/// "`(B, T, 16)`: batch, T time steps of 'x', 16 features of 'lstm'".
static std::string describeShape(const Tensor &tensor) {
  std::string words = tensor.shapeInWords();
  llvm::StringRef inside = llvm::StringRef(words).drop_front().drop_back();
  return fmt::format("`{}`{}{}", tensor.shape(), inside.empty() ? "" : ": ", inside);
}

static std::string describeParameters(llvm::ArrayRef<keras::Variable *> variables) {
  int64_t all = 0, trainable = 0;
  for (const keras::Variable *variable : variables) {
    int64_t count = 1;
    for (int64_t size : variable->shape)
      count *= size;
    all += count;
    trainable += variable->trainable ? count : 0;
  }
  if (all == 0)
    return "no parameters";
  std::string text = thousands(all) + " parameters";
  if (trainable == all)
    return text;
  return text + (trainable == 0 ? ", frozen" : ", " + thousands(trainable) + " of them trainable");
}

/// Of a layer, or of the variables that an operation has itself.
static std::vector<keras::Variable *> weightsOf(const keras::Operation &operation) {
  const auto *layer = dynamic_cast<const keras::Layer *>(operation.object);
  return layer ? layer->weights() : operation.variables;
}

static std::string title(const keras::Operation &operation) {
  return fmt::format("**{}** '{}'", operation.className, operation.name);
}

std::string describeUse(const keras::Node &node) {
  const keras::Operation &operation = *node.operation;
  std::string text = title(operation) + "\n\n";
  for (const Tensor *output : node.outputs)
    text += fmt::format("- output {}\n", describeShape(*output));
  if (operation.isInput)
    return text;
  if (operation.isLayer)
    text += fmt::format("- {}\n", describeParameters(weightsOf(operation)));
  text += fmt::format(
      "- FLOPs per sample: {}\n",
      describeFlops(node.outputs.front()->session, flopsBetween(node.inputs, node.outputs)));
  if (operation.uses.size() > 1)
    text += fmt::format("- used {} times\n", operation.uses.size());
  return text;
}

static std::string describeLayer(const keras::Layer &layer) {
  const keras::Operation &operation = *layer.operation;
  if (operation.uses.size() == 1)
    return describeUse(*operation.uses.front());
  std::string text = title(operation) + "\n\n";
  for (const keras::Node *use : operation.uses)
    text += fmt::format("- output {} in line {}\n", describeShape(*use->outputs.front()),
                        use->place.start().line);
  if (operation.uses.empty())
    return text + "- not called yet\n";
  return text + fmt::format("- {}\n", describeParameters(weightsOf(operation)));
}

static std::string describeModel(const keras::Model &model) {
  std::string text = fmt::format("**{}** '{}'\n\n", model.typeName(), model.name);
  for (const Tensor *input : model.inputs)
    text += fmt::format("- input '{}' {}\n", input->origin, describeShape(*input));
  std::vector<Tensor *> outputs;
  for (const keras::Model::Output &output : model.outputs) {
    text += fmt::format("- output '{}' {}\n", output.name, describeShape(*output.tensor));
    outputs.push_back(output.tensor);
  }
  text += fmt::format("- {}\n", describeParameters(model.weights));
  text += fmt::format("- FLOPs per sample: {}\n",
                      describeFlops(model.session, flopsBetween(model.inputs, outputs)));
  return text;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// The tensor that a value is, or the first of several results.
static const Tensor *firstTensor(Value value) {
  if (const auto *tuple = value.as<eval::Tuple>(); tuple && !tuple->elements.empty())
    value = tuple->elements.front();
  return value.as<Tensor>();
}

std::string describeValue(llvm::StringRef name, Value value) {
  if (const Tensor *tensor = firstTensor(value)) {
    if (tensor->node)
      return describeUse(*tensor->node);
    return fmt::format("a tensor inside '{}'\n\n- {}\n", tensor->origin, describeShape(*tensor));
  }
  if (const keras::Model *model = keras::asModel(value))
    return describeModel(*model);
  if (const auto *layer = value.as<keras::Layer>())
    return describeLayer(*layer);
  if (const auto *module = value.as<eval::Module>())
    return fmt::format("module `{}`", module->name);
  if (auto callable = callableOf(value)) {
    constexpr size_t width = 80;
    std::string text = fmt::format("```python\n{}\n```", signatureText(*callable, width).text);
    llvm::StringRef words = wordsOfCallable(callable->name);
    return words.empty() ? text : fmt::format("{}\n{}", text, words);
  }
  if (value.isError() || value.as<eval::Opaque>() || value.as<eval::UnsupportedImport>())
    return "";
  return fmt::format("`{}`: {} `{}`", name, value.typeName(), shortRepr(value));
}

std::string summarize(Value value) {
  if (const Tensor *tensor = firstTensor(value))
    return fmt::format("{} '{}': {}",
                       tensor->node ? tensor->node->operation->className : tensor->typeName(),
                       tensor->origin, tensor->shape());
  if (const keras::Model *model = keras::asModel(value))
    return fmt::format("{} '{}'", model->typeName(), model->name);
  if (const auto *layer = value.as<keras::Layer>())
    return fmt::format("{} '{}'", layer->typeName(), layer->operation->name);
  if (const auto *module = value.as<eval::Module>())
    return "module " + module->name;
  if (auto callable = callableOf(value))
    return signatureText(*callable).text;
  if (value.isError() || value.as<eval::Opaque>() || value.as<eval::UnsupportedImport>())
    return "";
  return shortRepr(value);
}

} // namespace rondo::lsp
