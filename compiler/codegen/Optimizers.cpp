//===- Optimizers.cpp - kernel.sgd_update and kernel.adam_update ----------===//
//
// One pass over the flat buffers, in parallel blocks. The learning rate and the
// step number arrive as one-element buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

static constexpr int64_t kBlock = 4096;

/// The number of elements of a buffer.
static Value numElements(Emitter &e, const Buffer &buffer) { return e.product(buffer.sizes); }

/// body(index, mask) over the elements of the blocks of this chunk.
static void overBlocks(Emitter &e, const KernelArguments &k,
                       llvm::function_ref<void(Value index, Value mask)> body) {
  Value first = e.mul(k.begin, e.i64(kBlock));
  Value last = e.min(e.mul(k.end, e.i64(kBlock)), k.sizes[0]);
  e.lanesLoop(first, last, body);
}

static void launchUpdate(EntryBuilder &entry, StringRef name, std::string signature,
                         ValueRange buffers, int64_t cost,
                         llvm::function_ref<void(Emitter &, const KernelArguments &)> body) {
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = name;
  launch.signature = std::move(signature);
  for (Value buffer : buffers)
    launch.pointers.push_back(entry.buffer(buffer).pointer);
  launch.sizes = {numElements(e, entry.buffer(buffers.front()))};
  launch.iterations = e.ceilDiv(launch.sizes[0], kBlock);
  launch.grain = e.i64(1);
  launch.cost = e.mul(launch.sizes[0], e.i64(cost));
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchSgdUpdate(EntryBuilder &entry, kernel::SgdUpdateOp op) {
  const bool hasVelocity = bool(op.getVelocity()), nesterov = op.getNesterov();
  const double momentum = op.getMomentum().convertToDouble();
  std::string signature =
      hasVelocity ? llvm::formatv("{0} {1}", op.getMomentumAttr(), nesterov).str() : "";
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value parameters = k.pointers[0], gradients = k.pointers[1];
    Value rate = e.splat(e.load(k.pointers[2], e.f32()));
    overBlocks(e, k, [&](Value index, Value mask) {
      auto element = [&](Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); };
      Value weight = element(parameters), step = e.mulf(rate, element(gradients));
      if (hasVelocity) {
        Value factor = e.constant(e.vectorOf(e.f32()), momentum);
        Value velocity = e.subf(e.mulf(factor, element(k.pointers[3])), step);
        e.storeLanes(velocity, e.at(k.pointers[3], index), mask);
        weight =
            nesterov ? e.subf(e.fma(factor, velocity, weight), step) : e.addf(weight, velocity);
      } else {
        weight = e.subf(weight, step);
      }
      e.storeLanes(weight, e.at(parameters, index), mask);
    });
  };
  launchUpdate(entry, "sgd_update", std::move(signature), op->getOperands(), 1, body);
  return success();
}

LogicalResult launchAdamUpdate(EntryBuilder &entry, kernel::AdamUpdateOp op) {
  const double beta1 = op.getBeta_1().convertToDouble();
  const double beta2 = op.getBeta_2().convertToDouble();
  const double epsilon = op.getEpsilon().convertToDouble();
  std::string signature =
      llvm::formatv("{0} {1} {2}", op.getBeta_1Attr(), op.getBeta_2Attr(), op.getEpsilonAttr());
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type f64 = e.builder().getF64Type();
    Value parameters = k.pointers[0], gradients = k.pointers[1], momentum = k.pointers[2],
          velocity = k.pointers[3];
    // alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t), in double precision.
    LLVM::LLVMFuncOp pow = entry.module().declare("pow", f64, {f64, f64});
    Value step = e.create<arith::SIToFPOp>(f64, e.load(k.pointers[5], e.i64Type()));
    Value rate = e.create<arith::ExtFOp>(f64, e.load(k.pointers[4], e.f32()));
    auto correction = [&](double beta) {
      Value power =
          e.create<LLVM::CallOp>(pow, ValueRange{e.constant(f64, beta), step}).getResult();
      return e.subf(e.constant(f64, 1), power);
    };
    Value wide = e.divf(e.mulf(rate, e.sqrt(correction(beta2))), correction(beta1));
    Value alpha = e.splat(e.create<arith::TruncFOp>(e.f32(), wide));
    Type floats = e.vectorOf(e.f32());

    overBlocks(e, k, [&](Value index, Value mask) {
      auto element = [&](Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); };
      Value g = element(gradients), m = element(momentum), v = element(velocity);
      m = e.fma(e.subf(g, m), e.constant(floats, 1 - beta1), m);
      v = e.fma(e.subf(e.mulf(g, g), v), e.constant(floats, 1 - beta2), v);
      Value root = e.addf(e.sqrt(v), e.constant(floats, epsilon));
      Value weight = e.subf(element(parameters), e.divf(e.mulf(m, alpha), root));
      e.storeLanes(m, e.at(momentum, index), mask);
      e.storeLanes(v, e.at(velocity, index), mask);
      e.storeLanes(weight, e.at(parameters, index), mask);
    });
  };
  launchUpdate(entry, "adam_update", std::move(signature), op->getOperands(), 8, body);
  return success();
}

} // namespace rondo::codegen
