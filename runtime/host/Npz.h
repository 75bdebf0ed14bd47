//===- Npz.h - NumPy's array files -------------------------------*- C++ -*-===//
//
// Reads .npz and .npy files (format versions 1 to 3, either byte order, either
// element order) and writes them: uncompressed, the same bytes for the same
// arrays. Files come from anywhere: every size is checked against the bytes
// that are there before memory is taken for it.
//
// Source of the formats: numpy.lib.format (NEP 1), PKWARE APPNOTE for zip.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_NPZ_H
#define RONDO_RUNTIME_HOST_NPZ_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace rondo::host {

enum class ElementType { F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool };

/// "float32", "int64", "bool"…: NumPy's names.
llvm::StringRef elementTypeName(ElementType type);
int64_t elementTypeSize(ElementType type);

/// An array in memory: row-major, this machine's byte order.
struct Array {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  std::vector<char> bytes;

  int64_t size() const; // number of elements

  static Array ofFloats(std::string name, std::vector<int64_t> shape, llvm::ArrayRef<float> values);
  static Array ofInt(std::string name, int64_t value); // an int64 scalar
};

/// `(3, 4)`, as NumPy writes shapes: `()` and `(3,)` too.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// The arrays of a file, in its order.
struct ArrayFile {
  std::string path;
  std::vector<Array> arrays; // of a .npy file: one, with an empty name
  /// What else a .npz file holds: arrays of strings or objects, other files.
  struct Foreign {
    std::string name, problem;
  };
  std::vector<Foreign> foreign = {};

  const Array *find(llvm::StringRef name) const;
};

/// Reads a .npz or .npy file; its first bytes say which it is. Errors name the
/// file and the array, and say what is wrong. What is no array of numbers is one,
/// unless it may stay beside them.
llvm::Expected<ArrayFile> readArrays(const std::string &path, bool mayHoldForeign = false);

/// Writes a .npz file, or, when `path` ends in `.npy`, the only array. Wholly
/// or not at all.
llvm::Error writeArrays(const std::string &path, llvm::ArrayRef<Array> arrays);

/// Conversions "with care": an element that has no counterpart (a finite double
/// beyond float's range, a fraction where integers are needed, an integer that
/// the result cannot hold exactly) is an error naming `what` and its index.
llvm::Expected<std::vector<float>> toFloats(const Array &array, llvm::StringRef what);
llvm::Expected<std::vector<int32_t>> toInts(const Array &array, llvm::StringRef what);
llvm::Expected<std::vector<uint8_t>> toBools(const Array &array, llvm::StringRef what);

/// Position `index` of a flat array of `shape`: `[2, 0]`.
std::string indexText(llvm::ArrayRef<int64_t> shape, int64_t index);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_NPZ_H
