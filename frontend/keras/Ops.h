//===- Ops.h - Operations on symbolic tensors -------------------*- C++ -*-===//
//
// How a call of keras.ops, or an operator, becomes ops and a node of the graph,
// and the tables of operations: one for each file of them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_OPS_H
#define RONDO_FRONTEND_KERAS_OPS_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

class Catalogue;

using AxisList = llvm::SmallVector<int64_t>;

/// One application of an operation, while it is built. What reads an argument
/// returns nothing after a report.
class OpCall {
public:
  OpCall(Session &session, SourceRange place, std::string name, std::string callee)
      : graph(session, place, std::move(name), std::move(callee)) {}

  /// A symbolic tensor, or a number as a scalar; null after a report.
  Tensor *tensor(Value value, SourceRange place);
  Tensor *tensor(const BoundArguments::Slot &slot) { return tensor(slot.value, slot.place); }
  /// A tensor or number for arithmetic that Keras does not do on bool tensors alone.
  /// False after a report.
  bool operands(Tensor *&x, Tensor *&y, PlacedValue left, PlacedValue right);
  /// The tensors of a list.
  std::optional<std::vector<Tensor *>> tensors(const BoundArguments::Slot &slot);
  /// `axis=`: None for all axes, an integer, or several. Sorted, not negative.
  std::optional<AxisList> axes(const BoundArguments::Slot &slot, const Tensor *x);
  /// The same in the order that is written; None is an error.
  std::optional<AxisList> orderedAxes(const BoundArguments::Slot &slot, const Tensor *x);
  std::optional<int64_t> axis(const BoundArguments::Slot &slot, size_t rank);
  std::optional<double> number(const BoundArguments &args, llvm::StringRef parameter);
  std::optional<std::vector<int64_t>> integers(const BoundArguments &args,
                                               llvm::StringRef parameter);
  /// The same, where a size that is known when the model runs will do as well.
  std::optional<std::vector<DimExpr>> sizes(const BoundArguments &args, llvm::StringRef parameter);
  /// `shape=` as axes, the first of which is the batch where it has that size.
  std::optional<Axes> shape(const BoundArguments &args);
  bool boolean(const BoundArguments::Slot &slot);
  /// A tensor of integers, computed ones included; null after a report.
  Tensor *integerTensor(const BoundArguments::Slot &slot, llvm::StringRef parameter);
  /// Reports "`PARAMETER` of CALLEE is EXPECTED, got VALUE".
  diagnostics::Diagnostic &reject(const BoundArguments::Slot &slot, llvm::StringRef parameter,
                                  llvm::StringRef expected);

  GraphBuilder graph;
  /// The symbolic tensors that were read: the inputs of the node.
  std::vector<Tensor *> inputs;
};

/// Builds an operation: gives it Keras' automatic name for `className`, or the
/// name of the Lambda around it, and records the node.
Value applyOp(Session &session, llvm::StringRef className, std::string callee, SourceRange place,
              llvm::function_ref<Tensor *(OpCall &)> build);
/// The same for an operation that gives a list of tensors.
Value applyListOp(Session &session, llvm::StringRef className, std::string callee,
                  SourceRange place, llvm::function_ref<std::vector<Tensor *>(OpCall &)> build);

/// A function of keras.ops.
struct OpEntry {
  const char *name;
  /// Keras' class of the operation, which its automatic name comes from.
  const char *className;
  const char *parameters;
  /// Null after a report.
  Tensor *(*build)(OpCall &, BoundArguments &);
  /// The same on a plain number, where that is meaningful.
  double (*onNumber)(double) = nullptr;
  /// In place of `build` where the result is a list; empty after a report.
  std::vector<Tensor *> (*buildList)(OpCall &, BoundArguments &) = nullptr;
};

/// Calls an operation of a table.
Value callOp(Session &session, const OpEntry &entry, std::string callee, BoundArguments &args);

// One for each file of operations.
llvm::ArrayRef<OpEntry> elementwiseOps();
llvm::ArrayRef<OpEntry> activationOps();
llvm::ArrayRef<OpEntry> shapeOps();
llvm::ArrayRef<OpEntry> productOps();
llvm::ArrayRef<OpEntry> arrayOps();
llvm::ArrayRef<OpEntry> orderOps();
llvm::ArrayRef<OpEntry> numberOps();
llvm::ArrayRef<OpEntry> angleOps();
llvm::ArrayRef<OpEntry> statisticOps();
llvm::ArrayRef<OpEntry> gridOps();
llvm::ArrayRef<OpEntry> neuralOps();
/// The functions that call functions of the file: `cond`, `fori_loop`, `while_loop`.
void addControlOps(Catalogue &catalogue);
/// Those that call them along an axis: `map`, `scan`, `associative_scan`.
void addLoopOps(Catalogue &catalogue);
/// The functions of keras.ops that are refused, and why one is, in a phrase.
std::vector<std::string> refusedOps();
std::string whyRefused(llvm::StringRef name);

// What operators and operations share.

inline int64_t lastOf(const Tensor *x) { return int64_t(x->rank()) - 1; }
/// The size of an axis, which has to be known; nothing after a report.
std::optional<int64_t> knownSize(OpCall &call, const Tensor *x, int64_t axis, SourceRange place);
/// An axis of a sample; nothing after a report.
std::optional<int64_t> sampleAxis(OpCall &call, const BoundArguments::Slot &slot, const Tensor *x);
/// One axis at another place, the others as they follow each other.
Tensor *moved(GraphBuilder &graph, Tensor *x, int64_t from, int64_t to);
/// Where it is no number, as a bool tensor.
Tensor *buildIsNan(GraphBuilder &graph, Tensor *x);
/// The first `count` elements along the last axis in their order, and where they are.
struct Sorted {
  Tensor *values, *places;
};
Sorted buildSorted(GraphBuilder &graph, Tensor *x, int64_t size, int64_t count, bool isDescending);
/// The angle whose tangent is x.
Tensor *buildArctangent(GraphBuilder &graph, Tensor *x);
/// The place of each element along the last axis, of that size, in their order; of equal ones the
/// first comes first.
Tensor *buildRanks(GraphBuilder &graph, Tensor *x, int64_t size, bool isDescending);

/// The tensor as a `dtype` says; null after a report.
Tensor *castTo(OpCall &call, const BoundArguments::Slot &dtype, Tensor *x);

/// What helps where a Python bool stands for a condition.
constexpr const char *equalityHelp =
    "`==` of symbolic tensors tells whether they are one object; `keras.ops.equal(x, y)` compares "
    "their elements";

/// x ** y.
Tensor *buildPower(OpCall &call, PlacedValue base, PlacedValue exponent);
/// The largest whole number below x / y, and what is left: of y's sign.
Tensor *buildFloorDivide(GraphBuilder &graph, Tensor *x, Tensor *y);
Tensor *buildModulo(GraphBuilder &graph, Tensor *x, Tensor *y);
/// Of two bool tensors only whether they are equal.
Tensor *buildComparison(GraphBuilder &graph, ComparePredicate predicate, Tensor *x, Tensor *y);
/// |x|; a bool tensor stays one.
Tensor *buildAbsolute(GraphBuilder &graph, Tensor *x);
/// `x1 and x2`, `x1 or x2`, elementwise, of what is not zero.
Tensor *buildLogicalAnd(GraphBuilder &graph, Tensor *x, Tensor *y);
Tensor *buildLogicalOr(GraphBuilder &graph, Tensor *x, Tensor *y);
Tensor *buildLogicalXor(GraphBuilder &graph, Tensor *x, Tensor *y);
Tensor *buildLogicalNot(GraphBuilder &graph, Tensor *x);
/// x / max(norm, epsilon) along axes, in the L2 norm.
Tensor *buildNormalized(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes,
                        double epsilon);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_OPS_H
