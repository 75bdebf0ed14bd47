//===- Initializers.cpp - keras.initializers ------------------------------===//
//
// Initializers as dictionaries of their parameters. What they draw is in
// runtime/host/Initializers.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Einsum.h"

namespace rondo::keras {
namespace {

/// An object such as `initializers.Constant(2.0)`.
class Initializer : public eval::Object {
public:
  explicit Initializer(mlir::DictionaryAttr attribute) : attribute(attribute) {}
  std::string typeName() const override { return "Initializer"; }
  const mlir::DictionaryAttr attribute;
};

struct InitializerEntry {
  /// "glorot_uniform": the `name` in the dictionary.
  const char *name;
  const char *className;
  const char *parameters;
  /// Other names of the class; some stand for it in text only.
  std::vector<const char *> aliases = {};
};

/// Which axes count as inputs and as outputs can be told; Rondo does as by default.
const char *const scaled = "seed=None, input_axes=None, output_axes=None";

const InitializerEntry initializers[] = {
    {"zeros", "Zeros", "", {"zero"}},
    {"ones", "Ones", "", {"one"}},
    {"constant", "Constant", "value=0.0"},
    {"random_uniform", "RandomUniform", "minval=-0.05, maxval=0.05, seed=None", {"uniform"}},
    {"random_normal", "RandomNormal", "mean=0.0, stddev=0.05, seed=None", {"normal"}},
    {"truncated_normal", "TruncatedNormal", "mean=0.0, stddev=0.05, seed=None"},
    {"variance_scaling", "VarianceScaling",
     "scale=1.0, mode='fan_in', distribution='truncated_normal', seed=None, input_axes=None, "
     "output_axes=None"},
    {"glorot_uniform", "GlorotUniform", scaled},
    {"glorot_normal", "GlorotNormal", scaled},
    {"he_uniform", "HeUniform", scaled},
    {"he_normal", "HeNormal", scaled},
    {"lecun_uniform", "LecunUniform", scaled},
    {"lecun_normal", "LecunNormal", scaled},
    {"orthogonal", "Orthogonal", "gain=1.0, seed=None", {"OrthogonalInitializer"}},
    {"identity", "Identity", "gain=1.0", {"IdentityInitializer"}},
};

/// Text parameters and what they may say.
const std::pair<const char *, std::vector<std::string>> choices[] = {
    {"mode", {"fan_in", "fan_out", "fan_avg"}},
    {"distribution", {"truncated_normal", "untruncated_normal", "uniform", "normal"}},
};

/// Reads a parameter into the dictionary.
void readParameter(Config &config, llvm::StringRef parameter, mlir::NamedAttrList &attributes) {
  mlir::Builder &builder = config.session.builder;
  for (const auto &[name, allowed] : choices) {
    if (parameter != name)
      continue;
    const BoundArguments::Slot &slot = config.get(parameter);
    const auto *text = slot.value.as<eval::Str>();
    // Keras does not mind capitals.
    std::string lower = text ? llvm::StringRef(text->text).lower() : "";
    if (llvm::is_contained(allowed, lower))
      attributes.set(parameter, builder.getStringAttr(lower));
    else
      config.reject(slot, parameter, fmt::format("\"{}\"", llvm::join(allowed, "\" or \"")));
    return;
  }
  // What is left of these is reported unless it is None.
  if (parameter == "input_axes" || parameter == "output_axes")
    return;
  const BoundArguments::Slot &slot = config.get(parameter);
  if (parameter == "seed") {
    if (slot.value.isInt())
      attributes.set(parameter, builder.getI64IntegerAttr(*slot.value.asInteger()));
    else if (!slot.value.isNone())
      config.reject(slot, parameter, "an integer or None");
    return;
  }
  bool isArray = slot.value.as<eval::NdArray>() || slot.value.as<eval::Sequence>();
  if (parameter == "value" && isArray) {
    warnOfInitialWeights(config.session.in, slot.place, "`Constant` of " + slot.value.inWords());
    return;
  }
  auto number = slot.value.isBool() ? std::nullopt : slot.value.asReal();
  bool isSpread = parameter == "stddev", isScale = parameter == "scale";
  if (number && !(isSpread && *number < 0) && !(isScale && *number <= 0))
    attributes.set(parameter, builder.getF64FloatAttr(*number));
  else
    config.reject(slot, parameter,
                  isScale    ? "a number above 0"
                  : isSpread ? "a number that is not negative"
                             : "a number");
}

mlir::DictionaryAttr makeInitializer(Session &session, const InitializerEntry &entry,
                                     BoundArguments &arguments) {
  Config config(session, arguments);
  mlir::NamedAttrList attributes;
  attributes.set("name", session.builder.getStringAttr(entry.name));
  for (const eval::Signature::Parameter &parameter : arguments.signature.parameters)
    readParameter(config, parameter.name, attributes);
  config.finish();
  // The shape of a variable does not depend on it: evaluation goes on.
  return attributes.getDictionary(&session.context);
}

mlir::DictionaryAttr makeDefault(Session &session, const InitializerEntry &entry,
                                 SourceRange place) {
  const eval::Signature &signature = session.in.heap.signature(entry.className, entry.parameters);
  BoundArguments defaults(signature, place, place);
  return makeInitializer(session, entry, defaults);
}

} // namespace

void warnOfInitialWeights(Interpreter &in, SourceRange place, const std::string &what) {
  // A training script may set what it wants.
  if (in.mode() == eval::Mode::Lenient)
    return;
  in.warn(Code::InitialWeights, place, "{} is not read: the variable starts as without it", what)
      .help("weights come from a file: `rondo train --weights`, `rondo weights`");
}

mlir::DictionaryAttr initializerAttribute(Session &session, Value value, SourceRange place) {
  if (const auto *object = value.as<Initializer>())
    return object->attribute;
  if (const auto *data = value.as<eval::Opaque>()) {
    warnOfInitialWeights(session.in, place, "an initializer that comes from " + data->origin);
    return makeDefault(session, initializers[0], place);
  }
  // A class in place of an object: Keras makes one.
  const auto *text = value.as<eval::Str>();
  const auto *function = value.as<Native>();
  std::string name = text ? text->text : function ? function->name : "";
  std::vector<std::string> names;
  for (const InitializerEntry &entry : initializers) {
    names.push_back(entry.name);
    if (name == entry.name || name == entry.className ||
        llvm::is_contained(entry.aliases, llvm::StringRef(name)))
      return makeDefault(session, entry, place);
  }
  if (text)
    eval::suggest(session.in.report(Code::UnknownInitializer, place,
                                    "there is no initializer called `{}`", name),
                  name, names, place);
  else if (!value.isError())
    session.in.report(Code::InvalidArgument, place,
                      "an initializer is a name or an object of keras.initializers, got {}",
                      value.inWords());
  return makeDefault(session, initializers[0], place);
}

mlir::DictionaryAttr withUnitAxes(Session &session, mlir::DictionaryAttr initializer,
                                  llvm::ArrayRef<int64_t> inputs, llvm::ArrayRef<int64_t> outputs) {
  llvm::StringRef name = initializer.getAs<mlir::StringAttr>("name").getValue();
  bool countsUnits = name == "variance_scaling" || name.starts_with("glorot_") ||
                     name.starts_with("he_") || name.starts_with("lecun_");
  if (!countsUnits)
    return initializer;
  mlir::NamedAttrList attributes(initializer);
  attributes.set("input_axes", session.builder.getI64ArrayAttr(inputs));
  attributes.set("output_axes", session.builder.getI64ArrayAttr(outputs));
  return attributes.getDictionary(&session.context);
}

mlir::DictionaryAttr namedInitializer(Session &session, const char *name) {
  return initializerAttribute(session, session.in.heap.str(name), {});
}

void addInitializers(Catalogue &catalogue) {
  KerasModule *module =
      catalogue.addModule("keras.initializers", {"Initializer", "STFT", "deserialize"});
  Session &session = catalogue.session;
  catalogue.addFunction(
      module, "get", "identifier", [&session](Interpreter &in, BoundArguments &arguments) -> Value {
        const BoundArguments::Slot &given = arguments["identifier"];
        if (given.value.isNone() || given.value.as<Initializer>())
          return given.value;
        return in.heap.make<Initializer>(initializerAttribute(session, given.value, given.place));
      });
  // What it gives only goes into a configuration.
  catalogue.addFunction(
      module, "serialize", "initializer",
      [](Interpreter &, BoundArguments &arguments) { return arguments["initializer"].value; });
  for (const InitializerEntry &entry : initializers) {
    std::vector<const char *> names = entry.aliases;
    names.insert(names.end(), {entry.className, entry.name});
    for (const char *name : names)
      catalogue.addFunction(
          module, name, entry.parameters,
          [&session, &entry](Interpreter &in, BoundArguments &arguments) {
            return Value(in.heap.make<Initializer>(makeInitializer(session, entry, arguments)));
          });
  }
}

} // namespace rondo::keras
