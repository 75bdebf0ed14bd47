//===- Catalogue.cpp - What Rondo knows of Keras --------------------------===//
//
// The tree of modules, and what belongs to no family: the constants of math and
// numpy.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/eval/NdArray.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {

std::vector<std::string> splitWords(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ' ');
  return {words.begin(), words.end()};
}

namespace {

/// Layers of Keras 3.15 that are known by name only, so far.
const std::vector<std::string> unsupportedLayers = splitWords(
    "AdaptiveAveragePooling1D AdaptiveAveragePooling2D "
    "AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D "
    "AugMix AutoContrast AveragePooling2D AveragePooling3D AvgPool2D AvgPool3D "
    "CategoryEncoding CenterCrop "
    "ContrastLimitedAdaptiveHistogramEqualization Conv2D Conv2DTranspose "
    "Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D "
    "Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping2D "
    "Cropping3D CutMix DepthwiseConv2D Discretization "
    "Equalization FlaxLayer GlobalAveragePooling2D "
    "GlobalAveragePooling3D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool2D GlobalMaxPool3D "
    "GlobalMaxPooling2D GlobalMaxPooling3D HashedCrossing Hashing "
    "IntegerLookup JaxLayer MaxNumBoundingBoxes MaxPool2D "
    "MaxPool3D MaxPooling2D MaxPooling3D MelSpectrogram MixUp Normalization Pipeline "
    "RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast "
    "RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur "
    "RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization "
    "RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom "
    "Rescaling Resizing ReversibleEmbedding STFTSpectrogram SeparableConv2D "
    "SeparableConvolution2D Solarization SpatialDropout2D "
    "SpatialDropout3D SpectralNormalization StringLookup TFSMLayer "
    "TorchModuleWrapper UpSampling2D UpSampling3D Wrapper ZeroPadding2D "
    "ZeroPadding3D deserialize serialize");

} // namespace

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

std::optional<Value> KerasModule::attribute(Interpreter &in, llvm::StringRef attributeName,
                                            SourceRange place) {
  if (auto value = Module::attribute(in, attributeName, place))
    return value;
  if (in.isAsking)
    return std::nullopt;
  // Layers and submodules that have another name today.
  if (llvm::StringRef today = todaysMember(name, attributeName); !today.empty()) {
    warnOfOldName(in, name, attributeName, today, place);
    return attribute(in, today, place);
  }
  if (auto today = todaysModule(name + "." + attributeName.str()))
    if (eval::Object *module = findModule ? findModule(*today) : nullptr) {
      in.report(Code::OldKerasName, place, "`{}.{}` is `{}` in Keras 3", name, attributeName,
                *today);
      return module;
    }
  if (in.mode() == eval::Mode::Strict && isUnsupported(attributeName)) {
    bool isOp = llvm::StringRef(name).starts_with("keras.ops");
    std::string reason = isOp ? whyRefused(attributeName) : "";
    in.report(Code::NotSupportedYet, place, "`{}.{}` is not supported{}{}", name, attributeName,
              reason.empty() ? " yet" : ": ", reason);
  }
  return std::nullopt;
}

bool KerasModule::isUnsupported(llvm::StringRef attributeName) const {
  return !members.contains(attributeName) && llvm::is_contained(unsupported, attributeName);
}

std::vector<std::string> KerasModule::knownNames() const {
  std::vector<std::string> names = attributeNames();
  names.insert(names.end(), unsupported.begin(), unsupported.end());
  return names;
}

void Catalogue::addFunction(eval::Module *module, const char *name, const char *parameters,
                            Native::Body body, Native::Opaques opaques) {
  module->members[name] =
      session.in.heap.make<KerasFunction>(name, parameters, std::move(body), opaques);
}

KerasModule *Catalogue::addModule(const char *name, std::vector<std::string> unsupported) {
  auto *module = session.in.heap.make<KerasModule>(name, std::move(unsupported));
  module->findModule = [this](llvm::StringRef path) { return findModule(path); };
  addModule(module);
  return module;
}

void Catalogue::addModule(eval::Module *module) {
  modules[module->name] = module;
  // `keras.layers` is a member of `keras`.
  llvm::StringRef path = module->name;
  auto [parent, last] = path.rsplit('.');
  if (!last.empty())
    if (auto *package = dynamic_cast<eval::Module *>(modules.lookup(parent)))
      package->members[last] = module;
}

eval::Object *Catalogue::findModule(llvm::StringRef name) { return modules.lookup(name); }

std::vector<std::string> Catalogue::moduleNames() const {
  std::vector<std::string> names;
  for (llvm::StringRef name : modules.keys())
    names.push_back(name.str());
  for (llvm::StringRef name : session.in.standardModules.keys())
    names.push_back(name.str());
  return names;
}

/// Rows of an identity matrix; of tensors, `keras.ops.one_hot`.
static Value toCategorical(Interpreter &in, Session &session, BoundArguments &arguments) {
  const BoundArguments::Slot &x = arguments["x"], &classes = arguments["num_classes"];
  auto call = [&](eval::Module *module, const char *function, std::vector<Value> values) {
    return in.callWith(module->members.lookup(function), values, arguments.place,
                       arguments.calleePlace);
  };
  if (x.value.as<Tensor>())
    return call(session.ops, "one_hot", {x.value, classes.value});
  eval::Module *numpy = in.standardModules.lookup("numpy");
  Value labels = call(numpy, "array", {x.value, in.builtin("int")});
  const auto *array = labels.as<eval::NdArray>();
  if (!array)
    return Value::error();
  std::vector<Value> shape;
  for (int64_t size : array->shape)
    shape.push_back(Value::integer(size));
  // A column of labels stays no axis.
  if (shape.size() > 1 && array->shape.back() == 1) {
    shape.pop_back();
    labels = call(numpy, "reshape", {labels, Value(in.heap.tuple(shape))});
  }
  Value count = classes.value;
  if (count.isNone())
    count = in.binary(ast::BinaryOp::Add, call(numpy, "max", {labels}), Value::integer(1),
                      arguments.place);
  return in.subscript(call(numpy, "eye", {count}), labels, arguments.place, x.place);
}

/// What scripts call at their top although it has nothing to do with the model:
/// seeds (Rondo has `--seed`) and settings of the environment.
static void addForeignModules(Catalogue &catalogue) {
  eval::Heap &heap = catalogue.session.in.heap;
  for (const char *name : {"tensorflow", "tensorflow.config", "tensorflow.config.experimental",
                           "tensorflow.debugging", "tensorflow.linalg", "tensorflow.math",
                           "tensorflow.nn", "tensorflow.test", "random", "keras.utils"})
    catalogue.addModule(heap.make<eval::ForeignModule>(name));
  // Which may be imported by themselves.
  for (llvm::StringRef name :
       llvm::split("audio autodiff autograph bitwise compat contrib core data distribute dtypes "
                   "errors estimator experimental feature_column image io lite lookup profiler "
                   "python quantization queue ragged random raw_ops saved_model sets signal sparse "
                   "strings summary sysconfig tools tpu train types version xla",
                   ' '))
    if (std::string module = "tensorflow." + name.str(); !catalogue.findModule(module))
      catalogue.addModule(heap.make<eval::ForeignModule>(module));
  struct Entry {
    const char *module, *name;
  };
  static const Entry ignored[] = {{"random", "seed"}, {"keras.utils", "set_random_seed"}};
  for (const Entry &entry : ignored)
    catalogue.addFunction(
        static_cast<eval::Module *>(catalogue.findModule(entry.module)), entry.name, "seed=None",
        [](Interpreter &, BoundArguments &) { return Value(); }, Native::Opaques::Pass);
  catalogue.addFunction(static_cast<eval::Module *>(catalogue.findModule("keras.utils")),
                        "clear_session", "free_memory=True",
                        [&catalogue](Interpreter &, BoundArguments &) {
                          catalogue.session.clear();
                          return Value();
                        });
  catalogue.addFunction(
      static_cast<eval::Module *>(catalogue.findModule("keras.utils")), "multi_gpu_model",
      "model, gpus=None, cpu_merge=True, cpu_relocation=False",
      [](Interpreter &in, BoundArguments &arguments) {
        in.report(Code::OldKerasName, arguments.calleePlace,
                  "Keras 3 has no `multi_gpu_model`; what it gives computes what the model does");
        return arguments["model"].value;
      });
  catalogue.addFunction(static_cast<eval::Module *>(catalogue.findModule("keras.utils")),
                        "to_categorical", "x, num_classes=None",
                        [&catalogue](Interpreter &in, BoundArguments &arguments) {
                          return toCategorical(in, catalogue.session, arguments);
                        });
  // Layers that scripts make data with.
  for (const char *name :
       {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"})
    catalogue.addFunction(
        catalogue.layers, name, "*args, **kwargs",
        [origin = "keras.layers." + std::string(name)](Interpreter &in, BoundArguments &arguments) {
          return Value(in.heap.make<eval::Opaque>(
              origin, "models take no text: make its numbers before, and give it those",
              arguments.place));
        },
        Native::Opaques::Pass);
  // Parts of Keras for training scripts.
  for (const char *name : {"keras.applications", "keras.callbacks", "keras.datasets",
                           "keras.preprocessing", "keras.saving"})
    catalogue.addModule(heap.make<eval::ForeignModule>(name));
  // `from keras.callbacks import *` brings names that scripts derive classes from.
  auto *callbacks = static_cast<eval::Module *>(catalogue.findModule("keras.callbacks"));
  for (const char *name :
       {"BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History",
        "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger",
        "ReduceLROnPlateau", "RemoteMonitor", "SwapEMAWeights", "TensorBoard", "TerminateOnNaN"})
    callbacks->members[name] = heap.make<eval::Opaque>("keras.callbacks." + std::string(name));
}

Catalogue::Catalogue(Session &session) : session(session) {
  // Packages come before what is in them.
  keras = addModule("keras", {"Loss", "Metric", "Optimizer"});
  layers = addModule("keras.layers", unsupportedLayers);
  addOps(*this);
  addActivations(*this);
  addBackend(*this);
  addPolicies(*this);
  addInitializers(*this);
  addRegularizers(*this);
  addConstraints(*this);
  addRegularizationLayers(*this);
  addInputLayers(*this);
  addCoreLayers(*this);
  addActivationLayers(*this);
  addRecurrentLayers(*this);
  addCellLayers(*this);
  addRnnLayer(*this);
  addMergingLayers(*this);
  addReshapingLayers(*this);
  addPoolingLayers(*this);
  addNormalizationLayers(*this);
  addConvolutionLayers(*this);
  addAttentionLayers(*this);
  addProjectedAttention(*this);
  addBidirectional(*this);
  addWrapperLayers(*this);
  addLayerClass(*this);
  addOldLayers(*this);
  addModels(*this);
  addTraining(*this);
  addForeignModules(*this);
  addRandom(*this);
  addTensorflow(*this);
  addDecorators(*this);
  addStructures(*this);
  addNameScopes(*this);
  keras->members["__version__"] = session.in.heap.str("3.15.1");

  // The same under TensorFlow's name.
  auto *tensorflow = static_cast<eval::Module *>(findModule("tensorflow"));
  tensorflow->members["keras"] = keras;
  std::vector<std::pair<std::string, eval::Object *>> aliases;
  for (const char *part : {"initializers", "losses", "metrics", "optimizers"}) {
    eval::Object *module = findModule(std::string("keras.") + part);
    tensorflow->members[part] = module;
    aliases.emplace_back(std::string("tensorflow.") + part, module);
  }
  for (const auto &module : modules)
    if (module.getKey() == "keras" || module.getKey().starts_with("keras."))
      aliases.emplace_back("tensorflow." + module.getKey().str(), module.getValue());
  for (const auto &[name, module] : aliases)
    modules[name] = module;
}

} // namespace rondo::keras
