//===- Tile.cpp - The register tile of products ---------------------------===//

#include "compiler/codegen/Tile.h"
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
