//===- Attention.h - Attention as small ops ---------------------*- C++ -*-===//
//
// `rondo.attention` is one op so that its weights need not exist as a whole. The
// same equations as small ops can be differentiated more than once.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_ATTENTION_H
#define RONDO_DIALECT_IR_ATTENTION_H

#include "dialect/IR/RondoDialect.h"

namespace rondo {

/// The type of the weights of an attention: (…, Q, K) for a query (…, Q, D) and a key (…, K, D).
mlir::RankedTensorType attentionWeightsType(mlir::Value query, mlir::Value key);

/// Replaces an attention by two products around a softmax.
void expandAttention(AttentionOp op);

} // namespace rondo

#endif // RONDO_DIALECT_IR_ATTENTION_H
