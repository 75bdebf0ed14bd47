//===- CustomMutator.cpp - libFuzzer with changes of tokens -----*- C++ -*-===//
//
// Half of libFuzzer's changes are its own, of bytes and words of the dictionary;
// the others change tokens.
//
//===----------------------------------------------------------------------===//

#include "tests/fuzz/Mutator.h"
#include "tests/support/GoldenFiles.h"
#include <cstring>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  static const std::vector<std::string> dictionary =
      rondo::test::readDictionary(rondo::test::readFile(RONDO_FUZZ_DICTIONARY));
  if (seed % 2)
    return LLVMFuzzerMutate(data, size, maxSize);
  rondo::test::Mutator mutator(dictionary, {}, seed);
  std::string text = mutator.change({reinterpret_cast<const char *>(data), size});
  size_t length = std::min(text.size(), maxSize);
  memcpy(data, text.data(), length);
  return length;
}
