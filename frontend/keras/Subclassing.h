//===- Subclassing.h - Layers and models that the file defines --*- C++ -*-===//
//
// `class X(keras.layers.Layer)` and `class X(keras.Model)`: the base classes that
// the file derives from, and the objects of such classes. Their `call` is traced
// into the graph; weights and sublayers keep Keras' names, paths and order.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SUBCLASSING_H
#define RONDO_FRONTEND_KERAS_SUBCLASSING_H

#include "frontend/eval/Class.h"
#include "frontend/keras/Model.h"

namespace rondo::keras {

class FileModel;

/// An object of a class of the file that derives from keras.layers.Layer.
class FileLayer : public eval::InstanceOf<Layer> {
public:
  /// Whether its `call` is being traced.
  bool isCalled() const { return activeCalls > 0; }
  FileLayer(eval::Class &type, Session &session, SourceRange place);

  std::string repr(unsigned depth) const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override;
  // `call` of the file takes its place.
  std::vector<Tensor *> apply(LayerCall &) override { return {}; }
  bool takesMask() const override;
  /// Whether the file's class, or one that it derives from, has this.
  bool defines(llvm::StringRef name) const { return type.find(name); }

  void madeWith(const Arguments &arguments) override { given = arguments; }
  /// Another one as Keras makes it from what `get_config` says; an error after a report. `maker` is
  /// what asks for it.
  Value again(llvm::StringRef maker, SourceRange place);

  virtual void setTrainable(bool value);
  std::vector<Value> ownLayers() const override { return sublayers; }
  std::vector<Variable *> weights() const override;
  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override;

  /// Runs `build` of the file on a shape unless it has run. False after a report.
  bool buildOnce(Value shape, SourceRange place);

  /// What the base class in Keras has under a name, bound to this object.
  virtual std::optional<Value> member(Interpreter &in, llvm::StringRef name);

protected:
  /// Whether its tensors are those of its calls; a model has those that it was made of.
  virtual bool hasTensorsOfCalls() const { return true; }
  /// What `build` of the base class makes for this input; false after a report.
  virtual bool buildBase(Value shape, SourceRange place) { return true; }
  /// Weights in Keras' order, each once.
  struct Collected {
    std::vector<Variable *> variables;
    llvm::DenseSet<const Variable *> seen;
    llvm::DenseSet<const Layer *> layers;
  };
  virtual void collectWeights(Collected &collected, unsigned depth) const;
  /// `super().__init__(name=…)`.
  Value initialize(BoundArguments &arguments);
  /// Whether `super().__init__` was called; false after a report.
  bool checkInitialized(SourceRange place);
  /// `call` of the file, without its object, or null after a report.
  const eval::Function *callFunction(SourceRange place);
  /// Calls the `build` of the file, if there is one.
  bool build(Arguments &arguments);
  Value method(const char *name, const char *parameters, Native::Body body);
  /// Takes a layer for one of its own that is no attribute of the file's.
  void addSublayer(Value layer);
  /// Whether its `get_config` is not that of `Layer`.
  virtual bool hasOwnConfig() const { return defines("get_config"); }
  /// The attributes by name, as weight files see them.
  virtual std::vector<std::pair<std::string, Value>> storedAttributes() const;
  /// After the first trace: what it needed is this layer's.
  virtual void connect(const std::vector<Tensor *> &inputs, Value result,
                       const std::vector<Tensor *> &outputs) {}

  bool isInitialized = false;
  bool isBuilt = false;
  /// Whether a call ended before `call` of the file did, after a mistake.
  bool hasSkippedCall = false;
  std::vector<Variable *> trainableWeights, otherWeights;

private:
  struct Call;
  /// Layers may own each other in a circle, and deeper than the stack is.
  static constexpr unsigned maxNesting = 100;
  /// Checks the arguments of a call. False after a report.
  bool readArguments(Arguments arguments, Call &call);
  /// The tensors in a value, all of which belong to what is traced; false after a report.
  bool collectTensors(Value value, SourceRange place, std::vector<Tensor *> &tensors,
                      unsigned depth = 0);
  /// Adds the masks that `call` of the file is handed to its arguments.
  void handMasks(const BoundArguments &bound, Call &call);
  /// Gives the results the masks of `compute_mask`, or those of the inputs.
  void passMasks(const Call &call, const std::vector<Tensor *> &outputs);
  bool buildFor(const Call &call);
  Value trace(Call &call);
  /// The same for one answer to what `training` is.
  Value traceOnce(Call &call, Value training);
  /// The same for use and for training, where `call` asks which it is.
  Value traceBoth(Call &call, SourceRange place);
  bool checkUses();
  /// What `get_config` of `Layer` says: what the class was called with. An error after a report.
  Value automaticConfig(llvm::StringRef maker, SourceRange place);
  Value addWeight(BoundArguments &arguments);
  Value addLoss(const BoundArguments::Slot &slot);

  /// Remembers the layers in an attribute, also those of lists.
  void track(Value value, SourceRange place);
  void collectLayers(Value value, std::vector<Value> &found, unsigned depth) const;
  void findLayers(SourceRange place);

  /// What its class was called with.
  Arguments given;
  /// Layers and models, in the order in which they became attributes.
  std::vector<Value> sublayers;
  /// Lists, tuples and dicts that layers may be added to.
  std::vector<Value> containers;
  unsigned activeCalls = 0;
  /// Whether a walk over sublayers is here already.
  mutable bool isVisited = false;

  friend class FileModel;
};

/// An object of a class of the file that derives from keras.Model.
class FileModel : public FileLayer {
public:
  using FileLayer::FileLayer;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  bool isChangedBy(llvm::StringRef method) const override {
    return method == "compile" || method == "build" || method == "__setattr__";
  }
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> member(Interpreter &in, llvm::StringRef name) override;
  void setTrainable(bool value) override;

  /// From inputs to outputs; null before it was called on an Input or built.
  Model *graph = nullptr;

protected:
  bool hasTensorsOfCalls() const override { return false; }
  void connect(const std::vector<Tensor *> &inputs, Value result,
               const std::vector<Tensor *> &outputs) override;
  std::vector<std::pair<std::string, Value>> storedAttributes() const override;
  void collectWeights(Collected &collected, unsigned depth) const override;

private:
  Value initializeModel(BoundArguments &arguments);
  /// Inputs for samples as the arrays hold, which may be in lists.
  Value inputsLike(Value value, SourceRange place);
  Value buildModel(BoundArguments &arguments);
  Value compile(BoundArguments &arguments);

  std::function<void()> pendingCompile;
  /// As that of its graph.
  std::string ownTraining;
  bool isFunctional = false;
  /// Whether a call of it has ended in a mistake, which says why there is no graph.
  bool hasFailed = false;
};

/// What the class of layers or models in Keras has under a name: `from_config`.
/// `keras.Variable` and `K.variable`: a weight of the layer of the file whose `__init__` or `build`
/// makes it. Elsewhere an array or a number stays what it is; an error after a report.
Value makeLayerVariable(Session &session, BoundArguments &arguments);

std::optional<Value> layerClassMember(Interpreter &in, eval::Class &type, llvm::StringRef name);

/// The model that a value of the file is: of keras.Model(inputs, outputs), or a model of a
/// class of the file once it is connected; null for other values.
Model *asModel(Value value);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SUBCLASSING_H
