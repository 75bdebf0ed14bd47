//===- Cases.h - Single kernels, generated and not --------------*- C++ -*-===//
//
// A case is a function that prepares its data (and compiles its kernel) and
// returns what to run. All run on one thread.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_KERNELS_CASES_H
#define RONDO_BENCHMARKS_KERNELS_CASES_H

#include "benchmarks/peers/onednn/Recipe.h"
#include "compiler/Isa.h"
#include "compiler/kernels/CostModel.h"
#include "tests/kernels/KernelTest.h"
#include <functional>
#include <memory>
#include <string>

namespace rondo::bench {

using Run = std::function<void()>;

/// The best instruction set of this machine: what generated kernels use.
Isa bestIsa();

/// What one run does: operations of products, and the bytes of all operands and results once,
/// which is the least that it moves. 0 where that is not known.
struct Amounts {
  double flops, bytes;
};

/// `prepare` is called when the case is first measured.
void addCase(const std::string &name, const Amounts &amounts, std::function<Run()> prepare);

/// A case of the cost model: the counters of the benchmark are the amounts of `work`.
void addCase(const std::string &name, const Work &work, std::function<Run()> prepare);

/// Type of a buffer: "?" is a dynamic size.
std::string buffer(const std::vector<std::string> &sizes);

// One for each file of cases; `sizes` are those of the recipe.
void addLstmCases(const std::vector<LstmShape> &sizes);
void addRnnCases(const std::vector<LstmShape> &sizes);
void addAttentionCases(const std::vector<LstmShape> &sizes);
void addProductCases();
void addAdamCases();

/// Instead of those, with `--cost-model`: the cases that the compiler's model of time is fitted
/// to and checked with (benchmarks/scripts/fit-cost-model).
void addLstmModelCases();
void addProductModelCases();
void addRestModelCases();

/// "T20_B32_D8_H64"
std::string sizeName(const LstmShape &shape);

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_KERNELS_CASES_H
