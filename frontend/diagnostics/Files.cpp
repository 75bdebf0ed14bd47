//===- Files.cpp - Reading model files and mending them ---------*- C++ -*-===//
//
// Engine::loadFile, and what `check --fix` does: choosing the edits that fit
// together and writing the file back so that a failure leaves the old one.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

namespace fs = std::filesystem;

namespace rondo::diagnostics {

const SourceFile *Engine::loadFile(const std::string &path) {
  std::error_code status;
  if (fs::is_directory(path, status)) {
    report(Code::FileUnreadable, "`{}` is a directory; a model file is expected", path);
    return nullptr;
  }
  std::ifstream stream(path, std::ios::binary);
  // One byte more than fits tells a file that is too large, endless devices too.
  std::string text(maxFileBytes + 1, '\0');
  if (stream)
    stream.read(text.data(), text.size());
  if (!stream.is_open() || stream.bad()) {
    report(Code::FileUnreadable, "`{}` cannot be read: {}", path,
           std::generic_category().message(errno));
    return nullptr;
  }
  text.resize(stream.gcount());
  text.shrink_to_fit();
  if (text.size() > maxFileBytes) {
    report(Code::FileTooLarge, "`{}` is larger than {} MiB, the most that a model file may have",
           path, maxFileBytes >> 20);
    return nullptr;
  }
  return &addFile(path, std::move(text));
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
        wanted.emplace_back(fix.range.begin, fix.range.end, fix.replacement);
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

/// Writes `text` beside `path` and renames it, with the permissions of `like`.
static std::error_code replaceFile(const fs::path &path, llvm::StringRef text,
                                   const fs::path &like) {
  fs::path temporary = path;
  temporary += ".tmp";
  std::error_code error;
  {
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    stream.write(text.data(), text.size());
    stream.close();
    if (!stream)
      error = std::error_code(errno ? errno : EIO, std::generic_category());
  }
  if (!error)
    fs::permissions(temporary, fs::status(like).permissions(), error);
  if (!error)
    fs::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
  }
  return error;
}

bool applyFixes(const SourceFile &file, const FixedText &fixed, Engine &engine) {
  std::error_code error;
  // A link stays a link: what it points to is rewritten.
  fs::path path = fs::canonical(file.name(), error);
  if (error) {
    engine.report(Code::FileUnreadable, "`{}` cannot be read: {}", file.name(), error.message());
    return false;
  }
  auto onDisk = llvm::MemoryBuffer::getFile(path.string());
  if (!onDisk || (*onDisk)->getBuffer() != file.text()) {
    engine.report(Code::FileChanged, "`{}` changed while it was being checked; it is left alone",
                  file.name());
    return false;
  }
  fs::path copy = path;
  copy += ".orig";
  error = replaceFile(copy, file.text(), path);
  if (!error)
    error = replaceFile(path, fixed.text, path);
  if (error)
    engine.report(Code::FileUnwritable, "`{}` cannot be written: {}", file.name(), error.message());
  return !error;
}

} // namespace rondo::diagnostics
