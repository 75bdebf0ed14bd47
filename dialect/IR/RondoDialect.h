//===- RondoDialect.h - The rondo dialect ---------------------------------===//
//
// The one header for users of the dialect: attributes, enums, interfaces, ops
// and dimension arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_RONDODIALECT_H
#define RONDO_DIALECT_IR_RONDODIALECT_H

#include "dialect/IR/BoxPlace.h"
#include "dialect/IR/DimExpr.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace rondo::reference {
struct Tensor;
class Environment;
} // namespace rondo::reference

#include "dialect/IR/RondoDialect.h.inc"
#include "dialect/IR/RondoEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/IR/RondoAttributes.h.inc"

#include "dialect/IR/RondoInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialect/IR/RondoOps.h.inc"

namespace rondo {

/// How many gates the weights of a cell have, and how many things of each unit the training form
/// of `rondo.rnn` keeps in `gates`.
constexpr int64_t numGates(RnnCell cell) { return cell == RnnCell::gru ? 3 : 1; }
constexpr int64_t numKept(RnnCell cell) { return cell == RnnCell::gru ? 4 : 1; }

} // namespace rondo

#endif // RONDO_DIALECT_IR_RONDODIALECT_H
