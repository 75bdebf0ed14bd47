//===- CheckFuzz.cpp - Any file is checked ----------------------*- C++ -*-===//
//
// What `rondo check` does: a file gives a module or errors, never neither, and
// never a defect of Rondo's own.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/fuzz/Target.h"

using namespace rondo;

/// Made anew from time to time: a context keeps all types and places that it has seen.
static mlir::MLIRContext &freshContext() {
  constexpr unsigned maxUses = 500;
  static std::unique_ptr<mlir::MLIRContext> context;
  static unsigned uses = 0;
  if (uses++ % maxUses == 0)
    context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  return *context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // One for both runs: the model of the first one lives in it.
  mlir::MLIRContext &context = freshContext();
  diagnostics::Engine engine;
  frontend::LoadOptions options;
  options.evaluateMain = size % 2;
  std::string text(reinterpret_cast<const char *>(data), size);
  auto model = frontend::loadModelFile(context, "fuzz.py", options, engine, text);
  test::expect(model.has_value() == !engine.hasErrors(), "a model or errors");
  std::vector<const diagnostics::Diagnostic *> findings = engine.sorted();
  if (findings.empty())
    return 0;
  test::expect(bool(findings.front()->range), "a place");
  std::string fixed = test::checkMessages(*findings.front()->range.file, engine);
  if (fixed != text) {
    diagnostics::Engine again;
    frontend::loadModelFile(context, "fuzz.py", options, again, fixed);
  }
  return 0;
}
