//===- KernelTest.h - Compiles one entry and runs it ------------*- C++ -*-===//
//
// Tests of generated code write a module at the buffers level as text, compile
// it for an instruction set, load it and compare it with plain loops in double
// precision. Each test runs for every instruction set the processor has.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_KERNELS_KERNELTEST_H
#define RONDO_TESTS_KERNELS_KERNELTEST_H

#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/KernelTuning.h"
#include "rondo/generated.h"
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace rondo::test {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

/// A module at the buffers level, given as text, down to an object. The model's
/// name is "test". Throws std::runtime_error on any failure.
struct CompiledModule {
  CompiledModule(Isa isa, const std::string &text, const KernelTuning &tuning = {});
  ObjectBytes object;
  IsaEntries entries;
};

/// A library linked from objects and the runtime, loaded while this lives.
class Library {
public:
  Library(const std::vector<ObjectBytes> &objects, const std::string &exported);
  ~Library();
  Library(const Library &) = delete;
  /// Null where the library does not export it.
  void *find(const std::string &symbol) const;

private:
  void *handle = nullptr;
};

/// An argument of the entry, in the order of the call's `in` and `out` arrays:
/// `type` such as "memref<?x4xf32>", the symbol of each dynamic dimension.
struct Argument {
  std::string name;
  std::string type;
  std::vector<std::string> dims;
};

/// A compiled entry.
class Kernel {
public:
  /// `body` is MLIR text in which arguments are %name and dims %SYMBOL.
  Kernel(Isa isa, const std::vector<std::string> &symbols, const std::vector<Argument> &ins,
         const std::vector<Argument> &outs, const std::string &body,
         const KernelTuning &tuning = {});
  /// How parallel loops run: all at once, chunk by chunk from the last to the
  /// first, or on two threads.
  enum class Schedule { Whole, Backwards, TwoThreads };
  void run(const std::vector<int64_t> &dims, const std::vector<const void *> &ins,
           const std::vector<void *> &outs, Schedule schedule = Schedule::Whole,
           void *arena = nullptr, rondo_status failure = RONDO_OK) const;

private:
  int32_t call(const std::vector<int64_t> &dims, const std::vector<const void *> &ins,
               const std::vector<void *> &outs, Schedule schedule, void *arena,
               rondo_status failure) const;
  void runBetweenGuards(const std::vector<int64_t> &dims, const std::vector<const void *> &ins,
                        const std::vector<void *> &outs, Schedule schedule, void *arena,
                        rondo_status failure) const;

  std::vector<std::string> symbols;
  std::vector<Argument> ins, outs;
  std::unique_ptr<Library> library;
  rondo_entry_fn entry = nullptr;
};

/// While one lives, Kernel::run gives the entry copies of all arguments that end where memory
/// ends, then copies that begin where it begins: an access outside fails the test, and so do
/// results that differ. Not the arena's.
class GuardPages {
public:
  GuardPages() { ++alive; }
  ~GuardPages() { --alive; }
  GuardPages(const GuardPages &) = delete;
  static bool any() { return alive > 0; }

private:
  static int alive;
};

/// `count` tuples of numbers between 1 and 40, random but for one promise: each number is in each
/// place of every 40 tuples in a row.
std::vector<std::vector<int64_t>> sizesUpTo40(size_t count, size_t places, unsigned seed);

/// Each test of this kind runs once for every instruction set, its kernels between guard pages.
class IsaTest : public testing::TestWithParam<Isa> {
protected:
  void SetUp() override;

private:
  GuardPages guards;
};
std::string isaTestName(const testing::TestParamInfo<Isa> &info);
#define RONDO_FOR_EACH_ISA(Suite)                                                                  \
  INSTANTIATE_TEST_SUITE_P(, Suite, testing::Values(Isa::Avx2, Isa::Avx512), isaTestName)

/// Reproducible numbers between -1 and 1.
Floats randomFloats(size_t count, unsigned seed);

/// Compares with `expected`, relative to its largest magnitude.
void expectClose(const Floats &actual, const std::vector<double> &expected, double tolerance);

/// Runs `run` under every schedule and expects the same bits in all that `results` returns.
void expectSameBits(const std::function<std::vector<Floats>(Kernel::Schedule)> &run);

} // namespace rondo::test

#endif // RONDO_TESTS_KERNELS_KERNELTEST_H
