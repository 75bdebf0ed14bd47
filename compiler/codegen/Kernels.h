//===- Kernels.h - A launch for every kernel op -----------------*- C++ -*-===//
//
// One function for each op of the kernel dialect: it computes the sizes of the
// launch in the entry and, the first time a signature occurs, emits the kernel.
// They fail, with an error at the op, on forms they do not know.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_KERNELS_H
#define RONDO_COMPILER_CODEGEN_KERNELS_H

#include "compiler/codegen/KernelModule.h"
#include "compiler/kernels/IR/KernelDialect.h"

namespace rondo::codegen {

// Elementwise.cpp
mlir::LogicalResult launchMap(EntryBuilder &entry, kernel::MapOp op);

// Reductions.cpp
mlir::LogicalResult launchReduce(EntryBuilder &entry, kernel::ReduceOp op);
mlir::LogicalResult launchSoftmax(EntryBuilder &entry, kernel::SoftmaxOp op);
mlir::LogicalResult launchArgMax(EntryBuilder &entry, kernel::ArgMaxOp op);

// Movement.cpp
mlir::LogicalResult launchTranspose(EntryBuilder &entry, kernel::TransposeOp op);
mlir::LogicalResult launchSlice(EntryBuilder &entry, kernel::SliceOp op);
mlir::LogicalResult launchPad(EntryBuilder &entry, kernel::PadOp op);
mlir::LogicalResult launchInsert(EntryBuilder &entry, kernel::InsertOp op);
mlir::LogicalResult launchConcat(EntryBuilder &entry, kernel::ConcatOp op);

/// A launch over rows of `width` elements that are moved.
void launchRows(EntryBuilder &entry, Launch launch, Value width);

// Rows.cpp
mlir::LogicalResult launchGather(EntryBuilder &entry, kernel::GatherOp op);
mlir::LogicalResult launchScatterAdd(EntryBuilder &entry, kernel::ScatterAddOp op);

// Matmul.cpp
mlir::LogicalResult launchMatmul(EntryBuilder &entry, kernel::MatmulOp op);

// Attention.cpp
mlir::LogicalResult launchAttention(EntryBuilder &entry, kernel::AttentionOp op);
mlir::LogicalResult launchAttentionGrad(EntryBuilder &entry, kernel::AttentionGradOp op);

// LstmForward.cpp
mlir::LogicalResult launchLstmPack(EntryBuilder &entry, kernel::LstmPackOp op);
mlir::LogicalResult launchLstmForward(EntryBuilder &entry, kernel::LstmForwardOp op);
// LstmBackward.cpp
mlir::LogicalResult launchLstmBackward(EntryBuilder &entry, kernel::LstmBackwardOp op);
// LstmGradients.cpp
mlir::LogicalResult launchLstmWeightGradient(EntryBuilder &entry, kernel::LstmWeightGradientOp op);
mlir::LogicalResult launchLstmInputGradient(EntryBuilder &entry, kernel::LstmInputGradientOp op);
// LstmSegments.cpp
mlir::LogicalResult launchLstmSegments(EntryBuilder &entry, kernel::LstmSegmentsOp op);
// RnnForward.cpp
mlir::LogicalResult launchRnnPack(EntryBuilder &entry, kernel::RnnPackOp op);
mlir::LogicalResult launchRnnForward(EntryBuilder &entry, kernel::RnnForwardOp op);
// RnnBackward.cpp
mlir::LogicalResult launchRnnBackward(EntryBuilder &entry, kernel::RnnBackwardOp op);
// TransposedProduct.cpp
mlir::LogicalResult launchPackTransposed(EntryBuilder &entry, kernel::PackTransposedOp op);

// Onednn.cpp
mlir::LogicalResult callOnednnLstmPack(EntryBuilder &entry, kernel::OnednnLstmPackOp op);
mlir::LogicalResult callOnednnLstmForward(EntryBuilder &entry, kernel::OnednnLstmForwardOp op);
mlir::LogicalResult callOnednnLstmBackward(EntryBuilder &entry, kernel::OnednnLstmBackwardOp op);
mlir::LogicalResult callOnednnMatmul(EntryBuilder &entry, kernel::OnednnMatmulOp op);
/// Emits the call into a plan, which is made for a number of threads (i32).
mlir::LogicalResult callOnednnSize(EntryBuilder &plan, kernel::OnednnSizeOp op, Value threads);

// Optimizers.cpp
mlir::LogicalResult launchClipValue(EntryBuilder &entry, kernel::ClipValueOp op);
mlir::LogicalResult launchClipNorm(EntryBuilder &entry, kernel::ClipNormOp op);
mlir::LogicalResult launchAccumulate(EntryBuilder &entry, kernel::AccumulateOp op);
mlir::LogicalResult launchUpdate(EntryBuilder &entry, kernel::UpdateOp op);
mlir::LogicalResult launchTrustStep(EntryBuilder &entry, kernel::TrustStepOp op);
mlir::LogicalResult launchAverage(EntryBuilder &entry, kernel::AverageOp op);

/// A chunk of work: at most so many rows and columns of a product.
constexpr int64_t kPanelRows = 144;
constexpr int64_t kPanelColumns = 128;

/// Calls a function of the module, made by `body` at the first call, whose arguments are members
/// of `values`: pointers and i64s. Members that are null are passed as zeros.
template <typename Struct>
void callWithMembers(KernelModule &module, Emitter &e, llvm::StringRef name,
                     llvm::ArrayRef<mlir::Value Struct::*> pointers,
                     llvm::ArrayRef<mlir::Value Struct::*> numbers, const Struct &values,
                     llvm::function_ref<void(Emitter &, const Struct &)> body) {
  Values arguments;
  llvm::SmallVector<Type> types;
  for (auto member : pointers) {
    types.push_back(e.pointerType());
    arguments.push_back(values.*member ? values.*member : e.null());
  }
  for (auto member : numbers) {
    types.push_back(e.i64Type());
    arguments.push_back(values.*member ? values.*member : e.i64(0));
  }
  mlir::LLVM::LLVMFuncOp function =
      module.functionFor(name, mlir::LLVM::LLVMVoidType::get(e.builder().getContext()), types,
                         [&](Emitter &e, ValueRange passed) {
                           Struct inside;
                           auto value = passed.begin();
                           for (auto member : pointers)
                             inside.*member = *value++;
                           for (auto member : numbers)
                             inside.*member = *value++;
                           body(e, inside);
                           e.create<mlir::LLVM::ReturnOp>(ValueRange());
                         });
  e.create<mlir::LLVM::CallOp>(function, arguments);
}

/// The product that kernels share: emits a call of
/// to[r, c] = sum over k of lhs[r, k] * rhs[k, c], each sum in the order of k.
struct Product {
  Value to, toStride; ///< rows of `to` lie toStride floats apart
  Value lhs, lhsRowStride, lhsDepthStride;
  Value rhs, rhsStride; ///< rows of `rhs` lie rhsStride floats apart
  Value rows, columns, depth;
  Value accumulates;  ///< i64: not 0 where the sums go on from what `to` holds; null: 0
  Value transposeRhs; ///< i64: not 0 where `rhs` is columns × depth, and so are its rows; null: 0
  /// Which rows of `to` and of a plain lhs, or which steps k of a transposed one and of rhs, as of
  /// sortRows; at most one of them. Null: the first.
  Value rowList, stepList;
  /// The same of lhs alone, whose rows or steps lie elsewhere. None beside another list.
  Value lhsRowList, lhsStepList;
};
void emitProduct(KernelModule &module, Emitter &e, const Product &product);

/// The softmax of a row of `count` elements, or its logarithm; `output` may be `input`.
void emitSoftmax(Emitter &e, Value input, Value output, Value count, bool log);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_KERNELS_H
