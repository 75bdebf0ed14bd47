//===- Case.cpp - One size of the recipe, in every implementation ---------===//
//
// Weights and data are random and the same in every run.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/Case.h"
#include "runtime/host/Artifact.h"
#include "runtime/host/Initializers.h"
#include "runtime/host/Random.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace rondo::bench {

// f32 sums over some hundred terms; the backward pass sums more of them, twice.
constexpr double kOutputTolerance = 2e-5, kGradientTolerance = 1e-4, kChangeTolerance = 2e-3;
constexpr int kCheckedSteps = 3;

bool Agreement::isGood() const {
  return output <= kOutputTolerance && loss <= kOutputTolerance &&
         gradients <= kGradientTolerance && changes <= kChangeTolerance;
}

template <typename T> static T take(llvm::Expected<T> value) {
  if (!value)
    throw std::runtime_error(llvm::toString(value.takeError()));
  return std::move(*value);
}

//===----------------------------------------------------------------------===//
// Implementations
//===----------------------------------------------------------------------===//

namespace {

/// The recipe with some weights of its own, which training changes.
class Implementation {
public:
  explicit Implementation(std::string name) : name(std::move(name)) {}
  virtual ~Implementation() = default;
  virtual void forward(const float *x, float *out) = 0;
  virtual float lossAndGradients(const float *x, const float *y, float *gradients) = 0;
  virtual float step(const float *x, const float *y) = 0;
  virtual const float *trained() = 0;

  const std::string name;
};

class Compiled : public Implementation {
public:
  Compiled(const CompiledRecipe &recipe, int64_t steps, int64_t batch, int threads)
      : Implementation(recipe.name), artifact(take(host::Artifact::open(recipe.path))),
        weights(take(host::initialWeights(model(), /*seed=*/1))),
        executor(take(host::Executor::create(model(), threads))),
        inference(take(host::Context::create(model(), weights, &executor))),
        training(take(host::Context::create(model(), weights, &executor, true))) {
    for (int32_t i = 0; i < model().num_symbols; ++i)
      dims.push_back(std::strcmp(model().symbols[i], "B") == 0 ? batch : steps);
  }

  const rondo_model &model() const { return artifact.model(); }
  const float *initial() const { return weights.trainable.data(); }

  void forward(const float *x, float *out) override {
    const void *inputs[] = {x};
    void *outputs[] = {out};
    check(inference, model().forward(inference.get(), dims.data(), inputs, outputs));
  }

  float lossAndGradients(const float *x, const float *y, float *gradients) override {
    const void *inputs[] = {x}, *targets[] = {y};
    float loss;
    check(inference, model().loss_and_gradients(inference.get(), dims.data(), inputs, targets,
                                                nullptr, &loss, nullptr, gradients, nullptr));
    return loss;
  }

  float step(const float *x, const float *y) override {
    const void *inputs[] = {x}, *targets[] = {y};
    float loss;
    check(training, model().train_step(training.get(), dims.data(), inputs, targets, nullptr,
                                       model().learning_rate, &loss, nullptr));
    return loss;
  }

  const float *trained() override { return model().trainable(training.get()); }

private:
  void check(const host::Context &context, rondo_status status) {
    if (status != RONDO_OK)
      throw std::runtime_error(name + ": " + llvm::toString(context.check(status)));
  }

  host::Artifact artifact;
  host::FlatWeights weights;
  host::Executor executor;
  host::Context inference, training;
  std::vector<int64_t> dims;
};

class Direct : public Implementation {
public:
  Direct(std::string name, const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
         const float *parameters)
      : Implementation(std::move(name)), size(layout.size),
        inference(shape, layout, algebra, parameters),
        training(shape, layout, algebra, parameters) {}

  void forward(const float *x, float *out) override { inference.run(x, out); }
  float lossAndGradients(const float *x, const float *y, float *gradients) override {
    const float loss = training.lossAndGradients(x, y);
    std::copy_n(training.gradients(), size, gradients);
    return loss;
  }
  float step(const float *x, const float *y) override { return training.step(x, y); }
  const float *trained() override { return training.parameters(); }

private:
  int64_t size;
  RecipeInference inference;
  RecipeTraining training;
};

} // namespace

static const rondo_parameter_info &parameter(const rondo_model &model, const std::string &path) {
  for (int32_t i = 0; i < model.num_parameters; ++i)
    if (path == model.parameters[i].path)
      return model.parameters[i];
  throw std::runtime_error("this is no compiled benchmarks/models/recipe.py: it has no '" + path +
                           "'");
}

static RecipeLayout layoutOf(const rondo_model &model) {
  auto offset = [&](const std::string &path) { return parameter(model, path).offset; };
  return {offset("lstm/lstm_cell/kernel"),
          offset("lstm/lstm_cell/recurrent_kernel"),
          offset("lstm/lstm_cell/bias"),
          offset("query/kernel"),
          offset("query/bias"),
          offset("prediction/kernel"),
          offset("prediction/bias"),
          model.trainable_size};
}

static std::vector<float> randomFloats(int64_t count, const std::string &stream) {
  host::RandomStream random(/*seed=*/1, stream);
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(2 * random.uniform(i) - 1);
  return values;
}

//===----------------------------------------------------------------------===//
// Agreement
//===----------------------------------------------------------------------===//

/// The largest difference, relative to the largest value.
static double difference(const float *actual, const float *expected, int64_t count) {
  double worst = 0, largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double distance = std::abs(double(actual[i]) - expected[i]);
    worst = std::max(worst, std::isnan(distance) ? INFINITY : distance);
    largest = std::max(largest, std::abs(double(expected[i])));
  }
  return worst == 0 ? 0 : worst / largest;
}

/// The distance of two changes from `before`, relative to their length.
static double changeDifference(const float *actual, const float *expected, const float *before,
                               int64_t count) {
  double distance = 0, length = 0;
  for (int64_t i = 0; i < count; ++i) {
    distance += std::pow(double(actual[i]) - expected[i], 2);
    length += std::pow(double(expected[i]) - before[i], 2);
  }
  return distance == 0 ? 0 : std::sqrt(distance / length);
}

namespace {

/// What is compared.
struct Numbers {
  Numbers(Implementation &implementation, const std::vector<float> &x, const std::vector<float> &y,
          int64_t parameters)
      : prediction(y.size()), gradients(parameters) {
    implementation.forward(x.data(), prediction.data());
    loss = implementation.lossAndGradients(x.data(), y.data(), gradients.data());
    for (int step = 0; step < kCheckedSteps; ++step)
      implementation.step(x.data(), y.data());
    trained.assign(implementation.trained(), implementation.trained() + parameters);
  }

  std::vector<float> prediction, gradients, trained;
  float loss;
};

} // namespace

static Agreement compare(const std::string &name, const Numbers &actual, const Numbers &expected,
                         const rondo_model &model, const float *initial) {
  Agreement agreement{
      name,
      difference(actual.prediction.data(), expected.prediction.data(), expected.prediction.size()),
      difference(&actual.loss, &expected.loss, 1), 0,
      changeDifference(actual.trained.data(), expected.trained.data(), initial,
                       model.trainable_size)};
  for (int32_t i = 0; i < model.num_parameters; ++i) {
    const rondo_parameter_info &info = model.parameters[i];
    agreement.gradients =
        std::max(agreement.gradients, difference(&actual.gradients[info.offset],
                                                 &expected.gradients[info.offset], info.size));
  }
  return agreement;
}

//===----------------------------------------------------------------------===//
// The case
//===----------------------------------------------------------------------===//

CaseResult runCase(const CaseOptions &options) {
  std::vector<std::unique_ptr<Implementation>> implementations;
  for (const CompiledRecipe &recipe : options.libraries)
    implementations.push_back(
        std::make_unique<Compiled>(recipe, options.steps, options.batch, options.threads));
  const auto &first = static_cast<const Compiled &>(*implementations.front());
  const rondo_model &model = first.model();
  const int64_t *kernel = parameter(model, "lstm/lstm_cell/kernel").dims; // (D, 4H)
  const LstmShape shape{options.steps, options.batch, kernel[0], kernel[1] / 4};
  const RecipeLayout layout = layoutOf(model);
  // oneDNN takes the number of threads when a primitive is made and when it runs.
  useThreads(options.threads);
  implementations.push_back(
      std::make_unique<Direct>(kSumFirstName, shape, layout, Algebra::SumFirst, first.initial()));
  implementations.push_back(
      std::make_unique<Direct>(kDirectName, shape, layout, Algebra::AsWritten, first.initial()));

  CaseResult result{shape, options.threads, model.isa, {}, {}, {}};
  const std::vector<float> x = randomFloats(shape.batch * shape.steps * shape.features, "x"),
                           y = randomFloats(shape.batch, "y");
  const Numbers expected(*implementations.back(), x, y, model.trainable_size);
  bool good = true;
  for (size_t i = 0; i + 1 < implementations.size(); ++i) {
    const auto &implementation = implementations[i];
    const Numbers actual(*implementation, x, y, model.trainable_size);
    result.agreement.push_back(
        compare(implementation->name, actual, expected, model, first.initial()));
    good &= result.agreement.back().isGood();
  }
  if (!good)
    return result;

  std::vector<float> out(shape.batch);
  std::vector<Contender> forward, training;
  for (const auto &implementation : implementations) {
    Implementation *each = implementation.get();
    forward.push_back({each->name, [&, each] { each->forward(x.data(), out.data()); }});
    training.push_back({each->name, [&, each] { each->step(x.data(), y.data()); }});
  }
  result.forward = measure(forward, options.seconds);
  result.training = measure(training, options.seconds);
  return result;
}

} // namespace rondo::bench
