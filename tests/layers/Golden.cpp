//===- Golden.cpp - What Keras computed for a model file --------*- C++ -*-===//
//
// Reading goldens and comparing numbers with them.
//
//===----------------------------------------------------------------------===//

#include "tests/layers/Golden.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>

namespace fs = std::filesystem;

namespace rondo::test {

static const fs::path folder = fs::path(RONDO_SOURCE_DIR) / "tests" / "layers";

std::vector<std::string> modelNames() {
  std::vector<std::string> names;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder / "models"))
    if (entry.path().extension() == ".py")
      names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string modelPath(const std::string &name) { return folder / "models" / (name + ".py"); }

Golden::Golden(const std::string &name) {
  auto read = host::readArrays(folder / "goldens" / (name + ".npz"));
  if (!read)
    throw std::runtime_error(llvm::toString(read.takeError()));
  file = std::move(*read);
}

std::vector<host::Array> Golden::below(const std::string &prefix) const {
  std::vector<host::Array> found;
  for (const host::Array &array : file.arrays) {
    llvm::StringRef name = array.name;
    if (name.consume_front(prefix + "/")) {
      found.push_back(array);
      found.back().name = name.str();
    }
  }
  return found;
}

static double largestOf(const std::vector<double> &elements) {
  double largest = 0;
  for (double element : elements)
    largest = std::max(largest, std::abs(element));
  return largest;
}

double Golden::tolerance(double usual) const {
  const host::Array *ofKeras = find("tolerance");
  return ofKeras ? std::max(usual, values(*ofKeras).front()) : usual;
}

double Golden::scale(const std::string &key) const {
  constexpr double rounding = 1e-13; // of a gradient in double precision
  auto [testCase, rest] = llvm::StringRef(key).split('/');
  auto [group, parameter] = rest.split('/');
  const std::string gradients = testCase.str() + "/grad";
  const host::Array *gradient = find(gradients + "/" + parameter.str());
  if (!gradient || (group != "grad" && !group.starts_with("change")))
    return 0;
  auto largestBelow = [&](const std::string &prefix) {
    double largest = 0;
    for (const host::Array &array : below(prefix))
      largest = std::max(largest, largestOf(values(array)));
    return largest;
  };
  bool isZero = largestOf(values(*gradient)) <= rounding * largestBelow(gradients);
  return isZero ? largestBelow((testCase + "/" + group).str()) : 0;
}

template <typename T> static std::vector<double> valuesOf(const host::Array &array) {
  std::vector<T> elements(array.size());
  std::memcpy(elements.data(), array.bytes.data(), array.bytes.size());
  return {elements.begin(), elements.end()};
}

std::vector<double> values(const host::Array &array) {
  switch (array.type) {
  case host::ElementType::F32:
    return valuesOf<float>(array);
  case host::ElementType::F64:
    return valuesOf<double>(array);
  case host::ElementType::I32:
    return valuesOf<int32_t>(array);
  case host::ElementType::Bool:
    return valuesOf<uint8_t>(array);
  default:
    throw std::runtime_error("a golden holds no " + host::elementTypeName(array.type).str());
  }
}

void expectClose(const std::string &what, const std::vector<double> &actual,
                 const std::vector<double> &expected, double tolerance, double slack) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double largest = largestOf(expected), worst = 0;
  size_t where = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    double difference = std::abs(actual[i] - expected[i]);
    // Not `>`: a NaN is the worst difference.
    if (!(difference <= worst)) {
      worst = difference;
      where = i;
    }
  }
  EXPECT_LE(worst, tolerance * largest + slack)
      << what << ": element " << where << " is " << actual[where] << ", expected "
      << expected[where] << "; relative to the largest, " << largest << ", off by "
      << worst / largest;
}

} // namespace rondo::test
