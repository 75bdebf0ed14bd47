//===- Optimizers.cpp - keras.optimizers ----------------------------------===//
//
// Optimizers as dictionaries of numbers. What they compute is in the kernels
// of their updates (compiler/codegen/UpdateRules.cpp).
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Hyperparameter.h"
#include "frontend/keras/Schedules.h"
#include "frontend/keras/Training.h"
#include "frontend/keras/Weight.h"

namespace rondo::keras {

const char *Hyperparameter::expected() const {
  switch (kind) {
  case Rate:
    return "a float that is not negative";
  case Momentum:
    return "a float from 0 to 1";
  case Decay:
    return "a number from 0 to below 1";
  case Positive:
    return "a number above 0";
  case NotNegative:
    return "a number that is not negative";
  case NotPositive:
    return "a number that is not above 0";
  case Flag:
    return "True or False";
  }
  llvm_unreachable("unknown kind");
}

bool Hyperparameter::accepts(Value value) const {
  auto number = value.asReal();
  if (!number || value.isBool() != (kind == Flag))
    return false;
  switch (kind) {
  case Rate:
    return value.isFloat() && *number >= 0;
  case Momentum:
    return value.isFloat() && *number >= 0 && *number <= 1;
  case Decay:
    return *number >= 0 && *number < 1;
  case Positive:
    return *number > 0;
  case NotNegative:
    return *number >= 0;
  case NotPositive:
    return *number <= 0;
  case Flag:
    return true;
  }
  llvm_unreachable("unknown kind");
}

//===----------------------------------------------------------------------===//
// The object
//===----------------------------------------------------------------------===//

namespace {

/// The variable that an optimizer has its learning rate in: known when the file runs, but for what
/// it is set to.
class RateVariable : public eval::Opaque {
public:
  RateVariable(Optimizer &optimizer, SourceRange place)
      : Opaque("optimizer.learning_rate", "", place), optimizer(optimizer) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name != "assign")
      return std::nullopt;
    return Value(in.heap.make<Native>(
        "assign", "value, use_locking=None, name=None, read_value=True",
        [this](Interpreter &, BoundArguments &arguments) {
          return optimizer.setRate(arguments["value"]);
        },
        Native::Opaques::Pass));
  }

private:
  Optimizer &optimizer;
};

} // namespace

std::optional<Value> Optimizer::attribute(Interpreter &in, llvm::StringRef name,
                                          SourceRange place) {
  // What a training loop of the file does with one.
  if (llvm::is_contained({"apply", "apply_gradients", "minimize"}, name))
    return in.unknownMethod(name, "optimizer." + name.str(), true);
  if (llvm::is_contained({"build", "get_config", "get_weights", "set_weights"}, name))
    return in.unknownMethod(name, "optimizer." + name.str());
  if (name == "learning_rate" || name == "lr")
    return Value(in.heap.make<RateVariable>(*this, place));
  if (llvm::is_contained({"iterations", "variables"}, name))
    return Value(in.heap.make<eval::Opaque>("optimizer." + name.str(), "", place));
  if (name == "exclude_from_weight_decay")
    return Value(in.heap.make<Native>(
        name.str(), "var_list=None, var_names=None",
        [this](Interpreter &in, BoundArguments &arguments) { return exclude(in, arguments); }));
  return std::nullopt;
}

bool Optimizer::setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                             SourceRange place) {
  if (name == "lr")
    in.report(Code::OldKerasName, place, "`lr` is `learning_rate` in Keras 3")
        .fix(place, "learning_rate");
  else if (name != "learning_rate")
    return false;
  setRate({value, place, /*given=*/true});
  return true;
}

/// Reads a list, or None, element by element; reports the first that `read` does not take.
static bool readEach(Interpreter &in, const BoundArguments::Slot &slot, llvm::StringRef parameter,
                     llvm::StringRef expected, llvm::function_ref<bool(Value)> read) {
  const auto *list = slot.value.as<eval::Sequence>();
  if (slot.value.isNone() || (list && llvm::all_of(list->elements, read)))
    return true;
  in.report(Code::InvalidArgument, slot.place,
            "`{}` of `exclude_from_weight_decay` is a list of {}, got {}", parameter, expected,
            slot.value.inWords());
  return false;
}

Value Optimizer::exclude(Interpreter &in, const BoundArguments &arguments) {
  undecayed.clear();
  undecayedWords.clear();
  in.noteModelChange();
  auto isWord = [](llvm::StringRef text) {
    return llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '-'; });
  };
  bool areRead = readEach(in, arguments["var_list"], "var_list", "variables",
                          [&](Value value) {
                            const auto *weight = value.as<Weight>();
                            if (weight)
                              undecayed.push_back(&weight->variable);
                            return weight != nullptr;
                          }) &&
                 // Keras searches for them as for regular expressions.
                 readEach(in, arguments["var_names"], "var_names", "words", [&](Value value) {
                   const auto *word = value.as<eval::Str>();
                   bool fits = word && isWord(word->text);
                   if (fits)
                     undecayedWords.push_back(word->text);
                   return fits;
                 });
  return areRead ? Value() : Value::error();
}

bool Optimizer::decays(const Variable &variable) const {
  // Keras looks at the name alone, not at that of the layer.
  llvm::StringRef path = variable.path, name = path.drop_front(path.rfind('/') + 1);
  return !llvm::is_contained(undecayed, &variable) &&
         llvm::none_of(undecayedWords, [&](llvm::StringRef word) { return name.contains(word); });
}

mlir::DictionaryAttr Optimizer::settingsFor(llvm::ArrayRef<Variable *> variables) const {
  llvm::SmallVector<mlir::Attribute> paths;
  mlir::MLIRContext *context = settings.getContext();
  for (const Variable *variable : variables)
    if (settings.contains("weight_decay") && !decays(*variable))
      paths.push_back(mlir::StringAttr::get(context, variable->path));
  if (paths.empty())
    return settings;
  mlir::NamedAttrList attributes(settings);
  attributes.set("undecayed", mlir::ArrayAttr::get(context, paths));
  return attributes.getDictionary(context);
}

//===----------------------------------------------------------------------===//
// The classes
//===----------------------------------------------------------------------===//

namespace {

struct OptimizerEntry {
  /// Of the update rule: "adam" for Adam and AdamW.
  const char *name;
  const char *className;
  const char *parameters;
  std::vector<Hyperparameter> own;
};

using H = Hyperparameter;

const OptimizerEntry optimizers[] = {
    {"sgd",
     "SGD",
     "learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None",
     {{"momentum", H::Momentum}, {"nesterov", H::Flag}}},
    {"adam",
     "Adam",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False, "
     "weight_decay=None",
     {{"beta_1", H::Decay},
      {"beta_2", H::Decay},
      {"epsilon", H::NotNegative},
      {"amsgrad", H::Flag}}},
    {"adam",
     "AdamW",
     "learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-07, "
     "amsgrad=False",
     {{"beta_1", H::Decay},
      {"beta_2", H::Decay},
      {"epsilon", H::NotNegative},
      {"amsgrad", H::Flag}}},
    {"rmsprop",
     "RMSprop",
     "learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False, "
     "weight_decay=None",
     {{"rho", H::Decay},
      {"momentum", H::NotNegative},
      {"epsilon", H::NotNegative},
      {"centered", H::Flag}}},
    {"lamb",
     "Lamb",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, weight_decay=None",
     {{"beta_1", H::Decay}, {"beta_2", H::Decay}, {"epsilon", H::NotNegative}}},
    {"adamax",
     "Adamax",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, weight_decay=None",
     {{"beta_1", H::Decay}, {"beta_2", H::Decay}, {"epsilon", H::NotNegative}}},
    {"nadam",
     "Nadam",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, weight_decay=None",
     {{"beta_1", H::Decay}, {"beta_2", H::Decay}, {"epsilon", H::NotNegative}}},
    {"adagrad",
     "Adagrad",
     "learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07, weight_decay=None",
     {{"initial_accumulator_value", H::NotNegative}, {"epsilon", H::NotNegative}}},
    {"adadelta",
     "Adadelta",
     "learning_rate=0.001, rho=0.95, epsilon=1e-07, weight_decay=None",
     {{"rho", H::Decay}, {"epsilon", H::NotNegative}}},
    {"lion",
     "Lion",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.99, weight_decay=None",
     {{"beta_1", H::Decay}, {"beta_2", H::Decay}}},
    {"ftrl",
     "Ftrl",
     "learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1, "
     "l1_regularization_strength=0.0, l2_regularization_strength=0.0, "
     "l2_shrinkage_regularization_strength=0.0, beta=0.0, weight_decay=None",
     {{"learning_rate_power", H::NotPositive},
      {"initial_accumulator_value", H::NotNegative},
      {"l1_regularization_strength", H::NotNegative},
      {"l2_regularization_strength", H::NotNegative},
      {"l2_shrinkage_regularization_strength", H::NotNegative},
      {"beta", H::NotNegative}}},
};

/// What all take; None means not to.
const char *const commonParameters =
    ", clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, "
    "ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None, "
    "gradient_accumulation_steps=None, name=None";
const Hyperparameter commonNumbers[] = {{"weight_decay", H::NotNegative},
                                        {"clipnorm", H::Positive},
                                        {"clipvalue", H::Positive},
                                        {"global_clipnorm", H::Positive}};

const std::vector<std::string> unsupportedOptimizers = {
    "Adafactor",          "legacy",       "Muon",      "MultiOptimizer",
    "LossScaleOptimizer", "OptimizerMap", "Optimizer", "ScheduleFreeAdamW",
    "deserialize",        "serialize"};

void readNumber(Config &config, Hyperparameter parameter, mlir::NamedAttrList &attributes) {
  const BoundArguments::Slot &slot = config.get(parameter.name);
  Session &session = config.session;
  if (parameter.accepts(slot.value)) {
    attributes.set(parameter.name, session.builder.getF64FloatAttr(*slot.value.asReal()));
    return;
  }
  if (auto *schedule = parameter.kind == H::Rate ? slot.value.as<Schedule>() : nullptr) {
    auto program = schedule->program(slot.place);
    if (!program) {
      config.isBroken = true;
      return;
    }
    mlir::Builder &b = session.builder;
    mlir::NamedAttrList settings;
    settings.set("name", b.getStringAttr(schedule->className));
    settings.set("program", program->instructions);
    attributes.set(parameter.name, b.getF64FloatAttr(program->atZero));
    attributes.set("schedule", settings.getDictionary(&session.context));
    return;
  }
  const eval::Object *object = slot.value.getObject();
  if (parameter.kind == H::Rate && object && object->isCallable()) {
    config.isBroken = true;
    session.in
        .report(Code::NotSupportedYet, slot.place,
                "a function as learning rate is not supported yet")
        .help("`keras.optimizers.schedules` has rates that change");
    return;
  }
  diagnostics::Diagnostic &diagnostic = config.reject(slot, parameter.name, parameter.expected());
  bool wantsFloat = parameter.kind == H::Rate || parameter.kind == H::Momentum;
  if (wantsFloat && slot.value.isInt() && slot.given)
    diagnostic.fix(slot.place, slot.value.repr() + ".0");
}

/// A number of steps; 0 for None.
int64_t readSteps(Config &config, llvm::StringRef parameter, int64_t least) {
  const BoundArguments::Slot &slot = config.get(parameter);
  if (slot.value.isNone())
    return 0;
  auto steps = slot.value.isInt() ? slot.value.asInteger() : std::nullopt;
  constexpr int64_t limit = int64_t(1) << 32;
  if (steps && *steps >= least && *steps <= limit)
    return *steps;
  config.reject(slot, parameter, fmt::format("an integer from {} on, or None", least));
  return 0;
}

/// Gradients that are gathered over steps, and averages of the parameters.
void readSchemes(Config &config, mlir::NamedAttrList &attributes) {
  mlir::Builder &builder = config.session.builder;
  if (int64_t steps = readSteps(config, "gradient_accumulation_steps", /*least=*/2))
    attributes.set("gradient_accumulation_steps", builder.getF64FloatAttr(double(steps)));
  // The scale of the loss divides the gradients before anything else is done: it concerns only
  // numbers that float32 cannot hold.
  if (const BoundArguments::Slot &scale = config.get("loss_scale_factor"); !scale.value.isNone()) {
    auto number = scale.value.isBool() ? std::nullopt : scale.value.asReal();
    if (!number || !(*number > 0))
      config.reject(scale, "loss_scale_factor", "a number above 0, or None");
  }
  bool averages = config.boolean("use_ema");
  const BoundArguments::Slot &momentum = config.get("ema_momentum");
  auto share = momentum.value.isBool() ? std::nullopt : momentum.value.asReal();
  int64_t frequency = readSteps(config, "ema_overwrite_frequency", /*least=*/1);
  if (!averages)
    return;
  if (!share || !(*share >= 0 && *share <= 1)) {
    config.reject(momentum, "ema_momentum", "a number from 0 to 1");
    return;
  }
  attributes.set("ema_momentum", builder.getF64FloatAttr(*share));
  if (frequency)
    attributes.set("ema_overwrite_frequency", builder.getF64FloatAttr(double(frequency)));
}

/// Keras takes one kind of clipping at most.
void checkClipping(Config &config) {
  std::vector<std::string> given;
  const BoundArguments::Slot *last = nullptr;
  for (const char *name : {"clipnorm", "clipvalue", "global_clipnorm"}) {
    if (const BoundArguments::Slot &slot = config.get(name); !slot.value.isNone()) {
      given.push_back(fmt::format("`{}`", name));
      last = &slot;
    }
  }
  if (given.size() < 2)
    return;
  config.isBroken = true;
  config.session.in
      .report(Code::InvalidArgument, last->place, "{} of `{}` exclude each other",
              llvm::join(given, " and "), config.arguments.signature.callee)
      .help("keep one of them");
}

const OptimizerEntry *findEntry(llvm::StringRef className) {
  for (const OptimizerEntry &entry : optimizers)
    if (className.equals_insensitive(entry.className))
      return &entry;
  return nullptr;
}

Value makeOptimizer(Session &session, const OptimizerEntry &entry, BoundArguments &arguments) {
  Config config(session, arguments);
  mlir::NamedAttrList attributes;
  attributes.set("name", session.builder.getStringAttr(entry.name));
  readNumber(config, {"learning_rate", H::Rate}, attributes);
  for (const Hyperparameter &parameter : entry.own)
    readNumber(config, parameter, attributes);
  for (const Hyperparameter &parameter : commonNumbers)
    if (!config.get(parameter.name).value.isNone())
      readNumber(config, parameter, attributes);
  checkClipping(config);
  readSchemes(config, attributes);
  config.ignore({"name"});
  config.finish();
  if (config.isBroken)
    return Value::error();
  return session.in.heap.make<Optimizer>(session, attributes.getDictionary(&session.context));
}

std::string allParameters(const OptimizerEntry &entry) {
  return std::string(entry.parameters) + commonParameters;
}

const eval::Signature &signatureOf(Session &session, const OptimizerEntry &entry) {
  return session.in.heap.signature(entry.className, allParameters(entry));
}

} // namespace

Value Optimizer::setRate(const BoundArguments::Slot &value) {
  Interpreter &in = session.in;
  if (value.value.isError())
    return Value::error();
  if (const auto *unknown = value.value.as<eval::Opaque>())
    return in.needs(*unknown, value.place);
  in.noteModelChange();
  const bool isSchedule = value.value.as<Schedule>();
  if (settings.contains("schedule") && !isSchedule) {
    in.report(Code::InvalidArgument, value.place,
              "the learning rate of the optimizer is a schedule, which Keras does not replace by a "
              "number")
        .help("make the optimizer with the rate that counts in the end");
    return Value::error();
  }
  const OptimizerEntry *entry = findEntry(settings.getAs<mlir::StringAttr>("name").getValue());
  BoundArguments arguments(signatureOf(session, *entry), value.place, value.place);
  arguments["learning_rate"] = value;
  // A variable takes whole numbers as well.
  if (value.value.isInt() && !value.value.isBool())
    arguments["learning_rate"].value = Value::real(*value.value.asReal());
  Config config(session, arguments);
  mlir::NamedAttrList attributes(settings);
  readNumber(config, {"learning_rate", H::Rate}, attributes);
  if (config.isBroken)
    return Value::error();
  settings = attributes.getDictionary(&session.context);
  return Value();
}

bool isOptimizerName(Value value) {
  const auto *text = value.as<eval::Str>();
  return text && findEntry(text->text);
}

/// The optimizer for `{"class_name": "SGD", "config": {"learning_rate": 0.1}}`.
static Optimizer *fromConfig(Session &session, const eval::Dict &dict, SourceRange place) {
  Interpreter &in = session.in;
  const Value *name = dict.find(in.heap.str("class_name")),
              *config = dict.find(in.heap.str("config"));
  const auto *text = name ? name->as<eval::Str>() : nullptr;
  const OptimizerEntry *entry = text ? findEntry(text->text) : nullptr;
  const auto *options = config ? config->as<eval::Dict>() : nullptr;
  if (!entry || (config && !options)) {
    in.report(
          Code::InvalidArgument, place,
          "an optimizer as a dict has a `class_name` of keras.optimizers and a `config`, a dict "
          "of its arguments")
        .help("`{{\"class_name\": \"SGD\", \"config\": {{\"learning_rate\": 0.1}}}}`");
    return nullptr;
  }
  Arguments arguments{place, place, {}, {}};
  if (options)
    for (const eval::Dict::Entry &item : options->items())
      arguments.keywords.push_back({item.key.str(), place, item.value, place});
  auto bound = eval::bind(in, signatureOf(session, *entry), arguments);
  return bound ? makeOptimizer(session, *entry, *bound).as<Optimizer>() : nullptr;
}

Optimizer *readOptimizer(Session &session, const BoundArguments::Slot &slot) {
  if (auto *optimizer = slot.value.as<Optimizer>())
    return optimizer;
  if (const auto *dict = slot.value.as<eval::Dict>())
    return fromConfig(session, *dict, slot.place);
  const auto *text = slot.value.as<eval::Str>();
  std::string given = text ? text->text : "";
  std::vector<std::string> names;
  if (const OptimizerEntry *entry = findEntry(given)) {
    BoundArguments defaults(signatureOf(session, *entry), slot.place, slot.place);
    return makeOptimizer(session, *entry, defaults).as<Optimizer>();
  }
  for (const OptimizerEntry &entry : optimizers)
    names.push_back(llvm::StringRef(entry.className).lower());
  bool isKnown = llvm::any_of(unsupportedOptimizers, [&](const std::string &known) {
    return llvm::StringRef(known).equals_insensitive(given);
  });
  if (text && isKnown) {
    session.in.report(Code::NotSupportedYet, slot.place, "the optimizer `{}` is not supported yet",
                      given);
  } else if (text) {
    eval::suggest(session.in.report(Code::UnknownOptimizer, slot.place,
                                    "there is no optimizer called `{}`", given),
                  given, names, slot.place);
  } else if (!slot.value.isError()) {
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::InvalidArgument, slot.place,
        "`optimizer` is a name or an object of keras.optimizers, got {}", slot.value.inWords());
    const auto *function = slot.value.as<Native>();
    bool isClass = function && llvm::any_of(optimizers, [&](const OptimizerEntry &entry) {
                     return function->name == entry.className;
                   });
    if (isClass)
      diagnostic.fix(slot.place.after(), "()").help("`{}()` makes one", function->name);
  }
  return nullptr;
}

void addOptimizers(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = catalogue.addModule("keras.optimizers", unsupportedOptimizers);
  addSchedules(catalogue);
  catalogue.addFunction(module, "get", "identifier",
                        [&session](Interpreter &, BoundArguments &arguments) {
                          Optimizer *optimizer = readOptimizer(session, arguments["identifier"]);
                          return optimizer ? Value(optimizer) : Value::error();
                        });
  for (const OptimizerEntry &entry : optimizers)
    catalogue.addFunction(module, entry.className, allParameters(entry).c_str(),
                          [&session, &entry](Interpreter &, BoundArguments &arguments) {
                            return makeOptimizer(session, entry, arguments);
                          });
}

} // namespace rondo::keras
