//===- Data.h - Data files bound to a model -------------------------*- C++ -*-===//
//
// Checks the arrays of a data file against the inputs and targets of a model,
// converts them once, and hands them out in batches.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_DATA_H
#define RONDO_RUNTIME_HOST_DATA_H

#include "rondo/rondo.h"
#include "runtime/host/Npz.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace rondo::host {

/// The values of one tensor of the interface, for all samples.
struct BoundTensor {
  const rondo_tensor_info *info = nullptr;
  std::vector<char> bytes; // in the interface's dtype; empty: not given
  int64_t sampleBytes = 0; // of one sample
};

/// Data of a model. The first axis of every tensor counts samples.
struct Dataset {
  const rondo_model *model = nullptr;
  int64_t samples = 0;
  /// The sizes of the base symbols; the batch's is `samples`.
  std::vector<int64_t> dims;
  /// Index of the batch among the symbols, or -1 when the batch is static.
  int batchSymbol = -1;
  /// The only batch size there is, or 0 for any.
  int64_t staticBatch = 0;
  std::vector<BoundTensor> inputs;
  std::vector<BoundTensor> targets;       // empty when bound without targets
  std::vector<BoundTensor> sampleWeights; // beside targets
  /// Arrays that nothing asked for and the like.
  std::vector<std::string> notes;
};

/// Binds the arrays of `file` by name (docs/contracts.md, section 8). Checks
/// names, ranks, sizes, that symbols agree, that labels are in range. A
/// trailing axis of length one may be missing or too many, as in Keras.
llvm::Expected<Dataset> bindData(const ArrayFile &file, const rondo_model &model, bool withTargets);

/// Reads and binds.
llvm::Expected<Dataset> readData(const std::string &path, const rondo_model &model,
                                 bool withTargets);

/// One sample of `data`, as data of its own. Batches are of any size or of one.
Dataset sampleOf(const Dataset &data, int64_t sample);

/// Reads a cotangent for each output of the model of `data`: an array by the
/// output's name, of its shape for all samples; the only array where there is one
/// output. Outputs without an array get zeros, those of integers none. Errors: no
/// array at all, or one that belongs to no output of floats.
llvm::Expected<std::vector<BoundTensor>> readCotangents(const std::string &path,
                                                        const Dataset &data);

/// A window on some samples of a dataset: pointers as the C interface wants
/// them. Batches in the order of the data are not copied.
class Batch {
public:
  /// `largest` samples at most.
  Batch(const Dataset &data, int64_t largest);

  /// Samples [first, first + count), or, when `order` is not empty, the samples
  /// order[first], order[first + 1]… Allocates nothing after the first shuffled
  /// batch.
  void select(int64_t first, int64_t count, llvm::ArrayRef<int64_t> order = {});

  int64_t count() const { return samples; }
  const int64_t *dims() const { return sizes.data(); }
  const void *const *inputs() const { return inputPointers.data(); }
  const void *const *targets() const { return targetPointers.data(); }
  const float *const *sampleWeights() const { return weightPointers.data(); }

private:
  const void *place(const BoundTensor &tensor, std::vector<char> &gathered, int64_t first,
                    llvm::ArrayRef<int64_t> order) const;

  const Dataset &data;
  int64_t largest;
  int64_t samples = 0;
  std::vector<int64_t> sizes;
  std::vector<std::vector<char>> buffers; // of gathered samples
  std::vector<const void *> inputPointers, targetPointers;
  std::vector<const float *> weightPointers;
};

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_DATA_H
