//===- main.cpp - rondo-opt -----------------------------------------------===//
//
// Reads IR, runs the passes named on the command line and prints IR, as
// mlir-opt does: for the lit tests and for looking at one pass at a time. The
// driver for models is `rondo`.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/Pipeline.h"
#include "compiler/buffers/Passes.h"
#include "compiler/differentiate/Passes.h"
#include "compiler/kernels/Passes.h"
#include "compiler/simplify/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

int main(int argc, char **argv) {
  DialectRegistry registry;
  rondo::registerCompilerDialects(registry);
  // What the levels may hold besides.
  registry.insert<bufferization::BufferizationDialect, cf::ControlFlowDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                  vector::VectorDialect>();

  registerTransformsPasses();
  rondo::registerBufferPasses();
  rondo::registerDifferentiatePasses();
  rondo::registerKernelPasses();
  rondo::registerSimplifyPasses();
  rondo::registerVerifyLevelPass();
  return asMainReturnCode(
      MlirOptMain(argc, argv, "rondo-opt: runs passes on rondo IR\n", registry));
}
