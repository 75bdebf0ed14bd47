//===- RowList.cpp - Which rows count -------------------------------------===//

#include "compiler/codegen/RowList.h"

using namespace mlir;

namespace rondo::codegen {

Value sortRows(Emitter &e, Value first, Value count, Value list,
               llvm::function_ref<Value(Value row)> byteOf) {
  Value last = e.sub(count, e.i64(1));
  auto place = [&](Value index, ValueRange carried) -> Values {
    Value row = e.add(first, index), counted = carried.front();
    Value counts = e.load(byteOf(row), e.builder().getI1Type());
    // At one end or the other, without a branch.
    Value fromEnd = e.sub(last, e.sub(index, counted));
    e.store(row, e.at(list, e.select(counts, counted, fromEnd), e.i64Type()));
    return {e.add(counted, e.create<arith::ExtUIOp>(e.i64Type(), counts))};
  };
  return e.loop(e.i64(0), count, 1, e.i64(0), place).front();
}

} // namespace rondo::codegen
