//===- Matmul.cpp - kernel.matmul and the product kernels share -----------===//
//
// One function per instruction set multiplies panels, in tiles that stay in
// registers (Tile.h). An epilogue runs over a panel while that is in the
// first-level cache.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/IterationSpace.h"
#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Regions.h"
#include "compiler/codegen/RowList.h"
#include "compiler/codegen/Tile.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

/// The most rows of a panel with an epilogue.
static constexpr int64_t kEpilogueRows = 96;
/// Rows of a panel are a multiple: the sum of two heights of register tiles at most.
static constexpr int64_t kTileRows = 12;

/// With so many rows to use it, a block of rhs is copied, where its lines are as far apart, in
/// floats: they would compete for few places in the cache. Farther ones sooner.
static constexpr int64_t kPackedRows = 56, kPackedStride = 128;
static constexpr int64_t kFewPackedRows = 24, kFarPackedStride = 512;
/// Floats of an rhs that stays in the second-level cache.
static constexpr int64_t kCachedRhs = 96 * 1024;
/// With so many columns to use it, a transposed block of lhs is copied, where its steps are as
/// far apart.
static constexpr int64_t kPackedColumns = 32, kPackedSteps = 16;
/// Steps of a masked sum that are listed at once.
static constexpr int64_t kListedSteps = 1024;

//===----------------------------------------------------------------------===//
// The product of panels
//===----------------------------------------------------------------------===//

namespace {
/// Some rows of a product. Those of lhs lie in slots of a tile's height, which may lie anywhere.
struct Rows : Product {
  Value slotStride;
};

/// One block of rhs: lines of k behind each other for each strip of columns, a register tile
/// wide, then for each vector of those that are left.
struct RhsBlock {
  Value pointer, stride; ///< of the operand, from the block's first column on
  Value columns;
  Value depthBegin, depthEnd;
  Value isPacked;
  Value packed;
  Value stepList; ///< as of Product
};
} // namespace

/// One register tile: adds steps [depthBegin, depthEnd) to `to`, or sets it
/// where depthBegin is 0 and the product does not accumulate. `rhs` points to the tile's first
/// column.
static void emitTile(Emitter &e, const Rows &p, Value row, Value column, unsigned rows,
                     unsigned vectors, Value mask, Value depthBegin, Value depthEnd, Value rhs,
                     Value rhsStride) {
  auto vectorAt = [&](Value pointer, unsigned index) {
    return e.at(pointer, e.i64(index * e.lanes()));
  };
  Values outputs, lhsRows;
  Value slot = e.div(row, e.i64(slotRows(e))), inSlot = e.rem(row, e.i64(slotRows(e)));
  Value firstRow = e.at(p.lhs, e.add(e.mul(slot, p.slotStride), e.mul(inSlot, p.lhsRowStride)));
  Value lhsList = p.rowList ? p.rowList : p.lhsRowList;
  for (unsigned r = 0; r < rows; ++r) {
    Value index = e.add(row, e.i64(r));
    outputs.push_back(e.at(p.to, e.add(e.mul(rowOf(e, p.rowList, index), p.toStride), column)));
    lhsRows.push_back(lhsList ? e.at(p.lhs, e.mul(rowOf(e, lhsList, index), p.lhsRowStride))
                              : e.at(firstRow, e.mul(e.i64(r), p.lhsRowStride)));
  }

  Value isFirst = e.equal(e.create<arith::OrIOp>(depthBegin, p.accumulates), e.i64(0));
  Values start = startTile(e, isFirst, rows, vectors, [&](unsigned r, unsigned v) {
    return e.loadLanes(vectorAt(outputs[r], v), e.f32(), mask);
  });
  TileOperands operands{lhsRows, p.lhsDepthStride, neighbours(e, rhs, vectors), rhsStride, mask};
  Values sums = accumulateTile(e, start, operands, depthBegin, depthEnd);
  for (unsigned r = 0; r < rows; ++r)
    for (unsigned v = 0; v < vectors; ++v)
      e.storeLanes(sums[r * vectors + v], vectorAt(outputs[r], v), mask);
}

/// Copies a block of a transposed operand, square by square. Vectors past its end are zeros.
static void packTransposed(Emitter &e, const RhsBlock &block, unsigned vectors,
                           const KernelTuning &tuning) {
  auto strip = [&](Value column, unsigned vectors) {
    const int64_t width = vectors * e.lanes();
    e.loop(e.i64(0), e.i64(width), e.lanes(), [&](Value half) {
      Value first = e.add(column, half), columnsLeft = e.sub(block.columns, first);
      Value from = e.at(block.pointer, e.mul(first, block.stride));
      Value to = e.at(block.packed, e.add(e.mul(column, e.i64(tuning.blockDepth)), half));
      e.loop(block.depthBegin, block.depthEnd, e.lanes(), [&](Value step) {
        Value line = e.sub(step, block.depthBegin);
        transposeSquare(e, e.at(from, step), block.stride, columnsLeft, e.sub(block.depthEnd, step),
                        e.at(to, e.mul(line, e.i64(width))), e.i64(width));
      });
    });
  };
  const int64_t width = vectors * e.lanes();
  Value whole = e.roundDown(block.columns, width);
  e.loop(e.i64(0), whole, width, [&](Value column) { strip(column, vectors); });
  e.loop(whole, block.columns, e.lanes(), [&](Value column) { strip(column, 1); });
}

static void packRhs(Emitter &e, const RhsBlock &block, unsigned vectors,
                    const KernelTuning &tuning) {
  const int64_t width = vectors * e.lanes();
  Value whole = e.roundDown(block.columns, width);
  e.loop(block.depthBegin, block.depthEnd, 1, [&](Value step) {
    Value from = e.at(block.pointer, e.mul(rowOf(e, block.stepList, step), block.stride));
    Value line = e.sub(step, block.depthBegin);
    auto copy = [&](Value column, int64_t vectors, Value mask) {
      Value to = e.at(block.packed, e.add(e.mul(column, e.i64(tuning.blockDepth)),
                                          e.mul(line, e.i64(vectors * e.lanes()))));
      for (int64_t lane = 0; lane < vectors * e.lanes(); lane += e.lanes())
        e.storeLanes(e.loadLanes(e.at(from, e.add(column, e.i64(lane))), e.f32(), mask),
                     e.at(to, e.i64(lane)));
    };
    e.loop(e.i64(0), whole, width, [&](Value column) { copy(column, vectors, {}); });
    e.loop(whole, block.columns, e.lanes(),
           [&](Value column) { copy(column, 1, e.maskOf(e.sub(block.columns, column))); });
  });
}

/// All rows of `p` for the columns [column, column + vectors · lanes) of a block of rhs.
static void emitColumns(Emitter &e, const Rows &p, const RhsBlock &block, Value column,
                        unsigned vectors, Value mask, const KernelTuning &tuning) {
  const int64_t width = vectors * e.lanes();
  // Tiles count steps from the start of the product.
  Value packed = e.at(block.packed, e.sub(e.mul(column, e.i64(tuning.blockDepth)),
                                          e.mul(block.depthBegin, e.i64(width))));
  Value rhs = e.select(block.isPacked, packed, e.at(block.pointer, column));
  Value rhsStride = e.select(block.isPacked, e.i64(width), block.stride);
  Value row = e.i64(0);
  for (unsigned rows : tileShape(e.isa()).rows) {
    Value end = e.add(row, e.roundDown(e.sub(p.rows, row), rows));
    e.loop(row, end, rows, [&](Value row) {
      emitTile(e, p, row, column, rows, vectors, mask, block.depthBegin, block.depthEnd, rhs,
               rhsStride);
    });
    row = end;
  }
}

/// The columns of `p` where that is few rows and rhs is read as it lies: in a tile of all rows,
/// wide enough for as many sums in flight. Returns how many columns are done.
static Value emitFewRows(Emitter &e, const Rows &p, const RhsBlock &block) {
  Value done = e.i64(0);
  for (unsigned rows : {1, 2, 3, 5}) {
    const unsigned vectors = llvm::divideCeil(kSumsInFlight, rows);
    Value columns = e.roundDown(block.columns, vectors * e.lanes());
    Value end = e.select(e.equal(p.rows, e.i64(rows)), columns, e.i64(0));
    end = e.select(block.isPacked, e.i64(0), end);
    e.loop(e.i64(0), end, vectors * e.lanes(), [&](Value column) {
      emitTile(e, p, e.i64(0), column, rows, vectors, {}, block.depthBegin, block.depthEnd,
               e.at(block.pointer, column), block.stride);
    });
    done = e.max(done, end);
  }
  return done;
}

/// The rows of `p` from `first` on, as many as a block has; where `packs`, which it may for
/// transposed ones, the steps in `block` are copied to slots in `scratch`.
static Rows blockOfRows(Emitter &e, const Product &p, Value first, const RhsBlock &block,
                        Value packs, Value scratch, const KernelTuning &tuning) {
  Rows rows{p, {}};
  rows.rows = e.min(e.i64(tuning.blockRows), e.sub(p.rows, first));
  if (p.rowList) {
    rows.rowList = e.at(p.rowList, first, e.i64Type());
    rows.slotStride = e.i64(0);
    return rows;
  }
  rows.to = e.at(p.to, e.mul(first, p.toStride));
  if (p.lhsRowList) {
    rows.lhsRowList = e.at(p.lhsRowList, first, e.i64Type());
    rows.slotStride = e.i64(0);
    return rows;
  }
  Value stepList = p.stepList ? p.stepList : p.lhsStepList;
  Value from = e.at(p.lhs, e.mul(first, p.lhsRowStride));
  Value height = e.i64(slotRows(e)), size = e.i64(slotSize(e, tuning.blockDepth));
  e.ifThen(packs, [&] {
    e.loop(block.depthBegin, block.depthEnd, 1, [&](Value step) {
      Value line = e.at(from, e.mul(rowOf(e, stepList, step), p.lhsDepthStride));
      Value to = e.at(scratch, e.mul(e.sub(step, block.depthBegin), height));
      Value ahead = e.at(line, e.mul(p.lhsDepthStride, e.i64(kLinesAhead)));
      copyToSlots(e, line, rows.rows, to, tuning.blockDepth, ahead);
    });
  });
  // Tiles count steps from the start of the product.
  Value packed = e.at(scratch, e.mul(block.depthBegin, e.i64(-slotRows(e))));
  rows.lhs = e.select(packs, packed, from);
  rows.lhsDepthStride = e.select(packs, height, p.lhsDepthStride);
  rows.slotStride = e.select(packs, size, e.mul(height, p.lhsRowStride));
  return rows;
}

static void emitProductBody(Emitter &e, const Product &p, const KernelTuning &tuning) {
  const int64_t blockDepth = tuning.blockDepth, blockColumns = tuning.blockColumns,
                blockRows = tuning.blockRows;
  const unsigned vectors = tileShape(e.isa()).vectors;
  auto both = [&](Value x, Value y) { return Value(e.create<arith::AndIOp>(x, y)); };
  Value rhsScratch = e.stack(e.f32(), blockDepth * blockColumns);
  Value lhsScratch = e.stack(e.f32(), blockRows / slotRows(e) * slotSize(e, blockDepth));
  Value isTransposed = e.compare(arith::CmpIPredicate::ne, p.transposeRhs, e.i64(0));
  auto packsFrom = [&](int64_t rows, int64_t stride) {
    return both(e.less(e.i64(stride - 1), p.rhsStride), e.less(e.i64(rows - 1), p.rows));
  };
  Value packsRhs = e.create<arith::OrIOp>(packsFrom(kPackedRows, kPackedStride),
                                          packsFrom(kFewPackedRows, kFarPackedStride));
  packsRhs = e.create<arith::OrIOp>(packsRhs, isTransposed);
  Value packsLhs = both(e.equal(p.lhsRowStride, e.i64(1)),
                        both(e.less(e.i64(kPackedSteps - 1), p.lhsDepthStride),
                             e.less(e.i64(kPackedColumns - 1), p.columns)));
  // Tiles read steps behind each other.
  Value always = e.equal(e.i64(0), e.i64(0));
  if (p.stepList)
    packsRhs = always;
  if (p.stepList || p.lhsStepList)
    packsLhs = always;
  e.loop(e.i64(0), p.columns, blockColumns, [&](Value firstColumn) {
    Product columns = p;
    columns.to = e.at(p.to, firstColumn);
    // At least one block, which sets the result to zero where depth is 0.
    e.loop(e.i64(0), e.max(p.depth, e.i64(1)), blockDepth, [&](Value depthBegin) {
      RhsBlock block;
      Value columnStride = e.select(isTransposed, p.rhsStride, e.i64(1));
      block.pointer = e.at(p.rhs, e.mul(firstColumn, columnStride));
      block.stride = p.rhsStride;
      block.columns = e.min(e.i64(blockColumns), e.sub(p.columns, firstColumn));
      block.depthBegin = depthBegin;
      block.depthEnd = e.min(e.add(depthBegin, e.i64(blockDepth)), p.depth);
      block.isPacked = packsRhs;
      block.packed = rhsScratch;
      block.stepList = p.stepList;
      e.ifThen(packsRhs, [&] {
        e.ifThen(
            isTransposed, [&] { packTransposed(e, block, vectors, tuning); },
            [&] { packRhs(e, block, vectors, tuning); });
      });
      e.loop(e.i64(0), p.rows, blockRows, [&](Value first) {
        Rows rows = blockOfRows(e, columns, first, block, packsLhs, lhsScratch, tuning);
        Value wide = emitFewRows(e, rows, block);
        Value left = e.sub(block.columns, wide);
        Value whole = e.add(wide, e.roundDown(left, vectors * e.lanes()));
        e.loop(wide, whole, vectors * e.lanes(),
               [&](Value column) { emitColumns(e, rows, block, column, vectors, {}, tuning); });
        e.loop(whole, block.columns, e.lanes(), [&](Value column) {
          Value mask = e.maskOf(e.sub(block.columns, column));
          emitColumns(e, rows, block, column, 1, mask, tuning);
        });
      });
    });
  });
}

void emitProduct(KernelModule &module, Emitter &e, const Product &product) {
  using P = Product;
  struct List {
    Value P::*member;
    llvm::StringRef name;
  };
  constexpr List lists[] = {{&P::rowList, "product_of_rows"},
                            {&P::stepList, "product_of_steps"},
                            {&P::lhsRowList, "product_of_lhs_rows"},
                            {&P::lhsStepList, "product_of_lhs_steps"}};
  const List *given = llvm::find_if(lists, [&](const List &list) { return product.*list.member; });
  const bool isListed = given != std::end(lists);
  SmallVector<Value P::*> pointers{&P::to, &P::lhs, &P::rhs};
  if (isListed)
    pointers.push_back(given->member);
  callWithMembers<P>(module, e, isListed ? given->name : "product", pointers,
                     {&P::toStride, &P::lhsRowStride, &P::lhsDepthStride, &P::rhsStride, &P::rows,
                      &P::columns, &P::depth, &P::accumulates, &P::transposeRhs},
                     product, [&](Emitter &e, P p) { emitProductBody(e, p, module.tuning()); });
}

//===----------------------------------------------------------------------===//
// kernel.matmul
//===----------------------------------------------------------------------===//

/// One panel of the result: where it starts and how large it is.
namespace {
struct Panel {
  Value row; // among all rows of all batches
  Value column;
  Value rows, columns;
};

/// Pointers of the launch in front of those of the extra operands.
constexpr unsigned kEpilogueExtras = 4;

/// How the epilogue reads its extra operands.
struct Epilogue {
  Region *region;
  SmallVector<Buffer> extras;
  IterationSpace space;
};
} // namespace

/// Applies the epilogue to the sums of a panel, rows kPanelColumns apart.
static void emitEpilogue(Emitter &e, const KernelArguments &k, const Epilogue &epilogue,
                         const Panel &panel, Value sums, Value to, Type element) {
  const IterationSpace &space = epilogue.space;
  ValueRange groups = ValueRange(k.sizes).take_back(space.numGroups());
  e.loop(e.i64(0), panel.rows, 1, [&](Value line) {
    Value row = e.add(panel.row, line);
    Values position = space.split(e, groups, row);
    Values starts =
        space.startRow(e, epilogue.extras, ValueRange(k.pointers).drop_front(kEpilogueExtras),
                       groups, row, position);
    Value sumsLine = e.at(sums, e.mul(line, e.i64(kPanelColumns)));
    Value out = e.at(to, e.mul(row, groups.back()), element);
    e.lanesLoop(e.i64(0), panel.columns, [&](Value offset, Value mask) {
      Value column = e.add(panel.column, offset);
      Values arguments{e.loadLanes(e.at(sumsLine, offset), e.f32(), mask)};
      arguments.append(space.loadColumns(e, epilogue.extras, starts, column, mask));
      Value value = emitRegion(e, *epilogue.region, arguments, [&](unsigned dimension) {
        return space.index(e, dimension, position, column);
      });
      e.storeLanes(value, e.at(out, column, element), mask);
    });
  });
}

/// The product of the rows whose byte of `mask` is not 0; the others are zeros.
static void emitProductOfRows(KernelModule &module, Emitter &e, Product product, Value mask,
                              Value list) {
  Value rows = product.rows;
  auto byteOf = [&](Value row) { return e.at(mask, row, e.builder().getI8Type()); };
  product.rowList = list;
  product.rows = sortRows(e, e.i64(0), rows, list, byteOf);
  emitProduct(module, e, product);
  e.loop(product.rows, rows, 1, [&](Value index) {
    Value row = rowOf(e, list, index);
    e.clear(e.at(product.to, e.mul(row, product.toStride)), product.columns, e.f32());
  });
}

/// The product, where its sums are of the steps whose byte of `mask` is not 0.
static void emitProductOfSteps(KernelModule &module, Emitter &e, Product product, Value mask,
                               Value list) {
  Value depth = product.depth;
  auto byteOf = [&](Value step) { return e.at(mask, step, e.builder().getI8Type()); };
  product.stepList = list;
  // At least once, which sets the result to zero where depth is 0.
  e.loop(e.i64(0), e.max(depth, e.i64(1)), kListedSteps, [&](Value first) {
    Value count = e.min(e.sub(depth, first), e.i64(kListedSteps));
    product.depth = sortRows(e, first, count, list, byteOf);
    product.accumulates = first;
    emitProduct(module, e, product);
  });
}

namespace {
/// How windows lie in lhs: `steps` of them begin one step, `features` floats, after the other, and
/// `skipped` steps behind those the next ones do.
struct Windows {
  Value steps, features, skipped;
  /// Where window `index` of all begins, in steps.
  Value start(Emitter &e, Value index) const {
    return e.add(index, e.mul(e.div(index, steps), skipped));
  }
};
} // namespace

/// The product of rows from `firstRow` on that are windows.
static void emitProductOfWindows(KernelModule &module, Emitter &e, Product product,
                                 const Windows &windows, Value firstRow, Value list) {
  e.loop(e.i64(0), product.rows, 1, [&](Value index) {
    e.store(windows.start(e, e.add(firstRow, index)), e.at(list, index, e.i64Type()));
  });
  product.lhsRowList = list;
  emitProduct(module, e, product);
}

/// The product, where its sums are over windows.
static void emitSumOverWindows(KernelModule &module, Emitter &e, Product product,
                               const Windows &windows, Value list) {
  const Value depth = product.depth, rhs = product.rhs;
  product.lhsStepList = list;
  // At least once, which sets the result to zero where depth is 0.
  e.loop(e.i64(0), e.max(depth, e.i64(1)), kListedSteps, [&](Value first) {
    product.depth = e.min(e.sub(depth, first), e.i64(kListedSteps));
    e.loop(e.i64(0), product.depth, 1, [&](Value step) {
      e.store(windows.start(e, e.add(first, step)), e.at(list, step, e.i64Type()));
    });
    product.rhs = e.at(rhs, e.mul(first, product.rhsStride));
    product.accumulates = first;
    emitProduct(module, e, product);
  });
}

LogicalResult launchMatmul(EntryBuilder &entry, kernel::MatmulOp op) {
  const Buffer &lhs = entry.buffer(op.getLhs()), &rhs = entry.buffer(op.getRhs());
  const Buffer &output = entry.buffer(op.getOuts().front());
  if (!lhs.element().isF32() || !rhs.element().isF32())
    return op.emitError("only f32 is multiplied");
  const unsigned batchDims = op.getNumBatch(), mDims = op.getNumM(), nDims = op.getNumN();
  const bool transposed = op.getTransposeLhs(), isMasked = bool(op.getMask());
  const std::optional<uint64_t> window = op.getWindow();

  std::optional<Epilogue> epilogue;
  if (!op.getEpilogue().empty()) {
    if (failed(checkRegion(op.getEpilogue())))
      return failure();
    SmallVector<Buffer> extras;
    SmallVector<SmallVector<int64_t>> spans;
    for (auto [index, extra] : llvm::enumerate(op.getExtras())) {
      extras.push_back(entry.buffer(extra));
      spans.push_back(op.getExtraSpan(index));
    }
    auto space = IterationSpace::get(output, extras, spans, indexedDimensions(op.getEpilogue()),
                                     batchDims + mDims);
    if (!space)
      return op.emitError("an extra operand spans only some of the column dimensions");
    epilogue = Epilogue{&op.getEpilogue(), std::move(extras), *space};
  } else if (!output.element().isF32()) {
    return op.emitError("a product is f32");
  }

  // Sums that an epilogue waits for are on the stack.
  const int64_t mostRows = epilogue ? kEpilogueRows : kPanelRows;
  // k.sizes: m, n, k, row panels and column panels of a batch, rows of a panel, those of windows,
  // then the groups of the epilogue.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value m = k.sizes[0], n = k.sizes[1], depth = k.sizes[2];
    Value rowPanels = k.sizes[3], columnPanels = k.sizes[4], panelRows = k.sizes[5];
    Value scratch = epilogue ? e.stack(e.f32(), mostRows * kPanelColumns) : Value();
    Value list =
        isMasked || window ? e.stack(e.i64Type(), std::max(mostRows, kListedSteps)) : Value();
    const Windows windows{k.sizes[6], k.sizes[7], k.sizes[8]};
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      // Neighbours share a panel of lhs; or one of rhs, where all of that is too much for a cache.
      Value batch = e.div(iteration, e.mul(rowPanels, columnPanels));
      Value panelOfBatch = e.rem(iteration, e.mul(rowPanels, columnPanels));
      Value sharesLhs = e.less(e.mul(n, depth), e.i64(kCachedRhs));
      auto either = [&](Value shares, Value other) { return e.select(sharesLhs, shares, other); };
      Value rowPanel = either(e.div(panelOfBatch, columnPanels), e.rem(panelOfBatch, rowPanels));
      Value columnPanel = either(e.rem(panelOfBatch, columnPanels), e.div(panelOfBatch, rowPanels));
      Value firstRow = e.mul(rowPanel, panelRows);
      Panel panel;
      panel.row = e.add(e.mul(batch, m), firstRow);
      panel.column = e.mul(columnPanel, e.i64(kPanelColumns));
      panel.rows = e.min(panelRows, e.sub(m, firstRow));
      panel.columns = e.min(e.i64(kPanelColumns), e.sub(n, panel.column));

      Product product;
      Value step = window ? windows.features : transposed ? m : depth;
      product.lhsRowStride = transposed ? e.i64(1) : step;
      product.lhsDepthStride = transposed ? step : e.i64(1);
      Value offset = e.add(e.mul(batch, e.mul(m, depth)), e.mul(firstRow, product.lhsRowStride));
      product.lhs = window && !transposed ? k.pointers[0] : e.at(k.pointers[0], offset);
      product.rhs = e.at(k.pointers[1], e.add(e.mul(batch, e.mul(depth, n)), panel.column));
      product.rhsStride = n;
      product.rows = panel.rows;
      product.columns = panel.columns;
      product.depth = depth;
      product.to =
          epilogue ? scratch : e.at(k.pointers[2], e.add(e.mul(panel.row, n), panel.column));
      product.toStride = epilogue ? e.i64(kPanelColumns) : n;
      if (window && transposed)
        emitSumOverWindows(entry.module(), e, product, windows, list);
      else if (window)
        emitProductOfWindows(entry.module(), e, product, windows, firstRow, list);
      else if (!isMasked)
        emitProduct(entry.module(), e, product);
      else if (transposed)
        emitProductOfSteps(entry.module(), e, product, k.pointers[3], list);
      else
        emitProductOfRows(entry.module(), e, product,
                          e.at(k.pointers[3], firstRow, e.builder().getI8Type()), list);
      if (epilogue)
        emitEpilogue(e, k, *epilogue, panel, scratch, k.pointers[2], output.element());
    });
  };

  Emitter &e = entry.emitter();
  ValueRange sizes(output.sizes), rhsSizes(rhs.sizes);
  Value batch = e.product(sizes.take_front(batchDims));
  Value m = e.product(sizes.slice(batchDims, mDims));
  Value n = e.product(sizes.take_back(nDims));
  Value depth = e.product(rhsSizes.slice(batchDims, op.getNumK()));
  Launch launch;
  launch.name = "matmul";
  launch.pointers = {lhs.pointer, rhs.pointer, output.pointer, entry.pointerOf(op.getMask())};
  Value columnPanels = e.ceilDiv(n, kPanelColumns);
  Value panelRows = entry.evenGrain(m, e.i64(mostRows), kTileRows, e.mul(batch, columnPanels));
  Value rowPanels = e.ceilDiv(m, panelRows);
  launch.sizes = {m, n, depth, rowPanels, columnPanels, panelRows};
  launch.signature = transposed ? "transposed" : "plain";
  if (isMasked)
    launch.signature += " masked";
  Values windows(3, e.i64(0));
  if (window) {
    launch.signature += " windows";
    Value steps = transposed ? rhsSizes[op.getNumK() - 1] : sizes[mDims - 1];
    windows = {steps, lhs.sizes.back(), e.i64(int64_t(*window) - 1)};
  }
  launch.sizes.append(windows);
  if (epilogue) {
    for (const Buffer &extra : epilogue->extras)
      launch.pointers.push_back(extra.pointer);
    launch.sizes.append(epilogue->space.groupSizes(e, output));
    launch.signature += epilogue->space.signature() + " " + describeRegion(*epilogue->region);
  }
  launch.iterations = e.mul(batch, e.mul(rowPanels, columnPanels));
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.mul(batch, m), e.mul(n, depth));
  launch.body = body;
  entry.launch(launch);
  return success();
}

} // namespace rondo::codegen
