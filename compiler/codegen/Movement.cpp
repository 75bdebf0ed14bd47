//===- Movement.cpp - kernel.transpose, slice, pad, insert, concat --------===//
//
// Kernels that only move elements. They copy runs of neighbours wherever the
// last dimension keeps its place, and transpose squares of vectors where the
// last two change theirs.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace rondo::codegen {

/// About how many elements one chunk of a parallel loop should move.
static constexpr int64_t kChunk = 8192;

void launchRows(EntryBuilder &entry, Launch launch, Value width) {
  Emitter &e = entry.emitter();
  launch.grain = e.max(e.div(e.i64(kChunk), e.max(width, e.i64(1))), e.i64(1));
  launch.cost = e.mul(launch.iterations, width);
  entry.launch(launch);
}

/// Row-major position of `row` in dimensions of these sizes.
static Values delinearize(Emitter &e, Value row, ValueRange sizes) {
  Values position(sizes.size());
  for (unsigned dimension = sizes.size(); dimension-- > 1;) {
    position[dimension] = e.rem(row, sizes[dimension]);
    row = e.div(row, sizes[dimension]);
  }
  if (!position.empty())
    position[0] = row;
  return position;
}

static std::string typeName(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

/// The permutation with neighbours that stay neighbours counted as one
/// dimension, and dimensions of literal size one left out.
/// `groups[i]` are the operand dimensions of folded operand dimension i.
static SmallVector<unsigned> foldPermutation(const Buffer &input, ArrayRef<int64_t> permutation,
                                             SmallVector<SmallVector<unsigned>> &groups) {
  SmallVector<SmallVector<unsigned>> inResultOrder;
  std::optional<unsigned> previous;
  auto adjacent = [&](unsigned dimension) {
    if (!previous || dimension < *previous)
      return false;
    for (unsigned between = *previous + 1; between < dimension; ++between)
      if (!input.isUnit(between))
        return false;
    return true;
  };
  for (unsigned dimension : permutation) {
    if (input.isUnit(dimension))
      continue;
    if (!adjacent(dimension))
      inResultOrder.emplace_back();
    inResultOrder.back().push_back(dimension);
    previous = dimension;
  }
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, inResultOrder.size()));
  llvm::sort(order, [&](unsigned lhs, unsigned rhs) {
    return inResultOrder[lhs].front() < inResultOrder[rhs].front();
  });
  SmallVector<unsigned> folded(order.size());
  for (auto [position, group] : llvm::enumerate(order)) {
    folded[group] = position;
    groups.push_back(inResultOrder[group]);
  }
  return folded;
}

/// out[b, c, r] = in[b, r, c] in squares of lanes; one iteration for each strip
/// of as many columns. k.sizes: rows, columns, strips.
static void emitSwap(Emitter &e, const KernelArguments &k) {
  Value rows = k.sizes[0], columns = k.sizes[1], lanes = e.i64(e.lanes());
  e.loop(k.begin, k.end, 1, [&](Value iteration) {
    Value batch = e.mul(e.div(iteration, k.sizes[2]), e.mul(rows, columns));
    Value column = e.mul(e.rem(iteration, k.sizes[2]), lanes);
    Value from = e.at(k.pointers[0], e.add(batch, column));
    Value to = e.at(k.pointers[1], e.add(batch, e.mul(column, rows)));
    Value columnsLeft = e.sub(columns, column);
    e.loop(e.i64(0), rows, e.lanes(), [&](Value row) {
      // The last square overlaps the one before, if there is one: stores of some lanes are slow.
      row = e.select(e.less(rows, lanes), row, e.min(row, e.sub(rows, lanes)));
      Value rowsLeft = e.sub(rows, row);
      auto square = [&](bool whole) {
        Values lines;
        for (unsigned index = 0; index < e.lanes(); ++index) {
          Value isThere = e.less(e.i64(index), rowsLeft);
          Value mask = whole ? Value() : e.maskOf(e.select(isThere, columnsLeft, e.i64(0)));
          Value line = e.at(from, e.mul(e.add(row, e.i64(index)), columns));
          lines.push_back(e.loadLanes(line, e.f32(), mask));
        }
        e.transpose(lines);
        for (unsigned index = 0; index < e.lanes(); ++index) {
          Value line = e.at(to, e.add(e.mul(e.i64(index), rows), row));
          auto store = [&](Value mask) { e.storeLanes(lines[index], line, mask); };
          if (whole) {
            store({});
            continue;
          }
          e.ifThen(e.less(e.i64(index), columnsLeft), [&] {
            e.ifThen(
                e.less(rowsLeft, lanes), [&] { store(e.maskOf(rowsLeft)); }, [&] { store({}); });
          });
        }
      };
      e.ifThen(
          e.less(e.min(rowsLeft, columnsLeft), lanes), [&] { square(false); },
          [&] { square(true); });
    });
  });
}

LogicalResult launchTranspose(EntryBuilder &entry, kernel::TransposeOp op) {
  const Buffer &input = entry.buffer(op.getInput()), &output = entry.buffer(op.getOuts().front());
  Type element = input.element();
  SmallVector<SmallVector<unsigned>> groups;
  SmallVector<unsigned> permutation = foldPermutation(input, op.getPermutation(), groups);
  if (permutation.empty()) { // a single element
    permutation = {0};
    groups.emplace_back();
  }
  const unsigned rank = permutation.size();
  const bool swaps = element.isF32() && (permutation == SmallVector<unsigned>{1, 0} ||
                                         permutation == SmallVector<unsigned>{0, 2, 1});

  auto body = [&](Emitter &e, const KernelArguments &k) {
    if (swaps)
      return emitSwap(e, k);
    Values strides(rank, e.i64(1)); // of the operand
    for (unsigned dimension = rank - 1; dimension-- > 0;)
      strides[dimension] = e.mul(strides[dimension + 1], k.sizes[dimension + 1]);
    Values rowSizes;
    for (unsigned dimension : ArrayRef<unsigned>(permutation).drop_back())
      rowSizes.push_back(k.sizes[dimension]);
    Value width = k.sizes[permutation.back()], stride = strides[permutation.back()];
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Value offset = e.i64(0);
      for (auto [index, position] : llvm::enumerate(delinearize(e, row, rowSizes)))
        offset = e.add(offset, e.mul(position, strides[permutation[index]]));
      Value from = e.at(k.pointers[0], offset, element);
      Value to = e.at(k.pointers[1], e.mul(row, width), element);
      if (permutation.back() + 1 == rank) {
        e.copy(to, from, width, element);
        return;
      }
      e.loop(e.i64(0), width, 1, [&](Value column) {
        Value value = e.load(e.at(from, e.mul(column, stride), element), element);
        e.store(value, e.at(to, column, element));
      });
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "transpose";
  launch.signature = typeName(element);
  for (unsigned dimension : permutation)
    launch.signature += " " + std::to_string(dimension);
  launch.pointers = {input.pointer, output.pointer};
  for (auto &group : groups) {
    Value size = e.i64(1);
    for (unsigned dimension : group)
      size = e.mul(size, input.sizes[dimension]);
    launch.sizes.push_back(size);
  }
  launch.body = body;
  if (swaps) {
    Value batch = rank == 3 ? launch.sizes[0] : e.i64(1);
    Value rows = launch.sizes[rank - 2], columns = launch.sizes[rank - 1];
    Value strips = e.ceilDiv(columns, e.lanes());
    launch.signature = "swap";
    launch.sizes = {rows, columns, strips};
    launch.iterations = e.mul(batch, strips);
    launchRows(entry, launch, e.mul(rows, e.i64(e.lanes())));
    return success();
  }
  launch.iterations = e.i64(1);
  for (unsigned dimension : ArrayRef<unsigned>(permutation).drop_back())
    launch.iterations = e.mul(launch.iterations, launch.sizes[dimension]);
  launchRows(entry, launch, launch.sizes[permutation.back()]);
  return success();
}

//===----------------------------------------------------------------------===//
// Slice, pad and insert: a box inside a larger shape
//===----------------------------------------------------------------------===//

/// A launch of `op`, which moves between a box and a place in a larger shape:
/// sizes are those of `whole`, those of `box`, then where the box starts.
template <typename Op>
static Launch boxLaunch(EntryBuilder &entry, Op op, StringRef name, const Buffer &whole,
                        const Buffer &box) {
  const Buffer &input = entry.buffer(op.getInput()), &output = entry.buffer(op.getOuts().front());
  Launch launch;
  launch.name = name;
  launch.signature = typeName(input.element());
  for (int64_t stride : op.getStrides())
    launch.signature += " " + std::to_string(stride);
  launch.pointers = {input.pointer, output.pointer};
  launch.sizes.append(whole.sizes);
  launch.sizes.append(box.sizes);
  for (Value offset : op.getOffsets())
    launch.sizes.push_back(entry.scalar(offset));
  return launch;
}

namespace {
/// What `boxLaunch` passed, in the kernel.
struct BoxSizes {
  BoxSizes(const KernelArguments &k)
      : whole(ValueRange(k.sizes).take_front(k.sizes.size() / 3)),
        box(ValueRange(k.sizes).slice(k.sizes.size() / 3, k.sizes.size() / 3)),
        start(ValueRange(k.sizes).take_back(k.sizes.size() / 3)) {}
  ValueRange whole, box, start;
};
} // namespace

/// Copies `count` elements between two places whose neighbours lie so far apart.
static void copyStrided(Emitter &e, Value to, int64_t toStride, Value from, int64_t fromStride,
                        Value count, Type element) {
  if (toStride == 1 && fromStride == 1)
    return e.copy(to, from, count, element);
  e.loop(e.i64(0), count, 1, [&](Value index) {
    Value value = e.load(e.at(from, e.mul(index, e.i64(fromStride)), element), element);
    e.store(value, e.at(to, e.mul(index, e.i64(toStride)), element));
  });
}

/// Copies between a box and its place in `whole`, row by row of the box, in the direction
/// in which `op` does.
template <typename Op>
static LogicalResult launchCopyOfBox(EntryBuilder &entry, Op op, StringRef name,
                                     const Buffer &whole, const Buffer &box) {
  const bool intoBox = isa<kernel::SliceOp>(op);
  Emitter &e = entry.emitter();
  Type element = box.element();
  ArrayRef<int64_t> strides = op.getStrides();
  if (strides.empty()) { // a scalar is its own box
    e.copy(intoBox ? box.pointer : whole.pointer, intoBox ? whole.pointer : box.pointer, e.i64(1),
           element);
    return success();
  }
  Launch launch = boxLaunch(entry, op, name, whole, box);
  launch.iterations = e.product(ValueRange(box.sizes).drop_back());
  auto body = [&](Emitter &e, const KernelArguments &k) {
    BoxSizes sizes(k);
    Value width = sizes.box.back();
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Value offset = e.i64(0);
      for (auto [dimension, position] :
           llvm::enumerate(delinearize(e, row, sizes.box.drop_back()))) {
        Value inside = e.add(e.mul(position, e.i64(strides[dimension])), sizes.start[dimension]);
        offset = e.add(e.mul(offset, sizes.whole[dimension]), inside);
      }
      offset = e.add(e.mul(offset, sizes.whole.back()), sizes.start.back());
      Value inWhole = e.at(k.pointers[intoBox ? 0 : 1], offset, element);
      Value inBox = e.at(k.pointers[intoBox ? 1 : 0], e.mul(row, width), element);
      if (intoBox)
        copyStrided(e, inBox, 1, inWhole, strides.back(), width, element);
      else
        copyStrided(e, inWhole, strides.back(), inBox, 1, width, element);
    });
  };
  launch.body = body;
  launchRows(entry, launch, box.sizes.back());
  return success();
}

LogicalResult launchSlice(EntryBuilder &entry, kernel::SliceOp op) {
  return launchCopyOfBox(entry, op, "slice", entry.buffer(op.getInput()),
                         entry.buffer(op.getOuts().front()));
}

LogicalResult launchInsert(EntryBuilder &entry, kernel::InsertOp op) {
  return launchCopyOfBox(entry, op, "insert", entry.buffer(op.getOuts().front()),
                         entry.buffer(op.getInput()));
}

LogicalResult launchPad(EntryBuilder &entry, kernel::PadOp op) {
  const Buffer &input = entry.buffer(op.getInput()), &output = entry.buffer(op.getOuts().front());
  Type element = input.element();
  ArrayRef<int64_t> strides = op.getStrides();
  if (strides.empty()) {
    entry.emitter().copy(output.pointer, input.pointer, entry.emitter().i64(1), element);
    return success();
  }
  Launch launch = boxLaunch(entry, op, "pad", output, input);
  launch.iterations = entry.emitter().product(ValueRange(output.sizes).drop_back());
  auto body = [&](Emitter &e, const KernelArguments &k) {
    BoxSizes sizes(k);
    Value width = sizes.whole.back(), run = sizes.box.back();
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Value to = e.at(k.pointers[1], e.mul(row, width), element);
      e.clear(to, width, element);
      // The row of the operand that lies in this one, if any does.
      Value inside = e.constantInt(e.builder().getI1Type(), 1), offset = e.i64(0);
      auto require = [&](Value condition) { inside = e.create<arith::AndIOp>(inside, condition); };
      for (auto [dimension, position] :
           llvm::enumerate(delinearize(e, row, sizes.whole.drop_back()))) {
        Value own = e.sub(position, sizes.start[dimension]);
        if (strides[dimension] != 1) {
          // What lies before the start wraps around, far past the end.
          require(e.equal(e.rem(own, e.i64(strides[dimension])), e.i64(0)));
          own = e.div(own, e.i64(strides[dimension]));
        }
        require(e.compare(arith::CmpIPredicate::ult, own, sizes.box[dimension]));
        offset = e.add(e.mul(offset, sizes.box[dimension]), own);
      }
      e.ifThen(inside, [&] {
        copyStrided(e, e.at(to, sizes.start.back(), element), strides.back(),
                    e.at(k.pointers[0], e.mul(offset, run), element), 1, run, element);
      });
    });
  };
  launch.body = body;
  launchRows(entry, launch, output.sizes.back());
  return success();
}

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

LogicalResult launchConcat(EntryBuilder &entry, kernel::ConcatOp op) {
  const Buffer &output = entry.buffer(op.getOuts().front());
  const unsigned axis = op.getAxis(), count = op.getInputs().size();
  Type element = output.element();
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "concat";
  launch.signature = typeName(element) + " " + std::to_string(count);
  for (Value value : op.getInputs()) {
    const Buffer &input = entry.buffer(value);
    launch.pointers.push_back(input.pointer);
    launch.sizes.push_back(e.product(ValueRange(input.sizes).drop_front(axis)));
  }
  launch.pointers.push_back(output.pointer);
  Value width = e.product(ValueRange(output.sizes).drop_front(axis));
  launch.sizes.push_back(width);
  auto body = [&](Emitter &e, const KernelArguments &k) {
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Value to = e.at(k.pointers[count], e.mul(row, k.sizes[count]), element);
      for (unsigned index = 0; index < count; ++index) {
        Value run = k.sizes[index];
        e.copy(to, e.at(k.pointers[index], e.mul(row, run), element), run, element);
        to = e.at(to, run, element);
      }
    });
  };
  launch.iterations = e.product(ValueRange(output.sizes).take_front(axis));
  launch.body = body;
  launchRows(entry, launch, width);
  return success();
}

} // namespace rondo::codegen
