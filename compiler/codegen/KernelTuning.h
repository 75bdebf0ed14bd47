//===- KernelTuning.h - Sizes inside of generated kernels -------*- C++ -*-===//
//
// What changes how fast generated kernels are and nothing else: results have the
// same bits with any of these.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_KERNELTUNING_H
#define RONDO_COMPILER_CODEGEN_KERNELTUNING_H

#include "llvm/ADT/StringRef.h"
#include <array>
#include <cstdint>

namespace rondo {

struct KernelTuning {
  /// Below this many operations, waking a second thread costs more than it saves.
  int64_t parallelCost = 1 << 18;
  /// Blocks of a product. Those of both operands are copied into the order in which tiles read
  /// them, as far as that pays; they stay in the second-level cache while it lasts.
  int64_t blockDepth = 256, blockColumns = 128, blockRows = 48;
};

/// One of the sizes, and which values code is generated for.
struct TuningParameter {
  llvm::StringLiteral name;
  int64_t KernelTuning::*member;
  int64_t least, most;
  int64_t multipleOf;                  ///< of the register tiles of all instruction sets
  std::array<int64_t, 2> alternatives; ///< worth a try besides the default
};

constexpr std::array<TuningParameter, 4> kTuningParameters = {{
    {"parallel_cost", &KernelTuning::parallelCost, 0, int64_t(1) << 40, 1, {1 << 16, 1 << 20}},
    {"block_depth", &KernelTuning::blockDepth, 16, 512, 16, {128, 512}},
    {"block_columns", &KernelTuning::blockColumns, 32, 256, 32, {64, 96}},
    {"block_rows", &KernelTuning::blockRows, 24, 240, 24, {24, 96}},
}};

} // namespace rondo

#endif // RONDO_COMPILER_CODEGEN_KERNELTUNING_H
