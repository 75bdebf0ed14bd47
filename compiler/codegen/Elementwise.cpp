//===- Elementwise.cpp - kernel.map ---------------------------------------===//
//
// Rows run in parallel and columns in lanes. Where all operands walk the result
// together there are no rows: then blocks of a fixed size run in parallel.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/IterationSpace.h"
#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Regions.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

/// Elements of a block where there are no rows.
static constexpr int64_t kBlock = 4096;

LogicalResult launchMap(EntryBuilder &entry, kernel::MapOp op) {
  if (failed(checkRegion(op.getBody())))
    return failure();
  Region &region = op.getBody();
  const Buffer &result = entry.buffer(op.getOuts().front());
  SmallVector<Buffer> operands;
  SmallVector<SmallVector<int64_t>> spans;
  for (auto [index, operand] : llvm::enumerate(op.getIns())) {
    operands.push_back(entry.buffer(operand));
    spans.push_back(op.getSpan(index));
  }
  auto space = IterationSpace::get(result, operands, spans, indexedDimensions(region));
  assert(space && "without forced columns every map has a space");

  auto body = [&](Emitter &e, const KernelArguments &k) {
    ArrayRef<Value> pointers(k.pointers);
    Type element = result.element();
    Values scalars;
    for (Value pointer : pointers.drop_front(operands.size() + 1))
      scalars.push_back(e.splat(e.load(pointer, e.f32())));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value row = iteration, first = e.i64(0), last = k.sizes.back();
      if (!space->hasRows()) {
        row = e.i64(0);
        first = e.mul(iteration, e.i64(kBlock));
        last = e.min(e.add(first, e.i64(kBlock)), last);
      }
      Values position = space->split(e, k.sizes, row);
      Values starts = space->startRow(e, operands, pointers, k.sizes, row, position);
      Value out = e.at(pointers[operands.size()], e.mul(row, k.sizes.back()), element);
      e.lanesLoop(first, last, [&](Value column, Value mask) {
        Values arguments = space->loadColumns(e, operands, starts, column, mask);
        arguments.append(scalars);
        Value value = emitRegion(
            e, region, arguments,
            [&](unsigned dimension) { return space->index(e, dimension, position, column); },
            [&] {
              Value number = e.add(e.mul(row, k.sizes.back()), column);
              Type i32 = e.builder().getI32Type();
              return e.add(e.splat(e.create<arith::TruncIOp>(i32, number)), e.iota());
            });
        e.storeLanes(value, e.at(out, column, element), mask);
      });
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "map";
  launch.signature = space->signature() + " " + describeRegion(region);
  for (const Buffer &operand : operands)
    launch.pointers.push_back(operand.pointer);
  launch.pointers.push_back(result.pointer);
  for (Value scalar : op.getScalars()) {
    launch.pointers.push_back(e.stack(e.f32(), 1));
    e.store(entry.scalar(scalar), launch.pointers.back());
  }
  launch.sizes = space->groupSizes(e, result);
  Value elements = e.product(launch.sizes), columns = launch.sizes.back();
  launch.cost = e.mul(elements, e.i64(regionCost(region) / 4 + 1));
  if (space->hasRows()) {
    launch.iterations = e.product(ValueRange(launch.sizes).drop_back());
    // Chunks of about a block.
    launch.grain = e.max(e.div(e.i64(kBlock), e.max(columns, e.i64(1))), e.i64(1));
  } else {
    launch.iterations = e.ceilDiv(elements, kBlock);
    launch.grain = e.i64(1);
  }
  launch.body = body;
  entry.launch(launch);
  return success();
}

} // namespace rondo::codegen
