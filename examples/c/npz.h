/* npz.h - Reading arrays from .npz files, as NumPy and rondo write them.
 *
 * Just enough for an example: little-endian float32 and int32 arrays in C order.
 * A program of yours may keep its weights and data in any form it likes.
 */

#ifndef EXAMPLE_NPZ_H
#define EXAMPLE_NPZ_H

#include <stddef.h>

#define ARRAY_MAX_RANK 8

typedef struct array {
  char kind;                   /* 'f' for float32, 'i' for int32 */
  int rank;
  size_t dims[ARRAY_MAX_RANK];
  size_t count;                /* of elements */
  void *data;                  /* the caller frees it */
} array;

/* Reads the array NAME of FILE. Returns 1, or 0 after saying on stderr what is
 * wrong. */
int array_read(const char *file, const char *name, array *out);

#endif
