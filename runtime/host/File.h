//===- File.h - Writing a file wholly or not at all --------------*- C++ -*-===//
//
// Output goes to a temporary file beside its destination, is brought to the
// disk, and is renamed: whoever reads the destination sees the old file or the
// new one. Also how the host's errors are made.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_FILE_H
#define RONDO_RUNTIME_HOST_FILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace rondo::host {

/// An error for users: text without a final period or newline.
template <typename... Args> llvm::Error error(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 fmt::format(format, std::forward<Args>(args)...));
}

/// A file that is being written. Unless committed, nothing is left of it.
class PendingFile {
public:
  /// Chooses a temporary name beside `path` (beside what it points to, when it
  /// is a symbolic link). Errors: the directory cannot be written to, or the
  /// destination exists and is not an ordinary file.
  static llvm::Expected<PendingFile> create(const std::string &path);

  PendingFile(PendingFile &&other);
  PendingFile &operator=(PendingFile &&) = delete;
  ~PendingFile();

  /// Where to write. The file exists and is empty.
  const std::string &temporaryPath() const { return temporary; }

  /// Brings the contents to the disk and gives the file its name.
  llvm::Error commit();

private:
  PendingFile(std::string path, std::string destination, std::string temporary)
      : path(std::move(path)), destination(std::move(destination)),
        temporary(std::move(temporary)) {}

  std::string path;        // as the user wrote it
  std::string destination; // with symbolic links followed
  std::string temporary;   // empty once moved from or committed
};

/// Whether `path` is an ordinary file that may be opened: a pipe would keep its
/// reader waiting for someone to write.
llvm::Error checkReadable(const std::string &path);

/// Writes a whole file, or leaves nothing of it.
llvm::Error writeFile(const std::string &path, llvm::StringRef contents);

/// What no file may make us take, in bytes: a few kilobytes, compressed, can
/// stand for terabytes.
int64_t physicalMemory();

/// Whether contents of `bytes` that are stored in so few are made up rather than
/// compressed, or do not fit this machine. Arrays are never compressed much.
bool claimsTooMuch(uint64_t bytes, uint64_t storedBytes);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_FILE_H
