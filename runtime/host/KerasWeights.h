//===- KerasWeights.h - Keras' own weight files ------------------*- C++ -*-===//
//
// `.weights.h5` files as `model.save_weights(…)` writes and `load_weights(…)`
// reads them, and the same inside `.keras` archives (read only). In there a
// variable has no name but a place: `layers/<class>_<n>/vars/<i>`, the layers of
// a class counted in the order of model.layers. The compiled model knows the
// place of each variable; the optimizer's variables are numbered in the order in
// which Keras' optimizers make them.
//
// What continuing needs and Keras has no place for, the epoch and the seed, is
// kept in a group `rondo`, which Keras does not look at.
//
// Source: keras/src/saving/saving_lib.py, keras/src/optimizers/.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_KERASWEIGHTS_H
#define RONDO_RUNTIME_HOST_KERASWEIGHTS_H

#include "rondo/rondo.h"
#include "runtime/host/Npz.h"

namespace rondo::host {

/// Whether the file's first bytes and, of a zip archive, its members make it one
/// of Keras'. A file that cannot be read is not: reading it will say why.
bool isKerasWeights(const std::string &path);

/// The arrays of the file, under the names of a `.npz` weights file (docs/cli.md,
/// "Files"). Arrays that have no place in the model keep the name that they have
/// in the file. The state of another optimizer is left out, with a note.
llvm::Expected<ArrayFile> readKerasWeights(const std::string &path, const rondo_model &model,
                                           std::vector<std::string> &notes);

/// Writes arrays, named as in a `.npz` weights file of `model`.
llvm::Error writeKerasWeights(const std::string &path, const rondo_model &model,
                              llvm::ArrayRef<Array> arrays);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_KERASWEIGHTS_H
