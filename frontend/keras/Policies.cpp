//===- Policies.cpp - Dtype policies --------------------------------------===//
//
// All weights and values are float32, so that Keras' `mixed_bfloat16` changes one thing: what
// predictions read the weights of LSTMs as. With it comes what else `keras.config` sets for the
// layers of a file.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Policies.h"
#include "frontend/keras/Catalogue.h"
#include "llvm/ADT/StringSwitch.h"

namespace rondo::keras {

llvm::StringRef policyName(DtypePolicy policy) {
  return policy == DtypePolicy::MixedBfloat16 ? "mixed_bfloat16" : "float32";
}

//===----------------------------------------------------------------------===//
// The object
//===----------------------------------------------------------------------===//

namespace {

/// What Keras computes in; Rondo in float32.
llvm::StringRef computeType(DtypePolicy policy) {
  return policy == DtypePolicy::MixedBfloat16 ? "bfloat16" : "float32";
}

Value nameDict(Interpreter &in, DtypePolicy policy) {
  eval::Dict *config = in.heap.make<eval::Dict>();
  config->set(in.heap.str("name"), in.heap.str(policyName(policy).str()));
  return config;
}

class PolicyObject : public eval::Object {
public:
  explicit PolicyObject(DtypePolicy policy) : policy(policy) {}
  std::string typeName() const override { return "DTypePolicy"; }
  std::string repr(unsigned) const override {
    return fmt::format("<DTypePolicy \"{}\">", policyName(policy));
  }
  bool equals(const eval::Object &other, unsigned) const override {
    const auto *object = dynamic_cast<const PolicyObject *>(&other);
    return object && object->policy == policy;
  }
  size_t hash() const override { return size_t(policy); }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    if (name == "name")
      return Value(in.heap.str(policyName(policy).str()));
    if (name == "quantization_mode")
      return Value();
    if (name == "get_config")
      return Value(
          in.heap.make<Native>("get_config", "", [this](Interpreter &in, BoundArguments &) {
            return nameDict(in, policy);
          }));
    return name == "compute_dtype" || name == "variable_dtype" ? policyAttribute(in, policy, name)
                                                               : std::nullopt;
  }
  std::vector<std::string> attributeNames() const override {
    return {"compute_dtype", "get_config", "name", "quantization_mode", "variable_dtype"};
  }

  const DtypePolicy policy;
};

} // namespace

Value policyObject(Interpreter &in, DtypePolicy policy) {
  return in.heap.make<PolicyObject>(policy);
}

Value policyConfig(Interpreter &in, DtypePolicy policy) {
  eval::Dict *config = in.heap.make<eval::Dict>();
  config->set(in.heap.str("module"), in.heap.str("keras"));
  config->set(in.heap.str("class_name"), in.heap.str("DTypePolicy"));
  config->set(in.heap.str("config"), nameDict(in, policy));
  config->set(in.heap.str("registered_name"), Value());
  return config;
}

std::optional<Value> policyAttribute(Interpreter &in, DtypePolicy policy, llvm::StringRef name) {
  if (name == "dtype" || name == "variable_dtype")
    return Value(in.heap.str("float32"));
  if (name == "compute_dtype" || name == "input_dtype")
    return Value(in.heap.str(computeType(policy).str()));
  return name == "dtype_policy" ? std::optional(policyObject(in, policy)) : std::nullopt;
}

bool refusePolicyAttribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  if (name != "dtype_policy")
    return false;
  in.report(Code::NotSupportedYet, place,
            "setting `dtype_policy` of what has been made is not supported yet")
      .help("a layer takes it as an argument, `dtype=\"mixed_bfloat16\"`");
  return true;
}

Value computedType(Interpreter &in, Value dtype) {
  llvm::StringRef name;
  if (const auto *text = dtype.as<eval::Str>())
    name = llvm::StringSwitch<llvm::StringRef>(text->text)
               .Case("bfloat16", "float32")
               .Case("int", "int64")
               .Default("");
  else if (const auto *type = dtype.as<eval::Type>())
    name = llvm::StringSwitch<llvm::StringRef>(type->name)
               .Case("float", "float32")
               .Case("int", "int64")
               .Case("bool", "bool")
               .Default("");
  return name.empty() ? dtype : Value(in.heap.str(name.str()));
}

std::optional<ElementKind> computedKind(Interpreter &in, Value dtype) {
  Value computed = computedType(in, dtype);
  const auto *text = computed.as<eval::Str>();
  if (!text)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<ElementKind>>(text->text)
      .Case("float32", ElementKind::Float)
      .Cases("int32", "int64", ElementKind::Int)
      .Case("bool", ElementKind::Bool)
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// What names one
//===----------------------------------------------------------------------===//

static constexpr const char *mixedMend =
    "\"mixed_bfloat16\" keeps weights as float32, of which predictions read those of LSTMs as "
    "bfloat16, and needs no scaling of the loss";

/// Reports a policy of Keras that there is none of here, or a name that Keras has not.
static void refusePolicy(Interpreter &in, llvm::StringRef name, SourceRange place) {
  auto refuse = [&](llvm::StringRef reason) -> diagnostics::Diagnostic & {
    return in.report(Code::NotSupportedYet, place, "the dtype policy '{}' is not supported: {}",
                     name, reason);
  };
  if (name == "mixed_float16")
    refuse("there is no float16").help("{}", mixedMend);
  else if (name == "float16" || name == "bfloat16")
    refuse("weights are float32").help("{}", mixedMend);
  else if (name == "float64")
    refuse("models compute in float32").help("leave it out, or write \"float32\"");
  else if (name.contains("_from_"))
    refuse("weights are not quantized").help("{}", mixedMend);
  else if (llvm::is_contained(
               {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "bool", "string"},
               name))
    refuse("models compute in float32");
  else
    eval::suggest(
        in.report(Code::InvalidArgument, place, "there is no dtype policy called '{}'", name),
        name.str(), {"float32", "mixed_bfloat16"}, place);
}

/// The name in a config, `{"class_name": "DTypePolicy", "config": {"name": "float32"}}`; null for
/// what is none.
static const eval::Str *nameInConfig(Interpreter &in, Value value) {
  for (const char *key : {"config", "name"}) {
    const auto *dict = value.as<eval::Dict>();
    const Value *entry = dict ? dict->find(in.heap.str(key)) : nullptr;
    if (!entry)
      return nullptr;
    value = *entry;
  }
  return value.as<eval::Str>();
}

/// Nothing after a report.
static std::optional<DtypePolicy> namedPolicy(Session &session, const BoundArguments::Slot &slot) {
  Value value = slot.value;
  if (const auto *object = value.as<PolicyObject>())
    return object->policy;
  const auto *name =
      value.as<eval::Dict>() ? nameInConfig(session.in, value) : value.as<eval::Str>();
  for (DtypePolicy policy : {DtypePolicy::Float32, DtypePolicy::MixedBfloat16})
    if (name && name->text == policyName(policy))
      return policy;
  if (name)
    refusePolicy(session.in, name->text, slot.place);
  else if (const auto *opaque = value.as<eval::Opaque>())
    session.in.needs(*opaque, slot.place);
  else if (!value.isError())
    session.in.report(Code::InvalidArgument, slot.place,
                      "a dtype policy is \"float32\" or \"mixed_bfloat16\", got {}",
                      value.inWords());
  return std::nullopt;
}

DtypePolicy readPolicy(Config &config, DtypePolicy otherwise) {
  const BoundArguments::Slot &dtype = config.get("dtype");
  if (dtype.value.isNone())
    return otherwise;
  auto policy = namedPolicy(config.session, dtype);
  config.isBroken |= !policy;
  return policy.value_or(otherwise);
}

//===----------------------------------------------------------------------===//
// keras.config and keras.mixed_precision
//===----------------------------------------------------------------------===//

namespace {

/// keras.DTypePolicy
class PolicyClass : public KerasFunction {
public:
  using KerasFunction::KerasFunction;
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<PolicyObject>() != nullptr;
  }
};

/// One of the numbers and names that `keras.config` and `keras.backend` keep: `get` gives it, and
/// it cannot be set to another.
struct Setting {
  const char *get, *set, *parameter;
  Value (*value)(Interpreter &in);
  /// Why not, and what to do.
  const char *reason, *help;
};

const Setting settings[] = {
    {"floatx", "set_floatx", "value", [](Interpreter &in) { return Value(in.heap.str("float32")); },
     "models compute in float32",
     "`set_dtype_policy(\"mixed_bfloat16\")` has predictions read the weights of LSTMs as "
     "bfloat16"},
    {"epsilon", "set_epsilon", "value", [](Interpreter &) { return Value::real(1e-7); },
     "losses and metrics have the epsilon 1e-7", "layers and optimizers take one of their own"},
    {"image_data_format", "set_image_data_format", "data_format",
     [](Interpreter &in) { return Value(in.heap.str("channels_last")); },
     "the default of layers is \"channels_last\"",
     "give the layers `data_format=\"channels_first\"`"},
};

void addSettings(Catalogue &catalogue, eval::Module *module) {
  for (const Setting &setting : settings) {
    catalogue.addFunction(module, setting.get, "", [&setting](Interpreter &in, BoundArguments &) {
      return setting.value(in);
    });
    catalogue.addFunction(module, setting.set, setting.parameter,
                          [&setting](Interpreter &in, BoundArguments &arguments) -> Value {
                            const BoundArguments::Slot &wanted = arguments.slots.front();
                            if (eval::equal(wanted.value, setting.value(in)))
                              return Value();
                            in.report(Code::NotSupportedYet, wanted.place,
                                      "`{}` to {} is not supported: {}", setting.set,
                                      wanted.value.inWords(), setting.reason)
                                .help("{}", setting.help);
                            return Value::error();
                          });
  }
  catalogue.addFunction(module, "backend", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("tensorflow"));
  });
}

/// A function of a policy: the object, its config, or that layers that are made later have it.
using OfPolicy = Value (*)(Session &session, DtypePolicy policy);

Value objectOf(Session &session, DtypePolicy policy) { return policyObject(session.in, policy); }
Value configOf(Session &session, DtypePolicy policy) { return policyConfig(session.in, policy); }
Value setPolicy(Session &session, DtypePolicy policy) {
  session.policy = policy;
  return Value();
}

/// A function whose first argument says which policy.
Native::Body takingPolicy(Session &session, OfPolicy function) {
  return [&session, function](Interpreter &, BoundArguments &arguments) {
    auto policy = namedPolicy(session, arguments.slots.front());
    return policy ? function(session, *policy) : Value::error();
  };
}

Value refuseLossScale(Interpreter &in, BoundArguments &arguments) {
  in.report(Code::NotSupportedYet, arguments.calleePlace,
            "`LossScaleOptimizer` is not supported: there is no float16, whose range is what it "
            "is for")
      .help("compile the model with the optimizer inside of it");
  return Value::error();
}

} // namespace

void addPolicies(Catalogue &catalogue) {
  Session &session = catalogue.session;
  // What else is in there is for training scripts.
  auto *config = session.in.heap.make<eval::ForeignModule>("keras.config");
  catalogue.addModule(config);
  addSettings(catalogue, config);
  addSettings(catalogue, static_cast<eval::Module *>(catalogue.findModule("keras.backend")));

  auto *mixed = catalogue.addModule("keras.mixed_precision");
  auto *policies = catalogue.addModule(
      "keras.dtype_policies",
      splitWords("AWQDTypePolicy DTypePolicyMap GPTQDTypePolicy Int4DTypePolicy "
                 "QuantizedDTypePolicy QuantizedFloat8DTypePolicy"));
  auto *policyClass =
      session.in.heap.make<PolicyClass>("DTypePolicy", "name, source_name=None",
                                        takingPolicy(session, objectOf), Native::Opaques::Pass);
  for (eval::Module *module :
       {static_cast<eval::Module *>(catalogue.keras), static_cast<eval::Module *>(policies)})
    module->members["DTypePolicy"] = module->members["FloatDTypePolicy"] = policyClass;
  mixed->members["DTypePolicy"] = mixed->members["Policy"] = policyClass;

  struct Entry {
    eval::Module *module;
    const char *name, *parameters;
    OfPolicy function;
  };
  for (const Entry &entry :
       {Entry{config, "set_dtype_policy", "policy", setPolicy},
        Entry{mixed, "set_dtype_policy", "policy", setPolicy},
        Entry{mixed, "set_global_policy", "policy", setPolicy},
        Entry{policies, "get", "identifier", objectOf},
        Entry{policies, "deserialize", "config, custom_objects=None", objectOf},
        Entry{policies, "serialize", "dtype_policy", configOf}})
    catalogue.addFunction(entry.module, entry.name, entry.parameters,
                          takingPolicy(session, entry.function), Native::Opaques::Pass);
  auto current = [&session](Interpreter &, BoundArguments &) {
    return objectOf(session, session.policy);
  };
  catalogue.addFunction(config, "dtype_policy", "", current);
  catalogue.addFunction(mixed, "dtype_policy", "", current);
  catalogue.addFunction(mixed, "global_policy", "", current);
  catalogue.addFunction(mixed, "LossScaleOptimizer", "*args, **kwargs", refuseLossScale);
}

} // namespace rondo::keras
