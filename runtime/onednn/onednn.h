/*===- runtime/onednn/onednn.h - oneDNN primitives for generated code ------===*/
/*
 * The one shim between generated code and oneDNN, over its C API, for 2.6 and
 * 3.x. It is linked into an artifact that was compiled with oneDNN kernels and
 * loads the library when the first plan is made: an artifact whose machine has
 * no oneDNN says so, one without oneDNN kernels never asks.
 *
 * A *site* is one call in one entry. A context keeps what a site made
 * (primitives and their descriptors, per shape) in `rondo_rt.sites[site]`.
 * Memory comes from the caller's arena: scratchpads, workspaces, packed
 * weights. All tensors are dense and f32; sequences are time-major (T, B, …).
 * Gates are in Keras' order, so weights are `ldigo` as they stand.
 */

#ifndef RONDO_ONEDNN_H
#define RONDO_ONEDNN_H

#include "rondo/generated.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which primitive. `shape` is
 *   LSTM    T, B, D, H, initial (1 where the layer has initial states, else 0)
 *   MATMUL  batch, M, N, K, transpose_lhs (lhs is (batch, K, M)) */
typedef enum rondo_onednn_kind {
  RONDO_ONEDNN_LSTM_INFERENCE = 0,
  RONDO_ONEDNN_LSTM_TRAINING = 1, /* forward, keeps the workspace */
  RONDO_ONEDNN_LSTM_BACKWARD = 2,
  RONDO_ONEDNN_MATMUL = 3
} rondo_onednn_kind;
#define RONDO_ONEDNN_SHAPE_RANK 5

/* A buffer that a primitive needs besides its tensors. */
typedef enum rondo_onednn_buffer {
  RONDO_ONEDNN_SCRATCHPAD = 0,
  RONDO_ONEDNN_PACKED = 1,   /* LSTM: both weights in the layout it reads */
  RONDO_ONEDNN_WORKSPACE = 2 /* LSTM_TRAINING and LSTM_BACKWARD, the same */
} rondo_onednn_buffer;

/* Bytes of a buffer; negative when oneDNN refuses the primitive. */
__attribute__((visibility("hidden")))
int64_t rondo_onednn_size(int32_t kind, int32_t buffer, const int64_t *shape, int32_t threads);

/* Reorders weights for an LSTM. args: kernel (D,4H), recurrent_kernel (H,4H), out: packed. */
__attribute__((visibility("hidden")))
void rondo_onednn_pack(const rondo_rt *rt, int32_t site, int32_t kind, const int64_t *shape,
                       void *const *args);

/* Runs a primitive. args, in order (h0, c0 are NULL unless `initial`):
 *   LSTM_INFERENCE  input (T,B,D), packed, bias (4H), h0, c0 (B,H),
 *                   out: sequence (T,B,H), last_h, last_c (B,H), scratchpad
 *   LSTM_TRAINING   the same, then out: workspace
 *   LSTM_BACKWARD   input, packed, bias, h0, c0, sequence, last_h, last_c, workspace,
 *                   d_sequence (T,B,H), d_last_h, d_last_c (B,H),
 *                   out: d_input (T,B,D), d_kernel, d_recurrent_kernel, d_bias (zeroed
 *                   first: oneDNN accumulates), d_h0, d_c0, scratchpad
 *   MATMUL          lhs, rhs (batch,K,N), out: result (batch,M,N), scratchpad
 * A failure is kept in `rt->failure`. */
__attribute__((visibility("hidden")))
void rondo_onednn_run(const rondo_rt *rt, int32_t site, int32_t kind, const int64_t *shape,
                      void *const *args);

/* For rondo_model_desc.kernel_library. */
extern __attribute__((visibility("hidden"))) const rondo_kernel_library rondo_onednn_library;

#ifdef __cplusplus
}
#endif

#endif /* RONDO_ONEDNN_H */
