//===- Tile.cpp - The register tile of products ---------------------------===//

#include "compiler/codegen/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

TileShape tileShape(Isa isa) {
  if (isa == Isa::Avx2)
    return {{6, 4, 2, 1}, 2};
  return {{8, 4, 2, 1}, 2};
}

Values neighbours(Emitter &e, Value pointer, unsigned vectors) {
  Values pointers;
  for (unsigned vector = 0; vector < vectors; ++vector)
    pointers.push_back(e.at(pointer, e.i64(vector * e.lanes())));
  return pointers;
}

Values accumulateTile(Emitter &e, Values sums, const TileOperands &o, Value begin, Value end) {
  return e.loop(begin, end, 1, sums, [&](Value step, ValueRange carried) {
    Values next(carried), line;
    Value rhsStep = e.mul(step, o.rhsDepthStride), lhsStep = e.mul(step, o.lhsDepthStride);
    for (Value vector : o.rhsVectors)
      line.push_back(e.loadLanes(e.at(vector, rhsStep), e.f32(), o.mask));
    auto sum = next.begin();
    for (Value row : o.lhsRows) {
      Value factor = e.splat(e.load(e.at(row, lhsStep), e.f32()));
      for (Value vector : line) {
        *sum = e.fma(factor, vector, *sum);
        ++sum;
      }
    }
    return next;
  });
}

int64_t slotRows(Emitter &e) { return tileShape(e.isa()).rows.front(); }

int64_t slotSize(Emitter &e, int64_t depth) { return depth * slotRows(e) + e.lanes(); }

void copyToSlots(Emitter &e, Value from, Value rows, Value to, int64_t depth, Value ahead) {
  const int64_t height = slotRows(e);
  auto copy = [&](Value slot, Value mask) {
    Value offset = e.mul(slot, e.i64(height));
    e.prefetch(e.at(ahead, offset));
    e.storeLanes(e.loadLanes(e.at(from, offset), e.f32(), mask),
                 e.at(to, e.mul(slot, e.i64(slotSize(e, depth)))));
  };
  // Slots whose vectors lie within the rows.
  Value room = e.sub(rows, e.i64(e.lanes() - height));
  Value whole = e.div(e.max(room, e.i64(0)), e.i64(height));
  e.loop(e.i64(0), whole, 1, [&](Value slot) { copy(slot, {}); });
  e.loop(whole, e.ceilDiv(rows, height), 1,
         [&](Value slot) { copy(slot, e.maskOf(e.sub(rows, e.mul(slot, e.i64(height))))); });
}

void transposeSquare(Emitter &e, Value from, Value fromStride, Value rows, Value columns, Value to,
                     Value toStride) {
  Value last = e.sub(rows, e.i64(1));
  auto transpose = [&](Value mask) {
    Values square;
    for (unsigned index = 0; index < e.lanes(); ++index) {
      Value row = e.min(e.i64(index), last);
      square.push_back(e.loadLanes(e.at(from, e.mul(row, fromStride)), e.f32(), mask));
    }
    e.transpose(square);
    for (auto [index, vector] : llvm::enumerate(square))
      e.storeLanes(vector, e.at(to, e.mul(e.i64(index), toStride)));
  };
  e.ifThen(
      e.less(columns, e.i64(e.lanes())), [&] { transpose(e.maskOf(columns)); },
      [&] { transpose({}); });
}

Values startTile(Emitter &e, Value fromZero, unsigned rows, unsigned vectors,
                 llvm::function_ref<Value(unsigned row, unsigned vector)> load) {
  auto start = e.create<scf::IfOp>(
      fromZero,
      [&](OpBuilder &, Location) {
        Values zeros(rows * vectors, e.constant(e.vectorOf(e.f32()), 0));
        e.create<scf::YieldOp>(zeros);
      },
      [&](OpBuilder &, Location) {
        Values loaded;
        for (unsigned row = 0; row < rows; ++row)
          for (unsigned vector = 0; vector < vectors; ++vector)
            loaded.push_back(load(row, vector));
        e.create<scf::YieldOp>(loaded);
      });
  return Values(start.getResults());
}

} // namespace rondo::codegen
