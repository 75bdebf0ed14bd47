//===- CoreLayers.cpp - Dense, EinsumDense, Embedding, Masking, Lambda ----===//
//
// Keras' layers/core.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Einsum.h"
#include "frontend/keras/Masks.h"

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

/// y = activation(x · kernel + bias) over the last axis.
class Dense : public Layer {
public:
  static constexpr const char *kerasName = "Dense";
  static constexpr const char *parameters =
      "units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', "
      "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
      "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, lora_rank=None, "
      "lora_alpha=None, quantization_config=None";

  explicit Dense(Config &config)
      : Layer(config, kerasName), units(config.positiveInteger("units")),
        activation(config.activation("activation")), useBias(config.boolean("use_bias")),
        kernelInitializer(config.initializer("kernel_initializer")),
        biasInitializer(config.initializer("bias_initializer")) {}

  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 2, SIZE_MAX))
      return {};
    int64_t last = int64_t(x->rank()) - 1;
    auto features = staticSize(call, x, last);
    if (!features)
      return {};
    Tensor *kernel = variable(call, "kernel", {*features, units}, kernelInitializer);
    if (!kernel)
      return {};
    Tensor *y = call.graph.contract(x, kernel, {}, {}, {last}, {0});
    if (useBias)
      y = call.graph.binary<AddOp>(y, variable(call, "bias", {units}, biasInitializer));
    y = withUnits(x, y);
    return {activate(call, activation, y)};
  }

private:
  /// The last axis of the result has this layer's features; where it stands for as many
  /// time steps (after a Permute, say), they may serve as steps again.
  Tensor *withUnits(const Tensor *x, const Tensor *y) {
    Axes axes = y->axes;
    bool mayBeSteps = x->axes.back().is(AxisMeaning::Time) && x->size(x->rank() - 1) == units;
    axes.back() = {DimExpr(units), mayBeSteps ? AxisMeaning::Unknown : AxisMeaning::Features,
                   mayBeSteps ? nullptr : operation};
    return session.makeTensor(y->value, std::move(axes), y->element, y->origin, y->place);
  }

  int64_t units;
  BoundArguments::Slot activation;
  bool useBias;
  mlir::DictionaryAttr kernelInitializer, biasInitializer;
};

//===----------------------------------------------------------------------===//
// EinsumDense
//===----------------------------------------------------------------------===//

/// y = activation(einsum(equation, x, kernel) + bias). The equation and the sizes of the result
/// give those of the kernel.
class EinsumDense : public Layer {
public:
  static constexpr const char *kerasName = "EinsumDense";
  static constexpr const char *parameters =
      "equation, output_shape, activation=None, bias_axes=None, "
      "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, "
      "bias_regularizer=None, kernel_constraint=None, bias_constraint=None, lora_rank=None, "
      "lora_alpha=None, gptq_unpacked_column_size=None, quantization_config=None";

  explicit EinsumDense(Config &config)
      : Layer(config, kerasName), equation(config.get("equation")),
        shapeSlot(config.get("output_shape")), activation(config.activation("activation")),
        kernelInitializer(config.initializer("kernel_initializer")),
        biasInitializer(config.initializer("bias_initializer")) {
    readEquation(config);
    readShape(config);
    readBias(config);
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.numbers(call.inputs.front());
    if (!x || !checkInput(call, x))
      return {};
    elided = x->rank() - input.size();
    std::vector<std::optional<DimExpr>> sizes = resultSizes(x);
    std::vector<int64_t> kernelShape, biasShape, inputAxes, outputAxes;
    if (!checkShared(call, x, sizes) ||
        !findKernel(call, x, sizes, kernelShape, inputAxes, outputAxes) ||
        (biasAxes && !findBias(call, sizes, biasShape)))
      return {};
    Tensor *kernel = variable(call, "kernel", kernelShape,
                              withUnitAxes(session, kernelInitializer, inputAxes, outputAxes));
    if (!kernel)
      return {};
    OpCall product(session, call.place, operation->name, "`EinsumDense`");
    Tensor *y = buildEinsum(product, equation, equation.value.as<eval::Str>()->text, {x, kernel});
    if (y && biasAxes) {
      Tensor *bias = variable(call, "bias", biasShape, biasInitializer);
      y = bias ? call.graph.binary<AddOp>(y, bias) : nullptr;
    }
    if (!y)
      return {};
    return {activate(call, activation, y)};
  }

private:
  using Sizes = std::vector<std::optional<DimExpr>>;

  static bool isTerm(llvm::StringRef term) {
    return !term.empty() && llvm::all_of(term, llvm::isAlpha);
  }

  void readEquation(Config &config) {
    const auto *text = equation.value.as<eval::Str>();
    auto [left, right] = llvm::StringRef(text ? text->text : "").split("->");
    auto [first, second] = left.split(',');
    elidedLeft = first.consume_front("...");
    elidedRight = !elidedLeft && first.consume_back("...");
    bool fits = !elidedLeft || right.consume_front("...");
    fits &= !elidedRight || (right.consume_back("...") && first.size() > 1);
    if (!fits || !isTerm(first) || !isTerm(second) || !isTerm(right)) {
      config.reject(equation, "equation",
                    "text such as \"abc,cd->abd\", \"...x,xy->...y\" or \"ab...,bc->ac...\"");
      return;
    }
    input = first.str();
    weight = second.str();
    output = right.str();
    for (char letter : weight)
      if (!has(input, letter) && !has(output, letter))
        refuse(config,
               "the kernel's `{}` in `equation` of `EinsumDense` is neither in the input "
               "nor in the result",
               letter);
    for (char letter : output)
      if (!has(input, letter) && !has(weight, letter))
        refuse(config,
               "the result's `{}` in `equation` of `EinsumDense` is neither in the input nor in "
               "the kernel",
               letter);
  }

  void readShape(Config &config) {
    const auto *sequence = shapeSlot.value.as<eval::Sequence>();
    llvm::ArrayRef<Value> given = sequence ? llvm::ArrayRef<Value>(sequence->elements)
                                           : llvm::ArrayRef<Value>(shapeSlot.value);
    for (Value size : given) {
      auto number = size.isInt() ? size.asInteger() : std::nullopt;
      if (!(sequence && size.isNone()) && !(number && *number > 0)) {
        config.reject(shapeSlot, "output_shape", "a positive integer, or a tuple of them and None");
        return;
      }
      partial.push_back(number ? std::optional(DimExpr(*number)) : std::nullopt);
    }
  }

  void readBias(Config &config) {
    const BoundArguments::Slot &slot = config.get("bias_axes");
    if (slot.value.isNone())
      return;
    const auto *text = slot.value.as<eval::Str>();
    bool fits = text && !text->text.empty() && llvm::all_of(text->text, [&](char letter) {
                  return output.empty() || has(output, letter);
                });
    if (fits)
      biasAxes = text->text;
    else
      config.reject(slot, "bias_axes",
                    output.empty() ? "text with letters of the result"
                                   : fmt::format("letters of the result, `{}`, or None", output));
  }

  void refuse(Config &config, fmt::format_string<char &> format, char letter) {
    config.isBroken = true;
    session.in.report(Code::InvalidArgument, equation.place, format, letter);
  }

  static bool has(const std::string &term, char letter) {
    return term.find(letter) != std::string::npos;
  }
  size_t axisOfInput(char letter) const { return input.find(letter) + (elidedLeft ? elided : 0); }
  size_t axisOfOutput(char letter) const { return output.find(letter) + (elidedLeft ? elided : 0); }

  bool checkInput(LayerCall &call, const Tensor *x) {
    bool isElided = elidedLeft || elidedRight;
    bool fits = isElided ? x->rank() >= input.size() : x->rank() == input.size();
    // The first call decides for later ones.
    if (fits && (!rank || *rank == x->rank())) {
      rank = x->rank();
      return true;
    }
    session.in.report(
        Code::RankMismatch, call.place,
        "`{}` with the equation `{}` takes a tensor of {} axes{}, got '{}' of shape {}", typeName(),
        equation.value.as<eval::Str>()->text, rank.value_or(input.size()),
        isElided && !rank ? " or more" : "", x->origin, x->shape());
    return false;
  }

  /// Of the result, as far as they are given: the batch, then `output_shape`, with what `...`
  /// stands for where that is.
  Sizes resultSizes(const Tensor *x) const {
    Sizes sizes{x->size(0)};
    if (elidedLeft)
      for (size_t i = 1; i < elided; ++i)
        sizes.push_back(x->size(i));
    sizes.insert(sizes.end(), partial.begin(), partial.end());
    if (elidedRight)
      for (size_t i = input.size(); i < x->rank(); ++i)
        sizes.push_back(x->size(i));
    return sizes;
  }

  /// Whether `output_shape` fits the equation and the input. False after a report.
  bool checkShared(LayerCall &call, const Tensor *x, const Sizes &sizes) {
    if (sizes.size() != output.size() + elided) {
      int64_t wanted =
          int64_t(partial.size()) + int64_t(output.size() + elided) - int64_t(sizes.size());
      session.in.report(Code::InvalidArgument, shapeSlot.place,
                        "`output_shape` of `{}` has a size for each axis of the result `{}` but "
                        "the batch and `...`, which are {}; got {}",
                        typeName(), output, wanted, shapeSlot.value.inWords());
      return false;
    }
    for (char letter : input) {
      if (!has(output, letter) || !sizes[axisOfOutput(letter)])
        continue;
      DimExpr own = session.resolve(x->size(axisOfInput(letter)));
      if (own == session.resolve(*sizes[axisOfOutput(letter)]))
        continue;
      session.in
          .report(Code::ShapeMismatch, call.place,
                  "`{}` of `{}` is {} in '{}' of shape {} and {} in `output_shape`", letter,
                  typeName(), own.str(), x->origin, x->shape(), sizes[axisOfOutput(letter)]->str())
          .help("None in `output_shape` leaves it as it is");
      return false;
    }
    return true;
  }

  bool findKernel(LayerCall &call, const Tensor *x, const Sizes &sizes, std::vector<int64_t> &shape,
                  std::vector<int64_t> &inputAxes, std::vector<int64_t> &outputAxes) {
    for (auto [axis, letter] : llvm::enumerate(weight)) {
      std::optional<int64_t> size;
      if (has(output, letter)) {
        outputAxes.push_back(axis);
        size = fixedSize(sizes, letter, "kernel");
      } else {
        inputAxes.push_back(axis);
        size = staticSize(call, x, axisOfInput(letter));
      }
      if (!size)
        return false;
      shape.push_back(*size);
    }
    return true;
  }

  bool findBias(LayerCall &call, const Sizes &sizes, std::vector<int64_t> &shape) {
    for (char letter : llvm::StringRef(output).drop_front(output.find_first_of(*biasAxes))) {
      auto size = has(*biasAxes, letter) ? fixedSize(sizes, letter, "bias") : 1;
      if (!size)
        return false;
      shape.push_back(*size);
    }
    if (elidedRight)
      shape.insert(shape.end(), elided, 1);
    return true;
  }

  /// What `output_shape` says of a letter that a weight has; nothing after a report.
  std::optional<int64_t> fixedSize(const Sizes &sizes, char letter, llvm::StringRef what) {
    const std::optional<DimExpr> &size = sizes[axisOfOutput(letter)];
    auto fixed = size ? session.resolve(*size).getConstant() : std::nullopt;
    if (!fixed)
      session.in.report(Code::InvalidArgument, shapeSlot.place,
                        "`output_shape` of `{}` leaves the size of `{}` open, which the {} has",
                        typeName(), letter, what);
    return fixed;
  }

  BoundArguments::Slot equation, shapeSlot, activation;
  mlir::DictionaryAttr kernelInitializer, biasInitializer;
  std::string input, weight, output;
  std::optional<std::string> biasAxes;
  bool elidedLeft = false, elidedRight = false;
  /// What `output_shape` has.
  Sizes partial;
  /// How many axes `...` stands for.
  size_t elided = 0;
  std::optional<size_t> rank;
};

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

/// A row of a table for each id.
class Embedding : public Layer {
public:
  static constexpr const char *kerasName = "Embedding";
  static constexpr const char *parameters =
      "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, "
      "embeddings_constraint=None, mask_zero=False, weights=None, lora_rank=None, lora_alpha=None, "
      "quantization_config=None, input_length=None";

  explicit Embedding(Config &config)
      : Layer(config, kerasName), rows(config.positiveInteger("input_dim")),
        units(config.positiveInteger("output_dim")),
        initializer(config.initializer("embeddings_initializer")),
        maskZero(config.boolean("mask_zero")) {
    const BoundArguments::Slot &weights = config.get("weights");
    if (!weights.value.isNone() && !weights.value.isError())
      warnOfInitialWeights(session.in, weights.place, "`weights` of `Embedding`");
    likelyInput = [this, length = readLength(config)] {
      return makeInput(session, {length}, operation->place);
    };
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *table = variable(call, "embeddings", {rows, units}, initializer);
    return {call.graph.take(table, asSteps(call.graph.toInt(call.inputs.front())), 0)};
  }

  bool supportsMasking() const override { return maskZero; }
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &) override {
    Tensor *ids = masks.call.inputs.front();
    return {masks.made("NotEqual", {ids},
                       masks.graph.predicate(ComparePredicate::ne, ids, masks.graph.scalar(0.0)))};
  }

private:
  /// `input_length=40` of Keras 2, -1 for None: the sequences of a `Sequential` that has no input.
  static int64_t readLength(Config &config) {
    const BoundArguments::Slot &slot = config.get("input_length");
    if (!slot.given)
      return -1;
    config.session.in
        .report(Code::OldKerasName, slot.place,
                "`input_length` of `Embedding` has no effect in Keras 3")
        .help("a `Sequential` of sequences of one length begins with `Input(shape=({},))`",
              slot.value.isInt() ? slot.value.repr() : "…");
    auto length = slot.value.isInt() ? slot.value.asInteger() : std::nullopt;
    return length && *length > 0 ? *length : -1;
  }

  /// Numbers for a sample, one after the other, are ids of steps here, be they declared as floats.
  Tensor *asSteps(Tensor *ids) {
    Axes axes = ids->axes;
    if (axes.size() != 2 || !axes[1].is(AxisMeaning::Features))
      return ids;
    axes[1].meaning = AxisMeaning::Time;
    return session.makeTensor(ids->value, std::move(axes), ids->element, ids->origin, ids->place);
  }

  int64_t rows, units;
  mlir::DictionaryAttr initializer;
  bool maskZero;
};

//===----------------------------------------------------------------------===//
// Identity
//===----------------------------------------------------------------------===//

class Identity : public Layer {
public:
  static constexpr const char *kerasName = "Identity";
  static constexpr const char *parameters = "";
  explicit Identity(Config &config) : Layer(config, kerasName) {}
  bool isFunction() const override { return true; }
  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> apply(LayerCall &call) override { return call.inputs; }
};

//===----------------------------------------------------------------------===//
// Masking
//===----------------------------------------------------------------------===//

/// Masks the steps all of whose features have one value.
class Masking : public Layer {
public:
  static constexpr const char *kerasName = "Masking";
  static constexpr const char *parameters = "mask_value=0.0";
  explicit Masking(Config &config) : Layer(config, kerasName) {
    const BoundArguments::Slot &slot = config.get("mask_value");
    auto number = slot.value.isBool() ? std::nullopt : slot.value.asReal();
    if (!number)
      config.reject(slot, "mask_value", "a number");
    value = number.value_or(0.0);
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.numbers(call.inputs.front());
    if (!x || !checkRank(call, x, 2, SIZE_MAX))
      return {};
    Tensor *counts = anyOverLast(call.graph, differs(call.graph, x));
    return {zeroWhereMasked(call.graph, call.graph.expandDims(counts, x->rank() - 1), x)};
  }

  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &) override {
    Tensor *x = masks.call.inputs.front();
    Tensor *differing = masks.made("NotEqual", {x}, differs(masks.graph, x));
    return {masks.made("Any", {differing}, anyOverLast(masks.graph, differing))};
  }

private:
  Tensor *differs(GraphBuilder &graph, Tensor *x) {
    return graph.predicate(ComparePredicate::ne, x, graph.scalar(value));
  }

  double value;
};

//===----------------------------------------------------------------------===//
// Lambda
//===----------------------------------------------------------------------===//

/// A function of the file, traced with symbolic tensors and inlined. Operations
/// inside have no names of their own, as in Keras.
class Lambda : public Layer {
public:
  static constexpr const char *kerasName = "Lambda";
  static constexpr const char *parameters =
      "function, output_shape=None, mask=None, arguments=None";

  explicit Lambda(Config &config)
      : Layer(config, kerasName), function(config.get("function")),
        extraArguments(config.get("arguments")), maskArgument(config.get("mask")) {
    // The shape follows from the function; what Keras needs it for does not arise.
    config.ignore({"output_shape"});
    const eval::Object *object = function.value.getObject();
    if (!object || !object->isCallable()) {
      diagnostics::Diagnostic &diagnostic = config.reject(function, "function", "a function");
      if (function.value.as<Tensor>())
        diagnostic.help("write what computes it as a function of the input: `Lambda(lambda t: …)`");
    }
    if (!extraArguments.value.isNone() && !extraArguments.value.as<eval::Dict>())
      config.reject(extraArguments, "arguments", "a dict of keyword arguments");
    const eval::Object *mask = maskArgument.value.getObject();
    if (!maskArgument.value.isNone() && !maskArgument.value.as<Tensor>() &&
        !(mask && mask->isCallable()))
      config.reject(maskArgument, "mask", "a tensor, or a function of the inputs and their masks");
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Interpreter &in = session.in;
    if (!takesOneArgument())
      return {};
    size_t errors = in.engine.errorCount();
    Value result = trace(call);
    if (result.isError() || in.engine.errorCount() != errors)
      return {};
    if (!result.as<Tensor>() && !result.as<eval::Sequence>()) {
      in.report(Code::LambdaResult, function.place,
                "the function of '{}' returns {}, expected a symbolic tensor", operation->name,
                result.isNone() ? "None" : "a value of type " + result.typeName());
      return {};
    }
    auto results = flattenTensors(session, result, function.place, "the result of `Lambda`");
    return results ? *results : std::vector<Tensor *>();
  }

  Arity arity() const override { return Arity::Any; }

  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return !maskArgument.value.isNone(); }
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &given) override {
    if (Tensor *mask = maskArgument.value.as<Tensor>())
      return {mask};
    const std::vector<Tensor *> &inputs = masks.call.inputs;
    Value x = listOf(inputs, masks.call.isList), mask = listOf(given, masks.call.isList);
    SourceRange place = masks.call.place;
    Arguments arguments{place, maskArgument.place, {{x, place}, {mask, place}}, {}};
    return {session.in.call(maskArgument.value, arguments).as<Tensor>()};
  }

private:
  /// The tensors, None for null, as a list or as the only one.
  Value listOf(const std::vector<Tensor *> &tensors, bool isList) {
    std::vector<Value> values;
    for (Tensor *tensor : tensors)
      values.push_back(tensor ? Value(tensor) : Value());
    return isList ? Value(session.in.heap.list(std::move(values))) : values.front();
  }

  /// Whether the function can be called with one argument; false after a report.
  bool takesOneArgument() {
    const auto *own = function.value.as<eval::Function>();
    if (!own || !extraArguments.value.isNone())
      return true;
    if (own->signature.parameters.empty()) {
      session.in
          .report(Code::LambdaResult, function.place,
                  "the function of '{}' takes no argument, and a Lambda passes its input",
                  operation->name)
          .help("name the input: `lambda x: …`");
      return false;
    }
    std::vector<std::string> needed;
    for (const eval::Signature::Parameter &parameter : own->signature.parameters)
      if (!parameter.defaultValue && parameter.name != "mask" &&
          parameter.kind == ast::Parameter::Kind::Positional)
        needed.push_back(parameter.name);
    if (needed.size() < 2)
      return true;
    session.in
        .report(Code::LambdaResult, function.place,
                "the function of '{}' needs `{}`, and a Lambda passes one argument",
                operation->name, llvm::join(needed, "`, `"))
        .help("several tensors come as one list: `lambda p: p[0] + p[1]`");
    return false;
  }

  Value trace(LayerCall &call) {
    std::vector<eval::KeywordArgument> keywords;
    if (const auto *dict = extraArguments.value.as<eval::Dict>())
      for (const eval::Dict::Entry &entry : dict->items())
        keywords.push_back(
            {entry.key.str(), extraArguments.place, entry.value, extraArguments.place});
    const auto *own = function.value.as<eval::Function>();
    bool takesMask = own && own->signature.has("mask");
    if (takesMask && call.mask()) {
      session.in.report(Code::NotSupportedYet, function.place,
                        "a Lambda whose function takes the mask is not supported yet");
      return Value::error();
    }
    if (takesMask)
      keywords.push_back({"mask", function.place, Value(), function.place});
    return traceFunction(call, "the Lambda", function, call.inputs, call.isList,
                         std::move(keywords));
  }

  BoundArguments::Slot function, extraArguments, maskArgument;
};

} // namespace

void addCoreLayers(Catalogue &catalogue) {
  catalogue.addLayer<Dense>();
  catalogue.addLayer<EinsumDense>();
  catalogue.addLayer<Embedding>();
  catalogue.addLayer<Identity>();
  catalogue.addLayer<Masking>();
  catalogue.addLayer<Lambda>();
}

} // namespace rondo::keras
