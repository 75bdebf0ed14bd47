//===- Reductions.cpp - kernel.reduce, softmax, argmax --------------------===//
//
// Every result is computed by one iteration, in an order that depends on sizes
// only, so that threads do not change a bit.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Math.h"
#include "compiler/codegen/Regions.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;

namespace rondo::codegen {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// About how many elements one chunk of a parallel loop should read.
static constexpr int64_t kChunk = 4096;

/// How many iterations of `cost` elements make a chunk.
static Value grainOf(Emitter &e, Value cost) {
  return e.max(e.div(e.i64(kChunk), e.max(cost, e.i64(1))), e.i64(1));
}

//===----------------------------------------------------------------------===//
// Reduce
//===----------------------------------------------------------------------===//

static double neutral(ReduceKind kind) {
  return kind == ReduceKind::sum ? 0 : kind == ReduceKind::max ? -kInfinity : kInfinity;
}

static Value combine(Emitter &e, ReduceKind kind, Value lhs, Value rhs) {
  switch (kind) {
  case ReduceKind::sum:
    return e.addf(lhs, rhs);
  case ReduceKind::max:
    return e.maximum(lhs, rhs);
  case ReduceKind::min:
    return e.minimum(lhs, rhs);
  }
  llvm_unreachable("unknown kind of reduction");
}

/// A vector of elements from a place on; lanes that the mask leaves out hold anything.
using ElementsAt = llvm::function_ref<Value(Value index, Value mask)>;

/// The elements [0, count) combined to one.
static Value reduceRun(Emitter &e, ReduceKind kind, Value count, ElementsAt elements) {
  // Several accumulators: shorter chains and, for sums, smaller errors.
  constexpr unsigned ways = 4;
  Value start = e.constant(e.vectorOf(e.f32()), neutral(kind));
  Value blocked = e.roundDown(count, ways * e.lanes());
  Values partial = e.loop(e.i64(0), blocked, ways * e.lanes(), Values(ways, start),
                          [&](Value index, ValueRange carried) {
                            Values next;
                            for (unsigned way = 0; way < ways; ++way) {
                              Value at = e.add(index, e.i64(way * e.lanes()));
                              next.push_back(combine(e, kind, carried[way], elements(at, {})));
                            }
                            return next;
                          });
  Value total = combine(e, kind, combine(e, kind, partial[0], partial[1]),
                        combine(e, kind, partial[2], partial[3]));
  total = e.loop(blocked, count, e.lanes(), total, [&](Value index, ValueRange carried) {
    Value mask = e.maskOf(e.sub(count, index));
    Value value = e.select(mask, elements(index, mask), start);
    return Values{combine(e, kind, carried[0], value)};
  })[0];
  return e.fold(total, [&](Value lhs, Value rhs) { return combine(e, kind, lhs, rhs); });
}

/// Along the last dimensions: one result for each run of neighbours.
static void reduceRuns(Emitter &e, const KernelArguments &k, ReduceKind kind, ElementsAt elements) {
  Value count = k.sizes[0];
  e.loop(k.begin, k.end, 1, [&](Value row) {
    Value first = e.mul(row, count);
    Value total = reduceRun(e, kind, count, [&](Value index, Value mask) {
      return elements(e.add(first, index), mask);
    });
    e.store(total, e.at(k.pointers.back(), row));
  });
}

/// Before dimensions that stay: lanes run over those, in strips of several vectors.
static void reduceStrips(Emitter &e, const KernelArguments &k, ReduceKind kind, unsigned strip,
                         ElementsAt elements) {
  Value count = k.sizes[0], inner = k.sizes[1];
  Value strips = e.ceilDiv(inner, strip * e.lanes());
  Value start = e.constant(e.vectorOf(e.f32()), neutral(kind));
  auto columns = [&](Value outer, Value first, unsigned vectors, Value mask) {
    Value begin = e.add(e.mul(outer, e.mul(count, inner)), first);
    Values totals =
        e.loop(e.i64(0), count, 1, Values(vectors, start), [&](Value step, ValueRange carried) {
          Value line = e.add(begin, e.mul(step, inner));
          Values next;
          for (unsigned vector = 0; vector < vectors; ++vector) {
            Value element = elements(e.add(line, e.i64(vector * e.lanes())), mask);
            next.push_back(combine(e, kind, carried[vector], element));
          }
          return next;
        });
    Value output = e.at(k.pointers.back(), e.add(e.mul(outer, inner), first));
    for (unsigned vector = 0; vector < vectors; ++vector)
      e.storeLanes(totals[vector], e.at(output, e.i64(vector * e.lanes())), mask);
  };
  e.loop(k.begin, k.end, 1, [&](Value iteration) {
    Value outer = e.div(iteration, strips);
    Value first = e.mul(e.rem(iteration, strips), e.i64(strip * e.lanes()));
    Value left = e.sub(inner, first);
    e.ifThen(
        e.less(left, e.i64(strip * e.lanes())),
        [&] {
          e.lanesLoop(first, inner,
                      [&](Value column, Value mask) { columns(outer, column, 1, mask); });
        },
        [&] { columns(outer, first, strip, {}); });
  });
}

LogicalResult launchReduce(EntryBuilder &entry, kernel::ReduceOp op) {
  constexpr unsigned strip = 4;
  const Buffer &output = entry.buffer(op.getOuts().front());
  Region *region = op.getElement().empty() ? nullptr : &op.getElement();
  if (!output.element().isF32())
    return op.emitError("only f32 is reduced");
  if (region && failed(checkRegion(*region)))
    return failure();
  SmallVector<Buffer> inputs;
  for (Value operand : op.getIns())
    inputs.push_back(entry.buffer(operand));
  const Buffer &input = inputs.front();
  const ReduceKind kind = op.getKind();
  const unsigned first = op.getFirst(), last = first + op.getCount();
  Emitter &e = entry.emitter();
  ValueRange sizes(input.sizes);
  Value outer = e.product(sizes.take_front(first));
  Value count = e.product(sizes.slice(first, last - first));
  Value inner = e.product(sizes.drop_front(last));
  bool runs = true;
  for (unsigned dimension = last; dimension < sizes.size(); ++dimension)
    runs &= input.isUnit(dimension);

  auto body = [&](Emitter &e, const KernelArguments &k) {
    auto elements = [&](Value index, Value mask) {
      Values arguments;
      for (auto [input, pointer] : llvm::zip_first(inputs, k.pointers))
        arguments.push_back(
            e.loadLanes(e.at(pointer, index, input.element()), input.element(), mask));
      return region ? emitRegion(e, *region, arguments) : arguments.front();
    };
    if (runs)
      reduceRuns(e, k, kind, elements);
    else
      reduceStrips(e, k, kind, strip, elements);
  };
  Launch launch;
  launch.name = "reduce";
  launch.signature = (stringifyReduceKind(kind) + (runs ? " runs" : " strips")).str();
  if (region)
    launch.signature += " of " + describeRegion(*region);
  for (const Buffer &each : inputs)
    launch.pointers.push_back(each.pointer);
  launch.pointers.push_back(output.pointer);
  launch.sizes = {count, inner};
  launch.iterations = runs ? outer : e.mul(outer, e.ceilDiv(inner, strip * e.lanes()));
  launch.grain = grainOf(e, runs ? count : e.mul(count, e.i64(strip * e.lanes())));
  launch.cost = e.mul(outer, e.mul(count, inner));
  launch.body = body;
  entry.launch(launch);
  return success();
}

//===----------------------------------------------------------------------===//
// Softmax and argmax
//===----------------------------------------------------------------------===//

/// A launch with one iteration for each row of the last dimension of `input`.
static LogicalResult launchRows(EntryBuilder &entry, Operation *op, StringRef name,
                                const Buffer &input, const Buffer &output, int64_t cost,
                                llvm::function_ref<void(Emitter &, const KernelArguments &)> body) {
  if (!input.element().isF32())
    return op->emitError("only f32 is supported");
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = name;
  launch.pointers = {input.pointer, output.pointer};
  launch.sizes = {input.sizes.back()};
  launch.iterations = e.product(ValueRange(input.sizes).drop_back());
  launch.grain = grainOf(e, e.mul(launch.sizes[0], e.i64(cost)));
  launch.cost = e.mul(launch.iterations, e.mul(launch.sizes[0], e.i64(cost)));
  launch.body = body;
  entry.launch(launch);
  return success();
}

void emitSoftmax(Emitter &e, Value input, Value output, Value count, bool log) {
  auto elementsOf = [&](Value array) {
    return [&e, array](Value index, Value mask) {
      return e.loadLanes(e.at(array, index), e.f32(), mask);
    };
  };
  Value shift = e.splat(reduceRun(e, ReduceKind::max, count, elementsOf(input)));
  auto exponential = [&](Value index, Value mask) {
    return emitExp(e, e.subf(elementsOf(input)(index, mask), shift));
  };
  if (log) {
    Value sum = reduceRun(e, ReduceKind::sum, count, exponential);
    Value logarithm = e.splat(emitLog(e, sum));
    e.lanesLoop(e.i64(0), count, [&](Value index, Value mask) {
      Value element = e.loadLanes(e.at(input, index), e.f32(), mask);
      e.storeLanes(e.subf(e.subf(element, shift), logarithm), e.at(output, index), mask);
    });
    return;
  }
  e.lanesLoop(e.i64(0), count, [&](Value index, Value mask) {
    e.storeLanes(exponential(index, mask), e.at(output, index), mask);
  });
  Value total = e.splat(reduceRun(e, ReduceKind::sum, count, elementsOf(output)));
  e.lanesLoop(e.i64(0), count, [&](Value index, Value mask) {
    Value element = e.loadLanes(e.at(output, index), e.f32(), mask);
    e.storeLanes(e.divf(element, total), e.at(output, index), mask);
  });
}

LogicalResult launchSoftmax(EntryBuilder &entry, kernel::SoftmaxOp op) {
  const bool log = op.getLog();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value count = k.sizes[0];
    e.loop(k.begin, k.end, 1, [&](Value row) {
      emitSoftmax(e, e.at(k.pointers[0], e.mul(row, count)), e.at(k.pointers[1], e.mul(row, count)),
                  count, log);
    });
  };
  return launchRows(entry, op, log ? "log_softmax" : "softmax", entry.buffer(op.getInput()),
                    entry.buffer(op.getOuts().front()), /*cost=*/8, body);
}

LogicalResult launchArgMax(EntryBuilder &entry, kernel::ArgMaxOp op) {
  auto body = [](Emitter &e, const KernelArguments &k) {
    Type i32 = e.builder().getI32Type();
    Value count = k.sizes[0];
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Value input = e.at(k.pointers[0], e.mul(row, count));
      Value first = e.load(input, e.f32());
      Values best = e.loop(
          e.i64(1), count, 1, ValueRange{first, e.i64(0)}, [&](Value index, ValueRange carried) {
            Value element = e.load(e.at(input, index), e.f32());
            Value better = e.comparef(arith::CmpFPredicate::OGT, element, carried[0]);
            return Values{e.select(better, element, carried[0]),
                          e.select(better, index, carried[1])};
          });
      e.store(e.create<arith::TruncIOp>(i32, best[1]), e.at(k.pointers[1], row, i32));
    });
  };
  return launchRows(entry, op, "argmax", entry.buffer(op.getInput()),
                    entry.buffer(op.getOuts().front()), /*cost=*/4, body);
}

} // namespace rondo::codegen
