//===- FakeModel.h - A model written by hand ----------------------*- C++ -*-===//
//
// What the compiler would emit for a small regression, so that the runtime and
// the host can be tested without the compiler:
//
//   steps[b,t] = Σ_f x[b,t,f] · kernel[f]
//   out[b]     = Σ_t steps[b,t] + table[ids[b]]
//   loss       = Σ_b weight[b] · (out[b] - target[b])² / B
//   metric     = Σ_b |out[b] - target[b]|, B
//
// Of the cotangents of its outputs vjp makes the gradient of the kernel only, of a
// vector hvp its double. Optimizer: SGD with momentum 0.9. Each step adds one to the state
// variable. Labels lie in [0, 10), ids in [0, 5), T is 1000 at most.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_RUNTIME_FAKEMODEL_H
#define RONDO_TESTS_RUNTIME_FAKEMODEL_H

#include "rondo/generated.h"

namespace rondo::test {

constexpr int64_t kFeatures = 2;
constexpr int64_t kTableRows = 5;
/// Where the segments start, and the flat buffers' sizes, in floats.
constexpr int64_t kKernelOffset = 0, kTableOffset = 16, kTrainableSize = 32, kStateSize = 16;

/// The descriptor. Its versions are "avx512" and "avx2".
const rondo_model_desc &fakeDescriptor();

/// The same without loss and optimizer: only `forward` has code.
const rondo_model_desc &fakeInferenceDescriptor();

/// The same with `vjp`, compiled for one of RONDO_WRT_PARAMETERS and RONDO_WRT_INPUTS.
const rondo_model_desc &fakeVjpDescriptor(int64_t wrt);

/// The same with a stateful layer: what it keeps, the state variable, is added to `out`, and each
/// run adds one to it.
const rondo_model_desc &fakeStatefulDescriptor();

/// The same where all runs draw: what the random key says, `drawnFrom`, is in `out[0]` of forward
/// and vjp, and the loss of the others.
const rondo_model_desc &fakeRandomDescriptor();
/// A part of a random key that a float holds.
float drawnFrom(const uint32_t *key);

/// A model with a slot of its own, opened as if its library were fresh.
const rondo_model *openFresh(const rondo_model_desc &desc);
const rondo_model *openFake();
const rondo_model *openFakeInference();
const rondo_model *openFakeStateful();
const rondo_model *openFakeRandom();

} // namespace rondo::test

#endif // RONDO_TESTS_RUNTIME_FAKEMODEL_H
