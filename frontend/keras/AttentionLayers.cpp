//===- AttentionLayers.cpp - Attention and AdditiveAttention --------------===//
//
// Keras' layers/attention between whole sequences: averages of values by the softmax of scores of
// queries and keys. What has heads is in ProjectedAttention.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Attention.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"

namespace rondo::keras {
namespace {

/// Attention between whole sequences: [query, value] or [query, value, key].
class PairAttention : public AttentionLayer {
public:
  PairAttention(Config &config, llvm::StringRef className)
      : AttentionLayer(config, className), useScale(config.boolean("use_scale")) {}
  const char *callParameters() const override {
    return "inputs, mask=None, training=False, return_attention_scores=False, "
           "use_causal_mask=False";
  }
  Arity arity() const override { return Arity::List; }
  bool takesMask() const override { return true; }
  /// The query's.
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &given) override {
    Tensor *mask = given.front();
    return {mask ? masks.made("ConvertToTensor", {mask}, mask) : nullptr};
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    bool returnScores = option(call, "return_attention_scores");
    bool isCausal = option(call, "use_causal_mask");
    size_t count = call.inputs.size();
    if (count < 2 || count > 3) {
      session.in.report(Code::InputCount, call.place,
                        "`{}` takes [query, value] or [query, value, key], got {}", typeName(),
                        eval::plural(count, "tensor"));
      return {};
    }
    Tensor *query = call.graph.numbers(call.inputs[0]), *value = call.graph.numbers(call.inputs[1]);
    Tensor *key = count == 3 ? call.graph.numbers(call.inputs[2]) : value;
    for (Tensor *x : {query, value, key})
      if (!x || !checkRank(call, x, 3, 3))
        return {};
    if (!checkSizes(call, query, value, key))
      return {};
    if (call.masks.size() == 1 || call.masks.size() > 3) {
      session.in.report(Code::InputCount, call.place,
                        "`mask` of `{}` is a list of the query's mask and the value's, got {}",
                        typeName(), eval::plural(call.masks.size(), "mask"));
      return {};
    }
    GraphBuilder &graph = call.graph;
    Tensor *queryMask = call.masks.empty() ? nullptr : call.masks[0];
    Tensor *valueMask = call.masks.empty() ? nullptr : call.masks[1];
    if ((queryMask && !checkMask(call, queryMask, query)) ||
        (valueMask && !checkMask(call, valueMask, value)))
      return {};
    Tensor *scores = computeScores(call, query, key);
    Tensor *counts = valueMask ? graph.expandDims(graph.toBool(valueMask), 1) : nullptr;
    if (!scores)
      return {};
    if (isCausal)
      counts = both(graph, counts, causalMask(graph, query, key));
    // Lowered, not set: where no key counts all do.
    constexpr double masked = 1e9;
    if (counts)
      scores = graph.select(counts, scores, graph.binary<SubOp>(scores, graph.scalar(masked)));
    Tensor *shares = droppedShares(call, graph.softmax(scores, 2));
    if (!shares)
      return {};
    Tensor *result = graph.contract(shares, value, {0}, {0}, {2}, {1});
    if (queryMask)
      result = zeroWhereMasked(graph, graph.expandDims(graph.toBool(queryMask), 2), result);
    if (returnScores)
      return {result, shares};
    return {result};
  }

protected:
  /// (batch, queries, keys); null after a report.
  virtual Tensor *computeScores(LayerCall &call, Tensor *query, Tensor *key) = 0;

  /// Σ weight · tanh(query + key) over features; without a weight the plain sum.
  Tensor *additiveScores(GraphBuilder &graph, Tensor *query, Tensor *key, Tensor *inner,
                         Tensor *weight) {
    Tensor *sum = graph.binary<AddOp>(graph.expandDims(query, 2), graph.expandDims(key, 1));
    if (inner)
      sum = graph.binary<MulOp>(sum, inner);
    Tensor *terms = graph.unary<TanhOp>(sum);
    if (weight)
      terms = graph.binary<MulOp>(terms, weight);
    return graph.reduce(ReduceKind::sum, terms, {3});
  }

  bool useScale;

private:
  bool checkSizes(LayerCall &call, const Tensor *query, const Tensor *value, const Tensor *key) {
    auto meet = [&](const Tensor *a, const Tensor *b, size_t axis, llvm::StringRef what) {
      if (session.unify(a->axes[axis].size, b->axes[axis].size))
        return true;
      diagnostics::Diagnostic &diagnostic =
          session.in.report(Code::ShapeMismatch, call.place, "`{}` needs as many {}: {} and {}",
                            typeName(), what, axisName(a, axis), axisName(b, axis));
      noteMade(diagnostic, {a, b});
      if (axis == 2)
        diagnostic.help("a `Dense({})` on the key makes its features as many", a->size(2).str());
      return false;
    };
    return meet(query, value, 0, "samples") && meet(query, key, 0, "samples") &&
           meet(query, key, 2, "features in the query as in the key") &&
           meet(value, key, 1, "values as keys");
  }
};

class Attention : public PairAttention {
public:
  static constexpr const char *kerasName = "Attention";
  static constexpr const char *parameters =
      "use_scale=False, score_mode='dot', dropout=0.0, seed=None";
  explicit Attention(Config &config)
      : PairAttention(config, kerasName), ones(namedInitializer(config.session, "ones")) {
    const BoundArguments::Slot &slot = config.get("score_mode");
    const auto *text = slot.value.as<eval::Str>();
    concatenates = text && text->text == "concat";
    if (!concatenates && !(text && text->text == "dot"))
      config.reject(slot, "score_mode", "\"dot\" or \"concat\"");
  }

protected:
  Tensor *computeScores(LayerCall &call, Tensor *query, Tensor *key) override {
    GraphBuilder &graph = call.graph;
    Tensor *scale = useScale ? variable(call, "scale", {}, ones) : nullptr;
    if (concatenates) {
      Tensor *weight = variable(call, "concat_score_weight", {}, ones);
      return graph.binary<MulOp>(additiveScores(graph, query, key, scale, nullptr), weight);
    }
    Tensor *scores = graph.contract(query, key, {0}, {0}, {2}, {2});
    return scale ? graph.binary<MulOp>(scores, scale) : scores;
  }

private:
  mlir::DictionaryAttr ones;
  bool concatenates;
};

/// Bahdanau's.
class AdditiveAttention : public PairAttention {
public:
  static constexpr const char *kerasName = "AdditiveAttention";
  static constexpr const char *parameters = "use_scale=True, dropout=0.0, seed=None";
  explicit AdditiveAttention(Config &config)
      : PairAttention(config, kerasName),
        initializer(namedInitializer(config.session, "glorot_uniform")) {}

protected:
  Tensor *computeScores(LayerCall &call, Tensor *query, Tensor *key) override {
    Tensor *weight = nullptr;
    if (useScale) {
      auto features = staticSize(call, query, 2);
      weight = features ? variable(call, "scale", {*features}, initializer) : nullptr;
      if (!weight)
        return nullptr;
    }
    return additiveScores(call.graph, query, key, nullptr, weight);
  }

private:
  mlir::DictionaryAttr initializer;
};

} // namespace

void addAttentionLayers(Catalogue &catalogue) {
  catalogue.addLayer<Attention>();
  catalogue.addLayer<AdditiveAttention>();
}

} // namespace rondo::keras
