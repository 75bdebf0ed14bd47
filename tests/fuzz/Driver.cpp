//===- Driver.cpp - A fuzz target without libFuzzer -------------*- C++ -*-===//
//
// `fuzz_parser FILE...` runs a target on files: what libFuzzer found, reduced.
// `fuzz_parser --seconds 30 [--seed N]` runs it on the inputs of regressions/ and
// then on damaged model files of this repository, until the time is over. What
// ends the process, or takes more than ten seconds of it, is written to a file.
//
//===----------------------------------------------------------------------===//

#include "tests/fuzz/Mutator.h"
#include "tests/fuzz/Target.h"
#include "tests/support/GoldenFiles.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

namespace rondo::test {
namespace {

namespace fs = std::filesystem;

const fs::path root = RONDO_SOURCE_DIR;
/// Each input is evaluated twice, and a slow machine must not find what a fast one does not.
constexpr int maxSecondsOfInput = 10;

/// The input that is being run, for the signal handler.
const char *currentText;
size_t currentSize;

/// Keeps the input, by system calls only, and lets the signal end the process.
void keepInput(int signal) {
  static const char name[] = "fuzz-finding.py";
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  bool isKept = file >= 0 && write(file, currentText, currentSize) == ssize_t(currentSize);
  const char *text = signal == SIGPROF ? "fuzz: an input takes too long; it is in fuzz-finding.py\n"
                     : isKept          ? "fuzz: a finding; the input is in fuzz-finding.py\n"
                                       : "fuzz: a finding; the input could not be written\n";
  if (write(STDERR_FILENO, text, strlen(text)) < 0)
    _exit(2);
  ::signal(signal, SIG_DFL);
  raise(signal);
}

void installHandlers() {
  // Of its own: the stack may be what ran out.
  static char stack[1 << 16];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = keepInput;
  action.sa_flags = SA_ONSTACK;
  for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGPROF})
    sigaction(signal, &action, nullptr);
}

void runOn(const std::string &text) {
  currentText = text.data();
  currentSize = text.size();
  // Of processor time: the machine may be busy.
  itimerval limit = {{0, 0}, {maxSecondsOfInput, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

std::vector<std::string> readFolder(const fs::path &folder) {
  std::vector<std::string> texts;
  for (const std::string &name : namesIn(folder, ".py"))
    if (name.rfind("limits_", 0) != 0) // slow by intention
      texts.push_back(readFile(folder / (name + ".py")));
  return texts;
}

int runForSeconds(double seconds, uint64_t seed) {
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  size_t count = 0;
  for (const std::string &text : readFolder(root / "tests/fuzz/regressions")) {
    runOn(text);
    ++count;
  }
  std::vector<std::string> files;
  for (const char *folder :
       {"examples", "benchmarks/models", "tests/layers/models", "tests/frontend/programs",
        "tests/frontend/conformance", "tests/frontend/sound", "tests/frontend/same",
        "tests/frontend/errors", "tests/syntax/errors"})
    for (std::string &text : readFolder(root / folder))
      files.push_back(std::move(text));
  Mutator mutator(readDictionary(readFile(root / "tests/fuzz/python.dict")), std::move(files),
                  seed);
  for (; Clock::now() < end; ++count)
    runOn(mutator.next());
  printf("%zu executions, no findings\n", count);
  return 0;
}

int usage() {
  fprintf(stderr, "usage: FUZZ_TARGET FILE... | --seconds N [--seed N]\n");
  return 2;
}

int runDriver(int argc, char **argv) {
  installHandlers();
  if (argc < 2)
    return usage();
  if (strcmp(argv[1], "--seconds") != 0) {
    for (int i = 1; i < argc; ++i)
      runOn(readFile(argv[i]));
    return 0;
  }
  double seconds = 0;
  uint64_t seed = 1;
  bool isSeeded = argc == 5 && strcmp(argv[3], "--seed") == 0;
  if ((argc != 3 && !isSeeded) || !llvm::to_float(argv[2], seconds) ||
      (isSeeded && llvm::StringRef(argv[4]).getAsInteger(10, seed)))
    return usage();
  return runForSeconds(seconds, seed);
}

} // namespace
} // namespace rondo::test

int main(int argc, char **argv) { return rondo::test::runDriver(argc, argv); }
