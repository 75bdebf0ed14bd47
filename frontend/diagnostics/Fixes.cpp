//===- Fixes.cpp - Mending a file -------------------------------*- C++ -*-===//
//
// Chooses the edits that fit together, and writes the file back so that a failure
// leaves the old one.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Fixes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::diagnostics {

/// `replacement` with the line ends of `file`.
static std::string withLineEndsOf(const SourceFile &file, const std::string &replacement) {
  llvm::StringRef text = file.text();
  size_t end = text.find('\n');
  if (end == llvm::StringRef::npos || end == 0 || text[end - 1] != '\r')
    return replacement;
  std::string result;
  for (char c : replacement)
    result += c == '\n' ? "\r\n" : std::string(1, c);
  return result;
}

FixedText fixedText(const SourceFile &file, const Engine &engine) {
  using Edit = std::tuple<uint32_t, uint32_t, std::string>;
  FixedText result;
  std::set<Edit> edits;
  auto overlaps = [&](const Edit &edit) {
    auto [begin, end, replacement] = edit;
    return llvm::any_of(edits, [&, begin = begin, end = end](const Edit &other) {
      auto [otherBegin, otherEnd, otherReplacement] = other;
      // Two insertions at one place overlap too: their order would be a guess.
      return begin == otherBegin || (begin < otherEnd && otherBegin < end);
    });
  };
  for (const Diagnostic *diagnostic : engine.sorted()) {
    std::vector<Edit> wanted;
    for (const Diagnostic::Fix &fix : diagnostic->fixes)
      if (fix.range.file == &file)
        wanted.emplace_back(fix.range.begin, fix.range.end, withLineEndsOf(file, fix.replacement));
    if (wanted.empty())
      continue;
    // Two diagnostics may ask for the very same edit, such as an import.
    bool fits = llvm::all_of(
        wanted, [&](const Edit &edit) { return edits.count(edit) || !overlaps(edit); });
    if (!fits) {
      ++result.skipped;
      continue;
    }
    edits.insert(wanted.begin(), wanted.end());
    ++result.applied;
  }
  uint32_t position = 0;
  for (const auto &[begin, end, replacement] : edits) {
    result.text += file.text().slice(position, begin);
    result.text += replacement;
    position = end;
  }
  result.text += file.text().drop_front(position);
  return result;
}

/// Fills an open file as `like` is: with its permissions and, where that is possible, its
/// owner.
static std::error_code fill(int descriptor, llvm::StringRef text, const struct stat &like) {
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/false);
  stream << text;
  stream.flush();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    return error;
  }
  // Only root may give files away; a change of the owner takes permissions back.
  bool isOwned = fchown(descriptor, like.st_uid, like.st_gid) == 0;
  mode_t mode = isOwned ? like.st_mode & 07777 : like.st_mode & 0777;
  if (fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0)
    return std::error_code(errno, std::generic_category());
  return {};
}

/// Writes `text` beside `path` and renames it.
static std::error_code replaceFile(const fs::path &path, llvm::StringRef text,
                                   const struct stat &like) {
  auto temporary = llvm::sys::fs::TempFile::create(path.string() + ".%%%%%%%%.tmp");
  if (!temporary)
    return llvm::errorToErrorCode(temporary.takeError());
  if (std::error_code error = fill(temporary->FD, text, like)) {
    llvm::consumeError(temporary->discard());
    return error;
  }
  return llvm::errorToErrorCode(temporary->keep(path.string()));
}

/// The first of FILE.orig, FILE.orig.1, FILE.orig.2… that does not exist.
static fs::path freeCopy(const fs::path &path) {
  fs::path copy = path;
  copy += ".orig";
  std::error_code ignored;
  for (unsigned i = 1; fs::exists(fs::symlink_status(copy, ignored)); ++i)
    copy.replace_extension(i == 1 ? ".orig.1" : "." + std::to_string(i));
  return copy;
}

std::optional<std::string> writeFixed(const SourceFile &file, llvm::StringRef text,
                                      Engine &engine) {
  std::error_code error;
  bool isLink = fs::is_symlink(file.name(), error);
  fs::path path = fs::canonical(file.name(), error);
  struct stat status;
  if (!error && stat(path.c_str(), &status) != 0)
    error = std::error_code(errno, std::generic_category());
  if (error) {
    engine.report(Code::FileUnreadable, "`{}` cannot be read: {}", file.name(), error.message());
    return std::nullopt;
  }
  auto onDisk = llvm::MemoryBuffer::getFile(path.string());
  if (!onDisk || (*onDisk)->getBuffer() != file.text()) {
    engine.report(Code::FileChanged, "`{}` changed while it was being checked; it is left alone",
                  file.name());
    return std::nullopt;
  }
  // A rename would not mind, but whoever protects a file does; root may write it all the same.
  constexpr mode_t anyWrite = S_IWUSR | S_IWGRP | S_IWOTH;
  if (!(status.st_mode & anyWrite) || access(path.c_str(), W_OK) != 0) {
    engine.report(Code::FileUnwritable, "`{}` is write-protected; it is left alone", file.name())
        .help("`chmod u+w {}` makes it writable", file.name());
    return std::nullopt;
  }
  fs::path copy = freeCopy(path);
  error = replaceFile(copy, file.text(), status);
  if (!error) {
    error = replaceFile(path, text, status);
    if (error)
      llvm::sys::fs::remove(copy.string());
  }
  if (error) {
    engine.report(Code::FileUnwritable, "`{}` cannot be written: {}", file.name(), error.message());
    return std::nullopt;
  }
  return isLink ? copy.string() : (fs::path(file.name()).parent_path() / copy.filename()).string();
}

} // namespace rondo::diagnostics
