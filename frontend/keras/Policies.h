//===- Policies.h - Dtype policies ------------------------------*- C++ -*-===//
//
// What `dtype=` of a layer, of a loss or of the whole file says. Follows
// keras/src/dtype_policies.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_POLICIES_H
#define RONDO_FRONTEND_KERAS_POLICIES_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// Reads `dtype` of what is being made: the name of a policy, its object or its config.
/// `otherwise` where it is None, and after a report.
DtypePolicy readPolicy(Config &config, DtypePolicy otherwise);

/// "mixed_bfloat16"
llvm::StringRef policyName(DtypePolicy policy);
/// The object of Keras, which the file may look at or hand on.
Value policyObject(Interpreter &in, DtypePolicy policy);
/// What `get_config()` of a layer says of it.
Value policyConfig(Interpreter &in, DtypePolicy policy);

/// `dtype`, `dtype_policy`, `compute_dtype` and the like of a layer or model; nothing for other
/// names.
std::optional<Value> policyAttribute(Interpreter &in, DtypePolicy policy, llvm::StringRef name);
/// Reports that a file sets one of these; false for other names.
bool refusePolicyAttribute(Interpreter &in, llvm::StringRef name, SourceRange place);

/// A type of numbers as values have it: bfloat16 is computed as float32, and a type of Python is
/// the one that Keras takes it for.
Value computedType(Interpreter &in, Value dtype);
/// What tensors of that type hold; nothing where there are none.
std::optional<ElementKind> computedKind(Interpreter &in, Value dtype);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_POLICIES_H
