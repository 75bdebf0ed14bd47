//===- Link.cpp - Objects to a shared library -----------------------------===//
//
// Runs lld inside the process. A shared library needs no start files, so the
// user's machine needs no compiler: only the C library that this process itself
// runs with, which is found through the dynamic loader.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Codegen.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <link.h>
#include <mutex>

LLD_HAS_DRIVER(elf)

namespace rondo {

using llvm::StringRef;
namespace fs = llvm::sys::fs;

static llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error failure(std::error_code code, const llvm::Twine &what) {
  return llvm::createStringError(code, what + ": " + code.message());
}

/// Where the loader found a library of this process; else where systems keep it.
static llvm::Expected<std::string> findLibrary(StringRef name) {
  struct Search {
    StringRef name;
    std::string path;
  } search{name, ""};
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *data) {
        auto &search = *static_cast<Search *>(data);
        if (llvm::sys::path::filename(info->dlpi_name) == search.name)
          search.path = info->dlpi_name;
        return int(!search.path.empty());
      },
      &search);
  if (!search.path.empty())
    return search.path;
  for (StringRef folder : {"/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib"}) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    if (fs::exists(path))
      return path.str().str();
  }
  return failure("cannot find " + name + " on this system");
}

/// `shownAs` is what an error calls the file.
static llvm::Error writeFile(StringRef path, StringRef contents, StringRef shownAs) {
  std::error_code code;
  llvm::raw_fd_ostream out(path, code);
  if (!code) {
    out << contents;
    out.close();
    code = out.error();
    out.clear_error();
  }
  return code ? failure(code, "cannot write " + shownAs) : llvm::Error::success();
}

/// Fails if `folder` has no room for `bytes`. lld writes through a mapping of
/// its output file: on a full disk that is a signal, not an error.
static llvm::Error checkRoom(StringRef folder, size_t bytes) {
  auto space = fs::disk_space(folder);
  if (!space)
    return failure(space.getError(), "cannot write to " + folder);
  if (space->available < bytes)
    return failure(std::make_error_code(std::errc::no_space_on_device),
                   "cannot write to " + folder);
  return llvm::Error::success();
}

/// Copies `from` to `to`, which appears complete or not at all.
static llvm::Error publish(StringRef from, StringRef to) {
  auto contents = llvm::MemoryBuffer::getFile(from);
  if (!contents)
    return failure(contents.getError(), "cannot read " + from);
  // Beside the result, so that renaming it is atomic.
  llvm::SmallString<128> temporary;
  fs::createUniquePath(to + ".%%%%%%.tmp", temporary, /*MakeAbsolute=*/false);
  auto cleanUp = llvm::make_scope_exit([&] { fs::remove(temporary); });
  if (llvm::Error error = writeFile(temporary, (*contents)->getBuffer(), to))
    return error;
  if (auto permissions = fs::getPermissions(from))
    fs::setPermissions(temporary, *permissions);
  if (std::error_code code = fs::rename(temporary, to))
    return failure(code, "cannot write " + to);
  return llvm::Error::success();
}

static llvm::Error runLinker(llvm::ArrayRef<std::string> arguments) {
  // lld keeps its state in globals.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return failure("linking failed: " + StringRef(messages).trim());
  return llvm::Error::success();
}

llvm::Error linkSharedLibrary(llvm::ArrayRef<ObjectBytes> objects,
                              llvm::ArrayRef<std::string> archives, StringRef symbol,
                              StringRef outPath) {
  size_t inputBytes = 0;
  for (const std::string &archive : archives) {
    uint64_t bytes = 0;
    if (std::error_code code = fs::file_size(archive, bytes))
      return failure(code, "cannot read " + archive);
    inputBytes += bytes;
  }
  llvm::SmallString<128> folder;
  if (std::error_code code = fs::createUniqueDirectory("rondo-link", folder))
    return failure(code, "cannot create a temporary folder");
  auto cleanUp = llvm::make_scope_exit([&] { fs::remove_directories(folder); });

  std::vector<std::string> arguments = {
      "ld.lld", "-shared", "--gc-sections", "--hash-style=gnu", "-z", "relro", "-z", "now",
      "--no-undefined", "--no-undefined-version", "--threads=1",
      // lld 19 keeps a pointer to this symbol from one link to the next, and
      // writes through it, unless each link has the symbol.
      "--undefined=_GLOBAL_OFFSET_TABLE_"};
  auto path = [&](const llvm::Twine &name) { return (folder + "/" + name).str(); };
  for (size_t index = 0; index < objects.size(); ++index) {
    arguments.push_back(path(llvm::Twine(index) + ".o"));
    const ObjectBytes &bytes = objects[index];
    inputBytes += bytes.size();
    if (llvm::Error error =
            writeFile(arguments.back(), StringRef(bytes.data(), bytes.size()), arguments.back()))
      return error;
  }
  std::string exports = path("exports");
  if (llvm::Error error =
          writeFile(exports, ("{ global: " + symbol + "; local: *; };\n").str(), exports))
    return error;
  llvm::append_range(arguments, archives);
  arguments.insert(arguments.end(),
                   {"--as-needed", "--version-script=" + exports,
                    "-soname=" + llvm::sys::path::filename(outPath).str(), "-o", path("library")});
  for (StringRef name : {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}) {
    llvm::Expected<std::string> library = findLibrary(name);
    if (!library)
      return library.takeError();
    arguments.push_back(*library);
  }
  // Pages, tables and headers come on top of what the inputs hold.
  if (llvm::Error error = checkRoom(folder, 2 * inputBytes))
    return error;
  if (llvm::Error error = runLinker(arguments))
    return error;
  return publish(path("library"), outPath);
}

} // namespace rondo
