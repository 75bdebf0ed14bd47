//===- EvaluatorFuzz.cpp - Any program ends ---------------------*- C++ -*-===//
//
// Evaluates Python without Keras: every import fails. What is printed and
// reported is the same each time.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"
#include "frontend/syntax/Parser.h"
#include "tests/fuzz/Target.h"

using namespace rondo;

/// What it printed and what was reported; checked when it is the first time.
static std::string evaluate(const uint8_t *data, size_t size, bool check) {
  diagnostics::Engine engine;
  const diagnostics::SourceFile &file = test::addInput(engine, data, size);
  std::unique_ptr<ast::Module> tree = syntax::parse(file, engine);
  if (engine.hasErrors())
    return "";
  eval::Interpreter interpreter(engine);
  interpreter.findModule = [](llvm::StringRef) -> eval::Object * { return nullptr; };
  interpreter.run(*tree, /*evaluateMain=*/size % 2);
  if (check)
    test::checkMessages(file, engine);
  return interpreter.printed + engine.render();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string first = evaluate(data, size, true);
  test::expect(first.empty() || first == evaluate(data, size, false), "the same result again");
  return 0;
}
