//===- Metric.h - Metrics that are no means ---------------------*- C++ -*-===//
//
// The attribute of a result of `@evaluate` that is the sums of a metric: a dictionary of the
// metric's `name`, the `rule` that makes its value of the sums of all batches, and `numbers`.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_METRIC_H
#define RONDO_DIALECT_IR_METRIC_H

#include "llvm/ADT/StringRef.h"

namespace rondo {

inline constexpr llvm::StringLiteral kMetricAttribute = "rondo.metric";

} // namespace rondo

#endif // RONDO_DIALECT_IR_METRIC_H
