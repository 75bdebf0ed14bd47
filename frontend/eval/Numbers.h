//===- Numbers.h - Attributes of numbers ------------------------*- C++ -*-===//
//
// Numbers are no objects of the evaluator; what Python lets one ask of them is here.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_NUMBERS_H
#define RONDO_FRONTEND_EVAL_NUMBERS_H

#include "frontend/eval/Value.h"

namespace rondo::eval {

/// `(5).bit_length`, `(0.5).is_integer`…; nothing where the number has no such attribute.
std::optional<Value> numberAttribute(Interpreter &in, Value self, llvm::StringRef name);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_NUMBERS_H
