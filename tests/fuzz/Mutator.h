//===- Mutator.h - Damaged model files --------------------------*- C++ -*-===//
//
// Changes a file as people and web pages do, and as nobody would: tokens go
// missing, come twice, change places, or come from another file or from the
// dictionary; bytes are cut and overwritten. Reproducible from a seed on every
// platform.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_FUZZ_MUTATOR_H
#define RONDO_TESTS_FUZZ_MUTATOR_H

#include <random>
#include <string>
#include <vector>

namespace rondo::test {

/// The entries of a dictionary in libFuzzer's format: `name="text"`, with `\xNN`.
std::vector<std::string> readDictionary(const std::string &text);

class Mutator {
public:
  Mutator(std::vector<std::string> dictionary, std::vector<std::string> files, uint64_t seed);

  /// One of the files after one to four changes.
  std::string next();
  /// `text` after one change.
  std::string change(const std::string &text);

private:
  std::string changeTokens(const std::string &text);
  std::string changeBytes(std::string text);
  size_t below(size_t bound) { return bound ? random() % bound : 0; }

  std::vector<std::string> dictionary;
  std::vector<std::string> files;
  std::mt19937_64 random; ///< specified, unlike distributions
};

} // namespace rondo::test

#endif // RONDO_TESTS_FUZZ_MUTATOR_H
