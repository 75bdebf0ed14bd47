//===- HostTest.h - Helpers of the host tests ----------------------*- C++ -*-===//
//
// Folders that go away, errors as text, arrays from lists, the fake model's
// data.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_RUNTIME_HOSTTEST_H
#define RONDO_TESTS_RUNTIME_HOSTTEST_H

#include "runtime/host/Npz.h"
#include "runtime/host/Weights.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace rondo::test {

/// A test with a folder of its own.
class HostTest : public ::testing::Test {
protected:
  HostTest();
  ~HostTest() override;

  std::string path(const std::string &name) const { return (folder / name).string(); }
  void writeText(const std::string &name, const std::string &text) const;
  std::string readText(const std::string &name) const;
  /// Names of the files in the folder: what a failed write must not add to.
  std::vector<std::string> files() const;

  std::filesystem::path folder;
};

/// The text of an error; empty for success.
std::string text(llvm::Error error);
template <typename T> std::string text(llvm::Expected<T> value) { return text(value.takeError()); }

/// The value; fails the test (and ends the program) where there is an error.
template <typename T> T value(llvm::Expected<T> expected) {
  if (!expected) {
    ADD_FAILURE() << text(expected.takeError());
    std::abort();
  }
  return std::move(*expected);
}

host::Array floats(std::string name, std::vector<int64_t> shape, std::vector<float> values);
host::Array ints(std::string name, std::vector<int64_t> shape, std::vector<int32_t> values);
std::vector<float> floatsOf(const host::Array &array);

/// Arrays `x`, `ids` and `y` for the fake model: labels that a linear function
/// of x explains.
host::ArrayFile fakeData(int64_t samples, int64_t steps);

} // namespace rondo::test

#endif // RONDO_TESTS_RUNTIME_HOSTTEST_H
