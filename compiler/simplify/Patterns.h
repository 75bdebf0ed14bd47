//===- Patterns.h - The rewrites of the simplification pass -----*- C++ -*-===//
//
// One populate function for each theme. A pattern's debug name is its name in
// Passes.td, by which it can be switched off.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_PATTERNS_H
#define RONDO_COMPILER_SIMPLIFY_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace rondo {

/// Products and their transpositions.
void populateContractPatterns(mlir::RewritePatternSet &patterns);

/// Signs and powers.
void populateArithmeticPatterns(mlir::RewritePatternSet &patterns);

/// Adds a pattern under the name `name`.
template <typename Pattern> void addNamed(mlir::RewritePatternSet &patterns, llvm::StringRef name) {
  auto pattern = std::make_unique<Pattern>(patterns.getContext());
  pattern->setDebugName(name);
  patterns.add(std::move(pattern));
}

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_PATTERNS_H
