//===- Patterns.h - The rewrites of the simplification pass -----*- C++ -*-===//
//
// One list of rewrites for each theme, each under its name in Passes.td, by
// which it can be switched off.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_PATTERNS_H
#define RONDO_COMPILER_SIMPLIFY_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace rondo {

struct Rewrite {
  llvm::StringLiteral name;
  /// Adds its patterns.
  void (*add)(mlir::RewritePatternSet &patterns);
};

/// Products and their transpositions.
llvm::ArrayRef<Rewrite> contractRewrites();

/// Products with less arithmetic, or without a copy before them.
llvm::ArrayRef<Rewrite> productRewrites();

/// Attention.
llvm::ArrayRef<Rewrite> attentionRewrites();

/// Copies that need not be.
llvm::ArrayRef<Rewrite> shapeRewrites();

/// Signs and powers.
llvm::ArrayRef<Rewrite> arithmeticRewrites();

/// What loops compute in vain.
llvm::ArrayRef<Rewrite> scanRewrites();

template <typename... Patterns> void addPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<Patterns...>(patterns.getContext());
}

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_PATTERNS_H
