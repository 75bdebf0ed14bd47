//===- Golden.h - What Keras computed for a model file ----------*- C++ -*-===//
//
// Access to goldens/NAME.npz; make_goldens.py describes the keys.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_LAYERS_GOLDEN_H
#define RONDO_TESTS_LAYERS_GOLDEN_H

#include "runtime/host/Npz.h"
#include <string>
#include <utility>
#include <vector>

namespace rondo::test {

/// The names of all model files, sorted.
std::vector<std::string> modelNames();

/// The model file of that name.
std::string modelPath(const std::string &name);

class Golden {
public:
  explicit Golden(const std::string &name);

  /// "many", "one": the sizes it was run with.
  static std::vector<std::string> cases() { return {"many", "one"}; }

  /// Null if there is none.
  const host::Array *find(const std::string &key) const { return file.find(key); }

  /// The arrays below `prefix`, by the rest of their keys.
  std::vector<host::Array> below(const std::string &prefix) const;

  /// `usual`, or more where Keras computes in bfloat16.
  double tolerance(double usual) const;

  /// What an array is compared to besides its own largest element: nothing, but for a gradient
  /// that is zero and that Keras gives as rounding errors (the bias of the keys of an attention,
  /// say), and for what it changes. For these it is the largest gradient, or change, of the case.
  double scale(const std::string &key) const;

private:
  host::ArrayFile file;
};

/// The elements of an array, as doubles.
std::vector<double> values(const host::Array &array);

/// Fails the current test unless both have as many elements, and no two differ
/// by more than `tolerance` times the largest of `expected`, plus `slack`.
void expectClose(const std::string &what, const std::vector<double> &actual,
                 const std::vector<double> &expected, double tolerance, double slack = 0);

} // namespace rondo::test

#endif // RONDO_TESTS_LAYERS_GOLDEN_H
