//===- Model.h - Models: a graph from inputs to outputs ---------*- C++ -*-===//
//
// What keras.Model(inputs, outputs) makes: the operations between inputs and
// outputs in Keras' order, checked, and what compile(...) and fit(...) asked for.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_MODEL_H
#define RONDO_FRONTEND_KERAS_MODEL_H

#include "frontend/Frontend.h"
#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

/// A metric as the sums over batches that make it.
struct CompiledMetric {
  std::string name;
  /// A sum and a count, or one vector of sums that `rule` makes a number of.
  std::vector<Tensor *> sums;
  /// How, as `rondo.metric` has it; null for a sum and a count.
  mlir::DictionaryAttr rule = nullptr;
};

class Optimizer;

/// What model.compile(...) builds beside the graph: the loss as a function of the
/// outputs, targets and sample weights, in the same scratch block.
struct Training {
  struct Output {
    std::string name;
    Tensor *target, *sampleWeight;
  };
  std::vector<Output> outputs;
  Tensor *loss = nullptr;
  std::vector<CompiledMetric> metrics;
  Optimizer *optimizer = nullptr;
};

/// What a file has of a layer of a model: the layer itself, or that of an input.
Value layerObject(Interpreter &in, Operation &operation);
/// The tensor of an InputLayer, or null.
Tensor *inputOf(Value value);

class Model : public eval::Object {
public:
  Model(Session &session, std::string name, SourceRange place)
      : session(session), name(std::move(name)), place(place), serial(session.nextSerial()),
        policy(session.policy) {}

  std::string typeName() const override { return "Model"; }
  /// Whether it is a list of layers.
  virtual bool isSequential() const { return false; }
  std::string repr(unsigned depth) const override { return "<Model '" + name + "'>"; }
  std::string inWords() const override { return "the model '" + name + "'"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  bool isChangedBy(llvm::StringRef method) const override;
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override;

  struct Output {
    std::string name;
    /// In the graph that the file makes.
    Tensor *tensor;
    /// What it is when the model runs: the same, or what layers give that are called again.
    Tensor *run = nullptr;
  };

  Session &session;
  std::string name;
  const SourceRange place;
  const unsigned serial;
  const DtypePolicy policy; ///< its layers have their own
  std::vector<Tensor *> inputs;
  std::vector<Output> outputs;
  /// The keys of a dict of inputs, in the order of `inputs`; empty where it was none.
  std::vector<std::string> inputKeys;
  /// Whether the file gave the outputs as a dict.
  bool isOutputDict = false;
  /// Deepest first, as Keras' model.layers; operators are among them.
  std::vector<Operation *> operations;
  /// What is called, inputs too, each after what it depends on.
  std::vector<const Node *> nodes;
  /// In the order of Keras' model.weights.
  std::vector<Variable *> weights;
  /// What its layers keep from run to run, which are no weights, in the order of first use.
  std::vector<const Variable *> states() const;
  /// What its layers do besides: regularizers of what they compute and `add_loss` are losses.
  Effects effects;
  /// Unless it is, no variable is, whatever its layer says.
  bool trainable = true;
  std::optional<Training> training;
  /// What the file has of its own that training would need: "train_step"; empty without.
  std::string ownTraining;
  /// Attributes that the file has given it.
  llvm::StringMap<Value> given;
  frontend::FitOptions fit;
  /// Keras' class, where it is not that of the object: one of the file.
  std::string className;
  /// The model of a class of the file that this is all of, or null.
  const Layer *root = nullptr;

  /// Calls the layers in the order in which they run, which counts where they take masks away, and
  /// sets what outputs are then, and `effects`. False after a report.
  bool runInOrder();

  /// Gives a model that has no input yet the one that it is likely to have. False after a report at
  /// a place where that is not known.
  virtual bool settle(SourceRange at) { return true; }

  /// Sets inputs and outputs and what follows from them. False after a report.
  bool connect(std::vector<Tensor *> inputs, std::vector<Output> outputs);

  bool isTrainable(const Variable &variable) const { return trainable && variable.trainable; }

  /// Whether the method is one that needs data, values of weights, files, or a terminal.
  static bool isOfScript(llvm::StringRef method);
  /// Keras' model.layers.
  virtual std::vector<Operation *> layers() const;
  /// `model.trainable = value`.
  void setTrainable(bool value);

  /// The model as a layer of another one.
  Operation *asOperation();

  /// The inputs' name by Keras.
  static const std::string &inputName(const Tensor *input) { return input->origin; }

private:
  /// What a call is given, in the order of the inputs: a dict is taken by its keys. An error
  /// after a report.
  Value orderedInputs(const BoundArguments::Slot &given);

  Operation *operation = nullptr;
};

/// The names of a model's outputs; `outputs` is what the file gave for the tensors.
std::vector<std::string> outputNames(Value outputs, const std::vector<Tensor *> &tensors);

/// Where Keras' weight files keep the variables of a model. They number the layers of
/// a class in the order of model.layers, whatever the layers are called.
std::map<const Variable *, std::string> storedPaths(const Model &model);

/// keras.Model(inputs, outputs): null after a report.
Model *makeModel(Session &session, const BoundArguments::Slot &inputs,
                 const BoundArguments::Slot &outputs, std::string name, SourceRange place);

/// Follows the `trainable` of a model's constructor, where it is given.
void readTrainable(Interpreter &in, Model &model, const BoundArguments::Slot &slot);

/// model.compile(...): builds the loss and the metrics.
Value compileModel(Model &model, BoundArguments &arguments);

/// Cuts the model out of the scratch block into a module at the rondo level.
mlir::OwningOpRef<mlir::ModuleOp> emitModule(const Model &model);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_MODEL_H
