//===- Layer.h - Layers and how they are configured -------------*- C++ -*-===//
//
// A layer of the catalogue is a class with its Keras name, its parameters as
// Keras writes them, a constructor that reads them from a Config, and `apply`,
// which builds the ops. Names, argument checks, input checks, nodes and weights
// are the base class's business. docs/adding-a-layer.md walks through one.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_LAYER_H
#define RONDO_FRONTEND_KERAS_LAYER_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

/// A constructor's arguments, read one by one. What is never read must have its
/// default value: anything else is reported as not supported yet, so that no
/// option is ignored in silence. A reader that meets a bad value reports it and
/// returns something harmless; `isBroken` tells.
class Config {
public:
  Config(Session &session, BoundArguments &arguments);

  const BoundArguments::Slot &get(llvm::StringRef parameter);
  int64_t positiveInteger(llvm::StringRef parameter);
  int64_t integer(llvm::StringRef parameter);
  bool boolean(llvm::StringRef parameter);
  /// `data_format`: whether it is "channels_first".
  bool isChannelsFirst(llvm::StringRef parameter);
  /// A number that is not negative.
  double positiveNumber(llvm::StringRef parameter);
  /// An activation as a function; None for "linear".
  BoundArguments::Slot activation(llvm::StringRef parameter);
  mlir::DictionaryAttr initializer(llvm::StringRef parameter);
  /// Sizes such as `(3, None)`; None is -1.
  std::optional<std::vector<int64_t>> integers(llvm::StringRef parameter);
  /// Reads parameters that change nothing in compiled code.
  void ignore(std::initializer_list<llvm::StringRef> parameters);

  /// Reports what was given and never read.
  void finish();

  /// "`units` of `Dense` is a positive integer, got 2.5".
  diagnostics::Diagnostic &reject(const BoundArguments::Slot &slot, llvm::StringRef parameter,
                                  llvm::StringRef expected);

  Session &session;
  BoundArguments &arguments;
  bool isBroken = false;

private:
  std::vector<bool> wasRead;
};

/// A layer applied to tensors.
struct LayerCall {
  GraphBuilder &graph;
  /// The tensors of the first argument, and whether it was a list.
  std::vector<Tensor *> inputs;
  bool isList = false;
  /// The other arguments of the call.
  BoundArguments &arguments;
  SourceRange place;
  /// What `training=` of the call, or of a call around it, says: nothing where it is left open.
  std::optional<bool> training = std::nullopt;
  /// What a layer that takes a mask is handed: one for each input, null where there is none.
  std::vector<Tensor *> masks = {};

  /// The mask of the only input.
  Tensor *mask() const { return masks.empty() ? nullptr : masks.front(); }
};

class Constraint;
class MaskCall;

/// The base of all layers: a callable object of the file.
class Layer : public eval::Object {
public:
  /// How many tensors a layer takes.
  enum class Arity { One, List, Any };

  Layer(Config &config, llvm::StringRef className);

  std::string typeName() const override { return operation->className; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override { return "the layer '" + operation->name + "'"; }
  bool isCallable() const override { return true; }
  eval::Object *typeObject(Interpreter &in) const override;
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

  /// The parameters of a call, as Keras writes them.
  virtual const char *callParameters() const { return "inputs, training=None, mask=None"; }
  /// Adds to a call that is made for its shapes what it needs besides the inputs.
  virtual void addStates(Arguments &call) {}
  virtual Arity arity() const { return Arity::One; }
  /// Whether it is a function of its input only: then functions inside other layers
  /// may call it.
  virtual bool isFunction() const { return false; }
  /// Whether it goes along the time steps of its input, (batch, time steps, features).
  virtual bool goesAlongSteps() const { return false; }
  /// Whether Keras' `call` has a parameter `mask`.
  virtual bool takesMask() const { return false; }
  /// Keras' `supports_masking`: otherwise a mask ends here, with a warning.
  virtual bool supportsMasking() const { return false; }
  /// Keras' `compute_mask`: the masks of the results, given those of the inputs; null for none,
  /// and results behind the last one have none. By default the masks go on as they are. Only
  /// layers that support masking are asked.
  virtual std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &masks) {
    return masks;
  }
  /// What helps when the input has the wrong number of axes, or null.
  virtual const char *rankHelp() const { return nullptr; }
  /// The same for the tensor that it is given.
  virtual void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const;
  /// Builds the ops. Empty after a report.
  virtual std::vector<Tensor *> apply(LayerCall &call) = 0;
  /// What the file gets for the results, as Keras structures them: by default a tuple of several.
  virtual Value structure(const LayerCall &call, const std::vector<Tensor *> &outputs) const;

  /// In the order of Keras' layer.weights.
  virtual std::vector<Variable *> weights() const { return operation->variables; }
  /// Where weight files keep them, below the layer's own place: "vars/0".
  virtual std::vector<std::pair<const Variable *, std::string>> storedPaths() const;

  /// Layers and models that it consists of, where the file says so.
  virtual std::vector<Value> ownLayers() const { return {}; }

  Session &session;
  Operation *const operation;
  /// What the constructor was given or has as defaults, by parameter.
  using Settings = std::vector<std::pair<std::string, Value>>;
  Settings settings;
  /// By what their parameters start with: "kernel" of `kernel_regularizer`.
  std::vector<std::pair<std::string, const Regularizer *>> regularizers;
  std::vector<std::pair<std::string, const Constraint *>> constraints;
  /// Of its results, or null.
  const Regularizer *activityRegularizer = nullptr;
  /// Makes the input that `input_shape=` asks for; only Sequential models do. Null after a report.
  std::function<Tensor *()> declaredInput;
  /// Makes the input of a Sequential that begins with the layer and is never given a shape; null
  /// where that takes more than the layer knows.
  std::function<Tensor *()> likelyInput;
  /// The layer that is its `activation`, or null. The weights of that are behind its own.
  Layer *activationLayer = nullptr;
  /// While `super().call(x)` of a class of the file, or `TimeDistributed`, calls it: what Keras
  /// does around `call`, the handing over of masks among it, is done elsewhere or not at all.
  bool isBareCall = false;

protected:
  /// A layer of the file, which gets its name when it is initialized.
  Layer(Session &session, llvm::StringRef className, SourceRange place);

  /// A variable that the first call makes and later calls share. `option` is what the parameters
  /// that are about it start with, where that is not its name, the last part of `path`. Null after
  /// it was reported that a shared layer would need another shape.
  Tensor *variable(LayerCall &call, llvm::StringRef path, llvm::ArrayRef<int64_t> shape,
                   mlir::DictionaryAttr initializer, llvm::StringRef option = "");
  /// Calls a function of the file on tensors of its own, as a part of this layer;
  /// `what` is how messages call it: "the Lambda". `ownsLayers` says that layers may be called.
  Value traceFunction(LayerCall &call, llvm::StringRef what, const BoundArguments::Slot &function,
                      llvm::ArrayRef<Tensor *> inputs, bool isList,
                      std::vector<eval::KeywordArgument> keywords = {}, std::string words = "",
                      bool ownsLayers = false);
  /// How messages call what an activation computes: "`activation='tanh'`".
  virtual std::string activationInWords(const BoundArguments::Slot &activation) const;
  /// The activation applied to `x`; one that is a layer is a part of this one if it may be. Null
  /// after a report.
  Tensor *activate(LayerCall &call, const BoundArguments::Slot &activation, Tensor *x,
                   bool mayBeLayer = true);
  /// The variable of a path that the layer has made, or null.
  Variable *findVariable(llvm::StringRef path) const;
  /// `x` where the model is used, and what `change` makes of it while it is trained; one of them
  /// always where the call says so. Null after a report.
  Tensor *whileTraining(LayerCall &call, Tensor *x, llvm::function_ref<Tensor *(Tensor *x)> change);
  /// Adds what `regularizer`, which may be null, makes of results to the loss.
  static void addActivityLosses(GraphBuilder &graph, const Regularizer *regularizer,
                                llvm::ArrayRef<Tensor *> results);
  /// Reports a tensor of a rank that the layer does not take.
  bool checkRank(LayerCall &call, const Tensor *x, size_t least, size_t most);
  /// The size of an axis that has to be a number; nothing after a report.
  std::optional<int64_t> staticSize(LayerCall &call, const Tensor *x, size_t axis);

private:
  friend class RecurrentCell; // the part of a layer that has its weights
  void adoptActivation(Layer *layer);
  bool collectInputs(Interpreter &in, Value value, SourceRange place, LayerCall &call);
};

/// A layer that goes along time steps.
class SequenceLayer : public Layer {
public:
  bool goesAlongSteps() const override { return true; }
  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override;

protected:
  using Layer::Layer;
};

/// The `name` argument of a layer, checked; empty for an automatic name.
std::string readLayerName(Config &config);

/// What is known of `training` while the `call` of a layer is traced: nothing, since it is traced
/// once for training and for use, unless it asks.
class TrainingPhase : public eval::Object {
public:
  std::string typeName() const override {
    wasMet = true;
    return "bool";
  }
  std::string repr(unsigned) const override {
    wasMet = true;
    return "`training`";
  }
  bool hasTruth() const override { return false; }
  bool isUndecided() const override { return true; }
  const char *truthHelp() const override {
    wasMet = true;
    return "a condition on `training` belongs into the `call` of a layer of the file";
  }

  /// Whether it may be what a mistake is about.
  mutable bool wasMet = false;
};

/// `inference` where the model is used, `training` where it is trained: tensors, or the same
/// structure of them. `what` made both, for messages.
Value valueByPhase(Session &session, Value inference, Value training, SourceRange place,
                   const std::string &what);

/// What `training` of a call says, where that leaves it open what the calls around it say. As in
/// Keras it then counts for what the layer around calls next, too, where it `passesOn`.
std::optional<bool> readTraining(Session &session, Value training, bool passesOn = true);

/// The tensors in a value: a tensor, or a list, tuple or dict of them in Keras'
/// order. What is no tensor is reported as such; nothing is returned then, nor
/// when an error is among them.
std::optional<std::vector<Tensor *>> flattenTensors(Session &session, Value value,
                                                    SourceRange place, llvm::StringRef callee);

/// A value whose tensors are replaced by what `change` makes of them.
Value mapTensors(Interpreter &in, Value value, llvm::function_ref<Tensor *(Tensor *)> change);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_LAYER_H
