//===- GoldenTest.cpp - The wording and places of findings ------*- C++ -*-===//
//
// Renders what the frontend finds in every file of errors/ and compares with the
// text beside it; in the files of sound/ it must find nothing. Evaluates every file
// of programs/, whose assertions must hold.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/syntax/Parser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/DiagnosticsJson.h"
#include "tests/support/GoldenFiles.h"

namespace rondo::test {

static const std::filesystem::path folder = RONDO_SOURCE_DIR "/tests/frontend";

static std::string render(const std::string &name, const std::string &text) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  frontend::loadModelFile(context, name, {}, engine, text);
  expectDocumentedJson(engine);
  return engine.render();
}

class FrontendErrors : public testing::TestWithParam<std::string> {};

TEST_P(FrontendErrors, AreWorded) { expectGolden(folder / "errors", GetParam(), render); }

INSTANTIATE_TEST_SUITE_P(Files, FrontendErrors, testing::ValuesIn(goldenCases(folder / "errors")),
                         goldenName);

TEST(FrontendErrorFiles, AllHaveCases) { expectNoStrayGoldens(folder / "errors"); }

class Sound : public testing::TestWithParam<std::string> {};

TEST_P(Sound, GivesNoMessage) {
  std::string name = GetParam() + ".py";
  EXPECT_EQ(render(name, readFile(folder / "sound" / name)), "");
}

INSTANTIATE_TEST_SUITE_P(Files, Sound, testing::ValuesIn(goldenCases(folder / "sound")),
                         goldenName);

class Programs : public testing::TestWithParam<std::string> {};

TEST_P(Programs, EvaluateAsInPython) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<RondoDialect, mlir::arith::ArithDialect>();
  diagnostics::Engine engine;
  std::string name = GetParam() + ".py";
  auto tree = syntax::parse(engine.addFile(name, readFile(folder / "programs" / name)), engine);
  eval::Interpreter interpreter(engine);
  keras::Session session(context, interpreter);
  keras::Catalogue catalogue(session);
  interpreter.findModule = [&](llvm::StringRef module) { return catalogue.findModule(module); };
  interpreter.run(*tree, /*evaluateMain=*/false);
  EXPECT_EQ(engine.render(), "");
}

INSTANTIATE_TEST_SUITE_P(Files, Programs, testing::ValuesIn(goldenCases(folder / "programs")),
                         goldenName);

} // namespace rondo::test
