//===- LstmSegments.cpp - kernel.lstm_segments ----------------------------===//
//
// The entry runs the forward and the backward kernel and the products of each
// segment in a loop, from the last segment to the first.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Lstm.h"

using namespace mlir;

namespace rondo::codegen {

LogicalResult launchLstmSegments(EntryBuilder &entry, kernel::LstmSegmentsOp op) {
  Emitter &e = entry.emitter();
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  const Buffer &input = entry.buffer(op.getInput()), &states = entry.buffer(op.getStates());
  Value batch = input.sizes[0], steps = input.sizes[1], inputs = input.sizes[2];
  Value units = entry.buffer(op.getOuts()[0]).sizes[1];
  Value segments = states.sizes[1], length = segmentLength(e, steps, segments);
  Value stateStride = e.mul(segments, e.mul(units, e.i64(2)));
  enum : unsigned { Dh, Dc, Sequence, LastH, LastC, Projection, Gates, Cells, Dz, DzNow };
  auto out = [&](unsigned index) { return pointer(op.getOuts()[index]); };

  auto start = [&](Value cotangent, Value to) {
    Value count = e.mul(batch, units);
    if (cotangent)
      e.copy(to, pointer(cotangent), count, e.f32());
    else
      e.clear(to, count, e.f32());
  };
  start(op.getDLastH(), out(Dh));
  start(op.getDLastC(), out(Dc));

  Value count = e.ceilDiv(steps, length);
  e.loop(e.i64(0), count, 1, [&](Value done) {
    Value segment = e.sub(e.sub(count, e.i64(1)), done);
    Value first = e.mul(segment, length);
    ForwardRun forward;
    forward.activation = op.getActivation();
    forward.recurrentActivation = op.getRecurrentActivation();
    forward.tape = ForwardRun::Steps;
    forward.input = e.at(input.pointer, e.mul(first, inputs));
    forward.packed = pointer(op.getPacked());
    forward.initialH = e.at(states.pointer, e.mul(segment, e.mul(units, e.i64(2))));
    forward.initialC = e.at(forward.initialH, units);
    if (op.getMask())
      forward.mask = e.at(pointer(op.getMask()), first, e.builder().getI8Type());
    forward.sequence = out(Sequence);
    forward.lastH = out(LastH);
    forward.lastC = out(LastC);
    forward.projection = out(Projection);
    forward.gates = out(Gates);
    forward.cells = out(Cells);
    forward.batch = batch;
    forward.steps = e.min(length, e.sub(steps, first));
    forward.inputs = inputs;
    forward.units = units;
    forward.inputSteps = steps;
    forward.stateStride = stateStride;
    launchForward(entry, forward);

    BackwardRun backward;
    backward.activation = op.getActivation();
    backward.recurrentActivation = op.getRecurrentActivation();
    backward.recurrentT = pointer(op.getRecurrentT());
    backward.gates = forward.gates;
    backward.cells = forward.cells;
    backward.initialC = forward.initialC;
    backward.mask = forward.mask;
    if (op.getDSequence())
      backward.dSequence = e.at(pointer(op.getDSequence()), e.mul(first, units));
    backward.running = true;
    backward.dz = out(Dz);
    backward.dh = out(Dh);
    backward.dc = out(Dc);
    backward.dzNow = out(DzNow);
    backward.batch = batch;
    backward.steps = forward.steps;
    backward.units = units;
    backward.sequenceSteps = steps;
    backward.stateStride = stateStride;
    launchBackward(entry, backward);

    if (Value gradient = op.getGradient(0)) {
      InputGradientRun toInput;
      toInput.dInput = e.at(pointer(gradient), e.mul(first, inputs));
      toInput.inputSteps = steps;
      toInput.kernelT = pointer(op.getKernelT());
      toInput.dz = backward.dz;
      toInput.mask = forward.mask;
      toInput.batch = batch;
      toInput.steps = forward.steps;
      toInput.inputs = inputs;
      toInput.blocks = e.ceilDiv(units, e.lanes());
      launchInputGradient(entry, toInput);
    }
    WeightGradientRun weights;
    weights.dKernel = pointer(op.getGradient(1));
    weights.dRecurrent = pointer(op.getGradient(2));
    weights.dBias = pointer(op.getGradient(3));
    if (!weights.dKernel && !weights.dRecurrent && !weights.dBias)
      return;
    weights.input = forward.input;
    weights.inputSteps = steps;
    weights.sequence = forward.sequence;
    weights.initialH = forward.initialH;
    weights.stateStride = stateStride;
    weights.mask = forward.mask;
    weights.dz = backward.dz;
    weights.batch = batch;
    weights.steps = forward.steps;
    weights.inputs = inputs;
    weights.units = units;
    weights.accumulates = done;
    launchWeightGradient(entry, weights);
  });
  return success();
}

} // namespace rondo::codegen
