//===- Zip.cpp - libzip's handles --------------------------------------------===//
//
// Opening archives and reading a member whole.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Zip.h"
#include "runtime/host/File.h"

using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {

std::string zipErrorText(int code) {
  zip_error_t problem;
  zip_error_init_with_code(&problem, code);
  std::string text = zip_error_strerror(&problem);
  zip_error_fini(&problem);
  return text;
}

bool isZip(StringRef bytes) {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

Expected<std::optional<std::string>> readZipMember(const std::string &path,
                                                   const std::string &name) {
  int code = 0;
  ZipPointer archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive)
    return error("`{}` is a damaged zip archive: {}", path, zipErrorText(code));
  zip_int64_t index = zip_name_locate(archive.get(), name.c_str(), ZIP_FL_ENC_GUESS);
  if (index < 0)
    return std::nullopt;
  zip_stat_t status;
  ZipEntryPointer entry(zip_fopen_index(archive.get(), index, 0));
  if (!entry || zip_stat_index(archive.get(), index, 0, &status) != 0 ||
      !(status.valid & ZIP_STAT_SIZE) || !(status.valid & ZIP_STAT_COMP_SIZE))
    return error("`{}` in `{}` cannot be read: {}", name, path, zip_strerror(archive.get()));
  if (claimsTooMuch(status.size, status.comp_size))
    return error("`{}` in `{}` claims {} bytes, of which {} are stored", name, path, status.size,
                 status.comp_size);
  std::string contents(status.size, '\0');
  if (zip_fread(entry.get(), contents.data(), contents.size()) !=
      static_cast<zip_int64_t>(contents.size()))
    return error("`{}` in `{}` cannot be read: {}", name, path, zip_file_strerror(entry.get()));
  return contents;
}

} // namespace rondo::host
