//===- GraphBuilder.h - Tensor algebra on symbolic tensors ------*- C++ -*-===//
//
// What layers and operations are made of: one function for each building block
// of the rondo dialect, with NumPy's conveniences (broadcasting, negative axes,
// numbers as tensors) made explicit. Each function infers the sizes and meanings
// of the result's axes, builds the op, and returns null after it has reported
// that the operands do not fit; null operands give null.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_GRAPHBUILDER_H
#define RONDO_FRONTEND_KERAS_GRAPHBUILDER_H

#include "dialect/IR/RecurrentScan.h"
#include "frontend/keras/Graph.h"

namespace rondo {
class TensorNumber;
}

namespace rondo::keras {

inline bool isOne(const DimExpr &size) { return size == DimExpr(1); }

class GraphBuilder {
public:
  /// Ops get the place and the layer's name as their location; `callee` is how
  /// messages call what is being built: "`Add`", "`+`".
  GraphBuilder(Session &session, SourceRange place, std::string name, std::string callee);

  Tensor *scalar(double value);
  /// The number everywhere.
  Tensor *filled(double value, const Axes &axes);
  /// 0, 1, … along one axis.
  Tensor *range(const DimExpr &size);
  Tensor *variable(const Variable &variable);
  /// Numbers uniform in [0, 1), or standard normal, others in each call and in each run.
  Tensor *random(const Axes &axes, bool normal = false);
  /// `inference` where the model is used, `training` where it is trained; more is in `PhasedValue`.
  Tensor *byPhase(Tensor *inference, Tensor *training, std::vector<MovingAverage> averages = {},
                  const Operation *onlyTrainable = nullptr, bool alsoInUse = false);

  // Elementwise. Integers become floats first.
  template <typename Op> Tensor *unary(Tensor *x) {
    if (!(x = toFloat(x)))
      return nullptr;
    return make(builder().create<Op>(loc(), type(x->axes), x->value), afterArithmetic(x->axes));
  }
  template <typename Op> Tensor *binary(Tensor *x, Tensor *y) {
    x = toFloat(x);
    y = toFloat(y);
    if (!broadcastTogether(x, y))
      return nullptr;
    return make(builder().create<Op>(loc(), type(x->axes), x->value, y->value), x->axes);
  }
  /// Where the predicate holds, as a bool tensor; and as 1 there, else 0.
  Tensor *predicate(ComparePredicate predicate, Tensor *x, Tensor *y);
  Tensor *compare(ComparePredicate which, Tensor *x, Tensor *y) {
    return toFloat(predicate(which, x, y));
  }
  /// `x` where the condition holds, else `y`.
  Tensor *select(Tensor *condition, Tensor *x, Tensor *y);
  /// A formula of dialect/Activations.h.
  Tensor *formula(Tensor *x, llvm::function_ref<TensorNumber(const TensorNumber &)> compute);
  Tensor *toFloat(Tensor *x);
  /// As whole numbers, towards zero.
  Tensor *toInt(Tensor *x);
  /// `x` as integers where its numbers are whole whatever the model is given; else null.
  Tensor *asIntegers(Tensor *x);
  /// The same, but for bool tensors, which Keras does not take for numbers everywhere:
  /// null after a report.
  Tensor *numbers(Tensor *x);
  /// Whether not both are bool tensors, on which Keras does no arithmetic. False after
  /// a report and for null.
  bool areOperands(const Tensor *x, const Tensor *y);
  /// Where it is not zero.
  Tensor *toBool(Tensor *x);
  Tensor *power(Tensor *x, int64_t exponent);

  // Shapes. Axes are not negative here.
  Tensor *broadcast(Tensor *x, const Axes &axes, llvm::ArrayRef<int64_t> dimensions);
  Tensor *reshape(Tensor *x, Axes axes);
  /// Keeps the first axes and gives the others these sizes; one may be missing: what
  /// is left. Axes that stay together keep their meaning.
  Tensor *reshapeTo(Tensor *x, llvm::ArrayRef<std::optional<DimExpr>> sizes, size_t kept,
                    SourceRange sizesPlace);
  Tensor *transpose(Tensor *x, llvm::ArrayRef<int64_t> permutation);
  Tensor *reverse(Tensor *x, llvm::ArrayRef<int64_t> axes);
  Tensor *expandDims(Tensor *x, int64_t axis);
  Tensor *squeeze(Tensor *x, llvm::ArrayRef<int64_t> axes);
  /// The box that starts at `offsets` with these sizes, of every stride-th element.
  Tensor *slice(Tensor *x, llvm::ArrayRef<DimExpr> offsets, llvm::ArrayRef<DimExpr> sizes,
                llvm::ArrayRef<int64_t> strides = {});
  /// `size` elements of one axis from `begin` on.
  Tensor *part(Tensor *x, int64_t axis, int64_t begin, int64_t size);
  Tensor *concatenate(const std::vector<Tensor *> &inputs, int64_t axis);
  /// Elements of an axis of `x` by their indices, whose axes take its place.
  Tensor *take(Tensor *x, Tensor *indices, int64_t axis);
  /// The same of the first `count` axes, taken for one.
  Tensor *takeRows(Tensor *x, int64_t count, Tensor *indices);
  /// Zeros before and behind the elements of an axis.
  Tensor *pad(Tensor *x, int64_t axis, const DimExpr &before, const DimExpr &behind);
  /// Repeats along an axis: each element `count` times in turn, or the whole axis
  /// `count` times over.
  Tensor *repeat(Tensor *x, int64_t axis, const DimExpr &count, bool isWhole);

  // Reductions and products.
  Tensor *reduce(ReduceKind kind, Tensor *x, llvm::ArrayRef<int64_t> dimensions, bool keep = false);
  Tensor *mean(Tensor *x, llvm::ArrayRef<int64_t> dimensions, bool keep = false);
  /// y[:, t] = Op(y[:, t - 1], x[:, t]), of floats, in front of which is `start`.
  template <typename Op> Tensor *running(Tensor *x, double start) {
    return running(x, start,
                   [](mlir::OpBuilder &builder, mlir::Location loc, mlir::Value before,
                      mlir::Value next) { return builder.create<Op>(loc, before, next); });
  }
  /// How many elements the dimensions span, as a scalar.
  Tensor *size(Tensor *x, llvm::ArrayRef<int64_t> dimensions);
  Tensor *argmax(Tensor *x, int64_t axis);
  Tensor *oneHot(Tensor *indices, int64_t depth);
  Tensor *softmax(Tensor *x, int64_t axis);
  Tensor *logSoftmax(Tensor *x, int64_t axis);
  /// Over the last axis, which disappears.
  Tensor *softmaxCrossentropy(Tensor *logits, Tensor *labels);
  /// Result: batch axes, the other axes of `x`, the other axes of `y`. Sizes that
  /// meet must be equal: the caller has checked. With batch axes it is a product of two
  /// sequences, in which an average by the weights of a softmax makes contexts.
  Tensor *contract(Tensor *x, Tensor *y, llvm::ArrayRef<int64_t> batchX,
                   llvm::ArrayRef<int64_t> batchY, llvm::ArrayRef<int64_t> contractX,
                   llvm::ArrayRef<int64_t> contractY);
  /// NumPy's matmul.
  Tensor *matmul(Tensor *x, Tensor *y);

  struct LstmResults {
    Tensor *sequence = nullptr, *lastH = nullptr, *lastC = nullptr;
  };
  /// Which steps of a recurrent layer count, (batch, steps); null where all do.
  struct StepMask {
    Tensor *steps = nullptr;
    MaskedOutput output = MaskedOutput::state;
  };
  /// `bias`, `initialH` and `initialC` may be null.
  LstmResults lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel, Tensor *bias,
                   Tensor *initialH, Tensor *initialC, const StepMask &mask, Activation activation,
                   Activation recurrentActivation, DtypePolicy policy);
  /// What an activation makes of gates or cells, (batch, units): a tensor of that shape, or
  /// null after a report.
  using Activate = llvm::function_ref<Tensor *(Tensor *x)>;
  /// What recurrent layers that go step by step have besides.
  struct StepOptions {
    StepMask mask;
    /// (batch, units) each: what the state is multiplied by on its way to each gate; empty for
    /// ones.
    std::vector<Tensor *> stateScales;
    /// The sums of the input where gates do not have the same, else null; of an LSTM only.
    Tensor *sums = nullptr;
    /// Whether there is nothing but perhaps a mask, which the ops of whole layers have too.
    bool isOnlyMask() const { return stateScales.empty() && !sums; }
  };
  /// The same step by step, for activations that are not elementwise and for these options. All
  /// null after a report.
  LstmResults lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel, Tensor *bias,
                   Tensor *initialH, Tensor *initialC, const StepOptions &options,
                   Activate activation, Activate recurrentActivation);

  /// As `rondo::RnnInputs`.
  struct RnnInputs {
    Tensor *sums = nullptr, *recurrentKernel = nullptr, *bias = nullptr, *initialH = nullptr;
    RnnCell cell = RnnCell::simple;
    bool resetBefore = false;
    StepOptions options;
    /// Whether the op `rondo.rnn` will do.
    bool isWhole() const { return !resetBefore && options.isOnlyMask(); }
  };
  struct RnnResults {
    Tensor *sequence = nullptr, *lastH = nullptr;
  };
  /// A recurrent layer with one state that is whole.
  RnnResults rnn(const RnnInputs &inputs, Activation activation, Activation recurrentActivation);
  /// The same step by step. All null after a report.
  RnnResults rnn(const RnnInputs &inputs, Activate activation, Activate recurrentActivation);

  /// What a step of a loop makes: the next carries, and a slice of each stacked result.
  struct ScanStep {
    std::vector<Tensor *> carries, stacked;
  };
  /// Builds one step, given the carries before it and its slices of the sequences. Nothing after a
  /// report.
  using ScanBody = llvm::function_ref<std::optional<ScanStep>(const std::vector<Tensor *> &carries,
                                                              const std::vector<Tensor *> &slices)>;
  /// A loop over axis 1 of the sequences, `steps`: the last carries, and stacked slices. The body
  /// may use what is outside. Nothing after a report.
  std::optional<ScanStep> scan(const Axis &steps, const std::vector<Tensor *> &carries,
                               const std::vector<Tensor *> &sequences, ScanBody body);

  /// All axes: 0, 1, ….
  static llvm::SmallVector<int64_t> allAxes(const Tensor *x);

  Session &session;
  const SourceRange place;
  const std::string name;
  const std::string callee;

private:
  using NextOfRunning = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location,
                                                       mlir::Value before, mlir::Value x)>;
  Tensor *running(Tensor *x, double start, NextOfRunning next);
  /// What a masked layer gives, whose sequence has its state at steps that do not count.
  Tensor *maskedOutput(Tensor *sequence, const StepMask &mask);
  mlir::OpBuilder &builder() { return session.builder; }
  mlir::Location loc() { return session.location(place, name); }
  mlir::RankedTensorType type(const Axes &axes, ElementKind element = ElementKind::Float) {
    return session.typeOf(axes, element);
  }
  Tensor *make(mlir::Value value, Axes axes, ElementKind element = ElementKind::Float) {
    // An op takes about as long as so many steps of the interpreter.
    constexpr uint64_t stepsOfOp = 25;
    session.in.step(place, stepsOfOp);
    return session.makeTensor(value, std::move(axes), element, name, place);
  }
  /// The same elements, of whose axes more is known.
  Tensor *withAxes(const Tensor *x, Axes axes) {
    return session.makeTensor(x->value, std::move(axes), x->element, x->origin, x->place);
  }
  /// Broadcasts both to their common shape. False after a report.
  bool broadcastTogether(Tensor *&x, Tensor *&y);
  Tensor *broadcastRight(Tensor *x, const Axes &axes);
  /// The common shape, aligned at the last axis; nothing after a report.
  std::optional<Axes> commonAxes(const Tensor *x, const Tensor *y, size_t skippedAtEnd = 0);
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_GRAPHBUILDER_H
