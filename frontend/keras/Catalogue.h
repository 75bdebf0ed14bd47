//===- Catalogue.h - What Rondo knows of Keras ------------------*- C++ -*-===//
//
// The modules that a model file can import and what is in them. A family of
// layers is one file with one add…Layers function; operations are a table in
// Ops.cpp; optimizers, losses and metrics are in Training.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CATALOGUE_H
#define RONDO_FRONTEND_KERAS_CATALOGUE_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// A module of Keras. For a name that Keras has and Rondo does not yet have it
/// says so; `unsupported` lists those names.
class KerasModule : public eval::Module {
public:
  KerasModule(std::string name, std::vector<std::string> unsupported)
      : Module(std::move(name)), unsupported(std::move(unsupported)) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  std::vector<std::string> knownNames() const override;

  const std::vector<std::string> unsupported;
};

/// The modules, made once for each evaluation.
class Catalogue {
public:
  explicit Catalogue(Session &session);

  /// Finds `keras.layers`, `tensorflow.keras.layers`, `numpy`; or null.
  eval::Object *findModule(llvm::StringRef name);

  /// Adds a class of layers to `keras.layers`.
  template <typename T> void addLayer() {
    layers->members[T::kerasName] = session.in.heap.make<Native>(
        T::kerasName, std::string(T::parameters) + (*T::parameters ? ", " : "") + layerParameters,
        [this](Interpreter &in, BoundArguments &arguments) -> Value {
          Config config(session, arguments);
          Layer *layer = in.heap.make<T>(config);
          config.finish();
          return config.isBroken ? Value::error() : Value(layer);
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
  /// What every layer takes besides its own parameters.
  static constexpr const char *layerParameters =
      "*, name=None, trainable=True, dtype=None, autocast=True, input_shape=None, input_dim=None";

  llvm::StringMap<eval::Object *> modules;
};

// One for each file of the catalogue.
void addCoreLayers(Catalogue &catalogue);
void addRecurrentLayers(Catalogue &catalogue);
void addMergingLayers(Catalogue &catalogue);
void addReshapingLayers(Catalogue &catalogue);
void addOps(Catalogue &catalogue);
void addActivations(Catalogue &catalogue);
void addInitializers(Catalogue &catalogue);
void addModels(Catalogue &catalogue);
void addSequential(Catalogue &catalogue, eval::Module *module);
void addTraining(Catalogue &catalogue);

/// An unnamed float input of these sizes for a sample, -1 for None.
Tensor *makeInput(Session &session, llvm::ArrayRef<int64_t> sizes, SourceRange place);

/// The `name` of a model, empty for an automatic one; nothing after a report.
std::optional<std::string> modelName(Interpreter &in, const BoundArguments::Slot &slot);

/// The axis along which the tensors can be joined, not negative; nothing after a
/// report. There is at least one tensor.
std::optional<int64_t> checkConcatenation(Session &session, const std::vector<Tensor *> &inputs,
                                          int64_t axis, llvm::StringRef callee, SourceRange place,
                                          SourceRange axisPlace);

/// The name of an activation: "tanh" for `"tanh"`, `keras.activations.tanh` and
/// `keras.ops.tanh`, "linear" for None. Nothing after a report.
std::optional<std::string> activationName(Session &session, Value value, SourceRange place);

/// The dictionary of `rondo.parameter` for `"zeros"` or `initializers.Zeros()`;
/// zeros after a report.
mlir::DictionaryAttr initializerAttribute(Session &session, Value value, SourceRange place);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CATALOGUE_H
