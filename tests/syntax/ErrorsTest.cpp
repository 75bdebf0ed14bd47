//===- ErrorsTest.cpp - The wording and places of syntax errors -*- C++ -*-===//
//
// Renders every file in errors/ and compares with the text beside it.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "tests/support/DiagnosticsJson.h"
#include "tests/support/GoldenFiles.h"

namespace rondo::test {

static const std::filesystem::path folder = RONDO_SOURCE_DIR "/tests/syntax/errors";

static std::string render(const std::string &name, const std::string &text) {
  diagnostics::Engine engine;
  syntax::parse(engine.addFile(name, text), engine);
  expectDocumentedJson(engine);
  return engine.render();
}

class SyntaxErrors : public testing::TestWithParam<std::string> {};

TEST_P(SyntaxErrors, AreWorded) { expectGolden(folder, GetParam(), render); }

INSTANTIATE_TEST_SUITE_P(Files, SyntaxErrors, testing::ValuesIn(goldenCases(folder)), goldenName);

TEST(SyntaxErrorFiles, AllHaveCases) { expectNoStrayGoldens(folder); }

} // namespace rondo::test
