//===- Graph.h - Symbolic tensors and the graph of operations ---*- C++ -*-===//
//
// What Keras calls a KerasTensor, an Operation and a Node. Evaluation builds
// rondo ops in one scratch block; beside them this graph keeps what Keras knows
// about a model: which layer made which tensor, in what order, under what name.
// A model is then cut out of the scratch block (Emit.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_GRAPH_H
#define RONDO_FRONTEND_KERAS_GRAPH_H

#include "dialect/IR/RondoDialect.h"
#include "frontend/eval/Interpreter.h"
#include <map>

namespace rondo::keras {

using diagnostics::Code;
using diagnostics::SourceRange;
using eval::Arguments;
using eval::BoundArguments;
using eval::Interpreter;
using eval::Native;
using eval::PlacedValue;
using eval::Value;

class FileMetric;
class Layer;
class Model;
class Session;
class Tensor;
struct Node;
struct Operation;

/// What an axis of a tensor runs over: what its size cannot say. Copies are what
/// RepeatVector makes: they serve as time steps and as features.
enum class AxisMeaning { Unknown, Batch, Time, Features, Copies, One };

struct Axis {
  DimExpr size;
  AxisMeaning meaning = AxisMeaning::Unknown;
  /// Whose steps, features or copies they are: an input's or a layer's. Null for others,
  /// and for what has no layer around it yet.
  const Operation *source = nullptr;
  /// In a product of two tensors, the one that the axis comes from: whose steps they are
  /// to the reader of a message, be they all steps of one input.
  const Tensor *operand = nullptr;
  /// The softmax after which the elements along this axis add up to 1.
  SourceRange softmax{};
  /// Whether each position has a weighted average of its own: the context of a query.
  bool hasContexts = false;

  bool is(AxisMeaning which) const { return meaning == which; }
};
using Axes = std::vector<Axis>;

enum class ElementKind { Float, Int, Bool };

/// The shape of a tensor, with what TensorFlow's shapes have besides: `as_list()`, `rank`.
class TensorShape : public eval::Tuple {
public:
  using Tuple::Tuple;
  std::optional<Value> attribute(eval::Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override;
};

/// A symbolic tensor of the file: a value of the scratch block, what its axes
/// mean, and where it comes from.
class Tensor : public eval::Object {
public:
  Tensor(Session &session, mlir::Value value, Axes axes, ElementKind element, std::string origin,
         SourceRange place, unsigned trace)
      : session(session), value(value), axes(std::move(axes)), element(element),
        origin(std::move(origin)), place(place), trace(trace) {}

  std::string typeName() const override { return "Tensor"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  void explainMisuse(diagnostics::Diagnostic &diagnostic, eval::Misuse misuse,
                     llvm::StringRef user) const override;
  bool hasTruth() const override { return false; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  std::optional<Value> subscript(Interpreter &in, Value index, SourceRange place) override;
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override;
  std::optional<Value> unary(Interpreter &in, ast::UnaryOp op, SourceRange place) override;
  std::optional<Value> compare(Interpreter &in, ast::CompareOp op, Value other,
                               SourceRange place) override;
  std::optional<Value> absolute(Interpreter &in, SourceRange place) override;

  /// TensorFlow's `set_shape`: what is said of sizes holds; an error after a report.
  Value setShape(Interpreter &in, const eval::BoundArguments::Slot &given);

  size_t rank() const { return axes.size(); }
  /// "(B, 10, 64)".
  std::string shape() const;
  /// "(batch, 10 time steps of 'input', 64 features of 'lstm')".
  std::string shapeInWords() const;
  /// The size of an axis as far as it is known.
  DimExpr size(size_t axis) const;
  /// The operation that made it, also where it is the argument of a function inside a
  /// layer; null for what is made inside.
  const Operation *maker() const;
  /// Itself, or what it stands for inside a layer's function.
  const Tensor *outermost() const;

  Session &session;
  const mlir::Value value;
  const Axes axes;
  const ElementKind element;
  /// The name of the layer or operation that made it: "lstm", for messages.
  const std::string origin;
  /// The call that made it.
  const SourceRange place;
  /// The Lambda that is being traced when the tensor is made, or 0.
  const unsigned trace;
  /// Who made it; null inside a Lambda.
  Node *node = nullptr;
  unsigned outputIndex = 0;
  /// Of an argument of a function inside a layer: the tensor that the layer is given.
  const Tensor *outside = nullptr;
  /// Keras' mask: which steps count, (batch, steps) of bools; null where all do. In the graph that
  /// the file makes, and when the model runs: a MultiHeadAttention takes the latter away.
  Tensor *mask = nullptr, *runMask = nullptr;
  /// What one has taken, in the order in which layers are called.
  const Tensor *takenMask = nullptr;
  void takeMask() {
    if (runMask)
      takenMask = std::exchange(runMask, nullptr);
  }
};

/// A variable of a layer. `value` is an argument of the scratch block.
class Regularizer;

struct Variable {
  const Operation *owner;
  std::string path;
  /// Within its layer: "lstm_cell/kernel".
  std::string ownPath;
  std::vector<int64_t> shape;
  mlir::DictionaryAttr initializer;
  bool trainable = true;
  mlir::Value value;
  /// What training adds to the loss for it, or null.
  const Regularizer *regularizer = nullptr;
  /// What its constraint makes of it where the optimizer has updated it; null without one.
  mlir::Value constrained;
  /// Counted from the data, as moving averages are: never trainable.
  bool isStatistic = false;
};

/// A call of a layer with `stateful=True`: it starts from what variables hold, and leaves others in
/// them. Another call, in this model or a later run, goes on from there.
struct StateUse {
  std::vector<const Variable *> variables;
  /// Arguments of the scratch block for what these hold before; empty where the call is given what
  /// it starts from.
  llvm::SmallVector<mlir::Value> before;
  llvm::SmallVector<mlir::Value> after;
};

/// What calls of layers do besides giving results.
struct Effects {
  /// What they add to the loss of a model, scalars.
  std::vector<Tensor *> losses;
  std::vector<const StateUse *> states;
  /// Gives the warnings of what depends on the order in which a model runs its layers.
  std::vector<std::function<void()>> warnings;

  void append(const Effects &more);
};

/// What a training step makes of a variable: `momentum` of it and the rest of `value`, which is
/// of the batch.
struct MovingAverage {
  const Variable *variable;
  mlir::Value value;
  double momentum;
};

/// A value of the scratch block that is one thing where a model is used and another where it is
/// trained.
struct PhasedValue {
  mlir::Value inference, training;
  /// What else training then does.
  std::vector<MovingAverage> averages;
  /// A layer whose training phase counts only while it is trainable, or null.
  const Operation *onlyTrainable = nullptr;
  /// Whether the call said `training=True`: then it is `training` where the model is used, too.
  bool alsoInUse = false;
};

/// Keras' dtype policies, as far as there are any here: what predictions read weights as.
enum class DtypePolicy { Float32, MixedBfloat16 };

/// A layer, or an operation such as `x + y` that Keras gives a name as well.
struct Operation {
  std::string name;
  /// "LSTM", "Add".
  std::string className;
  /// The path of what it is a part of, from the first time that it is called or built.
  std::optional<std::string> parentPath;
  bool isInput = false;
  /// A layer (or input) rather than an operator: it is in `model.layers`.
  bool isLayer = false;
  std::vector<Variable *> variables;
  /// The layer as the file sees it; null for operators, and for inputs until it asks.
  eval::Object *object = nullptr;
  bool trainable = true;
  DtypePolicy policy = DtypePolicy::Float32;
  /// In the order in which it was called, in this model and in others.
  std::vector<Node *> uses;
  /// What it gave when it was last called inside a layer of the file, where calls are no uses.
  std::vector<Tensor *> innerOutputs;
  /// Whether a call of it has ended in a mistake, which has been reported.
  bool hasFailed = false;
  SourceRange place;
  /// Counts operations and models in the order in which the file makes them.
  unsigned serial = 0;

  /// Follows what sets `trainable`, where that concerns more than the variables.
  std::function<void(bool)> onTrainable;

  /// `layer.trainable = value`.
  void setTrainable(bool value);
};

/// The attributes that every layer has: `name`, `trainable` and its dtypes.
std::optional<Value> layerAttribute(Interpreter &in, const Operation &operation,
                                    llvm::StringRef name);
bool setLayerAttribute(Interpreter &in, Operation &operation, llvm::StringRef name, Value value,
                       SourceRange place);
inline std::vector<std::string> layerAttributeNames() {
  return {"compute_dtype", "dtype", "dtype_policy", "name", "trainable", "variable_dtype"};
}

/// One use of an operation.
struct Node {
  Operation *operation;
  std::vector<Tensor *> inputs;
  std::vector<Tensor *> outputs;
  SourceRange place;
  Effects effects = {};
  /// Of a layer or model: what it was called with.
  std::optional<Arguments> arguments = std::nullopt;
  /// Whether masks that the graph knows are among its inputs, as arguments of the call.
  bool hasMasks = false;
};

/// Everything that belongs to one evaluation: the scratch block, the automatic
/// names, the symbols of dynamic dimensions.
class Session {
public:
  Session(mlir::MLIRContext &context, Interpreter &interpreter);

  /// Keras' automatic name of a class: "lstm", then "lstm_1".
  std::string automaticName(llvm::StringRef className);
  /// `keras.backend.clear_session()`
  void clear() {
    nameCounts.clear();
    policy = DtypePolicy::Float32;
  }
  /// Gives what takes back the automatic names that are given from now on.
  std::function<void()> namesSoFar() {
    return [this, counts = nameCounts] { nameCounts = counts; };
  }
  unsigned nextSerial() { return ++serialCount; }

  /// What the next layer takes for its operation in place of a new one: a class of the file
  /// derives from it.
  Operation *adopted = nullptr;
  /// A new operation; an empty `name` asks for an automatic one.
  Operation *makeOperation(llvm::StringRef className, std::string name, SourceRange place);
  /// The same for what gets its name later.
  Operation *makeUnnamed(llvm::StringRef className, SourceRange place);
  /// Records a use of an operation and marks the outputs as its results.
  Node *makeNode(Operation *operation, std::vector<Tensor *> inputs, std::vector<Tensor *> outputs,
                 SourceRange place);
  /// `ownPath` is within its owner: "lstm_cell/kernel". A scope with the owner's name
  /// may be around already.
  Variable *makeVariable(Operation &owner, llvm::StringRef ownPath, llvm::ArrayRef<int64_t> shape,
                         mlir::DictionaryAttr initializer, SourceRange place);
  /// A variable, zeros at first, that is none of its owner's weights.
  Variable *makeState(Operation &owner, llvm::StringRef ownPath, llvm::ArrayRef<int64_t> shape,
                      SourceRange place);
  /// All uses, in the order in which the file makes them.
  const std::vector<std::unique_ptr<Node>> &allNodes() const { return nodes; }
  /// Keeps it for as long as the session.
  const StateUse *keep(StateUse use);

  Tensor *makeTensor(mlir::Value value, Axes axes, ElementKind element, llvm::StringRef origin,
                     SourceRange place);
  /// The result of an operation, or of a function inside a layer (then `maker` is null):
  /// a tensor of its own, even where the operation changed nothing. Steps and features
  /// that come from nowhere else are the operation's.
  Tensor *makeResult(const Tensor *computed, const Operation *maker, llvm::StringRef origin,
                     SourceRange place);
  /// A tensor that comes from nowhere in the graph: an input, a target, or the
  /// assumed result of something that has been reported.
  Tensor *makeSource(Axes axes, ElementKind element, llvm::StringRef origin, SourceRange place);

  /// The argument of a function inside a layer that stands for a tensor outside.
  Tensor *makeInside(const Tensor *outside);

  /// An argument of the scratch block that stands for a value of either phase. Entries have one
  /// or the other.
  mlir::Value makePhased(PhasedValue value);
  /// What a number that floats do not tell from its neighbours was added to, and that: another
  /// takes it away again.
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, int64_t>> shifted;
  /// The values that makePhased made.
  llvm::DenseMap<mlir::Value, PhasedValue> phasedValues;
  /// What random numbers are drawn from, an argument of the scratch block.
  mlir::Value randomKey();

  mlir::RankedTensorType typeOf(const Axes &axes, ElementKind element);
  mlir::Location location(SourceRange place, llvm::StringRef name = "");

  //===--------------------------------------------------------------------===//
  // Sizes
  //===--------------------------------------------------------------------===//

  static constexpr llvm::StringLiteral batchSymbol = "B";
  /// A symbol for a `None` in an input's shape: "T", then "T_1".
  DimExpr makeSymbol();
  /// The size after what has been learnt about its symbols.
  DimExpr resolve(const DimExpr &size) const { return size.substitute(replacements); }
  /// Whether two sizes are equal at run time. Two `None` that have to be equal
  /// become one symbol, and a `None` that meets a number becomes that number:
  /// Keras accepts both and compares when the model runs.
  bool unify(const DimExpr &a, const DimExpr &b);
  /// Whether a tensor has these sizes at run time.
  bool unify(const Tensor &tensor, llvm::ArrayRef<Axis> axes);

  /// While alive, the paths of new variables go through what has this name, as in Keras'
  /// name_scope. `parentPath` is where that belongs: here, the first time that it `opens`.
  class NameScope {
  public:
    NameScope(Session &session, const void *owner, llvm::StringRef name,
              std::optional<std::string> &parentPath, bool opens = true);
    NameScope(Session &session, Operation &operation, bool opens = true)
        : NameScope(session, &operation, operation.name, operation.parentPath, opens) {}
    ~NameScope();

  private:
    Session &session;
    const void *outerOwner;
    std::string outerPath;
  };

  //===--------------------------------------------------------------------===//
  // Functions inside layers
  //===--------------------------------------------------------------------===//

  /// The function of a Lambda, or the activation, that is being traced, or 0.
  /// Operations inside have no names of their own: they belong to the layer.
  unsigned currentTrace() const { return trace; }
  const std::string &traceName() const { return tracedLayer; }
  /// "the Lambda 'pool'": what is traced, for messages.
  const std::string &traceDescription() const { return tracedFunction; }
  /// How the file calls the function of this place: "`K.sum`"; an activation that is
  /// being traced is "`activation='softmax'`". `otherwise` where it does not call it.
  std::string wordsOf(SourceRange callee, std::string otherwise) const;
  /// Whether a tensor belongs to what is traced; false after a report.
  bool checkTrace(const Tensor *tensor, SourceRange place);
  /// The trace of weights: they belong everywhere in their layer.
  static constexpr unsigned everywhere = ~0u;
  /// The trace of what metrics of the file count: it belongs in their methods.
  static constexpr unsigned inMetrics = everywhere - 1;
  /// Whether the `call` of a layer of the file is traced, where layers have a place.
  bool tracesLayer() const { return trace != 0 && layersMayBeCalled; }
  /// What the outermost of those uses: it has to own it.
  struct Use {
    const Operation *operation; ///< null for a weight
    mlir::Value weight;
    std::string name;
    SourceRange place;
  };
  std::vector<Use> uses;
  /// Of the layers that are being called: their use will have them.
  Effects effects;
  /// What is part of a loss of `add_loss`, where numbers of all samples may meet.
  llvm::DenseSet<mlir::Value> partsOfLosses;
  /// Softmaxes whose results are also summed over the steps: how much each class has got
  /// of them, as where features are shared out among clusters.
  std::vector<SourceRange> countedSoftmaxes;
  /// The model that was compiled last, or null.
  Model *compiledModel = nullptr;
  /// What `model.save` was called on, by paths.
  llvm::StringMap<Value> savedModels;
  /// Of layers that are made without one of their own.
  DtypePolicy policy = DtypePolicy::Float32;
  /// Whether a loss or metric of the file is traced, where sums over the batch are meant.
  bool tracesMeasure = false;
  /// The model whose losses and metrics are being built, which may use its weights; or null.
  const Model *measuredModel = nullptr;
  /// The metric of the file that is being traced, or null.
  FileMetric *tracedMetric = nullptr;
  /// Inside TimeDistributed, where the steps of all samples are one batch.
  struct DistributedSteps {
    DimExpr samples, steps;
  };
  std::optional<DistributedSteps> distributedSteps;
  /// Of layers of the file that are being called, from the outside in: the `training` that counts.
  std::vector<Value> trainingArguments;
  /// Classes of the file with a mistake in `call`, which has been reported.
  llvm::DenseSet<const eval::Object *> brokenClasses;
  /// Classes and functions that the file has registered, by which Keras makes objects again.
  llvm::DenseSet<const eval::Object *> registered;

  /// What can only be checked when the file has been evaluated.
  std::vector<std::function<void()>> atEnd;

  /// While it lives, things are tried out. Nothing is left of that: no reports, no sizes that
  /// turned out to be equal, nothing printed.
  class Trial {
  public:
    explicit Trial(Session &session)
        : session(session), before(session.in), printed(session.in.printed),
          replacements(session.replacements), symbolCount(session.symbolCount) {}
    ~Trial() {
      session.symbolCount = symbolCount;
      before.goBack();
      session.in.printed = std::move(printed);
      session.replacements = std::move(replacements);
    }
    Trial(const Trial &) = delete;

    /// Whether `body` raised nothing and reported no mistake.
    bool succeeds(llvm::function_ref<void()> body) {
      const size_t errors = session.in.engine.errorCount();
      return !session.in.attempt("Exception", body) && session.in.engine.errorCount() == errors;
    }

  private:
    Session &session;
    Interpreter::Checkpoint before;
    std::string printed;
    std::map<std::string, DimExpr> replacements;
    const unsigned symbolCount;
  };

  class Trace {
  public:
    /// `words` is how the file names the function at `place`; empty for a function that
    /// is called as others are.
    Trace(Session &session, llvm::StringRef layerName, llvm::StringRef what, SourceRange place,
          std::string words, bool layersMayBeCalled = false)
        : Trace(session) {
      session.tracedPlace = place;
      session.tracedWords = std::move(words);
      session.layersMayBeCalled = layersMayBeCalled;
      session.trace = ++session.traceCount;
      const bool isInLayer = outerTrace != 0 && outerMayCall;
      session.traceRoots.push_back(isInLayer           ? session.traceRoots[outerTrace]
                                   : layersMayBeCalled ? session.trace
                                                       : 0);
      // What is inside another function belongs to the layer around it.
      if (outerTrace == 0)
        session.tracedLayer = layerName.str();
      session.tracedFunction = fmt::format("{} '{}'", what, layerName);
    }
    /// Traces nothing: what is built meanwhile is a graph of its own.
    explicit Trace(Session &session)
        : session(session), outerTrace(session.trace), outerMayCall(session.layersMayBeCalled),
          outerName(session.tracedLayer), outerFunction(session.tracedFunction),
          outerPlace(session.tracedPlace), outerWords(session.tracedWords) {
      session.trace = 0;
      session.layersMayBeCalled = false;
      session.tracedPlace = {};
      session.tracedWords.clear();
    }
    ~Trace() {
      session.trace = outerTrace;
      session.layersMayBeCalled = outerMayCall;
      session.tracedLayer = outerName;
      session.tracedFunction = outerFunction;
      session.tracedPlace = outerPlace;
      session.tracedWords = outerWords;
    }

  private:
    Session &session;
    unsigned outerTrace;
    bool outerMayCall;
    std::string outerName, outerFunction;
    SourceRange outerPlace;
    std::string outerWords;
  };

  mlir::MLIRContext &context;
  Interpreter &in;
  /// The modules keras.activations and keras.ops.
  eval::Module *activations = nullptr, *ops = nullptr;
  /// Functions of keras.ops by their other spellings, such as tf.tanh.
  llvm::DenseMap<const eval::Object *, eval::Object *> spellings;
  /// Where ops are built; its arguments are inputs, variables and targets.
  mlir::Block scratch;
  mlir::OpBuilder builder;

private:
  Variable *addVariable(Operation &owner, llvm::StringRef ownPath, llvm::ArrayRef<int64_t> shape,
                        mlir::DictionaryAttr initializer, SourceRange place);

  llvm::StringMap<unsigned> nameCounts;
  std::map<std::string, DimExpr> replacements;
  unsigned symbolCount = 0;
  unsigned serialCount = 0;
  mlir::Value randomKeyArgument;
  unsigned trace = 0;
  unsigned traceCount = 0;
  /// Of each trace, the outermost call of a layer of the file that it is a part of; 0 for none.
  std::vector<unsigned> traceRoots{0};
  bool layersMayBeCalled = false;
  std::string path; // the current name scope
  const void *pathOwner = nullptr;
  std::string tracedLayer, tracedFunction;
  SourceRange tracedPlace;
  std::string tracedWords;
  std::vector<std::unique_ptr<Operation>> operations;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::unique_ptr<Variable>> variables;
  std::vector<std::unique_ptr<StateUse>> stateUses;
};

/// "LSTM" -> "lstm", "RepeatVector" -> "repeat_vector", as Keras does.
std::string snakeCase(llvm::StringRef className);

/// "time steps", "features": what an axis is, in a message.
llvm::StringRef describe(AxisMeaning meaning);

/// "the features of 'query' (64)": an axis of a tensor in a message.
std::string axisName(const Tensor *x, size_t axis);

/// An axis of the same elements after arithmetic: no longer shares of 1.
Axis afterArithmetic(Axis axis);
Axes afterArithmetic(Axes axes);

/// `size` positions of an axis.
Axis partOf(const Tensor *x, size_t axis, const DimExpr &size);

/// An axis of a result where two of one size meet: what is known of either.
Axis mergedAxis(const Axis &a, const Axis &b);

/// Axis `axis` of a tensor of this rank, negative ones from the end, or nothing
/// after the mistake has been reported.
std::optional<int64_t> checkAxis(Session &session, int64_t axis, size_t rank,
                                 llvm::StringRef callee, SourceRange place);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_GRAPH_H
