//===- Catalogue.h - What Rondo knows of Keras ------------------*- C++ -*-===//
//
// The modules that a model file can import and what is in them. A family of
// layers is one file with one add…Layers function; operations are tables in
// …Ops.cpp; optimizers, losses and metrics are in Training.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CATALOGUE_H
#define RONDO_FRONTEND_KERAS_CATALOGUE_H

#include "frontend/keras/Layer.h"
#include "frontend/keras/OldNames.h"
#include "frontend/keras/Slips.h"

namespace rondo::keras {

/// "add any" as a list.
std::vector<std::string> splitWords(llvm::StringRef text);

/// A module of Keras. For a name that Keras has and Rondo does not yet have it
/// says so; `unsupported` lists those names.
class KerasModule : public eval::Module {
public:
  KerasModule(std::string name, std::vector<std::string> unsupported)
      : Module(std::move(name)), unsupported(std::move(unsupported)) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool isUnsupported(llvm::StringRef name) const override;
  std::vector<std::string> knownNames() const override;

  const std::vector<std::string> unsupported;
  /// Finds what a part of this module was moved to.
  eval::Interpreter::ModuleFinder findModule;
};

/// The modules, made once for each evaluation.
class Catalogue {
public:
  explicit Catalogue(Session &session);

  /// Finds `keras.layers`, `tensorflow.keras.layers`, `numpy`; or null.
  eval::Object *findModule(llvm::StringRef name);
  /// All names that it finds.
  std::vector<std::string> moduleNames() const;

  /// Adds a class of layers to `keras.layers`, under other names of it too.
  template <typename T> void addLayer(llvm::ArrayRef<const char *> aliases = {}) {
    eval::Object *maker =
        session.in.heap.make<LayerMaker>(T::kerasName, withCommon(T::parameters),
                                         [this](Interpreter &, BoundArguments &arguments) -> Value {
                                           Config config(session, arguments);
                                           return makeLayer<T>(config);
                                         });
    layers->members[T::kerasName] = maker;
    for (const char *alias : aliases)
      layers->members[alias] = maker;
  }
  /// Adds a layer, and the function that makes one and calls it at once:
  /// `concatenate([a, b])`.
  template <typename T>
  void addMergingLayer(const char *function, const char *parameters = T::parameters) {
    addLayer<T>();
    layers->members[function] = session.in.heap.make<MergingFunction>(
        function, joined({"inputs", withCommon(parameters)}),
        [this](Interpreter &in, BoundArguments &arguments) -> Value {
          Config config(session, arguments);
          config.ignore({"inputs"});
          const BoundArguments::Slot &inputs = arguments["inputs"];
          Arguments call{
              arguments.place, arguments.calleePlace, {{inputs.value, inputs.place}}, {}};
          return in.call(makeLayer<T>(config), call);
        });
  }
  /// Adds a function of ours to a module.
  void addFunction(eval::Module *module, const char *name, const char *parameters,
                   Native::Body body, Native::Opaques opaques = Native::Opaques::Swallow);
  KerasModule *addModule(const char *name, std::vector<std::string> unsupported = {});
  void addModule(eval::Module *module);

  Session &session;
  KerasModule *keras = nullptr;
  KerasModule *layers = nullptr;

private:
  template <typename T> Value makeLayer(Config &config) {
    Layer *layer = session.in.heap.make<T>(config);
    config.finish();
    return config.isBroken ? Value::error() : Value(layer);
  }
  /// Parameters one after the other; empty ones are left out.
  static std::string joined(std::initializer_list<llvm::StringRef> parameters) {
    std::string text;
    for (llvm::StringRef part : parameters)
      text += (text.empty() || part.empty() ? "" : ", ") + part.str();
    return text;
  }

  /// The parameters of a layer, and what every layer takes besides.
  static std::string withCommon(llvm::StringRef own) {
    // That of `Embedding` is the size of its table.
    bool hasInputDim = own.contains("input_dim");
    bool hasRegularizer = own.contains("activity_regularizer");
    return joined({own, "*, name=None, trainable=True, dtype=None, autocast=True, input_shape=None",
                   hasInputDim ? "" : "input_dim=None",
                   hasRegularizer ? "" : "activity_regularizer=None"});
  }

  llvm::StringMap<eval::Object *> modules;
};

// One for each file of the catalogue.
void addRegularizers(Catalogue &catalogue);
void addConstraints(Catalogue &catalogue);
void addRegularizationLayers(Catalogue &catalogue);
void addInputLayers(Catalogue &catalogue);
void addCoreLayers(Catalogue &catalogue);
void addActivationLayers(Catalogue &catalogue);
void addRecurrentLayers(Catalogue &catalogue);
void addCellLayers(Catalogue &catalogue);
void addRnnLayer(Catalogue &catalogue);
void addMergingLayers(Catalogue &catalogue);
void addReshapingLayers(Catalogue &catalogue);
void addPoolingLayers(Catalogue &catalogue);
void addNormalizationLayers(Catalogue &catalogue);
void addConvolutionLayers(Catalogue &catalogue);
void addAttentionLayers(Catalogue &catalogue);
void addProjectedAttention(Catalogue &catalogue);
void addBidirectional(Catalogue &catalogue);
void addWrapperLayers(Catalogue &catalogue);
void addOps(Catalogue &catalogue);
void addActivations(Catalogue &catalogue);
void addBackend(Catalogue &catalogue);
void addPolicies(Catalogue &catalogue);
void addTensorflow(Catalogue &catalogue);
void addInitializers(Catalogue &catalogue);
void addModels(Catalogue &catalogue);
void addSequential(Catalogue &catalogue, eval::Module *module);
void addModelClass(Catalogue &catalogue, eval::Module *module);
void addLayerClass(Catalogue &catalogue);
void addRandom(Catalogue &catalogue);
void addDecorators(Catalogue &catalogue);
void addStructures(Catalogue &catalogue);
void addNameScopes(Catalogue &catalogue);
void addTraining(Catalogue &catalogue);

/// An input of these sizes for a sample, -1 for None; its name is automatic if empty.
Tensor *makeInput(Session &session, llvm::ArrayRef<int64_t> sizes, SourceRange place,
                  std::string name = "", int64_t batch = -1,
                  ElementKind element = ElementKind::Float);

/// The `name` of a model, empty for an automatic one; nothing after a report.
std::optional<std::string> modelName(Interpreter &in, const BoundArguments::Slot &slot);

/// The axis along which the tensors can be joined, not negative; nothing after a
/// report. There is at least one tensor.
std::optional<int64_t> checkConcatenation(Session &session, const std::vector<Tensor *> &inputs,
                                          int64_t axis, llvm::StringRef callee, SourceRange place,
                                          SourceRange axisPlace);

/// What `activation=` asks for as a function: that of keras.activations for a name,
/// anything callable as it is, None for "linear". An error after a report.
Value activationFunction(Session &session, Value value, SourceRange place);

/// The elementwise activation that a function of keras.activations, or one of
/// keras.ops that is the same, computes; nothing for any other value.
std::optional<Activation> elementwiseActivation(Session &session, Value function);

/// The dictionary of `rondo.parameter` for `"zeros"` or `initializers.Zeros()`;
/// zeros after a report.
mlir::DictionaryAttr initializerAttribute(Session &session, Value value, SourceRange place);
/// Warns that what a file gives a variable to start with is not read; `what` is what it gives.
void warnOfInitialWeights(Interpreter &in, SourceRange place, const std::string &what);
/// What `initializer(shape)` gave that: nothing for another value.
std::optional<Value> initializerOf(Value drawn);
/// The same as `initializerAttribute` for one of ours with its defaults, by its name.
mlir::DictionaryAttr namedInitializer(Session &session, const char *name);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CATALOGUE_H
