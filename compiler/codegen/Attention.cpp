//===- Attention.cpp - Attention in blocks of queries ---------------------===//
//
// Scores of a block of queries with all keys are computed, made weights and
// used while they are in the cache. The products are those of Matmul.cpp, in
// the order of the queries, so that threads and chunks do not change a bit of
// a context; column sums are added up chunk by chunk.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

static constexpr int64_t kRows = kernel::AttentionOp::kRows;

/// to (rows × columns) = lhs (rows × depth) * rhs (depth × columns, or transposed), all row by
/// row in memory.
static void emitMatrixProduct(EntryBuilder &entry, Emitter &e, Value to, Value lhs, Value rhs,
                              Value rows, Value depth, Value columns, bool transposeRhs = false) {
  Product product;
  product.to = to;
  product.lhs = lhs;
  product.rhs = rhs;
  product.toStride = product.columns = columns;
  product.rhsStride = transposeRhs ? depth : columns;
  product.transposeRhs = e.i64(transposeRhs);
  product.lhsRowStride = product.depth = depth;
  product.lhsDepthStride = e.i64(1);
  product.rows = rows;
  emitProduct(entry.module(), e, product);
}

/// Queries and keys of more floats than this are not in the second-level cache.
static constexpr int64_t kCachedFloats = 128 * 1024;

/// Asks for rows that are read next, which together come faster than one by one.
static void askFor(Emitter &e, Value from, Value floats) {
  constexpr int64_t cacheLine = 16; // floats
  e.loop(e.i64(0), floats, cacheLine, [&](Value index) { e.prefetch(e.at(from, index)); });
}

/// The scores of `rows` queries, `keys` apart, made weights in place.
static void emitWeights(EntryBuilder &entry, Emitter &e, Value to, Value query, Value key,
                        Value rows, Value keys, Value features) {
  emitMatrixProduct(entry, e, to, query, key, rows, features, keys, /*transposeRhs=*/true);
  e.loop(e.i64(0), rows, 1, [&](Value row) {
    Value line = e.at(to, e.mul(row, keys));
    emitSoftmax(e, line, line, keys, /*log=*/false);
  });
}

/// Adds `rows` rows of `count` elements to `sums`, one after the other.
static void emitColumnSums(Emitter &e, Value sums, Value lines, Value rows, Value count) {
  e.lanesLoop(e.i64(0), count, [&](Value column, Value mask) {
    Value to = e.at(sums, column);
    Values sum = e.loop(e.i64(0), rows, 1, e.loadLanes(to, e.f32(), mask),
                        [&](Value row, ValueRange carried) {
                          Value line = e.at(lines, e.add(e.mul(row, count), column));
                          return Values{e.addf(carried.front(), e.loadLanes(line, e.f32(), mask))};
                        });
    e.storeLanes(sum.front(), to, mask);
  });
}

LogicalResult launchAttention(EntryBuilder &entry, kernel::AttentionOp op) {
  const Buffer &query = entry.buffer(op.getQuery()), &key = entry.buffer(op.getKey());
  const Buffer &result = entry.buffer(op.getOuts()[0]), &scores = entry.buffer(op.getOuts()[1]);
  if (!query.element().isF32())
    return op.emitError("only f32 is supported");
  const bool hasValue = bool(op.getValue()), keepsWeights = op.getKeepsWeights();

  Emitter &e = entry.emitter();
  Value count = query.sizes[0], queries = query.sizes[1], features = query.sizes[2];
  Value keys = key.sizes[1], valueFeatures = hasValue ? result.sizes[2] : e.i64(0);
  Value blocks = e.ceilDiv(queries, kRows);
  Value chunks = !hasValue      ? result.sizes[1]
                 : keepsWeights ? blocks
                                : e.div(scores.sizes[0], e.max(count, e.i64(1)));
  Value blocksOfChunk = e.div(e.add(blocks, e.sub(chunks, e.i64(1))), e.max(chunks, e.i64(1)));
  enum Pointer : unsigned { Query, Key, Result, Weights, ValueOf };
  enum Size : unsigned { Queries, Keys, Features, ValueFeatures, Chunks, ChunkRows, AskedFloats };

  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value queries = k.sizes[Queries], keys = k.sizes[Keys], features = k.sizes[Features];
    Value valueFeatures = k.sizes[ValueFeatures];
    e.loop(k.begin, k.end, 1, [&](Value chunk) {
      Value n = e.div(chunk, k.sizes[Chunks]);
      Value first = e.mul(e.rem(chunk, k.sizes[Chunks]), k.sizes[ChunkRows]);
      Value last = e.min(queries, e.add(first, k.sizes[ChunkRows]));
      Value key = e.at(k.pointers[Key], e.mul(n, e.mul(keys, features)));
      Value sums = e.at(k.pointers[Result], e.mul(chunk, keys));
      askFor(e, key, e.mul(keys, k.sizes[AskedFloats]));
      if (!hasValue)
        e.clear(sums, keys, e.f32());
      e.loop(first, last, kRows, [&](Value q) {
        Value rows = e.min(e.i64(kRows), e.sub(last, q));
        Value row = e.add(e.mul(n, queries), q);
        Value queryRows = e.at(k.pointers[Query], e.mul(row, features));
        askFor(e, queryRows, e.mul(rows, k.sizes[AskedFloats]));
        Value weights =
            e.at(k.pointers[Weights], e.mul(keepsWeights ? row : e.mul(chunk, e.i64(kRows)), keys));
        emitWeights(entry, e, weights, queryRows, key, rows, keys, features);
        if (!hasValue) {
          emitColumnSums(e, sums, weights, rows, keys);
          return;
        }
        Value values = e.at(k.pointers[ValueOf], e.mul(n, e.mul(keys, valueFeatures)));
        emitMatrixProduct(entry, e, e.at(k.pointers[Result], e.mul(row, valueFeatures)), weights,
                          values, rows, keys, valueFeatures);
      });
    });
  };

  Launch launch;
  launch.name = "attention";
  launch.signature = hasValue ? "context" : "sums";
  if (keepsWeights)
    launch.signature += " keeps weights";
  launch.pointers = {query.pointer, key.pointer, result.pointer, scores.pointer,
                     entry.pointerOf(op.getValue())};
  Value floats = e.mul(e.mul(count, e.add(queries, keys)), features);
  Value askedFloats = e.select(e.less(floats, e.i64(kCachedFloats)), e.i64(0), features);
  launch.sizes = {queries,       keys,   features,
                  valueFeatures, chunks, e.mul(blocksOfChunk, e.i64(kRows)),
                  askedFloats};
  launch.iterations = e.mul(count, chunks);
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.mul(count, queries), e.mul(keys, e.add(features, valueFeatures)));
  launch.body = body;
  entry.launch(launch);
  return success();
}

/// Makes the cotangents of weights, in `to`, those of scores: w * (dw - sum of w * dw). The
/// cotangents of the weights are in `dWeights`, which may be `to`.
static void emitScoreCotangents(Emitter &e, Value to, Value weights, Value dWeights, Value keys) {
  Value zero = e.constant(e.vectorOf(e.f32()), 0);
  auto load = [&](Value line, Value index, Value mask) {
    return e.loadLanes(e.at(line, index), e.f32(), mask);
  };
  Value whole = e.roundDown(keys, e.lanes());
  auto dot = [&](Value index, Value sum, Value mask) {
    return Values{e.fma(load(weights, index, mask), load(dWeights, index, mask), sum)};
  };
  Value sum = e.loop(e.i64(0), whole, e.lanes(), zero, [&](Value index, ValueRange carried) {
    return dot(index, carried.front(), {});
  })[0];
  sum = e.loop(whole, keys, e.lanes(), sum, [&](Value index, ValueRange carried) {
    return dot(index, carried.front(), e.maskOf(e.sub(keys, index)));
  })[0];
  Value weighted = e.splat(e.fold(sum, [&](Value x, Value y) { return e.addf(x, y); }));
  e.lanesLoop(e.i64(0), keys, [&](Value index, Value mask) {
    Value centred = e.subf(load(dWeights, index, mask), weighted);
    e.storeLanes(e.mulf(load(weights, index, mask), centred), e.at(to, index), mask);
  });
}

LogicalResult launchAttentionGrad(EntryBuilder &entry, kernel::AttentionGradOp op) {
  const Buffer &query = entry.buffer(op.getQuery()), &key = entry.buffer(op.getKey());
  if (!query.element().isF32())
    return op.emitError("only f32 is supported");
  const bool keptWeights = bool(op.getWeights()), hasContext = bool(op.getDContext());
  SmallVector<bool> wanted(op.getWanted());

  Emitter &e = entry.emitter();
  Value count = query.sizes[0], queries = query.sizes[1], features = query.sizes[2];
  Value keys = key.sizes[1];
  Value valueFeatures = hasContext ? entry.buffer(op.getDContext()).sizes[2] : e.i64(0);
  enum Pointer : unsigned {
    Query,
    Key,
    Weights,
    ValueOf,
    DContext,
    DWeights,
    DScores,
    DQuery,
    DKey,
    DValue
  };
  enum Size : unsigned { Queries, Keys, Features, ValueFeatures };

  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value queries = k.sizes[Queries], keys = k.sizes[Keys], features = k.sizes[Features];
    Value valueFeatures = k.sizes[ValueFeatures];
    e.loop(k.begin, k.end, 1, [&](Value n) {
      auto slice = [&](unsigned pointer, Value rows, Value columns) {
        return e.at(k.pointers[pointer], e.mul(n, e.mul(rows, columns)));
      };
      Value dScores = slice(DScores, e.i64(kRows), keys);
      Value sums = slice(DValue, e.i64(1), keys);
      if (wanted[2] && !hasContext)
        e.clear(sums, keys, e.f32());
      e.loop(e.i64(0), queries, kRows, [&](Value q) {
        Value rows = e.min(e.i64(kRows), e.sub(queries, q));
        Value row = e.add(e.mul(n, queries), q);
        Value queryRows = e.at(k.pointers[Query], e.mul(row, features));
        Value weights;
        if (keptWeights) {
          weights = e.at(k.pointers[Weights], e.mul(row, keys));
        } else {
          weights = slice(Weights, e.i64(kRows), keys);
          emitWeights(entry, e, weights, queryRows, slice(Key, keys, features), rows, keys,
                      features);
        }
        // A sum over queries goes on from the block before.
        auto sumOverQueries = [&](Value to, Value lhs, Value rhs, Value columns) {
          Product sum;
          sum.to = to;
          sum.toStride = sum.rhsStride = sum.columns = columns;
          sum.lhs = lhs;
          sum.lhsRowStride = e.i64(1);
          sum.lhsDepthStride = sum.rows = keys;
          sum.rhs = rhs;
          sum.depth = rows;
          sum.accumulates = q;
          emitProduct(entry.module(), e, sum);
        };
        Value dContext = e.at(k.pointers[DContext], e.mul(row, valueFeatures));
        if (wanted[2] && hasContext)
          sumOverQueries(slice(DValue, keys, valueFeatures), weights, dContext, valueFeatures);
        else if (wanted[2])
          emitColumnSums(e, sums, weights, rows, keys);
        if (!wanted[0] && !wanted[1])
          return;
        if (hasContext)
          emitMatrixProduct(entry, e, dScores, dContext, slice(ValueOf, keys, valueFeatures), rows,
                            valueFeatures, keys, /*transposeRhs=*/true);
        e.loop(e.i64(0), rows, 1, [&](Value line) {
          Value offset = e.mul(line, keys);
          Value to = e.at(dScores, offset);
          emitScoreCotangents(e, to, e.at(weights, offset),
                              hasContext ? to : slice(DWeights, e.i64(1), keys), keys);
        });
        if (wanted[0])
          emitMatrixProduct(entry, e, e.at(k.pointers[DQuery], e.mul(row, features)), dScores,
                            slice(Key, keys, features), rows, keys, features);
        if (wanted[1])
          sumOverQueries(slice(DKey, keys, features), dScores, queryRows, features);
      });
    });
  };

  Launch launch;
  launch.name = "attention_grad";
  launch.signature = llvm::formatv("{0} {1} {2} {3} {4}", keptWeights, hasContext, wanted[0],
                                   wanted[1], wanted[2]);
  Value weights = keptWeights ? op.getWeights() : op.getOuts()[1];
  for (Value buffer :
       {op.getQuery(), op.getKey(), weights, op.getValue(), op.getDContext(), op.getDWeights(),
        op.getOuts()[0], op.getGradient(0), op.getGradient(1), op.getGradient(2)})
    launch.pointers.push_back(entry.pointerOf(buffer));
  launch.sizes = {queries, keys, features, valueFeatures};
  launch.iterations = count;
  launch.grain = e.i64(1);
  launch.cost =
      e.mul(e.mul(count, queries), e.mul(keys, e.mul(e.i64(2), e.add(features, valueFeatures))));
  launch.body = body;
  entry.launch(launch);
  return success();
}

} // namespace rondo::codegen
