//===- Hdf5.h - HDF5 files as arrays -----------------------------*- C++ -*-===//
//
// The datasets of an HDF5 file by their path, and the text attribute `name` of
// its groups: what Keras' weight files consist of. Files come from anywhere and
// are read from memory: links out of the file, datasets that claim more than is
// stored, and whatever the library itself stumbles over are errors.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_HDF5_H
#define RONDO_RUNTIME_HOST_HDF5_H

#include "runtime/host/Npz.h"
#include <map>

namespace rondo::host {

struct Hdf5File {
  /// The datasets, "layers/dense/vars/0", in the order of their paths.
  std::vector<Array> arrays;
  /// The attribute `name` of the groups that have one, by the group's path.
  std::map<std::string, std::string> names;
};

/// Whether a file that starts with `bytes` is one.
bool isHdf5(llvm::StringRef bytes);

/// Parses the contents of a file. Errors are the part of a message behind the
/// file's name: "is a damaged HDF5 file: …".
llvm::Expected<Hdf5File> parseHdf5(llvm::StringRef bytes);

/// The contents of a file with these datasets and attributes: the same bytes
/// for the same arguments.
llvm::Expected<std::string> formatHdf5(const Hdf5File &contents);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_HDF5_H
