//===- Zip.h - libzip's handles ----------------------------------*- C++ -*-===//
//
// What the readers and writers of zip archives share: handles that clean up
// after themselves, messages, and the contents of one member.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_ZIP_H
#define RONDO_RUNTIME_HOST_ZIP_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <string>
#include <zip.h>

namespace rondo::host {

struct DiscardZip {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseZipEntry {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using ZipPointer = std::unique_ptr<zip_t, DiscardZip>;
using ZipEntryPointer = std::unique_ptr<zip_file_t, CloseZipEntry>;

std::string zipErrorText(int code);

/// Whether a file that starts with `bytes` is a zip archive.
bool isZip(llvm::StringRef bytes);

/// The contents of the file `name` in the archive at `path`; nothing when it
/// has no such file.
llvm::Expected<std::optional<std::string>> readZipMember(const std::string &path,
                                                         const std::string &name);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_ZIP_H
