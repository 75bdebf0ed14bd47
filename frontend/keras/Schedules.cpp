//===- Schedules.cpp - keras.optimizers.schedules -------------------------===//
//
// Schedules as functions of the number of steps, and how a file names them.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Schedules.h"
#include "dialect/TensorNumber.h"
#include "frontend/eval/Class.h"
#include "frontend/keras/Hyperparameter.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {
namespace {

using N = TensorNumber;
using Numbers = llvm::ArrayRef<double>;

constexpr double kPi = 3.14159265358979323846;

//===----------------------------------------------------------------------===//
// What they compute of the number of steps, after keras/src/optimizers/schedules
//===----------------------------------------------------------------------===//

/// Of `step / steps`, the whole of it where the rate falls in stairs.
N done(const N &step, double steps, bool inStairs) {
  return inStairs ? floor(step / steps) : step / steps;
}

/// initial rate, decay steps, decay rate, staircase
N exponentialDecay(const N &step, Numbers numbers) {
  return numbers[0] * pow(numbers[2], done(step, numbers[1], numbers[3] != 0));
}

/// The same.
N inverseTimeDecay(const N &step, Numbers numbers) {
  return numbers[0] / (1 + numbers[2] * done(step, numbers[1], numbers[3] != 0));
}

/// initial rate, decay steps, end rate, power, cycle
N polynomialDecay(const N &step, Numbers numbers) {
  const double initial = numbers[0], steps = numbers[1], end = numbers[2], power = numbers[3];
  bool cycles = numbers[4] != 0;
  N rounds = -floor(-(step / steps));
  N share = cycles ? step / (steps * select(step > 0, rounds, 1)) : minimum(step, steps) / steps;
  return (initial - end) * pow(1 - share, power) + end;
}

/// From 1 to `alpha` along half a cosine, for `share` from 0 to 1.
N cosine(const N &share, double alpha, const N &factor = 1) {
  return factor * ((1 - alpha) * 0.5 * (1 + cos(kPi * share))) + alpha;
}

/// initial rate, decay steps, alpha, whether it warms up, to which rate, in how many steps
N cosineDecay(const N &step, Numbers numbers) {
  const double initial = numbers[0], steps = numbers[1], alpha = numbers[2];
  const double target = numbers[4], warmup = numbers[5];
  if (numbers[3] == 0)
    return initial * cosine(minimum(step, steps) / steps, alpha);
  N decayed = target * cosine(minimum(step - warmup, steps) / steps, alpha);
  if (warmup == 0)
    return decayed;
  return select(step < warmup, initial + (target - initial) * (step / warmup), decayed);
}

/// initial rate, first decay steps, t_mul, m_mul, alpha
N cosineDecayRestarts(const N &step, Numbers numbers) {
  const double initial = numbers[0], steps = numbers[1], longer = numbers[2], lower = numbers[3];
  N share = step / steps;
  if (longer == 1) {
    N restarts = floor(share);
    return initial * cosine(share - restarts, numbers[4], pow(lower, restarts));
  }
  // Of both the logarithm is taken alike, so that a restart is no step late.
  N restarts = floor(log(1 - share * (1 - longer)) / log(N::filled(longer, step)));
  N length = pow(longer, restarts);
  share = (share - (1 - length) / (1 - longer)) / length;
  return initial * cosine(share, numbers[4], pow(lower, restarts));
}

/// n, n boundaries, n + 1 values
N piecewiseConstantDecay(const N &step, Numbers numbers) {
  const size_t count = numbers[0];
  Numbers boundaries = numbers.slice(1, count), values = numbers.drop_front(1 + count);
  N rate = values.back();
  for (size_t i = count; i-- > 0;)
    rate = select(step > boundaries[i], rate, values[i]);
  return rate;
}

using Compute = N (*)(const N &step, Numbers numbers);

/// A schedule of Keras.
class KerasSchedule : public Schedule {
public:
  KerasSchedule(Session &session, std::string className, Compute compute,
                std::vector<double> numbers)
      : Schedule(session, std::move(className)), compute(compute), numbers(std::move(numbers)) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    if (auto unknown = in.swallowInside(arguments))
      return *unknown;
    eval::Signature signature = in.heap.signature("", "step");
    signature.callee = className;
    auto bound = eval::bind(in, signature, arguments);
    if (!bound)
      return Value::error();
    return applyOp(
        session, className, fmt::format("`{}`", className), arguments.place, [&](OpCall &call) {
          Tensor *step = call.tensor((*bound)["step"]);
          return call.graph.formula(step, [&](const N &steps) { return compute(steps, numbers); });
        });
  }

private:
  const Compute compute;
  const std::vector<double> numbers;
};

//===----------------------------------------------------------------------===//
// How a file names them
//===----------------------------------------------------------------------===//

struct ScheduleEntry {
  const char *className, *parameters;
  /// What the numbers are.
  std::vector<Hyperparameter> numbers;
  Compute compute;
};

using H = Hyperparameter;

const ScheduleEntry schedules[] = {
    {"ExponentialDecay",
     "initial_learning_rate, decay_steps, decay_rate, staircase=False, name='ExponentialDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"decay_rate", H::Positive},
      {"staircase", H::Flag}},
     exponentialDecay},
    {"InverseTimeDecay",
     "initial_learning_rate, decay_steps, decay_rate, staircase=False, name='InverseTimeDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"decay_rate", H::Positive},
      {"staircase", H::Flag}},
     inverseTimeDecay},
    {"PolynomialDecay",
     "initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, "
     "name='PolynomialDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"decay_steps", H::Positive},
      {"end_learning_rate", H::NotNegative},
      {"power", H::NotNegative},
      {"cycle", H::Flag}},
     polynomialDecay},
    {"CosineDecayRestarts",
     "initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, "
     "name='SGDRDecay'",
     {{"initial_learning_rate", H::NotNegative},
      {"first_decay_steps", H::Positive},
      {"t_mul", H::Positive},
      {"m_mul", H::NotNegative},
      {"alpha", H::NotNegative}},
     cosineDecayRestarts},
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

  Value finish(std::vector<double> values, Compute compute) {
    config.finish();
    if (config.isBroken)
      return Value::error();
    return session.in.heap.make<KerasSchedule>(session, className.str(), compute,
                                               std::move(values));
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
  return reader.finish(std::move(numbers), entry.compute);
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
  return reader.finish(std::move(numbers), cosineDecay);
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
  return reader.finish(std::move(numbers), piecewiseConstantDecay);
}

//===----------------------------------------------------------------------===//
// Those of the file
//===----------------------------------------------------------------------===//

class FileSchedule : public eval::InstanceOf<Schedule> {
public:
  FileSchedule(eval::Class &type, Session &session) : InstanceOf(type, session, type.name) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    if (type.find("__call__"))
      return InstanceOf::call(in, arguments);
    in.report(Code::MissingArgument, arguments.place, "the schedule `{}` has no method `__call__`",
              type.name)
        .note(type.place, "the class is defined here")
        .help("define `__call__(self, step)`, which returns the learning rate");
    return Value::error();
  }
};

/// keras.optimizers.schedules.LearningRateSchedule
class ScheduleClass : public eval::NativeClass {
public:
  explicit ScheduleClass(Session &session)
      : NativeClass(session.in, "LearningRateSchedule", SourceRange()), session(session) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    in.report(Code::InvalidArgument, arguments.place,
              "`LearningRateSchedule` is the base of schedules, and computes nothing itself")
        .help("derive a class from it, or take a schedule such as `CosineDecay`");
    return Value::error();
  }
  eval::Object *makeObject(eval::Class &type, SourceRange) override {
    return in.heap.make<FileSchedule>(type, session);
  }
  bool hasMethod(llvm::StringRef name) const override {
    return NativeClass::hasMethod(name) || name == "__call__" || name == "get_config";
  }

private:
  Session &session;
};

} // namespace

std::optional<ScalarProgram> Schedule::program(SourceRange place) {
  Session::Trace trace(session, className, "the schedule", place, "");
  size_t errors = session.in.engine.errorCount();
  Tensor *step = session.makeSource({}, ElementKind::Int, "step", place);
  Arguments arguments{place, place, {{Value(step), place}}, {}};
  Value rate = session.in.call(Value(this), arguments);
  GraphBuilder graph(session, place, className, fmt::format("`{}`", className));
  Tensor *result = rate.as<Tensor>();
  if (auto number = rate.isBool() ? std::nullopt : rate.asReal())
    result = graph.scalar(*number);
  if (result)
    return scalarProgram(*graph.toFloat(result), step, /*computed=*/{},
                         fmt::format("the learning rate of `{}`", className), place);
  if (session.in.engine.errorCount() == errors)
    session.in
        .report(Code::LambdaResult, place, "the schedule `{}` returns {} in place of a number",
                className, rate.isNone() ? "None" : "a value of type " + rate.typeName())
        .help("`__call__(self, step)` returns the learning rate");
  return std::nullopt;
}

void addSchedules(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module =
      catalogue.addModule("keras.optimizers.schedules", {"serialize", "deserialize"});
  auto *base = session.in.heap.make<ScheduleClass>(session);
  base->setBases({session.in.builtin("object").as<eval::Class>()});
  module->members["LearningRateSchedule"] = base;
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
