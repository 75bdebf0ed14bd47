//===- CostModel.h - How long a kernel will take ----------------*- C++ -*-===//
//
// A model of time that is just good enough to choose between two kernels for the
// same work: a sum over what the work consists of, whose rates are measured
// (CostTable.inc). For one thread.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_COSTMODEL_H
#define RONDO_COMPILER_KERNELS_COSTMODEL_H

#include "compiler/Isa.h"
#include <array>
#include <cstdint>

namespace rondo {

/// Who computes an LSTM or a product.
enum class Implementation { Generated, Onednn };

/// "generated", "onednn", as `rondo.impl` and the command line spell them.
llvm::StringRef implementationName(Implementation implementation);
std::optional<Implementation> implementationNamed(llvm::StringRef name);

/// What there are rates for. `Rest` is all that only generated code computes.
enum class KernelKind { LstmForward, LstmBackward, Product, TransposedProduct, Rest };

/// The amounts that a time is a sum over.
struct Work {
  double flops = 0;    ///< of products
  double bytes = 0;    ///< that are read and written; of an LSTM the weights, in each step
  double farBytes = 0; ///< of those weights what the second-level cache does not hold
  double elements = 0; ///< that an LSTM computes activations of; of the left side of a product
  double steps = 0;    ///< one after the other: of time, or products of a batch
  double calls = 1;

  static constexpr std::array<const char *, 6> kNames = {"flops",    "bytes", "far_bytes",
                                                         "elements", "steps", "calls"};
  std::array<double, 6> amounts() const { return {flops, bytes, farBytes, elements, steps, calls}; }
};

struct LstmSizes {
  int64_t steps, batch, features, units;
};

/// Which gradients of an LSTM are wanted: that of its states before each step always is.
struct LstmGradients {
  bool input = true, kernel = true, recurrentKernel = true;
};

Work lstmForwardWork(const LstmSizes &sizes);

/// Of the gradients, and of what a forward pass in training does more than one in inference.
Work lstmBackwardWork(const LstmSizes &sizes, const LstmGradients &gradients = {});

/// Of `batch` products of matrices m × k and k × n.
struct ProductSizes {
  int64_t batch, m, n, k;
};
Work productWork(const ProductSizes &sizes);

/// In seconds, on one thread.
double predictedTime(KernelKind kind, Implementation implementation, Isa isa, const Work &work);

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_COSTMODEL_H
