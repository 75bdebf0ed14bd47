//===- OptimizerRules.h - What optimizers keep ------------------*- C++ -*-===//
//
// The optimizers that a model may be compiled with, and the variables that each of them
// has for every parameter. What they compute is in compiler/codegen/UpdateRules.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIGNATURE_OPTIMIZERRULES_H
#define RONDO_COMPILER_SIGNATURE_OPTIMIZERRULES_H

#include "mlir/IR/BuiltinAttributes.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo {

/// A variable of an optimizer, beside each trainable parameter.
struct OptimizerSlot {
  std::string name;   ///< Keras'
  double initial = 0; ///< every element at first
};

/// The number that `optimizer`, a `rondo.optimizer`, has under this name.
double optimizerSetting(mlir::DictionaryAttr optimizer, llvm::StringRef name, double otherwise = 0);

/// In the order in which Keras makes them: those of any optimizer (rondo/generated.h), then those
/// of the rule. Nothing where there is no such optimizer.
std::optional<std::vector<OptimizerSlot>> optimizerSlots(mlir::DictionaryAttr optimizer);
/// Those of the rule alone.
std::optional<std::vector<OptimizerSlot>> optimizerRuleSlots(mlir::DictionaryAttr optimizer);
/// How many steps the gradients of an update are gathered over.
int64_t accumulationSteps(mlir::DictionaryAttr optimizer);

} // namespace rondo

#endif // RONDO_COMPILER_SIGNATURE_OPTIMIZERRULES_H
