//===- CoreLayers.cpp - Dense, Embedding, Identity, Lambda ----------------===//
//
// Keras' layers/core.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

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
// Embedding
//===----------------------------------------------------------------------===//

/// A row of a table for each id.
class Embedding : public Layer {
public:
  static constexpr const char *kerasName = "Embedding";
  static constexpr const char *parameters =
      "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, "
      "embeddings_constraint=None, mask_zero=False, weights=None, lora_rank=None, lora_alpha=None, "
      "quantization_config=None";

  explicit Embedding(Config &config)
      : Layer(config, kerasName), rows(config.positiveInteger("input_dim")),
        units(config.positiveInteger("output_dim")),
        initializer(config.initializer("embeddings_initializer")) {
    const BoundArguments::Slot &weights = config.get("weights");
    if (weights.value.isNone() || weights.value.isError())
      return;
    config.isBroken = true;
    session.in
        .report(Code::NotSupportedYet, weights.place,
                "`weights` of `Embedding` is not supported yet")
        .help("weights that are known are read from a file: `--weights` of `rondo`, or "
              "`model.load_weights`");
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *table = variable(call, "embeddings", {rows, units}, initializer);
    return {call.graph.take(table, asSteps(call.graph.toInt(call.inputs.front())), 0)};
  }

private:
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
  std::vector<Tensor *> apply(LayerCall &call) override { return call.inputs; }
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
        extraArguments(config.get("arguments")) {
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

private:
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
      if (!parameter.defaultValue && parameter.kind == ast::Parameter::Kind::Positional)
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
    return traceFunction(call, "the Lambda", function, call.inputs, call.isList,
                         std::move(keywords));
  }

  BoundArguments::Slot function, extraArguments;
};

} // namespace

void addCoreLayers(Catalogue &catalogue) {
  catalogue.addLayer<Dense>();
  catalogue.addLayer<Embedding>();
  catalogue.addLayer<Identity>();
  catalogue.addLayer<Lambda>();
}

} // namespace rondo::keras
