//===- KernelDialect.h - The kernel dialect ---------------------*- C++ -*-===//
//
// Destination-passing kernels on tensors and, after bufferization, on memrefs.
// The ops are documented in KernelOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_IR_KERNELDIALECT_H
#define RONDO_COMPILER_KERNELS_IR_KERNELDIALECT_H

#include "dialect/IR/RondoDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "compiler/kernels/IR/KernelDialect.h.inc"
#include "compiler/kernels/IR/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "compiler/kernels/IR/KernelAttrs.h.inc"

#define GET_OP_CLASSES
#include "compiler/kernels/IR/KernelOps.h.inc"

#endif // RONDO_COMPILER_KERNELS_IR_KERNELDIALECT_H
