//===- Files.cpp - Reading model files --------------------------*- C++ -*-===//
//
// Engine::loadFile.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include <filesystem>
#include <fstream>

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

} // namespace rondo::diagnostics
