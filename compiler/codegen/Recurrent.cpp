//===- Recurrent.cpp - What kernels of recurrent layers share -------------===//

#include "compiler/codegen/Recurrent.h"
#include "compiler/codegen/Math.h"
#include "dialect/Activations.h"

using namespace mlir;

namespace rondo::codegen {

Value rowsOfChunk(EntryBuilder &entry, Value batch, Value weights, Value steps) {
  // Few, so that a thread that another process holds up holds little; more where weights have to
  // come from farther away, where all is done before anybody could be held up, or where there is
  // nobody to share with.
  constexpr int64_t fewRows = 8, firstCached = 128 * 1024, secondCached = 512 * 1024; // floats
  constexpr int64_t shortWork = 32 * 1024 * 1024; // multiplications: less than a millisecond
  Emitter &e = entry.emitter();
  Value most =
      e.select(e.less(weights, e.i64(secondCached)), e.i64(2 * fewRows), e.i64(3 * fewRows));
  most = e.select(e.less(weights, e.i64(firstCached)), e.i64(fewRows), most);
  Value isShort = e.less(e.mul(e.mul(batch, steps), weights), e.i64(shortWork));
  most = e.select(isShort, e.i64(kStripRows), most);
  most = e.select(e.less(e.i64(1), entry.threads()), most, e.i64(kStripRows));
  return entry.evenGrain(batch, most, 1);
}

Value partsOfUnits(EntryBuilder &entry, Value blocks, Value costOfStep) {
  // Threads meet after each step, which takes some tenths of a microsecond.
  constexpr int64_t leastCost = 48 * 1024, mostParts = 16;
  Emitter &e = entry.emitter();
  Value parts = e.min(e.min(entry.threads(), blocks), e.i64(mostParts));
  return e.select(e.less(costOfStep, e.i64(leastCost)), e.i64(1), parts);
}

void launchTimeLoop(
    EntryBuilder &entry, const TimeLoop &loop,
    llvm::function_ref<void(Emitter &, const KernelArguments &, const StepPart &)> body) {
  Emitter &e = entry.emitter();
  Value costOfStep = e.mul(loop.batch, loop.weights);
  Value parts = partsOfUnits(entry, loop.divisions, costOfStep);
  const size_t steps = loop.sizes.size(), batch = steps + 1, divisions = steps + 2,
               numParts = steps + 3;
  Launch launch;
  launch.signature = loop.signature;
  launch.pointers = loop.pointers;
  launch.sizes = loop.sizes;
  launch.sizes.append({loop.steps, loop.batch, loop.divisions, parts});

  auto byUnits = [&](Emitter &e, const KernelArguments &k) {
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value part = e.rem(iteration, k.sizes[numParts]);
      auto share = [&](Value part) {
        return e.div(e.mul(part, k.sizes[divisions]), k.sizes[numParts]);
      };
      body(e, k,
           {e.div(iteration, k.sizes[numParts]), e.i64(0), k.sizes[batch], share(part),
            share(e.add(part, e.i64(1)))});
    });
  };
  auto bySequences = [&](Emitter &e, const KernelArguments &k) {
    e.loop(e.i64(0), k.sizes[steps], 1, [&](Value step) {
      body(e, k, {step, k.begin, e.sub(k.end, k.begin), e.i64(0), k.sizes[divisions]});
    });
  };
  e.ifThen(
      e.less(loop.batch, e.i64(kRowsByUnits + 1)),
      [&] {
        std::string name = (loop.name + "_by_units").str();
        launch.name = name;
        launch.body = byUnits;
        entry.launchOrdered(launch, loop.steps, parts);
      },
      [&] {
        launch.name = loop.name;
        launch.iterations = loop.batch;
        launch.grain = rowsOfChunk(entry, loop.batch, loop.weights, loop.steps);
        launch.cost = e.mul(costOfStep, loop.steps);
        launch.body = bySequences;
        entry.launch(launch);
      });
}

Gate emitGate(Emitter &e, Activation activation, Value sum) {
  Value value = emitActivation(e, activation, sum);
  return {value, activations::hasDerivativeOfResult(activation) ? value : sum};
}

Activated emitActivated(Emitter &e, Activation activation, Value x) {
  Value value = emitActivation(e, activation, x);
  if (activations::hasDerivativeOfResult(activation))
    return {value, emitDerivativeOfResult(e, activation, value)};
  return {value, emitDerivative(e, activation, x)};
}

Activated restoreGate(Emitter &e, Activation activation, Value kept) {
  if (activations::hasDerivativeOfResult(activation))
    return {kept, emitDerivativeOfResult(e, activation, kept)};
  return emitActivated(e, activation, kept);
}

} // namespace rondo::codegen
