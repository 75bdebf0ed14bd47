//===- DerivativesTest.cpp - What rondo gradients can be asked --*- C++ -*-===//
//
// Gradients of parameters or inputs, vector-Jacobian products and products with
// the Hessian: from model files, from libraries and on the reference, and what is
// said where there is no derivative.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cmath>
#include <cstring>

namespace rondo::test {
namespace {

class Derivatives : public ToolTest {
protected:
  /// Two outputs, one of them of integers; the first layer is frozen.
  static constexpr const char *twoOutputs = R"(import keras
from keras.layers import Dense, Input

x = Input(shape=(3,), name="x")
h = Dense(4, activation="tanh", name="frozen", trainable=False)(x)
y = Dense(2, activation="tanh", name="y")(h)
model = keras.Model(x, {"y": y, "best": keras.ops.argmax(y, axis=-1)})
)";
  static constexpr const char *withLoss = R"(import keras
from keras.layers import Dense, Input

x = Input(shape=(3,), name="x")
h = Dense(4, activation="tanh", name="frozen", trainable=False)(x)
model = keras.Model(x, Dense(2, activation="tanh", name="y")(h))
model.compile(optimizer="sgd", loss="mse")
)";

  void SetUp() override {
    write("two.py", twoOutputs);
    write("loss.py", withLoss);
    writeArrays("x.npz", {numbers("x", {5, 3}, 1)});
    writeArrays("xy.npz", {numbers("x", {5, 3}, 1), numbers("y", {5, 2}, 2)});
    writeArrays("c.npz", {numbers("y", {5, 2}, 3)});
    writeArrays("v.npz", {numbers("y/kernel", {4, 2}, 4), numbers("y/bias", {2}, 5)});
    Outcome outcome = rondo({"weights", "two.py", "--seed", "3", "--out", "w.npz"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }

  static host::Array numbers(const std::string &name, const std::vector<int64_t> &shape,
                             unsigned seed) {
    int64_t size = 1;
    for (int64_t n : shape)
      size *= n;
    std::vector<float> values(size);
    for (float &value : values) {
      seed = seed * 1664525u + 1013904223u;
      value = float(seed >> 8) / 16777216.0f - 0.5f;
    }
    return floats(name, shape, values);
  }

  Outcome gradients(const std::string &model, const std::string &data,
                    std::vector<std::string> options) {
    std::vector<std::string> arguments = {"gradients", model, "--weights", "w.npz",
                                          "--data",    data,  "--out",     "out.npz"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return rondo(arguments);
  }

  /// The arrays of a successful run, as doubles.
  std::map<std::string, std::vector<double>> values(const std::string &model,
                                                    const std::string &data,
                                                    std::vector<std::string> options) {
    Outcome outcome = gradients(model, data, options);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    std::map<std::string, std::vector<double>> result;
    if (outcome.exitCode == 0)
      for (const host::Array &array : readArrays("out.npz").arrays)
        result[array.name] = doublesOf(array);
    return result;
  }

  static std::vector<double> doublesOf(const host::Array &array) {
    std::vector<double> result(array.size());
    for (int64_t i = 0; i < array.size(); ++i) {
      const char *at = array.bytes.data() + i * host::elementTypeSize(array.type);
      if (array.type == host::ElementType::F64)
        std::memcpy(&result[i], at, sizeof(double));
      else if (array.type == host::ElementType::F32)
        result[i] = *reinterpret_cast<const float *>(at);
      else
        result[i] = *reinterpret_cast<const int32_t *>(at);
    }
    return result;
  }

  static std::vector<std::string> namesOf(const std::map<std::string, std::vector<double>> &all) {
    std::vector<std::string> names;
    for (const auto &entry : all)
      names.push_back(entry.first);
    return names;
  }

  /// Equal to 1e-5 of the largest: one in f32, the other in f64.
  static void expectClose(const std::map<std::string, std::vector<double>> &a,
                          const std::map<std::string, std::vector<double>> &b) {
    ASSERT_EQ(namesOf(a), namesOf(b));
    for (const auto &[name, expected] : b) {
      double largest = 0;
      for (double value : expected)
        largest = std::max(largest, std::abs(value));
      EXPECT_GT(largest, 0) << name;
      ASSERT_EQ(a.at(name).size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(a.at(name)[i], expected[i], 1e-5 * largest) << name;
    }
  }

  /// Fails with one error that contains all of `texts`, and writes nothing.
  void expectError(const Outcome &outcome, const std::vector<std::string> &texts) {
    EXPECT_EQ(outcome.exitCode, 1) << outcome.err;
    for (const std::string &text : texts)
      EXPECT_NE(outcome.err.find(text), std::string::npos) << text << " in\n" << outcome.err;
    EXPECT_FALSE(exists("out.npz"));
  }
};

TEST_F(Derivatives, LeavesOutWhatNobodyAsksFor) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(namesOf(values("loss.py", "xy.npz", {})),
            (Names{"grad/y/bias", "grad/y/kernel", "gradin/x", "loss"}));
  EXPECT_EQ(namesOf(values("loss.py", "xy.npz", {"--wrt=parameters"})),
            (Names{"grad/y/bias", "grad/y/kernel", "loss"}));
  EXPECT_EQ(namesOf(values("loss.py", "xy.npz", {"--wrt=inputs"})), (Names{"gradin/x", "loss"}));
  EXPECT_EQ(namesOf(values("loss.py", "xy.npz", {"--wrt=inputs", "--reference"})),
            (Names{"gradin/x", "loss"}));
}

TEST_F(Derivatives, MultipliesCotangents) {
  auto compiled = values("two.py", "x.npz", {"--cotangents", "c.npz"});
  EXPECT_EQ(namesOf(compiled), (std::vector<std::string>{"best", "grad/y/bias", "grad/y/kernel",
                                                         "gradin/x", "y"}));
  expectClose(compiled, values("two.py", "x.npz", {"--cotangents", "c.npz", "--reference"}));
  EXPECT_EQ(namesOf(values("two.py", "x.npz", {"--cotangents", "c.npz", "--wrt=inputs"})),
            (std::vector<std::string>{"best", "gradin/x", "y"}));

  // The central difference of the sum of cotangent times output, in double precision.
  auto weighted = [&](float step) {
    host::ArrayFile w = readArrays("w.npz");
    for (host::Array &array : w.arrays)
      if (array.name == "y/bias")
        reinterpret_cast<float *>(array.bytes.data())[1] += step;
    writeArrays("moved.npz", w.arrays);
    Outcome outcome = rondo({"predict", "two.py", "--weights", "moved.npz", "--data", "x.npz",
                             "--out", "p.npz", "--reference"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    host::ArrayFile p = readArrays("p.npz"), c = readArrays("c.npz");
    std::vector<double> y = doublesOf(*p.find("y")), dy = doublesOf(*c.find("y"));
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i)
      sum += y[i] * dy[i];
    return sum;
  };
  // The bias is zero and the step a power of two, so weights stay exact in f32.
  constexpr float step = 1.0f / 4096;
  double difference = (weighted(step) - weighted(-step)) / (2 * step);
  EXPECT_NEAR(compiled.at("grad/y/bias")[1], difference, 1e-5);
}

TEST_F(Derivatives, TakesACotangentUnderAnyNameWhereThereIsOneOutput) {
  writeArrays("named.npz", {numbers("y", {5, 2}, 3)});
  writeArrays("other.npz", {numbers("anything", {5, 2}, 3)});
  EXPECT_EQ(values("loss.py", "x.npz", {"--cotangents", "named.npz"}),
            values("loss.py", "x.npz", {"--cotangents", "other.npz"}));
}

TEST_F(Derivatives, MultipliesAVectorWithTheHessian) {
  auto compiled = values("loss.py", "xy.npz", {"--hessian-vector", "v.npz"});
  EXPECT_EQ(namesOf(compiled), (std::vector<std::string>{"hvp/y/bias", "hvp/y/kernel", "loss"}));
  auto reference = values("loss.py", "xy.npz", {"--hessian-vector", "v.npz", "--reference"});
  expectClose(compiled, reference);

  // The central difference of gradients along the vector, in double precision.
  auto moved = [&](float step) {
    host::ArrayFile w = readArrays("w.npz"), v = readArrays("v.npz");
    for (host::Array &array : w.arrays)
      if (const host::Array *direction = v.find(array.name))
        for (int64_t i = 0; i < array.size(); ++i)
          reinterpret_cast<float *>(array.bytes.data())[i] +=
              step * reinterpret_cast<const float *>(direction->bytes.data())[i];
    writeArrays("moved.npz", w.arrays);
    Outcome outcome = rondo({"gradients", "loss.py", "--weights", "moved.npz", "--data", "xy.npz",
                             "--out", "g.npz", "--reference"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return doublesOf(*readArrays("g.npz").find("grad/y/kernel"));
  };
  // Weights are rounded to f32: half a unit in the last place over the step.
  constexpr float step = 1.0f / 512;
  std::vector<double> above = moved(step), below = moved(-step);
  for (size_t i = 0; i < above.size(); ++i)
    EXPECT_NEAR(reference.at("hvp/y/kernel")[i], (above[i] - below[i]) / (2 * step), 1e-4);
}

TEST_F(Derivatives, AreThoseOfEachSample) {
  constexpr int64_t samples = 5, steps = 4;
  write("lstm.py", "import keras\n"
                   "x = keras.Input(shape=(None, 3), name='x')\n"
                   "h = keras.layers.LSTM(4)(x)\n"
                   "model = keras.Model(x, keras.layers.Dense(2, name='y')(h))\n"
                   "model.compile(optimizer='sgd', loss='mse')\n");
  ASSERT_EQ(rondo({"weights", "lstm.py", "--seed", "3", "--out", "w.npz"}).exitCode, 0);
  ASSERT_EQ(rondo({"compile", "lstm.py", "-o", "lstm.so"}).exitCode, 0);
  const host::Array x = numbers("x", {samples, steps, 3}, 1), y = numbers("y", {samples, 2}, 2),
                    weights = numbers("sample_weight", {samples}, 7);
  writeArrays("data.npz", {x, y, weights});
  auto each = values("lstm.py", "data.npz", {"--per-example"});
  host::ArrayFile file = readArrays("out.npz");
  EXPECT_EQ(file.find("loss")->shape, (std::vector<int64_t>{samples}));
  EXPECT_EQ(file.find("grad/y/kernel")->shape, (std::vector<int64_t>{samples, 4, 2}));
  EXPECT_EQ(file.find("gradin/x")->shape, x.shape);
  EXPECT_EQ(values("lstm.so", "data.npz", {"--per-example"}), each);
  expectClose(each, values("lstm.py", "data.npz", {"--per-example", "--reference"}));
  EXPECT_EQ(namesOf(values("lstm.py", "data.npz", {"--per-example", "--wrt=inputs"})),
            (std::vector<std::string>{"gradin/x", "loss"}));

  // Bit by bit what each sample gives in a file of its own.
  for (int64_t sample = 0; sample < samples; ++sample) {
    auto part = [&](const host::Array &array) {
      host::Array one = array;
      size_t bytes = array.bytes.size() / samples;
      one.shape.front() = 1;
      one.bytes.assign(array.bytes.begin() + sample * bytes,
                       array.bytes.begin() + (sample + 1) * bytes);
      return one;
    };
    writeArrays("one.npz", {part(x), part(y), part(weights)});
    for (const auto &[name, expected] : values("lstm.py", "one.npz", {})) {
      const std::vector<double> &all = each.at(name);
      auto first = all.begin() + sample * expected.size();
      EXPECT_EQ(std::vector<double>(first, first + expected.size()), expected) << name;
    }
  }

  // The loss is a mean over samples: so are its gradients, and those of inputs share in it.
  auto whole = values("lstm.py", "data.npz", {});
  std::map<std::string, std::vector<double>> means;
  for (const auto &[name, expected] : whole) {
    const std::vector<double> &all = each.at(name);
    std::vector<double> &mean = means[name] = std::vector<double>(expected.size());
    for (size_t i = 0; i < all.size(); ++i)
      mean[i % mean.size()] += all[i] / samples;
  }
  expectClose(means, whole);
}

TEST_F(Derivatives, AreNotThoseOfASampleInAFixedBatch) {
  std::string text = withLoss;
  text.replace(text.find("shape=(3,)"), strlen("shape=(3,)"), "batch_shape=(5, 3)");
  write("five.py", text);
  for (const char *option : {"--kernels=auto", "--reference"})
    expectError(gradients("five.py", "xy.npz", {"--per-example", option}),
                {"`--per-example`", "batches of 5", "`Input(shape)`", "[option-unsupported]"});
  // One is as good as open.
  text.replace(text.find("(5, 3)"), strlen("(5, 3)"), "(1, 3)");
  write("one.py", text);
  EXPECT_EQ(values("one.py", "xy.npz", {"--per-example"}),
            values("loss.py", "xy.npz", {"--per-example"}));
  std::filesystem::remove(path("out.npz"));
  for (const char *option : {"--cotangents", "--hessian-vector"})
    EXPECT_EQ(gradients("loss.py", "xy.npz", {"--per-example", option, "c.npz"}).exitCode, 2);
  EXPECT_FALSE(exists("out.npz"));
}

TEST_F(Derivatives, ComeFromLibrariesThatHaveThem) {
  ASSERT_EQ(rondo({"compile", "loss.py", "-o", "all.so",
                   "--entries=forward,loss_and_gradients,vjp,hvp"})
                .exitCode,
            0);
  ASSERT_EQ(rondo({"compile", "loss.py", "-o", "plain.so"}).exitCode, 0);
  ASSERT_EQ(rondo({"compile", "loss.py", "-o", "inputs.so", "--wrt=inputs"}).exitCode, 0);
  const std::vector<std::string> vjp = {"--cotangents", "c.npz"};
  const std::vector<std::string> hvp = {"--hessian-vector", "v.npz"};
  EXPECT_EQ(values("all.so", "x.npz", vjp), values("loss.py", "x.npz", vjp));
  EXPECT_EQ(values("all.so", "xy.npz", hvp), values("loss.py", "xy.npz", hvp));
  EXPECT_EQ(values("all.so", "xy.npz", {"--wrt=inputs"}), values("inputs.so", "xy.npz", {}));
  std::filesystem::remove(path("out.npz"));
  expectError(gradients("plain.so", "x.npz", vjp),
              {"plain.so", "`vjp`", "--entries=vjp", "[option-unsupported]"});
  expectError(gradients("plain.so", "xy.npz", hvp),
              {"plain.so", "`hvp`", "--entries=hvp", "[option-unsupported]"});
  expectError(gradients("inputs.so", "xy.npz", {"--wrt=parameters"}),
              {"inputs.so", "parameters", "--wrt=all", "[option-unsupported]"});
  // An artifact for inference only.
  ASSERT_EQ(rondo({"compile", "loss.py", "-o", "forward.so", "--entries=forward"}).exitCode, 0);
  expectError(gradients("forward.so", "xy.npz", {}), {"`loss_and_gradients`", "--entries="});
  EXPECT_LT(std::filesystem::file_size(path("forward.so")),
            std::filesystem::file_size(path("plain.so")));
}

TEST_F(Derivatives, RefuseWhatHasNone) {
  // Integers: as an output, as the only outputs, as the only input.
  writeArrays("best.npz", {numbers("best", {5}, 1)});
  expectError(gradients("two.py", "x.npz", {"--cotangents", "best.npz"}),
              {"`best`", "integers", "[data-unusable]"});
  std::string text = twoOutputs;
  text.replace(text.find("{\"y\": y, \"best\""), strlen("{\"y\": y, \"best\""), "{\"best\"");
  write("integers.py", text);
  expectError(rondo({"compile", "integers.py", "-o", "out.npz", "--entries=vjp"}),
              {"outputs", "integers", "[not-differentiable]"});
  write("ids.py", "import keras\n"
                  "x = keras.Input(shape=(3,), dtype='int32', name='x')\n"
                  "h = keras.layers.Lambda(lambda t: keras.ops.cast(t, 'float32'))(x)\n"
                  "model = keras.Model(x, keras.layers.Dense(2, name='y')(h))\n");
  expectError(rondo({"compile", "ids.py", "-o", "out.npz", "--entries=vjp", "--wrt=inputs"}),
              {"no input of floats", "[not-differentiable]"});
  // No variable learns.
  write("still.py", std::string(withLoss) + "model.trainable = False\n");
  expectError(gradients("still.py", "xy.npz", {"--wrt=parameters"}),
              {"no trainable variable", "[not-differentiable]"});
  // No loss where one is needed.
  expectError(gradients("two.py", "x.npz", {}), {"[model-not-compiled]"});
  expectError(gradients("two.py", "x.npz", {"--hessian-vector", "v.npz"}),
              {"[model-not-compiled]"});
  expectError(rondo({"compile", "two.py", "-o", "out.npz", "--entries=hvp"}),
              {"[model-not-compiled]"});
}

TEST_F(Derivatives, GivesZerosWhereNothingDepends) {
  write("apart.py", std::string(twoOutputs) +
                        "model = keras.Model(x, [y, Dense(2, name='apart')(x)])\n");
  ASSERT_EQ(rondo({"weights", "apart.py", "--seed", "3", "--out", "w.npz"}).exitCode, 0);
  auto gradients = values("apart.py", "x.npz", {"--cotangents", "c.npz"});
  EXPECT_EQ(gradients.at("grad/apart/kernel"), std::vector<double>(6));
  EXPECT_NE(gradients.at("grad/y/kernel"), std::vector<double>(8));
}

TEST_F(Derivatives, CheckWhatTheyAreGiven) {
  writeArrays("shape.npz", {numbers("y", {4, 2}, 3)});
  expectError(gradients("two.py", "x.npz", {"--cotangents", "shape.npz"}),
              {"`y`", "(4, 2)", "(5, 2)", "[data-unusable]"});
  writeArrays("name.npz", {numbers("y", {5, 2}, 3), numbers("z", {5, 2}, 3)});
  expectError(gradients("two.py", "x.npz", {"--cotangents", "name.npz"}),
              {"`z`", "`y` (B, 2)", "[data-unusable]"});
  expectError(gradients("two.py", "x.npz", {"--cotangents", "no.npz"}),
              {"no.npz", "[data-unusable]"});
  writeArrays("part.npz", {numbers("y/kernel", {4, 2}, 4)});
  expectError(gradients("loss.py", "xy.npz", {"--hessian-vector", "part.npz"}),
              {"`y/bias` (2,) is missing", "trainable", "[data-unusable]"});
  writeArrays("frozen.npz", {numbers("y/kernel", {4, 2}, 4), numbers("y/bias", {2}, 5),
                             numbers("frozen/bias", {4}, 6)});
  expectError(gradients("loss.py", "xy.npz", {"--hessian-vector", "frozen.npz"}),
              {"no trainable variable `frozen/bias`", "[data-unusable]"});
  for (std::vector<std::string> options :
       {std::vector<std::string>{"--hessian-vector", "v.npz", "--cotangents", "c.npz"},
        {"--hessian-vector", "v.npz", "--wrt=inputs"},
        {"--wrt=everything"}})
    EXPECT_EQ(gradients("loss.py", "xy.npz", options).exitCode, 2);
  EXPECT_EQ(rondo({"compile", "loss.py", "-o", "out.npz", "--entries=backward"}).exitCode, 2);
  EXPECT_FALSE(exists("out.npz"));
}

} // namespace
} // namespace rondo::test
