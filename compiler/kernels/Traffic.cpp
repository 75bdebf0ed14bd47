//===- Traffic.cpp - What kernels read and write --------------------------===//
//
// Follows sizes from the arguments of an entry to the destinations of its kernels.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Traffic.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/signature/Cost.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace rondo {
namespace {

using Amount = std::optional<DimExpr>;

Amount times(const Amount &a, const Amount &b) { return a && b ? Amount(*a * *b) : std::nullopt; }

class Traffic {
public:
  Traffic(func::FuncOp entry, ArrayRef<std::string> symbols, const SymbolSizes &sizes)
      : entry(entry), symbols(symbols), sizes(sizes) {}

  std::string table() {
    count(entry.getBody().front(), DimExpr(1));
    text += line(total, isWhole ? "all" : "all but those with `?`");
    return std::move(text);
  }

private:
  void count(Block &block, Amount repeats) {
    for (Operation &op : block.without_terminator()) {
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        Amount from = sizeOf(loop.getLowerBound()), to = sizeOf(loop.getUpperBound());
        auto step = getConstantIntValue(loop.getStep());
        Amount steps;
        if (from && to && step)
          steps = (*to - *from + DimExpr(*step - 1)).floorDiv(*step);
        count(*loop.getBody(), times(repeats, steps));
      } else if (auto kernel = dyn_cast<DestinationStyleOpInterface>(op);
                 kernel && isa<kernel::KernelDialect>(op.getDialect())) {
        Amount amount = times(repeats, bytesOf(kernel));
        if (amount)
          total += *amount;
        isWhole &= amount.has_value();
        text += line(amount, describeOp(op, 26));
      }
    }
  }

  std::string line(const Amount &amount, const std::string &what) {
    return costColumn(amount, sizes) + what + "\n";
  }

  /// What one call reads and writes.
  Amount bytesOf(DestinationStyleOpInterface op) {
    Amount sum = DimExpr(0);
    auto add = [&](const Amount &bytes) {
      sum = sum && bytes ? Amount(*sum + *bytes) : std::nullopt;
    };
    llvm::SetVector<Value> read;
    for (OpOperand *input : op.getDpsInputOperands())
      if (isa<RankedTensorType>(input->get().getType()))
        read.insert(input->get());
    // A box reads no more than it gives, and rows no more of their table; what is put into a tensor
    // leaves the rest of it alone.
    if (isa<kernel::SliceOp>(op))
      return times(bytesOf(op->getResult(0)), DimExpr(2));
    if (isa<kernel::InsertOp>(op))
      return times(bytesOf(read.front()), DimExpr(2));
    const bool isGather = isa<kernel::GatherOp>(op);
    for (auto [i, value] : llvm::enumerate(read))
      add(bytesOf(isGather && i == 0 ? op->getResult(0) : value));
    // Nothing reads scratch afterwards; it stays in the caches.
    for (Value result : op->getResults())
      if (!result.use_empty())
        add(bytesOf(result));
    return sum;
  }

  /// What is in memory of a tensor.
  Amount bytesOf(Value tensor) {
    auto type = cast<RankedTensorType>(tensor.getType());
    Amount bytes = DimExpr((type.getElementTypeBitWidth() + 7) / 8);
    unsigned dynamic = 0;
    for (int64_t size : type.getShape())
      bytes = times(bytes, ShapedType::isDynamic(size) ? dynamicSize(tensor, dynamic++)
                                                       : Amount(DimExpr(size)));
    return bytes;
  }

  /// The size of a dynamic dimension, counted among these.
  Amount dynamicSize(Value tensor, unsigned index) {
    if (auto argument = dyn_cast<BlockArgument>(tensor)) {
      auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
      OpOperand *start = loop ? loop.getTiedLoopInit(argument) : nullptr;
      return start ? dynamicSize(start->get(), index) : std::nullopt;
    }
    Operation *op = tensor.getDefiningOp();
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return sizeOf(empty.getDynamicSizes()[index]);
    if (auto reshape = dyn_cast<kernel::ReshapeOp>(op))
      return sizeOf(reshape.getSizes()[index]);
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return dynamicSize(loop.getInitArgs()[cast<OpResult>(tensor).getResultNumber()], index);
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
      return dynamicSize(destination.getTiedOpOperand(cast<OpResult>(tensor))->get(), index);
    auto argument = isa<bufferization::ToTensorOp>(op) ? dyn_cast<BlockArgument>(op->getOperand(0))
                                                       : BlockArgument();
    if (!argument || argument.getOwner() != &entry.getBody().front())
      return std::nullopt;
    auto dims =
        entry.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), kernel::KernelDialect::kDims);
    if (!dims || index >= dims.size())
      return std::nullopt;
    return DimExpr::parse(cast<StringAttr>(dims[index]).getValue());
  }

  Amount sizeOf(Value index) {
    if (auto constant = getConstantIntValue(index))
      return DimExpr(*constant);
    if (auto argument = dyn_cast<BlockArgument>(index)) {
      auto bind = argument.getOwner() == &entry.getBody().front()
                      ? entry.getArgAttrOfType<kernel::BindAttr>(argument.getArgNumber(),
                                                                 kernel::KernelDialect::kBind)
                      : kernel::BindAttr();
      if (!bind || bind.getKind() != kernel::BindKind::dim)
        return std::nullopt;
      return DimExpr::symbol(symbols[bind.getIndex()]);
    }
    Operation *op = index.getDefiningOp();
    if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::FloorDivSIOp, arith::CeilDivSIOp,
             arith::DivSIOp>(op))
      return std::nullopt;
    Amount left = sizeOf(op->getOperand(0)), right = sizeOf(op->getOperand(1));
    if (!left || !right)
      return std::nullopt;
    if (isa<arith::AddIOp>(op))
      return *left + *right;
    if (isa<arith::SubIOp>(op))
      return *left - *right;
    if (isa<arith::MulIOp>(op))
      return *left * *right;
    auto divisor = right->getConstant();
    if (!divisor || *divisor <= 0)
      return std::nullopt;
    // Sizes are not negative.
    return (isa<arith::CeilDivSIOp>(op) ? *left + DimExpr(*divisor - 1) : *left).floorDiv(*divisor);
  }

  func::FuncOp entry;
  ArrayRef<std::string> symbols;
  const SymbolSizes &sizes;
  std::string text;
  DimExpr total;
  bool isWhole = true;
};

} // namespace

std::string trafficTable(func::FuncOp entry, ArrayRef<std::string> symbols,
                         const SymbolSizes &sizes) {
  return Traffic(entry, symbols, sizes).table();
}

} // namespace rondo
