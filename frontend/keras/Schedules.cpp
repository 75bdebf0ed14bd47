//===- Schedules.cpp - keras.optimizers.schedules -------------------------===//
//
// Schedules as lists of numbers, in the order of rondo/generated.h.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Schedules.h"
#include "frontend/keras/Hyperparameter.h"
#include "frontend/keras/Layer.h"

namespace rondo::keras {
namespace {

struct ScheduleEntry {
  const char *className, *parameters;
  /// What the numbers are.
  std::vector<Hyperparameter> numbers;
};

using H = Hyperparameter;

const ScheduleEntry schedules[] = {
    {"ExponentialDecay",
     "initial_learning_rate, decay_steps, decay_rate, staircase=False, name='ExponentialDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"decay_rate", H::Positive},
      {"staircase", H::Flag}}},
    {"InverseTimeDecay",
     "initial_learning_rate, decay_steps, decay_rate, staircase=False, name='InverseTimeDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"decay_rate", H::Positive},
      {"staircase", H::Flag}}},
    {"PolynomialDecay",
     "initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, "
     "name='PolynomialDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"end_learning_rate", H::NotNegative},
      {"power", H::NotNegative},
      {"cycle", H::Flag}}},
    {"CosineDecayRestarts",
     "initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, "
     "name='SGDRDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"first_decay_steps", H::Positive},
      {"t_mul", H::Positive},
      {"m_mul", H::NotNegative},
      {"alpha", H::NotNegative}}},
};

constexpr const char *cosineParameters =
    "initial_learning_rate, decay_steps, alpha=0.0, name='CosineDecay', warmup_target=None, "
    "warmup_steps=0";
constexpr const char *piecewiseParameters = "boundaries, values, name='PiecewiseConstant'";

class ScheduleReader {
public:
  ScheduleReader(Session &session, BoundArguments &arguments, llvm::StringRef className)
      : session(session), config(session, arguments), className(className) {
    config.ignore({"name"});
  }

  double number(Hyperparameter parameter) {
    const BoundArguments::Slot &slot = config.get(parameter.name);
    if (parameter.accepts(slot.value))
      return *slot.value.asReal();
    config.reject(slot, parameter.name, parameter.expected());
    return 0;
  }

  /// A list of numbers that grow where they have to.
  std::vector<double> numbers(llvm::StringRef parameter, bool mustGrow) {
    const BoundArguments::Slot &slot = config.get(parameter);
    const auto *sequence = slot.value.as<eval::Sequence>();
    std::vector<double> result;
    for (Value element : sequence ? sequence->elements : std::vector<Value>{})
      if (auto value = element.isBool() ? std::nullopt : element.asReal();
          value && *value >= 0 && !(mustGrow && !result.empty() && *value <= result.back()))
        result.push_back(*value);
    if (!sequence || result.size() != sequence->elements.size() || result.empty())
      config.reject(slot, parameter,
                    mustGrow ? "a list of steps that grow" : "a list of learning rates");
    return result;
  }

  Value finish(std::vector<double> values, double initialRate) {
    config.finish();
    if (config.isBroken)
      return Value::error();
    mlir::Builder &b = session.builder;
    mlir::NamedAttrList settings;
    settings.set("name", b.getStringAttr(className));
    settings.set("numbers", b.getDenseF64ArrayAttr(values));
    return session.in.heap.make<Schedule>(className.str(), settings.getDictionary(&session.context),
                                          initialRate);
  }

  Session &session;
  Config config;

private:
  llvm::StringRef className;
};

Value makeSchedule(Session &session, const ScheduleEntry &entry, BoundArguments &arguments) {
  ScheduleReader reader(session, arguments, entry.className);
  std::vector<double> numbers;
  for (const Hyperparameter &parameter : entry.numbers)
    numbers.push_back(reader.number(parameter));
  return reader.finish(numbers, numbers.front());
}

Value makeCosineDecay(Session &session, BoundArguments &arguments) {
  ScheduleReader reader(session, arguments, "CosineDecay");
  std::vector<double> numbers{reader.number({"initial_learning_rate", H::NotNegative}),
                              reader.number({"decay_steps", H::Positive}),
                              reader.number({"alpha", H::NotNegative})};
  bool warmsUp = !reader.config.get("warmup_target").value.isNone();
  numbers.push_back(warmsUp);
  numbers.push_back(warmsUp ? reader.number({"warmup_target", H::NotNegative}) : 0);
  numbers.push_back(reader.number({"warmup_steps", H::NotNegative}));
  // Without steps to warm up in, it is there at once.
  bool isWarm = warmsUp && numbers.back() == 0;
  return reader.finish(numbers, isWarm ? numbers[4] : numbers[0]);
}

Value makePiecewise(Session &session, BoundArguments &arguments) {
  ScheduleReader reader(session, arguments, "PiecewiseConstantDecay");
  std::vector<double> boundaries = reader.numbers("boundaries", /*mustGrow=*/true);
  std::vector<double> values = reader.numbers("values", /*mustGrow=*/false);
  if (!reader.config.isBroken && values.size() != boundaries.size() + 1)
    reader.config.reject(arguments["values"], "values",
                         fmt::format("a list of {} rates, one more than there are boundaries",
                                     boundaries.size() + 1));
  std::vector<double> numbers{double(boundaries.size())};
  numbers.insert(numbers.end(), boundaries.begin(), boundaries.end());
  numbers.insert(numbers.end(), values.begin(), values.end());
  return reader.finish(numbers, values.empty() ? 0 : values.front());
}

} // namespace

void addSchedules(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module =
      catalogue.addModule("keras.optimizers.schedules", {"serialize", "deserialize"});
  module->members["LearningRateSchedule"] = session.in.heap.make<eval::Opaque>(
      "keras.optimizers.schedules.LearningRateSchedule",
      "take one of Keras' schedules, `CosineDecay(0.0, decay_steps, warmup_target=rate, "
      "warmup_steps=n)` warms up, or `PiecewiseConstantDecay` with rates that the file computes; a "
      "program of your own gives each `train_step` its rate");
  for (const ScheduleEntry &entry : schedules)
    catalogue.addFunction(module, entry.className, entry.parameters,
                          [&session, &entry](Interpreter &, BoundArguments &arguments) {
                            return makeSchedule(session, entry, arguments);
                          });
  catalogue.addFunction(module, "CosineDecay", cosineParameters,
                        [&session](Interpreter &, BoundArguments &arguments) {
                          return makeCosineDecay(session, arguments);
                        });
  catalogue.addFunction(module, "PiecewiseConstantDecay", piecewiseParameters,
                        [&session](Interpreter &, BoundArguments &arguments) {
                          return makePiecewise(session, arguments);
                        });
}

} // namespace rondo::keras
