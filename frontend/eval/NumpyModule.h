//===- NumpyModule.h - The parts of the module numpy ------------*- C++ -*-===//
//
// What the files that make the module numpy share.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_NUMPYMODULE_H
#define RONDO_FRONTEND_EVAL_NUMPYMODULE_H

#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {

/// An argument as an array; null after a report.
inline NdArray *arrayArgument(Interpreter &in, const BoundArguments &args, llvm::StringRef name) {
  return toArray(in, args[name].value, args[name].place);
}

/// `dtype=`, or what serves without one; nothing after a report.
std::optional<Dtype> dtypeArgument(Interpreter &in, const BoundArguments &args, Dtype otherwise);
/// False after a report of a negative size.
bool checkSizes(Interpreter &in, const NdArray::Shape &shape, SourceRange place);
/// An array of one number; an error after a report.
Value fill(Interpreter &in, BoundArguments &args, const NdArray::Shape &shape, double value,
           Dtype dtype);

/// Functions of each element: arithmetic, comparisons, rounding.
void addNumpyFunctions(Interpreter &in, Module *module);
/// Functions of shapes and of whole axes: joining, repeating, sums.
void addNumpyShapes(Interpreter &in, Module *module);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_NUMPYMODULE_H
