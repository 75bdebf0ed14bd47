//===- DocumentationTest.cpp - The examples of docs/diagnostics.md *- C++ -*-===//
//
// Loads the Python under every code's heading as a model file and expects that
// code among what is reported.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/GoldenFiles.h"

namespace rondo::test {

struct Example {
  std::string code;
  std::string python;
};

static std::vector<Example> examples() {
  static const std::string page = readFile(RONDO_SOURCE_DIR "/docs/diagnostics.md");
  std::vector<Example> result;
  llvm::StringRef rest = page;
  while (true) {
    rest = rest.split("\n### `").second;
    if (rest.empty())
      return result;
    llvm::StringRef section = rest.take_front(rest.find("\n##"));
    llvm::StringRef python = section.split("```python\n").second.split("```").first;
    if (!python.empty())
      result.push_back({section.split('`').first.str(), python.str()});
  }
}

TEST(DiagnosticsPage, HasExamplesThatShowTheirCodes) {
  EXPECT_GE(examples().size(), 60u);
  for (const Example &example : examples()) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    frontend::loadModelFile(context, "example.py", {}, engine, example.python);
    std::string text = engine.render();
    EXPECT_NE(text.find("[" + example.code + "]"), std::string::npos)
        << "under the heading " << example.code << ":\n"
        << text;
  }
}

} // namespace rondo::test
