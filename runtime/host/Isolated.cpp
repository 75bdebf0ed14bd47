//===- Isolated.cpp - Work that may crash ------------------------------------===//
//
// fork, a pipe, and limits.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Isolated.h"
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rondo::host {
namespace {

/// In the child: dies quietly and in time, whatever handlers the parent has. What
/// counts is the processor's time: a busy machine is no reason.
void expectTheWorst(unsigned seconds) {
  for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGPIPE})
    signal(number, SIG_DFL);
  rlimit none = {0, 0}, time = {seconds, seconds};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_CPU, &time);
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO);
}

bool writeAll(int file, const std::string &text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t count = write(file, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR)
      return false;
    done += count < 0 ? 0 : count;
  }
  return true;
}

std::string readAll(int file) {
  std::string text;
  constexpr size_t block = 1 << 20;
  while (true) {
    size_t done = text.size();
    text.resize(done + block);
    ssize_t count = read(file, text.data() + done, block);
    text.resize(done + (count < 0 ? 0 : count));
    if (count == 0 || (count < 0 && errno != EINTR))
      return text;
  }
}

} // namespace

std::optional<std::string> runIsolated(llvm::function_ref<std::string()> work, unsigned seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return std::nullopt;
  pid_t child = fork();
  if (child == 0) {
    expectTheWorst(seconds);
    _exit(writeAll(ends[1], work()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text = child < 0 ? std::string() : readAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return std::nullopt;
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return std::nullopt;
  return text;
}

} // namespace rondo::host
