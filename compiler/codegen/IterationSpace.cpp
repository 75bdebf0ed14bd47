//===- IterationSpace.cpp - Rows and columns of elementwise kernels -------===//
//
// Grouping is decided from static facts only: which dimensions an operand
// spans, and which have the literal size 1.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/IterationSpace.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace rondo::codegen {

std::optional<IterationSpace> IterationSpace::get(const Buffer &result, ArrayRef<Buffer> operands,
                                                  ArrayRef<SmallVector<int64_t>> operandDims,
                                                  ArrayRef<unsigned> alone,
                                                  std::optional<unsigned> columnsFrom) {
  const unsigned rank = result.sizes.size();
  SmallVector<SmallVector<bool>> spans(operands.size(), SmallVector<bool>(rank, false));
  for (auto [index, operand] : llvm::enumerate(operands))
    for (auto [own, dimension] : llvm::enumerate(operandDims[index]))
      spans[index][dimension] = !operand.isUnit(own);

  IterationSpace space;
  space.varies.resize(operands.size());
  space.needsSplit = !alone.empty();
  std::optional<unsigned> previous;
  unsigned columnGroups = 0;
  for (unsigned dimension = 0; dimension < rank; ++dimension) {
    if (result.isUnit(dimension))
      continue;
    bool column = columnsFrom && dimension >= *columnsFrom;
    bool joins =
        previous && !llvm::is_contained(alone, dimension) &&
        !llvm::is_contained(alone, *previous) &&
        column == (columnsFrom && *previous >= *columnsFrom) &&
        llvm::all_of(spans, [&](auto &span) { return span[dimension] == span[*previous]; });
    if (!joins) {
      space.groups.emplace_back();
      columnGroups += column;
      for (auto [index, span] : llvm::enumerate(spans))
        space.varies[index].push_back(span[dimension]);
    }
    space.groups.back().push_back(dimension);
    previous = dimension;
  }
  if (columnGroups > 1)
    return std::nullopt;
  // Columns of size one, where all that is left are rows, or nothing.
  if (space.groups.empty() || (columnsFrom && columnGroups == 0)) {
    space.groups.emplace_back();
    for (SmallVector<bool> &groups : space.varies)
      groups.push_back(false);
  }
  for (unsigned operand = 0; operand < operands.size(); ++operand)
    space.needsSplit |= space.variesPartly(operand);
  return space;
}

bool IterationSpace::variesPartly(unsigned operand) const {
  ArrayRef<bool> rows = ArrayRef<bool>(varies[operand]).drop_back();
  return llvm::is_contained(rows, true) && llvm::is_contained(rows, false);
}

std::string IterationSpace::signature() const {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (auto &group : groups) {
    out << '[';
    llvm::interleaveComma(group, out);
    out << ']';
  }
  for (auto &operand : varies) {
    out << ' ';
    for (bool flag : operand)
      out << (flag ? '+' : '-');
  }
  return text;
}

Values IterationSpace::groupSizes(Emitter &e, const Buffer &result) const {
  Values sizes;
  for (auto &group : groups) {
    Value size = e.i64(1);
    for (unsigned dimension : group)
      size = e.mul(size, result.sizes[dimension]);
    sizes.push_back(size);
  }
  return sizes;
}

Values IterationSpace::split(Emitter &e, ValueRange sizes, Value row) const {
  const unsigned rows = groups.size() - 1;
  Values position(rows);
  if (rows == 1)
    position[0] = row;
  if (rows <= 1 || !needsSplit)
    return position;
  for (unsigned group = rows; group-- > 1;) {
    position[group] = e.rem(row, sizes[group]);
    row = e.div(row, sizes[group]);
  }
  position[0] = row;
  return position;
}

Value IterationSpace::rowOffset(Emitter &e, unsigned operand, ValueRange sizes, Value row,
                                ValueRange position) const {
  Value stride = variesInRow(operand) ? sizes.back() : e.i64(1);
  ArrayRef<bool> rows = ArrayRef<bool>(varies[operand]).drop_back();
  if (!llvm::is_contained(rows, false))
    return e.mul(row, stride);
  Value offset = e.i64(0);
  for (unsigned group = rows.size(); group-- > 0;) {
    if (!rows[group])
      continue;
    offset = e.add(offset, e.mul(position[group], stride));
    stride = e.mul(stride, sizes[group]);
  }
  return offset;
}

Values IterationSpace::startRow(Emitter &e, ArrayRef<Buffer> operands, ValueRange pointers,
                                ValueRange sizes, Value row, ValueRange position) const {
  Values starts;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    Value offset = rowOffset(e, index, sizes, row, position);
    Value start = e.at(pointers[index], offset, operand.element());
    starts.push_back(variesInRow(index) ? start : e.splat(e.load(start, operand.element())));
  }
  return starts;
}

Values IterationSpace::loadColumns(Emitter &e, ArrayRef<Buffer> operands, ValueRange starts,
                                   Value column, Value mask) const {
  Values columns(starts);
  for (auto [index, operand] : llvm::enumerate(operands)) {
    Type element = operand.element();
    if (variesInRow(index))
      columns[index] = e.loadLanes(e.at(starts[index], column, element), element, mask);
  }
  return columns;
}

Value IterationSpace::index(Emitter &e, unsigned dimension, ValueRange position,
                            Value column) const {
  Type i32 = e.builder().getI32Type();
  for (auto [group, dimensions] : llvm::enumerate(groups)) {
    if (!llvm::is_contained(dimensions, dimension))
      continue;
    bool isColumn = group + 1 == groups.size();
    Value start = e.splat(e.create<arith::TruncIOp>(i32, isColumn ? column : position[group]));
    return isColumn ? e.add(start, e.iota()) : start;
  }
  return e.constantInt(e.vectorOf(i32), 0); // a dimension of size one
}

} // namespace rondo::codegen
