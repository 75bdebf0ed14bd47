//===- File.cpp - Writing a file wholly or not at all ----------------------===//
//
// Temporary name, fsync, rename.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/File.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rondo::host {
namespace {

llvm::Error cannotWrite(const std::string &path, int code) {
  return error("cannot write `{}`: {}", path, std::strerror(code));
}

/// Brings a file or a directory to the disk; 0 or an errno. Some file systems
/// do not offer it for directories, which is no error of ours.
int synchronise(const std::string &path, bool isDirectory) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | (isDirectory ? O_DIRECTORY : 0));
  if (file < 0)
    return errno;
  int code = fsync(file) == 0 || (isDirectory && errno == EINVAL) ? 0 : errno;
  close(file);
  return code;
}

} // namespace

llvm::Expected<PendingFile> PendingFile::create(const std::string &path) {
  struct stat status;
  bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return error("cannot write `{}`: it is a directory", path);
  if (exists && !S_ISREG(status.st_mode))
    return error("cannot write `{}`: it is not an ordinary file", path);
  if (exists && access(path.c_str(), W_OK) != 0)
    return cannotWrite(path, errno);

  llvm::SmallString<256> destination(path);
  if (exists)
    if (std::error_code code = llvm::sys::fs::real_path(path, destination))
      return error("cannot write `{}`: {}", path, code.message());
  llvm::StringRef directory = llvm::sys::path::parent_path(destination);
  for (int attempt = 0;; ++attempt) {
    llvm::SmallString<256> temporary(directory);
    llvm::sys::path::append(temporary, fmt::format(".{}.{}-{}.tmp",
                                                   llvm::sys::path::filename(destination).str(),
                                                   getpid(), attempt));
    int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) {
      close(file);
      return PendingFile(path, destination.str().str(), temporary.str().str());
    }
    if (errno != EEXIST || attempt == 1000)
      return cannotWrite(path, errno);
  }
}

PendingFile::PendingFile(PendingFile &&other)
    : path(std::move(other.path)), destination(std::move(other.destination)),
      temporary(std::move(other.temporary)) {
  other.temporary.clear();
}

PendingFile::~PendingFile() {
  if (!temporary.empty())
    unlink(temporary.c_str());
}

llvm::Error PendingFile::commit() {
  if (int code = synchronise(temporary, /*isDirectory=*/false))
    return cannotWrite(path, code);
  if (rename(temporary.c_str(), destination.c_str()) != 0)
    return cannotWrite(path, errno);
  temporary.clear();
  std::string directory = llvm::sys::path::parent_path(destination).str();
  // The file has its name by now: should this fail, it is still whole.
  synchronise(directory.empty() ? "." : directory, /*isDirectory=*/true);
  return llvm::Error::success();
}

llvm::Error checkReadable(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0)
    return error("cannot read `{}`: {}", path, std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return error("cannot read `{}`: it is not an ordinary file", path);
  return llvm::Error::success();
}

llvm::Error writeFile(const std::string &path, llvm::StringRef contents) {
  llvm::Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  std::error_code code;
  llvm::raw_fd_ostream stream(file->temporaryPath(), code);
  stream << contents;
  stream.close();
  if (!code)
    code = stream.error();
  stream.clear_error();
  if (code)
    return cannotWrite(path, code.value());
  return file->commit();
}

bool claimsTooMuch(uint64_t bytes, uint64_t storedBytes) {
  constexpr uint64_t alwaysFine = uint64_t(1) << 28, mostCompression = 1000;
  return bytes > static_cast<uint64_t>(physicalMemory()) ||
         (bytes > alwaysFine && bytes / mostCompression > storedBytes);
}

int64_t physicalMemory() {
  return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

} // namespace rondo::host
