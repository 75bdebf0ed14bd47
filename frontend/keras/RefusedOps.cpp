//===- RefusedOps.cpp - The functions of keras.ops that are not there -----===//
//
// Keras 3.15 has them; why Rondo has not is told where a file uses one, and in docs/ops.md.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {

/// A reason, and the names that it is one for.
static const std::pair<const char *, const char *> refusals[] = {
    {"there are no complex numbers",
     "angle conj conjugate fft fft2 ifft2 imag irfft isreal istft polar real rfft stft "
     "view_as_complex view_as_real"},
    {"matrices are not decomposed", "cholesky cholesky_inverse det eig eigh inv logdet lstsq "
                                    "lu_factor matrix_rank pinv qr slogdet "
                                    "solve solve_triangular svd"},
    {"whole numbers become floats where they are computed with",
     "bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift "
     "bitwise_xor gcd lcm left_shift right_shift unravel_index"},
    {"the bits of a number cannot be looked at", "nextafter view"},
    {"the size of the result depends on the data", "bincount nonzero unique"},
    {"it goes along axis 0, which is the batch",
     "corrcoef correlate diag diagflat flipud histogram kron scatter scatter_update segment_max "
     "segment_min segment_prod segment_sum vsplit"},
    {"images are not supported", "depth_to_space fold space_to_depth unfold"},
    {"windows have one size: `average_pool` and `max_pool`",
     "adaptive_average_pool adaptive_max_pool"},
    {"`keras.layers.Conv1DTranspose` computes it", "conv_transpose"},
    {"losses are of targets, `loss=\"ctc\"` in `compile`", "ctc_loss"},
    {"a search is no part of a model: decode what the model gives", "ctc_decode"},
    {"gradients are derived from what is computed", "custom_gradient"},
    {"derivatives are entries of the library, not values of the model", "jvp"},
    {"a tensor has no numbers before the model runs", "convert_to_numpy"},
    {"Keras on TensorFlow does not run it in a model", "isin"},
    {"no formula is known for it", "erfinv i0"},
    {"write the numbers as an array",
     "bartlett blackman geomspace hamming hanning kaiser logspace tri"},
    {"in which order the parts come is not specified", "argpartition"},
    {"sorting does not leave out what is no number", "nanmedian nanpercentile nanquantile"},
    {"a function of whole tensors needs no loop; `vectorized_map` is one", "vectorize"},
    {"write it as `reshape` and `transpose`", "rearrange"},
};

std::vector<std::string> refusedOps() {
  std::vector<std::string> names;
  for (const auto &[reason, refused] : refusals)
    llvm::append_range(names, splitWords(refused));
  llvm::sort(names);
  return names;
}

std::string whyRefused(llvm::StringRef name) {
  for (const auto &[reason, refused] : refusals)
    if (llvm::is_contained(splitWords(refused), name))
      return reason;
  return "";
}

} // namespace rondo::keras
