//===- ProjectedAttention.cpp - Attention of several heads ----------------===//
//
// Keras' multi_head_attention and grouped_query_attention: attentions side by side, each between
// projections of its own.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Attention.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Einsum.h"
#include "frontend/keras/Masks.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

/// Several attentions side by side, each between projections of its own.
class ProjectedAttention : public AttentionLayer {
public:
  ProjectedAttention(Config &config, llvm::StringRef className)
      : AttentionLayer(config, className), useBias(config.boolean("use_bias")),
        useGate(config.boolean("use_gate")),
        kernelInitializer(config.initializer("kernel_initializer")),
        biasInitializer(config.initializer("bias_initializer")),
        // In Keras it is that of the layers inside.
        projectionRegularizer(activityRegularizer) {
    config.ignore({"flash_attention"});
    if (!config.get("sliding_window").value.isNone())
      window = config.positiveInteger("sliding_window");
  }

  const char *callParameters() const override {
    return "query, value=None, key=None, query_mask=None, value_mask=None, key_mask=None, "
           "attention_mask=None, return_attention_scores=False, training=None, "
           "use_causal_mask=False";
  }
  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override {
    // `query/kernel` is in the attribute `query_dense`.
    std::vector<std::pair<const Variable *, std::string>> paths;
    for (const Variable *variable : operation->variables) {
      auto [part, name] = llvm::StringRef(variable->ownPath).split('/');
      part.consume_front("attention_");
      bool isHidden = hidesProjections() || part == "gate";
      paths.push_back({variable, fmt::format("{}{}_dense/vars/{}", isHidden ? "_" : "", part,
                                             name == "bias" ? 1 : 0)});
    }
    return paths;
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    // In Keras the weights are those of layers inside, which `trainable=False` of the constructor
    // does not reach.
    llvm::SaveAndRestore trainable(operation->trainable, true);
    bool returnScores = option(call, "return_attention_scores");
    bool isCausal = option(call, "use_causal_mask");
    GraphBuilder &graph = call.graph;
    if (call.arguments["value"].value.isNone()) {
      session.in
          .report(Code::MissingArgument, call.place,
                  "`{}` is called on a query and a value, got one tensor", typeName())
          .help("attention of a sequence to itself takes it twice: `{}(…)(x, x)`", typeName());
      return {};
    }
    Tensor *query = graph.numbers(call.inputs.front());
    Tensor *value = readTensor(call, "value");
    Tensor *key = call.arguments["key"].value.isNone() ? value : readTensor(call, "key");
    for (Tensor *x : {query, value, key})
      if (!x || !checkRank(call, x, 3, 3))
        return {};
    if (!checkFeatures(call, query, value))
      return {};
    if (!session.unify(value->axes[1].size, key->axes[1].size)) {
      session.in.report(Code::ShapeMismatch, call.place,
                        "`{}` needs as many values as keys: {} and {}", typeName(),
                        axisName(value, 1), axisName(key, 1));
      return {};
    }
    auto features = staticSize(call, query, 2);
    int64_t result = outputSize ? outputSize : features.value_or(0);
    Tensor *queries = features ? project(call, query, "query", heads, keySize) : nullptr;
    Tensor *keys = queries ? project(call, key, "key", keyHeads, keySize) : nullptr;
    Tensor *gate = nullptr;
    if (keys && useGate && !(gate = project(call, query, "gate", heads, valueSize)))
      return {};
    Tensor *values = keys ? project(call, value, "value", keyHeads, valueSize) : nullptr;
    if (!values)
      return {};
    // Several queries share a key and its value.
    keys = graph.repeat(keys, 2, DimExpr(heads / keyHeads), /*isWhole=*/false);
    values = graph.repeat(values, 2, DimExpr(heads / keyHeads), /*isWhole=*/false);
    queries = graph.binary<MulOp>(queries, graph.scalar(1.0 / std::sqrt(double(keySize))));
    // (batch, heads, queries, keys)
    Tensor *scores = graph.contract(queries, keys, {0, 2}, {0, 2}, {3}, {3});
    Tensor *counts = nullptr;
    if (!scores || !readMasks(call, query, value, key, counts))
      return {};
    if (isCausal)
      counts = both(graph, counts, causalMask(graph, query, key));
    if (window)
      counts = both(graph, counts, windowMask(graph, query, key));
    if (counts && counts->rank() == 3)
      counts = graph.expandDims(counts, 1); // the same for all heads
    if (counts)
      scores = graph.select(counts, scores, graph.scalar(std::numeric_limits<float>::lowest()));
    Tensor *shares = graph.softmax(scores, 3);
    // Keras computes scores that it returns or drops in another way, by which a query that no key
    // counts for gets nothing rather than an average of all.
    if (counts && (returnScores || dropoutRate > 0))
      shares = zeroWhereMasked(graph, counts, shares);
    Tensor *kept = droppedShares(call, shares);
    if (!kept)
      return {};
    // (batch, heads, queries, value features)
    Tensor *contexts = graph.contract(kept, values, {0, 1}, {0, 2}, {3}, {1});
    if (gate)
      contexts = graph.binary<MulOp>(contexts, graph.transpose(gate, {0, 2, 1, 3}));
    Tensor *kernel = variable(call, "attention_output/kernel", {heads, valueSize, result},
                              withUnitAxes(session, kernelInitializer, {0, 1}, {2}));
    if (!kernel)
      return {};
    Tensor *output = graph.contract(contexts, kernel, {}, {}, {1, 3}, {0, 1});
    if (useBias)
      output = graph.binary<AddOp>(
          output, variable(call, "attention_output/bias", {result}, biasInitializer));
    if (!output)
      return {};
    addActivityLosses(graph, projectionRegularizer, output);
    if (returnScores)
      return {output, shares};
    return {output};
  }

protected:
  /// Whether the layers inside are attributes that begin with `_`, as places in weight files see.
  virtual bool hidesProjections() const { return false; }
  /// Whether the tensors of a call have no mask any more behind it, as in Keras, and its
  /// `query_mask` says nothing.
  virtual bool takesMasksAway() const { return true; }
  /// False after a report.
  virtual bool checkFeatures(LayerCall &, const Tensor *, const Tensor *) { return true; }

  int64_t heads = 1, keyHeads = 1, keySize = 1, valueSize = 1, outputSize = 0;

private:
  /// The mask of an argument of the call: what is given as `value_mask`, say, or the tensor's own.
  /// False after a report.
  bool maskOf(LayerCall &call, llvm::StringRef name, const Tensor *given, const Tensor *x,
              Tensor *&mask) {
    const BoundArguments::Slot &slot = call.arguments[(name + "_mask").str()];
    mask = call.graph.toBool(given->runMask);
    if (given->mask && !given->runMask && slot.value.isNone())
      warnTaken(call, *given);
    if (!slot.value.isNone() && name == "query" && takesMasksAway()) {
      session.in
          .warn(Code::MaskIgnored, slot.place,
                "`query_mask` does nothing: Keras reads the mask of the query itself")
          .help("`attention_mask` leaves out pairs of queries and keys");
    } else if (!slot.value.isNone()) {
      Tensor *own = slot.value.as<Tensor>();
      mask = own && session.checkTrace(own, slot.place) ? call.graph.toBool(own) : nullptr;
      if (own && !mask)
        return false;
      if (!mask) {
        if (!slot.value.isError())
          session.in.report(Code::NotATensor, slot.place, "`{}_mask` is a tensor, got {}", name,
                            slot.value.inWords());
        return false;
      }
    }
    return !mask || checkMask(call, mask, x);
  }

  void warnTaken(LayerCall &call, const Tensor &x) {
    session.in
        .warn(Code::MaskIgnored, call.place,
              "'{}' sees no mask of '{}': in Keras a MultiHeadAttention takes the masks of its "
              "tensors away when the model runs, and this one comes after another",
              operation->name, x.origin)
        .note(x.mask->place, "the mask is made here")
        .help("hand it over: `value_mask=mask`, with the `mask` that `compute_mask` of the layer "
              "that makes it gives");
  }

  /// The pairs of queries and keys that count, (batch, queries, keys) or what meets that; null
  /// where all do. False after a report.
  bool readMasks(LayerCall &call, const Tensor *query, const Tensor *value, const Tensor *key,
                 Tensor *&counts) {
    GraphBuilder &graph = call.graph;
    auto tensorOf = [&](llvm::StringRef name) {
      // In a list of one, perhaps.
      auto tensors = flattenTensors(session, call.arguments[name].value, call.place, name);
      return tensors && !tensors->empty() ? tensors->front() : nullptr;
    };
    Tensor *givenQuery = call.inputs.front(), *givenValue = tensorOf("value");
    bool hasKey = !call.arguments["key"].value.isNone();
    Tensor *givenKey = hasKey ? tensorOf("key") : givenValue;
    Tensor *queryMask = nullptr, *valueMask = nullptr, *keyMask = nullptr;
    if (!maskOf(call, "query", givenQuery, query, queryMask) ||
        !maskOf(call, "value", givenValue, value, valueMask))
      return false;
    // Without a key the value is the key as well, and its mask is there.
    if ((hasKey || !call.arguments["key_mask"].value.isNone()) &&
        !maskOf(call, "key", givenKey, key, keyMask))
      return false;
    if (queryMask)
      counts = graph.expandDims(queryMask, 2);
    for (Tensor *mask : {valueMask, keyMask})
      if (mask)
        counts = both(graph, counts, graph.expandDims(mask, 1));
    // As Keras: whoever asks them from now on has none.
    for (Tensor *x : {givenQuery, givenValue, givenKey})
      if (takesMasksAway())
        x->runMask = nullptr;
    BoundArguments::Slot &slot = call.arguments["attention_mask"];
    if (slot.value.isNone())
      return true;
    Tensor *pairs = slot.value.as<Tensor>();
    if (const auto *array = slot.value.as<eval::NdArray>()) {
      pairs = makeConstant(graph, *array);
      slot.value = Value();
    }
    if (!pairs || !session.checkTrace(pairs, slot.place) ||
        !checkPairs(call, pairs, query, key, counts)) {
      if (!pairs && !slot.value.isError())
        session.in.report(Code::NotATensor, slot.place, "`attention_mask` is a tensor, got {}",
                          slot.value.inWords());
      return false;
    }
    counts = both(graph, graph.toBool(pairs), counts);
    return true;
  }

  /// Whether `attention_mask` is of pairs of queries and keys. False after a report.
  bool checkPairs(LayerCall &call, const Tensor *pairs, const Tensor *query, const Tensor *key,
                  const Tensor *counts) {
    size_t rank = pairs->rank();
    auto fits = [&](size_t fromEnd, const DimExpr &size) {
      const DimExpr &own = pairs->axes[rank - fromEnd].size;
      return isOne(session.resolve(own)) || session.unify(own, size);
    };
    if (rank >= 2 && rank <= (counts ? 3 : 4) && fits(1, key->axes[1].size) &&
        fits(2, query->axes[1].size) && (rank < 3 || fits(rank, query->axes[0].size)))
      return true;
    session.in
        .report(Code::ShapeMismatch, call.arguments["attention_mask"].place,
                "`attention_mask` is of pairs of queries and keys, of shape ({}, {}, {}), got '{}' "
                "of shape {}",
                query->size(0).str(), query->size(1).str(), key->size(1).str(), pairs->origin,
                pairs->shape())
        .help("True is for the keys that a query looks at");
    return false;
  }

  Tensor *readTensor(LayerCall &call, llvm::StringRef parameter) {
    const BoundArguments::Slot &slot = call.arguments[parameter];
    auto tensors = flattenTensors(session, slot.value, slot.place, "`" + typeName() + "`");
    if (!tensors)
      return nullptr;
    if (tensors->size() == 1)
      return call.graph.numbers(tensors->front());
    session.in.report(Code::InputCount, slot.place, "`{}` of `{}` is one tensor, got {}", parameter,
                      typeName(), tensors->size());
    return nullptr;
  }

  /// (queries, keys): keys that are less than the window away from their query. Null after a
  /// report.
  Tensor *windowMask(GraphBuilder &graph, const Tensor *query, const Tensor *key) const {
    Tensor *rows = graph.expandDims(graph.range(query->axes[1].size), 1);
    Tensor *columns = graph.range(key->axes[1].size);
    Tensor *distance = graph.unary<AbsOp>(graph.binary<SubOp>(rows, columns));
    return graph.predicate(ComparePredicate::lt, distance, graph.scalar(double(window)));
  }

  /// (batch, steps, heads, size)
  Tensor *project(LayerCall &call, Tensor *x, const std::string &part, int64_t heads,
                  int64_t size) {
    auto features = staticSize(call, x, 2);
    Tensor *kernel = features ? variable(call, part + "/kernel", {*features, heads, size},
                                         withUnitAxes(session, kernelInitializer, {0}, {1, 2}))
                              : nullptr;
    if (!kernel)
      return nullptr;
    Tensor *projected = call.graph.contract(x, kernel, {}, {}, {2}, {0});
    if (useBias)
      projected = call.graph.binary<AddOp>(
          projected, variable(call, part + "/bias", {heads, size}, biasInitializer));
    if (part == "gate")
      projected = call.graph.unary<SigmoidOp>(projected);
    if (projected)
      addActivityLosses(call.graph, projectionRegularizer, projected);
    return projected;
  }

  /// 0 for all keys.
  int64_t window = 0;
  bool useBias, useGate;
  mlir::DictionaryAttr kernelInitializer, biasInitializer;
  const Regularizer *projectionRegularizer;
};

class MultiHeadAttention : public ProjectedAttention {
public:
  static constexpr const char *kerasName = "MultiHeadAttention";
  static constexpr const char *parameters =
      "num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None, "
      "attention_axes=None, sliding_window=None, flash_attention=None, "
      "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, "
      "bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, "
      "bias_constraint=None, use_gate=False, seed=None";
  explicit MultiHeadAttention(Config &config) : ProjectedAttention(config, kerasName) {
    activityRegularizer = nullptr;
    heads = keyHeads = config.positiveInteger("num_heads");
    keySize = valueSize = config.positiveInteger("key_dim");
    if (!config.get("value_dim").value.isNone())
      valueSize = config.positiveInteger("value_dim");
    const BoundArguments::Slot &slot = config.get("output_shape");
    const auto *tuple = slot.value.as<eval::Sequence>();
    Value size = tuple && tuple->elements.size() == 1 ? tuple->elements.front() : slot.value;
    if (auto integer = size.isInt() ? size.asInteger() : std::nullopt; integer && *integer > 0)
      outputSize = *integer;
    else if (!slot.value.isNone())
      config.reject(slot, "output_shape", "a positive integer");
  }
};

/// Fewer keys and values than queries.
class GroupQueryAttention : public ProjectedAttention {
public:
  static constexpr const char *kerasName = "GroupQueryAttention";
  static constexpr const char *parameters =
      "head_dim, num_query_heads, num_key_value_heads, dropout=0.0, use_bias=True, "
      "sliding_window=None, flash_attention=None, kernel_initializer='glorot_uniform', "
      "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
      "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, use_gate=False, "
      "seed=None";
  // Keras exports its class under another name, which automatic names do not follow.
  explicit GroupQueryAttention(Config &config)
      : ProjectedAttention(config, "GroupedQueryAttention") {
    keySize = valueSize = config.positiveInteger("head_dim");
    heads = config.positiveInteger("num_query_heads");
    keyHeads = config.positiveInteger("num_key_value_heads");
    if (heads % keyHeads != 0)
      config.reject(config.get("num_key_value_heads"), "num_key_value_heads",
                    fmt::format("a divisor of the {} query heads", heads));
  }

  std::string typeName() const override { return kerasName; }

protected:
  bool hidesProjections() const override { return true; }
  bool takesMasksAway() const override { return false; }
  bool checkFeatures(LayerCall &call, const Tensor *query, const Tensor *value) override {
    if (session.unify(query->axes[2].size, value->axes[2].size))
      return true;
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::ShapeMismatch, call.place,
                          "`{}` needs as many features in the query as in the value: {} and {}",
                          typeName(), axisName(query, 2), axisName(value, 2));
    noteMade(diagnostic, {query, value});
    return false;
  }
};

} // namespace

void addProjectedAttention(Catalogue &catalogue) {
  catalogue.addLayer<MultiHeadAttention>();
  catalogue.addLayer<GroupQueryAttention>();
}

} // namespace rondo::keras
