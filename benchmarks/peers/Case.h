//===- Case.h - One size of the recipe, in every implementation -*- C++ -*-===//
//
// Loads the compiled recipe, gives it and the program on oneDNN the same weights
// and data, checks that they agree, and measures them side by side.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_PEERS_CASE_H
#define RONDO_BENCHMARKS_PEERS_CASE_H

#include "benchmarks/peers/Timing.h"
#include "benchmarks/peers/onednn/Recipe.h"

namespace rondo::bench {

/// A compiled recipe and what to call it: {"generated", "build/…/small-generated.so"}.
struct CompiledRecipe {
  std::string name, path;
};

/// The two programs on oneDNN: products as the model writes them, and with the
/// sum over the contexts moved first (see Algebra).
inline const std::string kDirectName = "oneDNN directly", kSumFirstName = "directly, sum first";

struct CaseOptions {
  std::vector<CompiledRecipe> libraries; // of one size
  int64_t steps = 1, batch = 1;
  int threads = 1;
  double seconds = 1; // for each of forward pass and training step
};

/// How far an implementation is from `oneDNN directly`, relative to the size of
/// the numbers: outputs and gradients by largest element, changes of the parameters
/// after some training steps by Euclidean norm (Adam divides small gradients by
/// their own size, so that single elements say little).
struct Agreement {
  std::string name;
  double output, loss, gradients, changes;
  bool isGood() const;
};

struct CaseResult {
  LstmShape shape;
  int threads;
  std::string isa;
  std::vector<Agreement> agreement;
  std::vector<Times> forward, training; // empty unless all agree; oneDNN directly comes last
};

/// Throws std::runtime_error where a library does not load or run.
CaseResult runCase(const CaseOptions &options);

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_CASE_H
