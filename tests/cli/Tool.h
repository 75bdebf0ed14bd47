//===- Tool.h - Running the rondo tool in tests -----------------*- C++ -*-===//
//
// A folder of its own for each test, a tiny model with data in it, and the tool
// as a child process whose exit code and output can be looked at.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_CLI_TOOL_H
#define RONDO_TESTS_CLI_TOOL_H

#include "runtime/host/Npz.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rondo::test {

struct Outcome {
  int exitCode = -1; ///< 128 + the signal's number where one ended the process
  std::string out, err;
};

class ToolTest : public testing::Test {
protected:
  ToolTest();
  ~ToolTest() override;

  /// A path in the test's folder.
  std::string path(const std::string &name) const { return directory / name; }
  std::string write(const std::string &name, const std::string &text) const;
  std::string read(const std::string &name) const;
  bool exists(const std::string &name) const { return std::filesystem::exists(path(name)); }
  /// Sorted names of the files in the folder: what a failure may not add to.
  std::vector<std::string> files() const;

  std::string writeArrays(const std::string &name, const std::vector<host::Array> &arrays) const;
  host::ArrayFile readArrays(const std::string &name) const;

  /// `rondo ARGUMENTS…` in the test's folder.
  Outcome rondo(const std::vector<std::string> &arguments) const;
  /// Any program; `inChild` runs before it starts.
  Outcome run(const std::vector<std::string> &command,
              const std::function<void()> &inChild = {}) const;

  /// The same with a new pseudo-terminal as its standard error; some systems have none.
  Outcome onTerminal(const std::vector<std::string> &command, unsigned short columns) const;
  static bool hasTerminals();

  /// What run() is made of, for a test that does something in between.
  struct Process {
    pid_t id;
    std::string out, err; // files
  };
  Process start(const std::vector<std::string> &command,
                const std::function<void()> &inChild = {}) const;
  Outcome wait(const Process &process) const;

  /// Environment variables of the children, beside those of the test itself.
  std::map<std::string, std::string> environment;

  //===--- The tiny model ---------------------------------------------------===//

  /// Sequences of three features in, one of four classes out.
  static const char *const tinyModel;
  /// tiny.py, data.npz with `samples` sequences, weights.npz.
  void makeTiny(int64_t samples = 10);
  host::Array inputs(int64_t samples, int64_t steps = 6, int64_t features = 3) const;
  host::Array labels(int64_t samples, int32_t classes = 4) const;

  std::filesystem::path directory;
};

host::Array floats(const std::string &name, const std::vector<int64_t> &shape,
                   const std::vector<float> &values);
host::Array ints(const std::string &name, const std::vector<int64_t> &shape,
                 const std::vector<int32_t> &values);
/// The f32 elements of an array.
std::vector<float> floatsOf(const host::Array *array);

} // namespace rondo::test

#endif // RONDO_TESTS_CLI_TOOL_H
