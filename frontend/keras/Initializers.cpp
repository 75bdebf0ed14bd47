//===- Initializers.cpp - keras.initializers ------------------------------===//
//
// Initializers as dictionaries of their parameters. What they draw is in
// runtime/host/Initializers.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Einsum.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/OldNames.h"

namespace rondo::keras {
namespace {

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

/// An object such as `initializers.Constant(2.0)`.
class Initializer : public eval::Object {
public:
  using Settings = std::vector<std::pair<std::string, Value>>;
  Initializer(const InitializerEntry &entry, mlir::DictionaryAttr attributes, Settings settings)
      : entry(entry), attributes(attributes), settings(std::move(settings)) {}
  std::string typeName() const override { return entry.className; }
  Object *typeObject(Interpreter &in) const override {
    auto *module = dynamic_cast<eval::Module *>(in.findModule("keras.initializers"));
    return module->members.lookup(entry.className).getObject();
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    if (name == "__class__")
      return Value(typeObject(in));
    for (const auto &[parameter, value] : settings)
      if (name == parameter)
        return value;
    if (name != "get_config")
      return std::nullopt;
    return Value(
        in.heap.make<Native>("get_config", "", [this](Interpreter &in, BoundArguments &) -> Value {
          auto *config = in.heap.make<eval::Dict>();
          for (const auto &[parameter, value] : settings)
            config->set(in.heap.str(parameter), value);
          return config;
        }));
  }
  std::vector<std::string> attributeNames() const override { return {"get_config"}; }
  bool isCallable() const override { return true; }
  /// Numbers of this shape, which are not known.
  Value call(Interpreter &in, Arguments &arguments) override;

  const InitializerEntry &entry;
  const mlir::DictionaryAttr attributes;
  const Settings settings;
};

/// What an initializer gives when it is called.
class Drawn : public eval::UnknownArray {
public:
  Drawn(Initializer &initializer, SourceRange place, Shape shape)
      : UnknownArray("an initializer", place, std::move(shape)), initializer(initializer) {}

  Initializer &initializer;
};

Value Initializer::call(Interpreter &in, Arguments &arguments) {
  auto bound =
      eval::bind(in, in.heap.signature(entry.className, "shape, dtype=None, **kwargs"), arguments);
  if (!bound)
    return Value::error();
  const BoundArguments::Slot &slot = (*bound)["shape"];
  auto shape = eval::shapeOf(in, slot.value, slot.place);
  return shape ? Value(in.heap.make<Drawn>(*this, arguments.place, std::move(*shape)))
               : Value::error();
}

/// A class of the module.
class InitializerClass : public KerasFunction {
public:
  using KerasFunction::KerasFunction;
  std::string typeName() const override { return "type"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef member,
                                 SourceRange place) override {
    return member == "from_config" ? fromConfigMethod(in, Value(this), name)
                                   : Native::attribute(in, member, place);
  }
  std::optional<bool> hasInstance(Value value) const override {
    const auto *object = value.as<Initializer>();
    return object && object->entry.className == name;
  }
};

/// What classes of the file derive from; how they fill weights is not read.
class BaseInitializer : public PlainBase {
public:
  explicit BaseInitializer(Interpreter &in) : PlainBase(in, "Initializer") {}
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Initializer>() || NativeClass::hasInstance(value).value_or(false);
  }
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

Initializer *makeInitializer(Session &session, const InitializerEntry &entry,
                             BoundArguments &arguments) {
  Config config(session, arguments);
  mlir::NamedAttrList attributes;
  attributes.set("name", session.builder.getStringAttr(entry.name));
  for (const eval::Signature::Parameter &parameter : arguments.signature.parameters)
    readParameter(config, parameter.name, attributes);
  config.finish();
  Initializer::Settings settings;
  for (auto [parameter, slot] : llvm::zip(arguments.signature.parameters, arguments.slots))
    settings.push_back({parameter.name, slot.value});
  // The shape of a variable does not depend on it: evaluation goes on.
  return session.in.heap.make<Initializer>(entry, attributes.getDictionary(&session.context),
                                           std::move(settings));
}

Initializer *makeDefault(Session &session, const InitializerEntry &entry, SourceRange place) {
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

/// What a value stands for: an object, a name, a class; the default after a report.
static const Initializer *findInitializer(Session &session, Value value, SourceRange place) {
  if (const auto *object = value.as<Initializer>())
    return object;
  if (const auto *data = value.as<eval::Opaque>()) {
    warnOfInitialWeights(session.in, place, "an initializer that comes from " + data->origin);
    return makeDefault(session, initializers[0], place);
  }
  if (value.as<eval::Function>() || value.as<eval::BoundMethod>() ||
      (value.as<eval::Instance>() && value.getObject()->isCallable())) {
    warnOfInitialWeights(session.in, place, "an initializer of the file");
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

std::optional<Value> initializerOf(Value drawn) {
  auto *array = drawn.as<Drawn>();
  return array ? std::optional(Value(&array->initializer)) : std::nullopt;
}

mlir::DictionaryAttr initializerAttribute(Session &session, Value value, SourceRange place) {
  return findInitializer(session, value, place)->attributes;
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
  KerasModule *module = catalogue.addModule("keras.initializers", {"STFT", "deserialize"});
  Session &session = catalogue.session;
  module->members["Initializer"] = session.in.heap.make<BaseInitializer>(session.in);
  catalogue.addFunction(
      module, "get", "identifier", [&session](Interpreter &in, BoundArguments &arguments) -> Value {
        const BoundArguments::Slot &given = arguments["identifier"];
        if (given.value.isNone() || given.value.as<Initializer>())
          return given.value;
        return const_cast<Initializer *>(findInitializer(session, given.value, given.place));
      });
  // What it gives only goes into a configuration.
  catalogue.addFunction(
      module, "serialize", "initializer",
      [](Interpreter &, BoundArguments &arguments) { return arguments["initializer"].value; });
  for (const InitializerEntry &entry : initializers) {
    std::vector<const char *> names = entry.aliases;
    names.insert(names.end(), {entry.className, entry.name});
    for (const char *name : names)
      module->members[name] = session.in.heap.make<InitializerClass>(
          name, entry.parameters, [&session, &entry](Interpreter &, BoundArguments &arguments) {
            return Value(makeInitializer(session, entry, arguments));
          });
  }
}

} // namespace rondo::keras
