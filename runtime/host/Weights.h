//===- Weights.h - Weight files -----------------------------------*- C++ -*-===//
//
// The variables of a model between files and the flat buffers of the C
// interface: .npz files, keyed by Keras' variable paths, and Keras' own files. A
// file that training wrote also holds the optimizer's state (docs/contracts.md,
// section 8).
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_WEIGHTS_H
#define RONDO_RUNTIME_HOST_WEIGHTS_H

#include "rondo/rondo.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo::host {

/// The two flat buffers, padding included.
struct FlatWeights {
  std::vector<float> trainable;
  std::vector<float> state;
};

/// What continuing a training needs besides the weights.
struct OptimizerState {
  int64_t iteration = 0;                 // optimizer steps done
  int64_t epoch = 0;                     // epochs finished
  int64_t seed = 0;                      // of the shuffling
  std::vector<std::vector<float>> slots; // as in rondo_model.slot_names
};

struct LoadedWeights {
  FlatWeights weights;
  /// Present when the file has the state of this very optimizer.
  std::optional<OptimizerState> optimizer;
  /// What the user should hear, such as another optimizer's state in the file.
  std::vector<std::string> notes;
};

/// Reads the weights of `model` from a .npz, .weights.h5 or .keras file: its
/// contents say which it is. Names and shapes must match exactly; surplus
/// arrays (except below `optimizer/`), missing ones, other shapes, NaN and
/// infinities are errors that say what was found and what was expected.
llvm::Expected<LoadedWeights> readWeights(const std::string &path, const rondo_model &model);

/// Reads a vector in the space of the trainable variables from a .npz file: an array
/// for each of them by its path. The result has the layout of the trainable buffer.
/// Errors as of weights.
llvm::Expected<std::vector<float>> readVector(const std::string &path, const rondo_model &model);

/// Whether a weights file may have this name: what an error says is better
/// known before training than after it.
llvm::Error checkWeightsName(llvm::StringRef path);

/// Writes weights, and the optimizer's state where it is given: Keras' format
/// where `path` ends in `.weights.h5`, else .npz.
llvm::Error writeWeights(const std::string &path, const rondo_model &model,
                         const FlatWeights &weights, const OptimizerState *optimizer = nullptr);

/// Whether a stateful layer keeps it from run to run: no weight, and in no file, as in Keras.
bool isLayerState(const rondo_model &model, const rondo_parameter_info &parameter);

/// Buffers of the right sizes, all zero.
FlatWeights zeroWeights(const rondo_model &model);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_WEIGHTS_H
