//===- Target.cpp - What the fuzz targets of the frontend share -*- C++ -*-===//
//
// What has to hold of the messages about any file.
//
//===----------------------------------------------------------------------===//

#include "tests/fuzz/Target.h"
#include "frontend/diagnostics/Fixes.h"
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace rondo::test {

using namespace diagnostics;

void expect(bool holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "fuzz: expected: %s\n", what);
  abort();
}

const SourceFile &addInput(Engine &engine, const uint8_t *data, size_t size) {
  return engine.addFile("fuzz.py", {reinterpret_cast<const char *>(data), size});
}

static void checkRange(const SourceFile &file, SourceRange range) {
  if (!range)
    return;
  expect(range.file == &file, "a place in the file");
  expect(range.begin <= range.end && range.end <= file.text().size(), "a range of the file");
}

std::string checkMessages(const SourceFile &file, const Engine &engine) {
  bool isBlank = file.text().trim(" \t\r\n\f").empty();
  for (const Diagnostic *diagnostic : engine.sorted()) {
    expect(diagnostic->code != Code::InternalError, "no internal error");
    expect(!diagnostic->message.empty(), "a message");
    expect(bool(diagnostic->range), "a place");
    checkRange(file, diagnostic->range);
    expect(isBlank || diagnostic->range.begin < diagnostic->range.end, "a place to point at");
    for (const Diagnostic::Note &note : diagnostic->notes)
      checkRange(file, note.range);
    for (const Diagnostic::Fix &fix : diagnostic->fixes)
      checkRange(file, fix.range);
  }
  expect(engine.render().empty() == engine.sorted().empty(), "text for what was reported");
  nlohmann::json json =
      nlohmann::json::parse(engine.renderJson(), nullptr, /*allow_exceptions=*/false);
  expect(json.is_array() && json.size() == engine.sorted().size(), "JSON for what was reported");
  return fixedText(file, engine).text;
}

} // namespace rondo::test
