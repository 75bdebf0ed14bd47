//===- Target.h - What the fuzz targets of the frontend share ---*- C++ -*-===//
//
// Each target is one LLVMFuzzerTestOneInput, as libFuzzer calls it. It is linked
// with libFuzzer (RONDO_FUZZ, Clang) or with Driver.cpp, which needs nothing. A
// property that does not hold ends the process with what was found.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_FUZZ_TARGET_H
#define RONDO_TESTS_FUZZ_TARGET_H

#include "frontend/diagnostics/Diagnostics.h"
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace rondo::test {

/// Longer inputs find nothing that shorter ones do not.
constexpr size_t maxFuzzBytes = 1 << 16;

/// Ends the process with a message unless `holds`.
void expect(bool holds, const char *what);

/// Adds an input to the files of `engine`.
const diagnostics::SourceFile &addInput(diagnostics::Engine &engine, const uint8_t *data,
                                        size_t size);

/// Expects of what was reported: places inside of the file, messages, fixes that go together,
/// both renderings, and no defect of Rondo's own. Returns the text with the fixes.
std::string checkMessages(const diagnostics::SourceFile &file, const diagnostics::Engine &engine);

} // namespace rondo::test

#endif // RONDO_TESTS_FUZZ_TARGET_H
