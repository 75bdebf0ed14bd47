/* npz.c - An .npz file is a zip archive; each entry NAME.npy holds one array:
 * a magic string, the length of a header, the header as the text of a Python
 * dictionary, then the elements.
 */

#include "npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

static int fail(const char *file, const char *name, const char *what) {
  fprintf(stderr, "%s: array '%s': %s\n", file, name, what);
  return 0;
}

/* The whole entry, or NULL. */
static unsigned char *read_entry(const char *file, const char *entry, size_t *size) {
  unsigned char *bytes = NULL;
  zip_stat_t info;
  zip_t *archive = zip_open(file, ZIP_RDONLY, NULL);
  if (!archive)
    return NULL;
  if (zip_stat(archive, entry, 0, &info) == 0) {
    zip_file_t *stream = zip_fopen(archive, entry, 0);
    *size = (size_t)info.size;
    bytes = malloc(*size + 1);
    if (stream && bytes && zip_fread(stream, bytes, *size) != (zip_int64_t)*size) {
      free(bytes);
      bytes = NULL;
    }
    if (stream)
      zip_fclose(stream);
  }
  zip_discard(archive);
  return bytes;
}

/* The text after 'KEY': in the header, or NULL. */
static const char *value_of(const char *header, const char *key) {
  const char *found = strstr(header, key);
  return found ? found + strlen(key) : NULL;
}

/* Understands the bytes of a .npy file; on success the elements are moved to
 * the front of `bytes`, which becomes the array's memory. */
static const char *parse(unsigned char *bytes, size_t size, array *out) {
  char header[256];
  const char *text;
  size_t length, start;
  if (size < 10 || memcmp(bytes, "\x93NUMPY\x01", 7) != 0)
    return "is not a .npy file of version 1";
  length = bytes[8] | (size_t)bytes[9] << 8;
  start = 10 + length;
  if (start > size || length >= sizeof header)
    return "has a broken header";
  memcpy(header, bytes + 10, length);
  header[length] = 0;

  text = value_of(header, "'descr': '<");
  if (!text || (strncmp(text, "f4'", 3) != 0 && strncmp(text, "i4'", 3) != 0))
    return "is neither float32 nor int32";
  out->kind = *text;
  if (!value_of(header, "'fortran_order': False"))
    return "is not in C order";
  text = value_of(header, "'shape': (");
  if (!text)
    return "has a broken header";
  out->rank = 0;
  out->count = 1;
  while (*text && *text != ')') {
    char *end;
    unsigned long dim = strtoul(text, &end, 10);
    if (end == text || out->rank == ARRAY_MAX_RANK)
      return "has a broken header";
    out->dims[out->rank++] = dim;
    out->count *= dim;
    text = end + strspn(end, ", ");
  }
  if (size - start != 4 * out->count)
    return "does not have the size that its header says";
  memmove(bytes, bytes + start, 4 * out->count);
  out->data = bytes;
  return NULL;
}

int array_read(const char *file, const char *name, array *out) {
  char entry[512];
  size_t size;
  unsigned char *bytes;
  const char *problem;
  snprintf(entry, sizeof entry, "%s.npy", name);
  bytes = read_entry(file, entry, &size);
  if (!bytes)
    return fail(file, name, "cannot be read");
  problem = parse(bytes, size, out);
  if (problem) {
    free(bytes);
    return fail(file, name, problem);
  }
  return 1;
}
