//===- ProjectedAttention.cpp - Attention of several heads ----------------===//
//
// Keras' multi_head_attention and grouped_query_attention: attentions side by side, each between
// projections of its own.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Attention.h"
#include "frontend/keras/AttentionAxes.h"
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
      if (!x || !checkRank(call, x, 3, takesGrids() ? SIZE_MAX : 3))
        return {};
    std::optional<AttentionAxes> axes = readAxes(call, query, value, key);
    if (!axes || !checkSizes(call, *axes, query, value, key))
      return {};
    auto features = staticSize(call, query, query->rank() - 1);
    if (!features)
      return {};
    std::vector<int64_t> result = outputSizes.empty() ? std::vector{*features} : outputSizes;
    Tensor *queries = project(call, *axes, query, "query", heads, keySize);
    Tensor *keys = queries ? project(call, *axes, key, "key", keyHeads, keySize) : nullptr;
    Tensor *gate = nullptr;
    if (keys && useGate && !(gate = project(call, *axes, query, "gate", heads, valueSize)))
      return {};
    Tensor *values = keys ? project(call, *axes, value, "value", keyHeads, valueSize) : nullptr;
    if (!values)
      return {};
    // Several queries share a key and its value. (batch, heads, keys, features): fewer are moved
    // before they are repeated than after it.
    for (Tensor **each : {&keys, &values})
      *each = graph.repeat(graph.transpose(*each, {0, 2, 1, 3}), 1, DimExpr(heads / keyHeads),
                           /*isWhole=*/false);
    queries = graph.binary<MulOp>(queries, graph.scalar(1.0 / std::sqrt(double(keySize))));
    // (batch, heads, queries, keys)
    Tensor *scores = graph.contract(queries, keys, {0, 2}, {0, 1}, {3}, {3});
    Tensor *counts = nullptr;
    if (!scores || !readMasks(call, *axes, query, value, key, counts))
      return {};
    if ((isCausal || window) && !checkSteps(call, *axes, isCausal, query, key))
      return {};
    if (isCausal)
      counts = both(graph, counts, causalMask(graph, query, key));
    if (window)
      counts = both(graph, counts, windowMask(graph, query, key));
    counts = axes->foldMask(graph, counts, query, key, scores->axes[1]);
    if (counts && counts->rank() == 3)
      counts = graph.expandDims(counts, 1); // the same for all heads
    if (counts)
      scores = graph.select(counts, scores, graph.scalar(std::numeric_limits<float>::lowest()));
    Tensor *shares = graph.softmax(scores, 3);
    // Keras computes scores that it returns or drops, and those of grids, in another way, by which
    // a query that no key counts for gets nothing rather than an average of all.
    if (counts && (returnScores || dropoutRate > 0 || query->rank() > 3))
      shares = zeroWhereMasked(graph, counts, shares);
    Tensor *kept = droppedShares(call, shares);
    if (!kept)
      return {};
    // (batch, heads, queries, value features)
    Tensor *contexts = graph.contract(kept, values, {0, 1}, {0, 1}, {3}, {2});
    if (gate)
      contexts = graph.binary<MulOp>(contexts, graph.transpose(gate, {0, 2, 1, 3}));
    std::vector<int64_t> kernelShape{heads, valueSize};
    llvm::append_range(kernelShape, result);
    auto outputAxes = llvm::to_vector(llvm::seq<int64_t>(2, int64_t(kernelShape.size())));
    Tensor *kernel = variable(call, "attention_output/kernel", kernelShape,
                              withUnitAxes(session, kernelInitializer, {0, 1}, outputAxes));
    if (!kernel)
      return {};
    Tensor *output = graph.contract(contexts, kernel, {}, {}, {1, 3}, {0, 1});
    if (useBias)
      output = graph.binary<AddOp>(
          output, variable(call, "attention_output/bias", result, biasInitializer));
    output = axes->unfold(graph, output, query);
    if (!output)
      return {};
    addActivityLosses(graph, projectionRegularizer, output);
    if (returnScores)
      return {output, axes->unfoldScores(graph, shares, query, key)};
    return {output};
  }

protected:
  /// Whether the layers inside are attributes that begin with `_`, as places in weight files see.
  virtual bool hidesProjections() const { return false; }
  /// Whether the tensors of a call have no mask any more behind it, as in Keras, and its
  /// `query_mask` says nothing.
  virtual bool takesMasksAway() const { return true; }
  /// Whether its tensors may have more axes than sequences.
  virtual bool takesGrids() const { return false; }
  /// False after a report.
  virtual bool checkFeatures(LayerCall &, const Tensor *, const Tensor *) { return true; }

  int64_t heads = 1, keyHeads = 1, keySize = 1, valueSize = 1;
  /// Of the features of the result; empty for those of the query.
  std::vector<int64_t> outputSizes;
  /// What attention is along, as the file counts axes; nothing for all but batch and features.
  std::optional<std::vector<int64_t>> givenAxes;
  SourceRange axesPlace;

private:
  /// The axes that attention is along. Nothing after a report.
  std::optional<AttentionAxes> readAxes(LayerCall &call, const Tensor *query, const Tensor *value,
                                        const Tensor *key) {
    const size_t rank = query->rank();
    if (value->rank() != rank || key->rank() != rank) {
      const Tensor *other = value->rank() != rank ? value : key;
      noteMade(session.in.report(Code::RankMismatch, call.place,
                                 "`{}` takes tensors of as many axes each, got '{}' of shape {} "
                                 "and '{}' of shape {}",
                                 typeName(), query->origin, query->shape(), other->origin,
                                 other->shape()),
               {query, other});
      return std::nullopt;
    }
    // Keras finds the axes at the first call.
    if (firstRank && firstRank != rank) {
      session.in
          .report(Code::SharedLayerShape, call.place,
                  "'{}' is shared, and takes tensors of {} axes since its first call, got '{}' of "
                  "shape {}",
                  operation->name, firstRank, query->origin, query->shape())
          .help("give each its own `{}`", typeName());
      return std::nullopt;
    }
    firstRank = rank;
    if (!givenAxes)
      return AttentionAxes(rank);
    std::vector<int64_t> attended;
    for (int64_t given : *givenAxes) {
      auto axis = checkAxis(session, given, rank, typeName(), axesPlace);
      if (!axis)
        return std::nullopt;
      const bool isBatch = *axis == 0, isFeatures = *axis == int64_t(rank) - 1;
      if (isBatch || isFeatures || llvm::is_contained(attended, *axis)) {
        session.in
            .report(isBatch ? Code::BatchAxis : Code::InvalidArgument, axesPlace,
                    "`attention_axes` of `{}` has {}, which is {} of '{}' of shape {}", typeName(),
                    given,
                    isBatch      ? "the batch"
                    : isFeatures ? "the features"
                                 : "there already",
                    query->origin, query->shape())
            .note(call.place, "it is called here")
            .help("positions are along the axes from 1 to {}", rank - 2);
        return std::nullopt;
      }
      attended.push_back(*axis);
    }
    return AttentionAxes(rank, std::move(attended));
  }

  /// False after a report.
  bool checkSizes(LayerCall &call, const AttentionAxes &axes, const Tensor *query,
                  const Tensor *value, const Tensor *key) {
    if (!checkFeatures(call, query, value))
      return false;
    for (size_t axis = 1; axis + 1 < key->rank(); ++axis)
      if (!session.unify(value->axes[axis].size, key->axes[axis].size)) {
        session.in.report(Code::ShapeMismatch, call.place,
                          "`{}` needs as many values as keys: {} and {}", typeName(),
                          axisName(value, axis), axisName(key, axis));
        return false;
      }
    for (int64_t axis : axes.others)
      if (!session.unify(query->axes[axis].size, key->axes[axis].size)) {
        noteMade(session.in.report(Code::ShapeMismatch, call.place,
                                   "`{}` of '{}' of shape {} and '{}' of shape {} is not along "
                                   "axis {}, which has to be of one size in both",
                                   typeName(), query->origin, query->shape(), key->origin,
                                   key->shape(), axis),
                 {query, key});
        return false;
      }
    return true;
  }

  /// Whether `use_causal_mask` or `sliding_window`, which Keras counts along axis 1 whatever the
  /// attention is along, fit the pairs. False after a report.
  bool checkSteps(LayerCall &call, const AttentionAxes &axes, bool isCausal, const Tensor *query,
                  const Tensor *key) {
    auto fits = [&](const Tensor *x) {
      return session.unify(x->axes[1].size, x->axes[axes.attended.front()].size);
    };
    if (axes.attended.size() == 1 && fits(query) && fits(key))
      return true;
    session.in
        .report(Code::ShapeMismatch, call.place,
                "`{}` of `{}` leaves out pairs of steps of axis 1, and this attention of '{}' of "
                "shape {} is along {}",
                isCausal ? "use_causal_mask=True" : fmt::format("sliding_window={}", window),
                typeName(), query->origin, query->shape(), alongWhat(axes))
        .help("`attention_mask`, of shape ({}), leaves out any pairs of queries and keys",
              sizes(axes.pairs(query, key)));
    return false;
  }

  /// "axis 2", "the axes 1 and 2".
  static std::string alongWhat(const AttentionAxes &axes) {
    std::string text = axes.attended.size() == 1 ? "axis " : "the axes ";
    for (auto [i, axis] : llvm::enumerate(axes.attended)) {
      text += i == 0 ? "" : i + 1 == axes.attended.size() ? " and " : ", ";
      text += std::to_string(axis);
    }
    return text;
  }

  std::string sizes(const Axes &axes) const {
    std::string text;
    for (const Axis &axis : axes)
      text += (text.empty() ? "" : ", ") + session.resolve(axis.size).str();
    return text;
  }

  /// The mask of an argument of the call: what is given as `value_mask`, say, or the tensor's own.
  /// False after a report.
  bool maskOf(LayerCall &call, const AttentionAxes &axes, llvm::StringRef name, const Tensor *given,
              const Tensor *x, Tensor *&mask) {
    const BoundArguments::Slot &slot = call.arguments[(name + "_mask").str()];
    mask = call.graph.toBool(given->runMask);
    const Tensor *taken = given->takenMask ? given->takenMask : given->mask;
    if (taken && !given->runMask && slot.value.isNone())
      warnTaken(call, *given, *taken);
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
    return !mask || (axes.isPlain() ? checkMask(call, mask, x) : fitsAxes(call, axes, mask, x));
  }

  /// Whether Keras takes a mask for one of the positions that attention is along, which it does
  /// where those are the last axis of the mask. False after a report.
  bool fitsAxes(LayerCall &call, const AttentionAxes &axes, const Tensor *mask, const Tensor *x) {
    if (axes.attended.size() == 1) {
      Axes expected(x->axes.begin(), x->axes.begin() + axes.attended.front() + 1);
      if (session.unify(*mask, expected))
        return true;
      session.in
          .report(Code::ShapeMismatch, call.place,
                  "the mask of '{}' for attention along {} is one of shape ({}), got '{}' of shape "
                  "{}",
                  x->origin, alongWhat(axes), sizes(expected), mask->origin, mask->shape())
          .note(mask->place, "it is made here");
      return false;
    }
    session.in
        .report(Code::ShapeMismatch, call.place,
                "'{}' has a mask, and Keras has none for attention along {}", x->origin,
                alongWhat(axes))
        .note(mask->place, "the mask is made here")
        .help("`attention_mask` leaves out pairs of queries and keys");
    return false;
  }

  void warnTaken(LayerCall &call, const Tensor &x, const Tensor &mask) {
    session.effects.warnings.push_back([this, place = call.place, &x, &mask] {
      session.in
          .warn(Code::MaskIgnored, place,
                "'{}' sees no mask of '{}': in Keras a MultiHeadAttention takes the masks of its "
                "tensors away when the model runs, and this one runs after another",
                operation->name, x.origin)
          .note(mask.place, "the mask is made here")
          .help("hand it over: `value_mask=mask`, with the `mask` that `compute_mask` of the layer "
                "that makes it gives");
    });
  }

  /// The pairs of queries and keys that count, (batch, queries, keys) or what meets that, of grids
  /// with those of their axes before the keys' that masks have; null where all do. False after a
  /// report.
  bool readMasks(LayerCall &call, const AttentionAxes &axes, const Tensor *query,
                 const Tensor *value, const Tensor *key, Tensor *&counts) {
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
    if (!maskOf(call, axes, "query", givenQuery, query, queryMask) ||
        !maskOf(call, axes, "value", givenValue, value, valueMask))
      return false;
    // Without a key the value is the key as well, and its mask is there.
    if ((hasKey || !call.arguments["key_mask"].value.isNone()) &&
        !maskOf(call, axes, "key", givenKey, key, keyMask))
      return false;
    if (queryMask)
      counts = graph.expandDims(queryMask, int64_t(queryMask->rank()));
    for (Tensor *mask : {valueMask, keyMask})
      if (mask)
        counts = both(graph, counts, graph.expandDims(mask, int64_t(mask->rank()) - 1));
    // As Keras: whoever asks them from now on has none.
    for (Tensor *x : {givenQuery, givenValue, givenKey})
      if (takesMasksAway())
        x->takeMask();
    BoundArguments::Slot &slot = call.arguments["attention_mask"];
    if (slot.value.isNone())
      return true;
    Tensor *pairs = slot.value.as<Tensor>();
    if (const auto *array = slot.value.as<eval::NdArray>()) {
      pairs = makeConstant(graph, *array);
      slot.value = Value();
    }
    if (!pairs || !session.checkTrace(pairs, slot.place) ||
        !checkPairs(call, axes, pairs, query, key, counts)) {
      if (!pairs && !slot.value.isError())
        session.in.report(Code::NotATensor, slot.place, "`attention_mask` is a tensor, got {}",
                          slot.value.inWords());
      return false;
    }
    counts = both(graph, graph.toBool(pairs), counts);
    return true;
  }

  /// Whether `attention_mask` is of pairs of queries and keys. False after a report.
  bool checkPairs(LayerCall &call, const AttentionAxes &axes, const Tensor *pairs,
                  const Tensor *query, const Tensor *key, const Tensor *counts) {
    const Axes leading = axes.leading(query, {DimExpr(heads)}), ends = axes.pairs(query, key);
    const size_t rank = pairs->rank();
    bool fits = rank >= ends.size();
    // That of the tensors is of a query and a key for each sample.
    fits &= counts ? rank == ends.size() || rank == counts->rank()
                   : rank <= leading.size() + ends.size();
    for (size_t i = 0; fits && i < rank; ++i) {
      // Axes that it does not have are the last in front of the pairs.
      const size_t before = rank - ends.size();
      const DimExpr &size = i < before ? leading[i].size : ends[i - before].size;
      fits = isOne(pairs->size(i)) || session.unify(pairs->axes[i].size, size);
    }
    if (fits)
      return true;
    Axes expected(leading.begin(), leading.end() - 1);
    llvm::append_range(expected, ends);
    session.in
        .report(Code::ShapeMismatch, call.arguments["attention_mask"].place,
                "`attention_mask` is of pairs of queries and keys, of shape ({}), got '{}' of "
                "shape {}",
                sizes(expected), pairs->origin, pairs->shape())
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

  /// (samples, positions, heads, size)
  Tensor *project(LayerCall &call, const AttentionAxes &axes, Tensor *x, const std::string &part,
                  int64_t heads, int64_t size) {
    auto features = staticSize(call, x, x->rank() - 1);
    Tensor *kernel = features ? variable(call, part + "/kernel", {*features, heads, size},
                                         withUnitAxes(session, kernelInitializer, {0}, {1, 2}))
                              : nullptr;
    if (!kernel)
      return nullptr;
    Tensor *projected = call.graph.contract(axes.fold(call.graph, x), kernel, {}, {}, {2}, {0});
    if (useBias)
      projected = call.graph.binary<AddOp>(
          projected, variable(call, part + "/bias", {heads, size}, biasInitializer));
    if (part == "gate")
      projected = call.graph.unary<SigmoidOp>(projected);
    if (projected && projectionRegularizer)
      addActivityLosses(call.graph, projectionRegularizer, axes.unfold(call.graph, projected, x));
    return projected;
  }

  /// 0 for all keys.
  int64_t window = 0;
  /// Of its tensors; 0 before it is called.
  size_t firstRank = 0;
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
    readOutputShape(config);
    readAttentionAxes(config);
  }

protected:
  bool takesGrids() const override { return true; }

private:
  /// One number, or several; nothing for anything else.
  static std::optional<std::vector<int64_t>> integersOf(Value value) {
    const auto *several = value.as<eval::Sequence>();
    std::vector<int64_t> numbers;
    for (Value one : several ? several->elements : std::vector<Value>{value}) {
      auto number = one.isInt() ? one.asInteger() : std::nullopt;
      if (!number)
        return std::nullopt;
      numbers.push_back(*number);
    }
    return numbers.empty() ? std::nullopt : std::optional(std::move(numbers));
  }

  void readOutputShape(Config &config) {
    const BoundArguments::Slot &slot = config.get("output_shape");
    if (slot.value.isNone())
      return;
    auto numbers = integersOf(slot.value);
    if (numbers && llvm::all_of(*numbers, [](int64_t number) { return number > 0; }))
      outputSizes = *numbers;
    else
      config.reject(slot, "output_shape", "a positive integer, or several");
  }

  void readAttentionAxes(Config &config) {
    const BoundArguments::Slot &slot = config.get("attention_axes");
    axesPlace = slot.place;
    if (slot.value.isNone())
      return;
    givenAxes = integersOf(slot.value);
    if (!givenAxes)
      config.reject(slot, "attention_axes", "an axis, several axes, or None");
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
