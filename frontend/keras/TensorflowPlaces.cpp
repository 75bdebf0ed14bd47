//===- TensorflowPlaces.cpp - TensorFlow's functions of places ------------===//
//
// `tf.gather` and its like, which take what keras.ops has no one function for, and masks of
// lengths.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Spellings.h"

namespace rondo::keras {
namespace {

/// `tf.sequence_mask`: which steps of sequences of these lengths count.
Value sequenceMask(Session &session, BoundArguments &bound) {
  Interpreter &in = session.in;
  const BoundArguments::Slot &lengths = bound["lengths"], &size = bound["maxlen"];
  if (size.value.isNone())
    return session.in.unsupported(bound.place, "`sequence_mask` without `maxlen` is",
                                  "give it the number of steps: `tf.shape(x)[1]`");
  Value steps = callOp(in, session.ops, "arange", bound, {{size.value, size.place}});
  Value ends = callOp(in, session.ops, "expand_dims", bound,
                      {{lengths.value, lengths.place}, {Value::integer(-1), bound.place}});
  Value mask = callOp(in, session.ops, "less", bound, {{steps, size.place}, {ends, lengths.place}});
  const BoundArguments::Slot &dtype = bound["dtype"];
  return dtype.value.isNone() ? mask
                              : callOp(in, session.ops, "cast", bound,
                                       {{mask, bound.place}, {dtype.value, dtype.place}});
}

/// What `tf.math.top_k` gives: a pair with names.
class TopK : public eval::List {
public:
  using List::List;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name == "values" || name == "indices")
      return elements[name == "values" ? 0 : 1];
    return List::attribute(in, name, place);
  }
};

Value topK(Session &session, BoundArguments &bound) {
  auto slot = [&](const char *name) { return PlacedValue{bound[name].value, bound[name].place}; };
  Value pair =
      callOp(session.in, session.ops, "top_k", bound, {slot("input"), slot("k"), slot("sorted")});
  const auto *list = pair.as<eval::List>();
  return list ? Value(session.in.heap.make<TopK>(list->elements)) : pair;
}

/// Whether a parameter that Rondo has only one value of, 0, has that; false after a report.
bool isDefault(OpCall &call, const BoundArguments &bound, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = bound[parameter];
  if (slot.value.asInteger() == 0)
    return true;
  call.graph.session.in.report(Code::NotSupportedYet, slot.place,
                               "`{}={}` of {} is not supported yet", parameter,
                               slot.value.inWords(), call.graph.callee);
  return false;
}

/// Elements of the first axes of `x` by their places on each. Negative ones count from the end;
/// where there is nothing, zeros are taken, as TensorFlow does on GPUs.
Tensor *elementsAt(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<Tensor *> places) {
  Tensor *row = nullptr, *isInside = nullptr;
  for (auto [axis, given] : llvm::enumerate(places)) {
    Tensor *size = graph.size(x, {int64_t(axis)}), *zero = graph.scalar(0.0);
    Tensor *isNegative = graph.compare(ComparePredicate::lt, given, zero);
    Tensor *place = graph.binary<AddOp>(given, graph.binary<MulOp>(isNegative, size));
    Tensor *inside = graph.binary<MulOp>(graph.compare(ComparePredicate::ge, place, zero),
                                         graph.compare(ComparePredicate::lt, place, size));
    isInside = isInside ? graph.binary<MulOp>(isInside, inside) : inside;
    row = row ? graph.binary<AddOp>(graph.binary<MulOp>(row, size), place) : place;
  }
  Tensor *taken = graph.takeRows(x, int64_t(places.size()),
                                 graph.toInt(row ? graph.binary<MulOp>(row, isInside) : nullptr));
  for (size_t rank = isInside->rank(); taken && rank < taken->rank(); ++rank)
    isInside = graph.expandDims(isInside, int64_t(rank));
  Tensor *chosen = graph.binary<MulOp>(graph.toFloat(taken), isInside);
  return taken && taken->element == ElementKind::Int ? graph.toInt(chosen) : chosen;
}

/// `tf.gather` with `batch_dims`: along the axis behind these, for each of their places by indices
/// of its own.
Value gatherOfEach(Session &session, const BoundArguments &bound, int64_t count) {
  return applyOp(
      session, "Gather", session.wordsOf(bound.calleePlace, "`tf.gather`"), bound.place,
      [&](OpCall &call) -> Tensor * {
        GraphBuilder &graph = call.graph;
        Tensor *x = call.tensor(bound["params"]);
        Tensor *places = x ? call.integerTensor(bound["indices"], "indices") : nullptr;
        if (!places)
          return nullptr;
        const BoundArguments::Slot &axis = bound["axis"];
        int64_t rank = int64_t(x->rank());
        if (count < 1 || count >= rank || count > int64_t(places->rank())) {
          call.reject(bound["batch_dims"], "batch_dims", "a number of axes that both tensors have");
          return nullptr;
        }
        if (!axis.value.isNone() && axis.value.asInteger() != count &&
            axis.value.asInteger() != count - rank) {
          call.reject(axis, "axis", fmt::format("{} with `batch_dims={}`", count, count));
          return nullptr;
        }
        std::vector<Tensor *> all;
        for (int64_t each = 0; each < count; ++each) {
          if (!session.unify(x->size(each), places->size(each))) {
            call.reject(
                bound["indices"], "indices",
                fmt::format("of the shape of `params`, {}, up to axis {}", x->shape(), count - 1));
            return nullptr;
          }
          all.push_back(graph.broadcast(graph.range(places->size(each)), places->axes, {each}));
        }
        all.push_back(graph.toFloat(places));
        return elementsAt(graph, x, all);
      });
}

/// `tf.gather_nd`: along its last axis, `indices` have a place on each of the first axes of
/// `params`. These are taken for one axis.
Value gatherNd(Session &session, BoundArguments &bound) {
  return applyOp(
      session, "GatherNd", session.wordsOf(bound.calleePlace, "`tf.gather_nd`"), bound.place,
      [&](OpCall &call) -> Tensor * {
        GraphBuilder &graph = call.graph;
        Tensor *x = call.tensor(bound["params"]);
        Tensor *places = x ? call.integerTensor(bound["indices"], "indices") : nullptr;
        if (!places || !isDefault(call, bound, "batch_dims"))
          return nullptr;
        auto count = places->rank() > 0 ? session.resolve(places->axes.back().size).getConstant()
                                        : std::nullopt;
        if (!count || *count < 1 || *count > int64_t(x->rank())) {
          call.reject(bound["indices"], "indices",
                      fmt::format("places on 1 to {} axes along its last axis", x->rank()));
          return nullptr;
        }
        std::vector<Tensor *> all;
        for (int64_t axis = 0; axis < *count; ++axis) {
          int64_t last = int64_t(places->rank()) - 1;
          all.push_back(graph.squeeze(graph.part(graph.toFloat(places), last, axis, 1), {last}));
        }
        return elementsAt(graph, x, all);
      });
}

/// `tf.reverse_sequence` of samples: the first steps of each the other way around.
Value reverseSequence(Session &session, BoundArguments &bound) {
  return applyOp(
      session, "ReverseSequence", session.wordsOf(bound.calleePlace, "`tf.reverse_sequence`"),
      bound.place, [&](OpCall &call) -> Tensor * {
        GraphBuilder &graph = call.graph;
        Tensor *x = call.tensor(bound["input"]);
        Tensor *lengths = x ? call.integerTensor(bound["seq_lengths"], "seq_lengths") : nullptr;
        if (!lengths || !isDefault(call, bound, "batch_axis"))
          return nullptr;
        if (x->rank() < 2 || lengths->rank() != 1 || bound["seq_axis"].value.asInteger() != 1) {
          call.reject(bound["seq_axis"], "seq_axis",
                      "1, of a tensor of samples with a length for each");
          return nullptr;
        }
        const Axes places = {x->axes[0], x->axes[1]};
        Tensor *step = graph.broadcast(graph.range(x->size(1)), places, {1});
        Tensor *length = graph.broadcast(graph.toFloat(lengths), places, {0});
        Tensor *fromEnd = graph.binary<SubOp>(graph.binary<SubOp>(length, step), graph.scalar(1.0));
        Tensor *isReversed = graph.predicate(ComparePredicate::lt, step, length);
        Tensor *sample = graph.broadcast(graph.range(x->size(0)), places, {0});
        return elementsAt(graph, x, {sample, graph.select(isReversed, fromEnd, step)});
      });
}

/// `tf.gather` and `tf.nn.embedding_lookup`, along the first axis unless they say otherwise.
Value take(Session &session, BoundArguments &bound, llvm::StringRef indices) {
  const BoundArguments::Slot &params = bound["params"], &ids = bound[indices];
  PlacedValue axis{Value::integer(0), bound.place};
  if (bound.has("axis") && !bound["axis"].value.isNone())
    axis = {bound["axis"].value, bound["axis"].place};
  return callOp(session.in, session.ops, "take", bound,
                {{params.value, params.place}, {ids.value, ids.place}, axis});
}

Value gather(Session &session, BoundArguments &bound) {
  auto count = bound["batch_dims"].value.asInteger();
  return count && *count != 0 ? gatherOfEach(session, bound, *count)
                              : take(session, bound, "indices");
}

Value embeddingLookup(Session &session, BoundArguments &bound) {
  const BoundArguments::Slot &norm = bound["max_norm"];
  return norm.value.isNone() ? take(session, bound, "ids")
                             : session.in.mistake(Code::NotSupportedYet, norm.place,
                                                  "`max_norm` of `embedding_lookup` is not "
                                                  "supported yet");
}

} // namespace

void addTensorflowPlaces(Catalogue &catalogue) {
  addTensorflowOp(catalogue, "", "gather", "take",
                  "params, indices, validate_indices=None, axis=None, batch_dims=0, name=None",
                  gather);
  addTensorflowOp(catalogue, "nn", "embedding_lookup", "take",
                  "params, ids, max_norm=None, name=None", embeddingLookup);
  addTensorflowOp(catalogue, "", "gather_nd", "take", "params, indices, batch_dims=0, name=None",
                  gatherNd);
  addTensorflowOp(catalogue, "", "reverse_sequence", "flip",
                  "input, seq_lengths, seq_axis=None, batch_axis=0, name=None", reverseSequence);
  addTensorflowOp(catalogue, "", "scan", "scan",
                  "fn, elems, initializer=None, parallel_iterations=None, back_prop=True, "
                  "swap_memory=False, infer_shape=True, reverse=False, name=None",
                  scanOfTensorflow);
  addTensorflowOp(catalogue, "", "sequence_mask", "arange",
                  "lengths, maxlen=None, dtype=None, name=None", sequenceMask);
  for (const char *owner : {"math", "nn"})
    addTensorflowOp(catalogue, owner, "top_k", "top_k", "input, k=1, sorted=True, name=None", topK);
}

} // namespace rondo::keras
