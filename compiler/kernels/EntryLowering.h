//===- EntryLowering.h - One entry on its way to kernels --------*- C++ -*-===//
//
// Translates the body of an entry op by op, in order. Broadcasts, constants and
// sizes are not computed when they are met: they stay descriptions (`Operand`)
// until an op wants a tensor, and elementwise ops never do.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_ENTRYLOWERING_H
#define RONDO_COMPILER_KERNELS_ENTRYLOWERING_H

#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/kernels/SizeArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <string>
#include <vector>

namespace rondo {

/// The dimensions of a tensor at the rondo level.
inline llvm::SmallVector<DimExpr> dimsOf(mlir::Value tensor) {
  return getDims(mlir::cast<mlir::RankedTensorType>(tensor.getType()));
}

inline mlir::Type elementOf(mlir::Value tensor) {
  return mlir::cast<mlir::RankedTensorType>(tensor.getType()).getElementType();
}

/// What a value of the rondo level has become: one of a tensor, a constant of
/// one value and an f32 scalar of the entry, seen under the dimensions `dims`.
struct Operand {
  mlir::Value tensor;
  mlir::TypedAttr constant;
  mlir::Value scalar;
  /// Where `tensor` is set: which of `dims` its dimensions are, in order. It is
  /// constant along the others, and where its size is 1 and theirs is not.
  llvm::SmallVector<int64_t> span;
  llvm::SmallVector<DimExpr> dims;
  /// At the rondo level: i1 is stored as i8.
  mlir::Type element;
};

struct OnednnLstm; // LowerOnednn.cpp

class EntryLowering {
public:
  /// Ops are created at the insertion point of `builder`; `symbols` gives each
  /// base symbol its index argument; vectors have so many f32 `lanes`.
  EntryLowering(mlir::OpBuilder &builder, SymbolValues symbols, int64_t lanes)
      : builder(builder), symbols(std::move(symbols)), lanes(lanes) {}

  /// Makes `tensor`, which has no encoding, stand for `value`.
  void bind(mlir::Value value, mlir::Value tensor);

  /// Makes two scalar tensors stand for the words of `key`.
  void bindRandomKey(mlir::Value key, mlir::Value first, mlir::Value second) {
    randomKeys[key] = {first, second};
  }

  /// A copy of what `value` is, in a buffer of its own.
  mlir::Value copyOf(mlir::Value value);

  /// Translates one op at the rondo level. Emits an error and fails on an op
  /// that has no kernel.
  mlir::LogicalResult lower(mlir::Operation *op);

  /// The tensor of `value`, computed now if it has only been described so far.
  mlir::Value tensorOf(mlir::Value value);

  /// The value of `expr` as an index.
  mlir::Value size(const DimExpr &expr);

  /// The same, or a constant.
  mlir::OpFoldResult sizeOrConstant(const DimExpr &expr);

  /// Sizes of the dynamic dimensions among `dims`.
  llvm::SmallVector<mlir::Value> dynamicSizes(llvm::ArrayRef<DimExpr> dims);

  /// Records that runs with a negative `expr` must be refused.
  void require(const DimExpr &expr);

  /// What `require` was told, in order, without repetition.
  llvm::ArrayRef<std::string> getRequirements() const { return requirements; }

  void setLoc(mlir::Location location) { loc = location; }

private:
  using MapBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;
  using Dims = llvm::ArrayRef<DimExpr>;

  mlir::LogicalResult lowerOp(mlir::Operation *op);
  const Operand &operandOf(mlir::Value value);
  mlir::Value tensorOf(const Operand &operand);
  mlir::Value tensorOrNull(mlir::Value value) { return value ? tensorOf(value) : mlir::Value(); }
  /// A fresh destination.
  mlir::Value destination(Dims dims, mlir::Type element);
  mlir::Value destination(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element);
  /// A kernel.map; `body` gets a scalar of each operand.
  mlir::Value map(llvm::ArrayRef<Operand> operands, Dims dims, mlir::Type element, MapBody body);
  mlir::Value transpose(mlir::Value tensor, Dims dims, llvm::ArrayRef<int64_t> permutation);
  mlir::Value reduce(ReduceKind kind, mlir::Value tensor, Dims dims, int64_t first, int64_t count);
  mlir::Value slice(mlir::Value tensor, const BoxPlace &place, Dims dims, mlir::Type element);
  mlir::Value pad(mlir::Value tensor, const BoxPlace &place, Dims dims, mlir::Type element);
  template <typename Op>
  mlir::Value box(mlir::Value tensor, const BoxPlace &place, Dims dims, mlir::Type element);
  mlir::Value concat(mlir::ValueRange tensors, int64_t axis, Dims dims, mlir::Type element);
  mlir::Value reshape(mlir::Value tensor, Dims dims, mlir::Type element);
  mlir::Value product(mlir::Value lhs, mlir::Value rhs, Dims dims, int64_t numBatch, int64_t numM,
                      int64_t numN, int64_t numK, bool transposeLhs, mlir::Value mask = {},
                      std::optional<int64_t> window = std::nullopt);
  /// Refuses sizes for which the box `part` leaves `whole`.
  void requireInside(const BoxPlace &place, Dims part, Dims whole);

  // LowerElementwise.cpp
  mlir::LogicalResult lowerConstant(mlir::arith::ConstantOp op);
  mlir::LogicalResult lowerTable(mlir::arith::ConstantOp op, mlir::DenseElementsAttr elements);
  mlir::LogicalResult lowerElementwise(mlir::Operation *op);
  mlir::LogicalResult lowerOneHot(OneHotOp op);
  mlir::LogicalResult lowerSize(SizeOp op);
  mlir::LogicalResult lowerRandom(RandomOp op);
  // LowerShapes.cpp
  mlir::LogicalResult lowerBroadcast(BroadcastOp op);
  mlir::LogicalResult lowerReshape(ReshapeOp op);
  mlir::LogicalResult lowerTranspose(TransposeOp op);
  mlir::LogicalResult lowerSlice(SliceOp op);
  mlir::LogicalResult lowerPad(PadOp op);
  mlir::LogicalResult lowerReverse(ReverseOp op);
  mlir::LogicalResult lowerConcat(ConcatOp op);
  mlir::LogicalResult lowerGather(GatherOp op);
  mlir::LogicalResult lowerScatterAdd(ScatterAddOp op);
  // LowerProducts.cpp
  mlir::LogicalResult lowerReduce(ReduceOp op);
  mlir::LogicalResult lowerArgMax(ArgMaxOp op);
  mlir::LogicalResult lowerSoftmax(mlir::Operation *op, mlir::Value input, int64_t axis, bool log);
  mlir::LogicalResult lowerSoftmaxCrossentropy(SoftmaxCrossentropyOp op);
  mlir::LogicalResult lowerContract(ContractOp op);
  // LowerAttention.cpp
  mlir::LogicalResult lowerAttention(AttentionOp op);
  mlir::LogicalResult lowerAttentionGrad(AttentionGradOp op);
  /// A tensor of shape `dims` as one of `rank` dimensions, the leading ones joined.
  mlir::Value joinLeading(mlir::Value tensor, Dims dims, int64_t rank);
  /// And back to `dims`.
  mlir::Value splitLeading(mlir::Value tensor, Dims dims);
  // LowerLstm.cpp
  mlir::LogicalResult lowerLstm(LstmOp op);
  mlir::LogicalResult lowerLstmGrad(LstmGradOp op);
  /// What an LSTM keeps for its backward pass: nothing, gates and cells, or its states
  /// before each segment.
  enum class Tape { None, Steps, Segments };
  template <typename Op> mlir::FailureOr<kernel::LstmForwardOp> lstmForward(Op op, Tape tape);
  mlir::LogicalResult lowerLstmSegments(LstmGradOp op, kernel::LstmForwardOp forward);
  DimExpr blocksOf(int64_t units) const;
  /// Room for `gates` gates of two steps.
  mlir::Value nowDestination(const DimExpr &b, int64_t units, int64_t gates, mlir::Type element);
  mlir::Value gatesDestination(const DimExpr &b, mlir::OpFoldResult steps, int64_t units,
                               mlir::Type element);
  mlir::Value projectionDestination(int64_t units, mlir::Type element);
  /// Transposed weights (N, GH) of G gates in the order in which products with gates read them.
  mlir::Value packTransposed(mlir::Value weights, Dims dims, int64_t gates);
  mlir::Value fromTape(mlir::Value tape, Dims dims);
  mlir::Value toTape(mlir::Value gates, Dims dims);
  // LowerRnn.cpp
  mlir::LogicalResult lowerRnn(RnnOp op);
  mlir::LogicalResult lowerRnnGrad(RnnGradOp op);
  // LowerScan.cpp
  mlir::LogicalResult lowerScan(ScanOp op);
  /// Step `t` of a sequence.
  Operand stepOf(mlir::Value sequence, mlir::Value t);
  /// `whole` with step `t` set to `part`.
  mlir::Value insertStep(mlir::Value part, mlir::Value whole, Dims dims, mlir::Value t);
  // LowerOnednn.cpp
  mlir::LogicalResult lowerOnednn(LstmOp op);
  mlir::LogicalResult lowerOnednn(LstmGradOp op);
  template <typename Op> OnednnLstm onednnLstm(Op op);
  mlir::Value onednnPack(kernel::OnednnKind kind, const OnednnLstm &lstm);
  kernel::OnednnLstmForwardOp onednnForward(kernel::OnednnKind kind, const OnednnLstm &lstm);
  /// As `product`, with the contracted dimensions instead of their number.
  mlir::Value onednnProduct(mlir::Value lhs, mlir::Value rhs, Dims dims, Dims contracted,
                            int64_t numBatch, int64_t numM, bool transposeLhs);
  /// A sequence (B, T, …) as (T, B, …).
  mlir::Value timeMajor(mlir::Value sequence);
  /// Makes `swapped`, which is (T, B, …), stand for a sequence (B, T, …).
  void bindTimeMajor(mlir::Value sequence, mlir::Value swapped);
  mlir::Value zeros(Dims dims, mlir::Type element);
  /// A fresh destination of as many bytes as a primitive of this shape needs.
  mlir::Value bytes(kernel::OnednnKind kind, kernel::OnednnBuffer buffer, mlir::ValueRange shape);

  mlir::OpBuilder &builder;
  SymbolValues symbols;
  int64_t lanes;
  mlir::Location loc = builder.getUnknownLoc();
  llvm::DenseMap<mlir::Value, Operand> values;
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, mlir::Value>> randomKeys;
  /// Sizes do not depend on the step of a loop: they are computed in front of the outermost one.
  std::map<std::string, mlir::Value> sizes;
  mlir::Operation *outermostLoop = nullptr;
  /// Sequences that exist time-major.
  llvm::DenseMap<mlir::Value, mlir::Value> timeMajorSequences;
  /// The training form behind the `gates` of a rondo.lstm, which it has not: what the
  /// backward pass needs lies in its workspace.
  llvm::DenseMap<mlir::Value, kernel::OnednnLstmForwardOp> onednnForwards;
  /// The kernel behind the `gates` of a rondo.lstm: what it kept lies in blocks, or is states
  /// before segments.
  llvm::DenseMap<mlir::Value, kernel::LstmForwardOp> lstmForwards;
  std::vector<std::string> requirements;
};

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_ENTRYLOWERING_H
