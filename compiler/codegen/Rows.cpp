//===- Rows.cpp - kernel.gather and kernel.scatter_add --------------------===//
//
// Rows of a table by their indices. What names no row is found out row by row, so that
// nothing outside the table is touched whatever the indices are.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace rondo::codegen {

/// Index number `position` as a row of a table of `rows`: one from behind counts from the last
/// row on. As an unsigned number it is at least `rows` where there is no such row.
static Value rowAt(Emitter &e, Value indices, Value position, Value rows) {
  Type i32 = e.builder().getI32Type();
  Value index = e.create<arith::ExtSIOp>(e.i64Type(), e.load(e.at(indices, position, i32), i32));
  return e.select(e.less(index, e.i64(0)), e.add(index, rows), index);
}

static Value isRow(Emitter &e, Value row, Value rows) {
  return e.compare(arith::CmpIPredicate::ult, row, rows);
}

LogicalResult launchGather(EntryBuilder &entry, kernel::GatherOp op) {
  const Buffer &table = entry.buffer(op.getTable()), &indices = entry.buffer(op.getIndices()),
               &output = entry.buffer(op.getOuts().front());
  Type element = table.element();
  Emitter &e = entry.emitter();
  // k.sizes: rows of the table, elements of a row.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value rows = k.sizes[0], width = k.sizes[1];
    e.loop(k.begin, k.end, 1, [&](Value position) {
      Value row = rowAt(e, k.pointers[1], position, rows);
      Value to = e.at(k.pointers[2], e.mul(position, width), element);
      e.ifThen(
          isRow(e, row, rows),
          [&] {
            Value from = e.at(k.pointers[0], e.mul(row, width), element);
            e.lanesLoop(e.i64(0), width, [&](Value column, Value mask) {
              Value values = e.loadLanes(e.at(from, column, element), element, mask);
              e.storeLanes(values, e.at(to, column, element), mask);
            });
          },
          [&] { e.clear(to, width, element); });
    });
  };
  Launch launch;
  launch.name = "gather";
  llvm::raw_string_ostream(launch.signature) << element;
  launch.pointers = {table.pointer, indices.pointer, output.pointer};
  launch.sizes = {table.sizes.front(), e.product(ValueRange(table.sizes).drop_front())};
  launch.iterations = e.product(indices.sizes);
  launch.body = body;
  launchRows(entry, launch, launch.sizes.back());
  return success();
}

/// Zeros in all rows of `output`, in chunks that lie in one piece.
static void launchClear(EntryBuilder &entry, const Buffer &output) {
  Emitter &e = entry.emitter();
  Type element = output.element();
  Launch launch;
  launch.name = "clear";
  llvm::raw_string_ostream(launch.signature) << element;
  launch.pointers = {output.pointer};
  launch.sizes = {e.product(ValueRange(output.sizes).drop_front())};
  launch.iterations = output.sizes.front();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value width = k.sizes.front();
    e.clear(e.at(k.pointers[0], e.mul(k.begin, width), element),
            e.mul(e.sub(k.end, k.begin), width), element);
  };
  launch.body = body;
  launchRows(entry, launch, launch.sizes.front());
}

LogicalResult launchScatterAdd(EntryBuilder &entry, kernel::ScatterAddOp op) {
  const Buffer &indices = entry.buffer(op.getIndices()), &updates = entry.buffer(op.getUpdates()),
               &output = entry.buffer(op.getOuts().front());
  if (!output.element().isF32())
    return op.emitError("rows must be f32");
  launchClear(entry, output);

  // Threads own columns: each sum is in the order of the updates. k.sizes: rows of the result,
  // elements of a row, updates.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value rows = k.sizes[0], width = k.sizes[1];
    Value first = e.mul(k.begin, e.i64(e.lanes()));
    Value last = e.min(e.mul(k.end, e.i64(e.lanes())), width);
    e.loop(e.i64(0), k.sizes[2], 1, [&](Value position) {
      Value row = rowAt(e, k.pointers[0], position, rows);
      e.ifThen(isRow(e, row, rows), [&] {
        Value from = e.at(k.pointers[1], e.mul(position, width));
        Value to = e.at(k.pointers[2], e.mul(row, width));
        e.lanesLoop(first, last, [&](Value column, Value mask) {
          Value place = e.at(to, column);
          Value sum = e.loadLanes(place, e.f32(), mask);
          e.storeLanes(e.addf(sum, e.loadLanes(e.at(from, column), e.f32(), mask)), place, mask);
        });
      });
    });
  };
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "scatter_add";
  launch.pointers = {indices.pointer, updates.pointer, output.pointer};
  Value width = e.product(ValueRange(output.sizes).drop_front());
  Value count = e.product(indices.sizes);
  launch.sizes = {output.sizes.front(), width, count};
  launch.iterations = e.ceilDiv(width, e.lanes());
  // Each chunk reads all indices: no more chunks than threads.
  launch.grain = entry.evenGrain(launch.iterations, launch.iterations, 1);
  launch.cost = e.mul(count, width);
  launch.body = body;
  entry.launch(launch);
  return success();
}

} // namespace rondo::codegen
