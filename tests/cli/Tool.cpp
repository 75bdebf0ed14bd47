//===- Tool.cpp - Running the rondo tool in tests ---------------*- C++ -*-===//
//
// Child processes and the tiny model.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {

const char *const ToolTest::tinyModel = R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 3), name="x")
h = LSTM(5)(x)
model = keras.Model(x, Dense(4, activation="softmax", name="kind")(h))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
)";

ToolTest::ToolTest() {
  std::string pattern = fs::temp_directory_path() / "rondo-cli-XXXXXX";
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary folder");
  directory = pattern;
}

ToolTest::~ToolTest() {
  std::error_code ignored;
  fs::remove_all(directory, ignored);
}

std::string ToolTest::write(const std::string &name, const std::string &text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

static std::string textOf(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string ToolTest::read(const std::string &name) const { return textOf(path(name)); }

std::vector<std::string> ToolTest::files() const {
  std::vector<std::string> names;
  for (const fs::directory_entry &entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string ToolTest::writeArrays(const std::string &name,
                                  const std::vector<host::Array> &arrays) const {
  if (llvm::Error error = host::writeArrays(path(name), arrays))
    throw std::runtime_error(llvm::toString(std::move(error)));
  return path(name);
}

host::ArrayFile ToolTest::readArrays(const std::string &name) const {
  auto file = host::readArrays(path(name));
  if (!file)
    throw std::runtime_error(llvm::toString(file.takeError()));
  return std::move(*file);
}

Outcome ToolTest::rondo(const std::vector<std::string> &arguments) const {
  std::vector<std::string> command = {RONDO_TOOL};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command);
}

ToolTest::Process ToolTest::start(const std::vector<std::string> &command,
                                  const std::function<void()> &inChild) const {
  static std::atomic<int> count = 0;
  // Beside the test's folder, so that files() does not see them.
  std::string base = directory.string() + "." + std::to_string(count++);
  Process process{0, base + ".out", base + ".err"};
  process.id = fork();
  if (process.id < 0)
    throw std::runtime_error("no child process");
  if (process.id != 0)
    return process;

  auto redirect = [](const std::string &path, int descriptor) {
    int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, descriptor);
    close(file);
  };
  redirect(process.out, STDOUT_FILENO);
  redirect(process.err, STDERR_FILENO);
  for (const auto &[name, value] : environment)
    setenv(name.c_str(), value.c_str(), 1);
  if (chdir(directory.c_str()) != 0)
    _exit(126);
  if (inChild)
    inChild();
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Outcome ToolTest::wait(const Process &process) const {
  int status = 0;
  while (waitpid(process.id, &status, 0) < 0)
    if (errno != EINTR)
      throw std::runtime_error("the child process is lost");
  Outcome outcome;
  outcome.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = textOf(process.out);
  outcome.err = textOf(process.err);
  fs::remove(process.out);
  fs::remove(process.err);
  return outcome;
}

Outcome ToolTest::run(const std::vector<std::string> &command,
                      const std::function<void()> &inChild) const {
  return wait(start(command, inChild));
}

host::Array ToolTest::inputs(int64_t samples, int64_t steps, int64_t features) const {
  std::vector<float> values(samples * steps * features);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(0.7 * i + 0.01 * i * i);
  return floats("x", {samples, steps, features}, values);
}

host::Array ToolTest::labels(int64_t samples, int32_t classes) const {
  std::vector<int32_t> values(samples);
  for (int64_t i = 0; i < samples; ++i)
    values[i] = (i * i + 1) % classes;
  return ints("y", {samples}, values);
}

/// The program's end of a new pseudo-terminal; negative where there are none.
static int openTerminal() {
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal >= 0 && (grantpt(terminal) != 0 || unlockpt(terminal) != 0)) {
    close(terminal);
    return -1;
  }
  return terminal;
}

bool ToolTest::hasTerminals() {
  int terminal = openTerminal();
  if (terminal >= 0)
    close(terminal);
  return terminal >= 0;
}

Outcome ToolTest::onTerminal(const std::vector<std::string> &command,
                             unsigned short columns) const {
  int terminal = openTerminal();
  if (terminal < 0)
    throw std::runtime_error("no pseudo-terminal");
  winsize size = {24, columns, 0, 0};
  ioctl(terminal, TIOCSWINSZ, &size);
  std::string name = ptsname(terminal);
  int other = open(name.c_str(), O_RDWR | O_NOCTTY);
  Process process = start(command, [&] {
    dup2(other, STDERR_FILENO);
    close(other);
    close(terminal);
  });
  close(other);
  std::string text;
  char block[4096];
  // The last process that lets go of the terminal ends this with an error.
  for (ssize_t count; (count = ::read(terminal, block, sizeof(block))) > 0;)
    text.append(block, count);
  close(terminal);
  Outcome outcome = wait(process);
  outcome.err = text;
  return outcome;
}

void ToolTest::makeTiny(int64_t samples) {
  write("tiny.py", tinyModel);
  writeArrays("data.npz", {inputs(samples), labels(samples)});
  Outcome outcome = rondo({"train", "tiny.py", "--data", "data.npz", "--out", "weights.npz"});
  ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
}

host::Array floats(const std::string &name, const std::vector<int64_t> &shape,
                   const std::vector<float> &values) {
  return host::Array::ofFloats(name, shape, values);
}

host::Array ints(const std::string &name, const std::vector<int64_t> &shape,
                 const std::vector<int32_t> &values) {
  host::Array array;
  array.name = name;
  array.type = host::ElementType::I32;
  array.shape = shape;
  array.bytes.resize(values.size() * sizeof(int32_t));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

std::vector<float> floatsOf(const host::Array *array) {
  if (!array || array->type != host::ElementType::F32)
    throw std::runtime_error("no such array of float32");
  std::vector<float> values(array->size());
  std::memcpy(values.data(), array->bytes.data(), array->bytes.size());
  return values;
}

} // namespace rondo::test
