//===- CostModel.cpp - How long a kernel will take ------------------------===//
//
// Amounts of work times the rates of the table.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/CostModel.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>

namespace rondo {

llvm::StringRef implementationName(Implementation implementation) {
  return implementation == Implementation::Generated ? "generated" : "onednn";
}

std::optional<Implementation> implementationNamed(llvm::StringRef name) {
  for (Implementation each : {Implementation::Generated, Implementation::Onednn})
    if (name == implementationName(each))
      return each;
  return std::nullopt;
}

static constexpr double kFloat = sizeof(float);

/// Bytes of weights beyond which each step reads them from farther away.
static constexpr double kNearBytes = 1 << 20;

static Work lstmWork(const LstmSizes &s, double flopsPerCell, double weights) {
  Work work;
  const double cells = double(s.steps) * s.batch * s.units;
  work.flops = flopsPerCell * cells;
  work.bytes = s.steps * kFloat * weights;
  work.farBytes = s.steps * std::max(kFloat * weights - kNearBytes, 0.0);
  work.elements = cells;
  work.steps = s.steps;
  return work;
}

Work lstmForwardWork(const LstmSizes &s) {
  const double rows = s.features + s.units;
  return lstmWork(s, 8 * rows, 4 * s.units * rows);
}

Work lstmBackwardWork(const LstmSizes &s, const LstmGradients &gradients) {
  const double rows = s.units + (gradients.recurrentKernel ? s.units : 0) +
                      (gradients.input ? s.features : 0) + (gradients.kernel ? s.features : 0);
  return lstmWork(s, 8 * rows, 4.0 * s.units * s.units);
}

Work productWork(const ProductSizes &s) {
  Work work;
  const double lhs = double(s.m) * s.k, rhs = double(s.k) * s.n, result = double(s.m) * s.n;
  work.flops = 2 * s.batch * lhs * s.n;
  work.bytes = kFloat * s.batch * (lhs + rhs + result);
  work.elements = s.batch * lhs;
  work.steps = s.batch;
  return work;
}

namespace {
/// Picoseconds for one of each amount of `Work`, in that order.
struct Rates {
  Isa isa;
  KernelKind kind;
  Implementation implementation;
  std::array<double, 6> picoseconds;
};
} // namespace

static constexpr Rates kRates[] = {
#define RONDO_RATES(ISA, KIND, IMPLEMENTATION, ...)                                                \
  {Isa::ISA, KernelKind::KIND, Implementation::IMPLEMENTATION, {__VA_ARGS__}},
#include "compiler/kernels/CostTable.inc"
};

double predictedTime(KernelKind kind, Implementation implementation, Isa isa, const Work &work) {
  for (const Rates &rates : kRates) {
    if (rates.isa != isa || rates.kind != kind || rates.implementation != implementation)
      continue;
    double time = 0;
    for (size_t i = 0; i < rates.picoseconds.size(); ++i)
      time += 1e-12 * rates.picoseconds[i] * work.amounts()[i];
    return time;
  }
  llvm_unreachable("the table has a row for each");
}

} // namespace rondo
