//===- GuardPages.cpp - Memory that ends where a buffer does --------------===//
//
// The handler jumps out of the kernel: what lies between, its frames and those
// of the loops that Kernel::run gives it, holds nothing that must be destroyed.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/GuardPages.h"
#include <csetjmp>
#include <csignal>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace rondo::test {

static size_t pageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

GuardedBuffer::GuardedBuffer(size_t bytes)
    : bytes(bytes), room((bytes + pageSize() - 1) / pageSize() * pageSize()) {
  void *all = mmap(nullptr, room + 2 * pageSize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED)
    throw std::runtime_error("no memory between guard pages");
  memory = static_cast<char *>(all) + pageSize();
  if (room && mprotect(memory, room, PROT_READ | PROT_WRITE) != 0)
    throw std::runtime_error("memory between guard pages stays closed");
}

GuardedBuffer::~GuardedBuffer() {
  if (memory)
    munmap(memory - pageSize(), room + 2 * pageSize());
}

GuardedBuffer::GuardedBuffer(GuardedBuffer &&other)
    : bytes(other.bytes), room(other.room), memory(other.memory) {
  other.memory = nullptr;
}

void *GuardedBuffer::place(bool atEnd) const { return atEnd ? memory + room - bytes : memory; }

bool GuardedBuffer::guards(const void *address) const {
  auto at = static_cast<const char *>(address);
  return (at >= memory - pageSize() && at < memory) ||
         (at >= memory + room && at < memory + room + pageSize());
}

static sigjmp_buf back;
static pthread_t caller;
static const void *volatile fault;

static void onFault(int, siginfo_t *info, void *) {
  if (!pthread_equal(pthread_self(), caller)) {
    constexpr char message[] = "another thread touched memory that it may not\n";
    [[maybe_unused]] ssize_t written = write(STDERR_FILENO, message, sizeof(message) - 1);
    _exit(1);
  }
  fault = info->si_addr;
  siglongjmp(back, 1);
}

const void *faultOf(const std::function<void()> &call) {
  struct sigaction handler{}, before;
  handler.sa_sigaction = onFault;
  handler.sa_flags = SA_SIGINFO;
  caller = pthread_self();
  fault = nullptr;
  sigaction(SIGSEGV, &handler, &before);
  if (sigsetjmp(back, 1) == 0)
    call();
  sigaction(SIGSEGV, &before, nullptr);
  return fault;
}

} // namespace rondo::test
