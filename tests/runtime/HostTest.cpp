//===- HostTest.cpp - Helpers of the host tests -------------------------------===//
//
// Folders, arrays, data.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/HostTest.h"
#include "tests/runtime/FakeModel.h"
#include "llvm/Support/FileSystem.h"
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

namespace rondo::test {

HostTest::HostTest() {
  llvm::SmallString<128> unique;
  llvm::sys::fs::createUniqueDirectory("rondo-host-test", unique);
  folder = unique.str().str();
}

HostTest::~HostTest() { std::filesystem::remove_all(folder); }

void HostTest::writeText(const std::string &name, const std::string &text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

std::string HostTest::readText(const std::string &name) const {
  std::ostringstream stream;
  stream << std::ifstream(path(name), std::ios::binary).rdbuf();
  return stream.str();
}

std::vector<std::string> HostTest::files() const {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string text(llvm::Error error) { return llvm::toString(std::move(error)); }

host::Array floats(std::string name, std::vector<int64_t> shape, std::vector<float> values) {
  return host::Array::ofFloats(std::move(name), std::move(shape), values);
}

host::Array ints(std::string name, std::vector<int64_t> shape, std::vector<int32_t> values) {
  host::Array array{std::move(name), host::ElementType::I32, std::move(shape), {}};
  array.bytes.resize(values.size() * sizeof(int32_t));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

std::vector<float> floatsOf(const host::Array &array) {
  std::vector<float> values(array.size());
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

host::ArrayFile fakeData(int64_t samples, int64_t steps) {
  std::vector<float> x(samples * steps * kFeatures);
  std::vector<int32_t> ids(samples), labels(samples);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i * 7919 % 997) / 997;
  for (int64_t b = 0; b < samples; ++b) {
    float sum = 0;
    for (int64_t i = 0; i < steps * kFeatures; ++i)
      sum += x[b * steps * kFeatures + i];
    ids[b] = b % kTableRows;
    labels[b] = std::min(9, static_cast<int>(std::lround(sum)));
  }
  host::ArrayFile file;
  file.path = "data.npz";
  file.arrays = {floats("x", {samples, steps, kFeatures}, x), ints("ids", {samples}, ids),
                 ints("y", {samples}, labels)};
  return file;
}

} // namespace rondo::test
