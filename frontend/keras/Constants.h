//===- Constants.h - Arrays in the graph ------------------------*- C++ -*-===//
//
// Arrays of numpy, and lists of numbers, where a symbolic tensor is expected.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CONSTANTS_H
#define RONDO_FRONTEND_KERAS_CONSTANTS_H

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {

/// Whether it is an array, or a list of numbers, of any depth.
bool isNumbers(Value value);
/// The elements of a list or tuple, or of a vector of integers; nothing for other values.
std::optional<std::vector<Value>> elementsOf(Value value);
/// The array in the graph: float32, int32 or bool. Null after a report.
Tensor *makeConstant(GraphBuilder &graph, const eval::NdArray &array);
/// The array as a symbolic tensor, where a layer is called on it; an error after a report.
Value constantOf(Session &session, PlacedValue array, std::string callee);
/// Whether a model is called on arrays, which may be in lists, and no symbolic tensor.
bool areNumbers(const Arguments &arguments);
/// What an operation of keras.ops gives for arrays and no symbolic tensor; nothing
/// where none of the arguments is an array, or numpy has no such function.
std::optional<Value> callOnArrays(Session &session, llvm::StringRef name, BoundArguments &args);
/// What an operation of keras.ops gives where sizes that are only known when the model runs are put
/// together to a shape: a tuple of them. Nothing for other values.
std::optional<Value> callOnSizes(Session &session, llvm::StringRef name, BoundArguments &args);
/// The functions of keras.ops that make arrays of numbers.
void addConstantOps(Catalogue &catalogue);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CONSTANTS_H
