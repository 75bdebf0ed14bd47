//===- IterationSpace.h - Rows and columns of elementwise kernels -*- C++ -*-===//
//
// A result of any rank, read beside operands that each span some of its
// dimensions, as rows of a vectorised innermost loop. Neighbouring dimensions
// that all operands treat alike become one group; the last group is the
// columns, the others together are the rows.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_ITERATIONSPACE_H
#define RONDO_COMPILER_CODEGEN_ITERATIONSPACE_H

#include "compiler/codegen/KernelModule.h"
#include <optional>
#include <string>

namespace rondo::codegen {

class IterationSpace {
public:
  /// `operandDims[k]` are the dimensions of `result` that operand k spans. A
  /// dimension in `alone` is not grouped with others. Where `columnsFrom` is
  /// given, dimensions from there on must be the columns and those before it
  /// the rows; none if the operands do not allow it.
  static std::optional<IterationSpace> get(const Buffer &result, llvm::ArrayRef<Buffer> operands,
                                           llvm::ArrayRef<llvm::SmallVector<int64_t>> operandDims,
                                           llvm::ArrayRef<unsigned> alone,
                                           std::optional<unsigned> columnsFrom = std::nullopt);

  /// Everything that kernel code depends on.
  std::string signature() const;
  unsigned numGroups() const { return groups.size(); }
  bool hasRows() const { return groups.size() > 1; }

  // --- in the entry -----------------------------------------------------------
  /// The size of each group; a kernel gets them as sizes.
  Values groupSizes(Emitter &e, const Buffer &result) const;

  // --- in the kernel ----------------------------------------------------------
  /// Where a row lies in each group but the last. Divides only if something needs it.
  Values split(Emitter &e, ValueRange sizes, Value row) const;
  /// What is read of the operands in a row: where each starts or, if it does not
  /// vary along the columns, its one value in all lanes. `position` is the row's `split`.
  Values startRow(Emitter &e, llvm::ArrayRef<Buffer> operands, ValueRange pointers,
                  ValueRange sizes, Value row, ValueRange position) const;
  /// A vector of each operand from `column` on; `starts` is from `startRow`.
  Values loadColumns(Emitter &e, llvm::ArrayRef<Buffer> operands, ValueRange starts, Value column,
                     Value mask) const;
  /// kernel.index of a dimension that is `alone`, as a vector of i32.
  Value index(Emitter &e, unsigned dimension, ValueRange position, Value column) const;

private:
  bool variesInRow(unsigned operand) const { return varies[operand].back(); }
  bool variesPartly(unsigned operand) const;
  /// The element of the operand where a row starts.
  Value rowOffset(Emitter &e, unsigned operand, ValueRange sizes, Value row,
                  ValueRange position) const;

  llvm::SmallVector<llvm::SmallVector<unsigned>> groups; // dimensions of each
  llvm::SmallVector<llvm::SmallVector<bool>> varies;     // operand, group
  bool needsSplit = false;
};

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_ITERATIONSPACE_H
