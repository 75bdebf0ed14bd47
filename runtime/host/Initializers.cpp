//===- Initializers.cpp - First values of variables ----------------------------===//
//
// Keras' initializers by name. Source: keras/src/initializers.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Initializers.h"
#include "runtime/host/File.h"
#include "runtime/host/Random.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include <cmath>
#include <numeric>

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::MutableArrayRef;
using llvm::StringRef;

namespace rondo::host {
namespace {

/// Of a normal distribution cut off at two standard deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

struct Fans {
  double in, out;
};

/// Inputs and outputs of a unit: rank 3 and above counts as a convolution.
Fans fansOf(ArrayRef<int64_t> shape) {
  auto atLeastOne = [](double fan) { return fan < 1 ? 1 : fan; };
  if (shape.empty())
    return {1, 1};
  double last = shape.back();
  if (shape.size() == 1)
    return {atLeastOne(last), atLeastOne(last)};
  double field = 1;
  for (int64_t size : shape.drop_back(2))
    field *= size;
  return {atLeastOne(field * shape[shape.size() - 2]), atLeastOne(field * last)};
}

/// The product of the sizes of the axes that `options` names; nothing where it names none.
std::optional<double> sizeOf(const llvm::json::Object &options, StringRef axes,
                             ArrayRef<int64_t> shape) {
  const llvm::json::Array *named = options.getArray(axes);
  if (!named)
    return std::nullopt;
  double size = 1;
  for (const llvm::json::Value &axis : *named)
    if (std::optional<int64_t> index = axis.getAsInteger();
        index && *index >= 0 && *index < int64_t(shape.size()))
      size *= shape[*index];
  return size;
}

enum class Distribution { Uniform, Normal, TruncatedNormal };

void fillUniform(const RandomStream &random, double low, double high,
                 MutableArrayRef<float> values) {
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(low + (high - low) * random.uniform(i));
}

void fillNormal(const RandomStream &random, double mean, double deviation, bool truncated,
                MutableArrayRef<float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    double z = truncated ? random.truncatedNormal(i) : random.normal(i);
    values[i] = static_cast<float>(mean + deviation * z);
  }
}

/// Variance scale/fan, whatever the distribution.
void fillScaled(const RandomStream &random, double scale, double fan, Distribution distribution,
                MutableArrayRef<float> values) {
  double variance = scale / fan;
  switch (distribution) {
  case Distribution::Uniform:
    return fillUniform(random, -std::sqrt(3 * variance), std::sqrt(3 * variance), values);
  case Distribution::Normal:
    return fillNormal(random, 0, std::sqrt(variance), false, values);
  case Distribution::TruncatedNormal:
    return fillNormal(random, 0, std::sqrt(variance) / kTruncatedDeviation, true, values);
  }
}

/// Orthonormal columns (rows, where there are fewer of them) from a matrix of
/// normal numbers: Gram-Schmidt, modified, gives the Q of the QR factorisation
/// whose R has a positive diagonal, which is Keras' sign convention.
void fillOrthogonal(const RandomStream &random, double gain, ArrayRef<int64_t> shape,
                    MutableArrayRef<float> values) {
  int64_t columns = shape.back(), rows = values.size() / std::max<int64_t>(columns, 1);
  int64_t tall = std::max(rows, columns), wide = std::min(rows, columns);
  std::vector<double> q(values.size()); // tall × wide
  for (size_t i = 0; i < q.size(); ++i)
    q[i] = random.normal(i);
  std::vector<double> dots(wide);
  for (int64_t k = 0; k < wide; ++k) {
    double square = 0;
    for (int64_t i = 0; i < tall; ++i)
      square += q[i * wide + k] * q[i * wide + k];
    double length = std::sqrt(square);
    std::fill(dots.begin() + k + 1, dots.end(), 0);
    for (int64_t i = 0; i < tall; ++i) {
      double *row = &q[i * wide];
      row[k] /= length;
      for (int64_t j = k + 1; j < wide; ++j)
        dots[j] += row[k] * row[j];
    }
    for (int64_t i = 0; i < tall; ++i) {
      double *row = &q[i * wide];
      for (int64_t j = k + 1; j < wide; ++j)
        row[j] -= row[k] * dots[j];
    }
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      values[i * columns + j] =
          static_cast<float>(gain * (rows >= columns ? q[i * wide + j] : q[j * wide + i]));
}

Error badInitializer(const rondo_parameter_info &parameter, StringRef why) {
  return error("the initializer of `{}`, {}, {}", parameter.path, parameter.initializer, why.str());
}

} // namespace

Error initialize(const rondo_parameter_info &parameter, uint64_t seed,
                 MutableArrayRef<float> values) {
  Expected<llvm::json::Value> json = llvm::json::parse(parameter.initializer);
  const llvm::json::Object *options = json ? json->getAsObject() : nullptr;
  if (!options) {
    llvm::consumeError(json.takeError());
    return badInitializer(parameter, "is not a JSON object");
  }
  StringRef name = options->getString("name").value_or("");
  auto number = [&](StringRef key, double byDefault) {
    return options->getNumber(key).value_or(byDefault);
  };
  ArrayRef<int64_t> shape(parameter.dims, parameter.rank);
  Fans fans = fansOf(shape);
  fans.in = sizeOf(*options, "input_axes", shape).value_or(fans.in);
  fans.out = sizeOf(*options, "output_axes", shape).value_or(fans.out);
  double averageFan = (fans.in + fans.out) / 2;
  // An initializer with a seed of its own draws the same for each of its variables.
  std::optional<int64_t> ownSeed = options->getInteger("seed");
  RandomStream random = ownSeed ? RandomStream(*ownSeed, name) : RandomStream(seed, parameter.path);
  auto scaled = [&](double scale, double fan, Distribution distribution) {
    fillScaled(random, scale, fan, distribution, values);
  };

  if (name == "zeros") {
    std::fill(values.begin(), values.end(), 0.0f);
  } else if (name == "ones") {
    std::fill(values.begin(), values.end(), 1.0f);
  } else if (name == "constant") {
    std::fill(values.begin(), values.end(), static_cast<float>(number("value", 0)));
  } else if (name == "random_uniform") {
    fillUniform(random, number("minval", -0.05), number("maxval", 0.05), values);
  } else if (name == "random_normal" || name == "truncated_normal") {
    fillNormal(random, number("mean", 0), number("stddev", 0.05), name == "truncated_normal",
               values);
  } else if (name == "glorot_uniform") {
    scaled(1, averageFan, Distribution::Uniform);
  } else if (name == "glorot_normal") {
    scaled(1, averageFan, Distribution::TruncatedNormal);
  } else if (name == "he_uniform") {
    scaled(2, fans.in, Distribution::Uniform);
  } else if (name == "he_normal") {
    scaled(2, fans.in, Distribution::TruncatedNormal);
  } else if (name == "lecun_uniform") {
    scaled(1, fans.in, Distribution::Uniform);
  } else if (name == "lecun_normal") {
    scaled(1, fans.in, Distribution::TruncatedNormal);
  } else if (name == "variance_scaling") {
    StringRef mode = options->getString("mode").value_or("fan_in");
    StringRef kind = options->getString("distribution").value_or("truncated_normal");
    double fan = llvm::StringSwitch<double>(mode)
                     .Case("fan_in", fans.in)
                     .Case("fan_out", fans.out)
                     .Case("fan_avg", averageFan)
                     .Default(0);
    auto distribution = llvm::StringSwitch<std::optional<Distribution>>(kind)
                            .Case("uniform", Distribution::Uniform)
                            .Case("untruncated_normal", Distribution::Normal)
                            .Cases("truncated_normal", "normal", Distribution::TruncatedNormal)
                            .Default(std::nullopt);
    double scale = number("scale", 1);
    if (fan == 0 || !distribution || !(scale > 0))
      return badInitializer(parameter, "has a parameter that makes no sense");
    scaled(scale, fan, *distribution);
  } else if (name == "orthogonal") {
    if (shape.size() < 2)
      return badInitializer(parameter, "needs a variable of rank two or more");
    fillOrthogonal(random, number("gain", 1), shape, values);
  } else if (name == "identity") {
    if (shape.size() != 2)
      return badInitializer(parameter, "needs a variable of rank two");
    for (int64_t i = 0; i < shape[0]; ++i)
      for (int64_t j = 0; j < shape[1]; ++j)
        values[i * shape[1] + j] = i == j ? static_cast<float>(number("gain", 1)) : 0.0f;
  } else {
    return badInitializer(parameter, "is not known");
  }

  // The forget gate is the second quarter of an LSTM's bias (gates i, f, c, o).
  if (options->getBoolean("unit_forget").value_or(false)) {
    size_t units = values.size() / 4;
    MutableArrayRef<float> forget = values.slice(units, units);
    std::fill(forget.begin(), forget.end(), 1.0f);
  }
  return Error::success();
}

Expected<FlatWeights> initialWeights(const rondo_model &model, uint64_t seed) {
  FlatWeights weights = zeroWeights(model);
  for (int i = 0; i < model.num_parameters; ++i) {
    const rondo_parameter_info &parameter = model.parameters[i];
    MutableArrayRef<float> flat(parameter.trainable ? weights.trainable : weights.state);
    if (Error problem = initialize(parameter, seed, flat.slice(parameter.offset, parameter.size)))
      return problem;
  }
  return weights;
}

} // namespace rondo::host
