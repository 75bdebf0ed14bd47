//===- RowList.h - Which rows count -----------------------------*- C++ -*-===//
//
// Kernels with a mask put the rows that count together, so that register tiles have no others.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_ROWLIST_H
#define RONDO_COMPILER_CODEGEN_ROWLIST_H

#include "compiler/codegen/Emitter.h"

namespace rondo::codegen {

/// Sorts `count` rows from `first` on by their bytes of a mask: `list`, i64 for each, gets those
/// that count from its begin on, in order, and the others from its end on. Returns how many count.
Value sortRows(Emitter &e, Value first, Value count, Value list,
               llvm::function_ref<Value(Value row)> byteOf);

/// Entry `index` of such a list; without a list, that row.
inline Value rowOf(Emitter &e, Value list, Value index) {
  return list ? e.load(e.at(list, index, e.i64Type()), e.i64Type()) : index;
}

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_ROWLIST_H
