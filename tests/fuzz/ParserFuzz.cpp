//===- ParserFuzz.cpp - Any bytes become a tree or errors -------*- C++ -*-===//
//
// Parses, walks the tree, and parses what `--fix` would write.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "tests/fuzz/Target.h"
#include "tests/syntax/Dump.h"

using namespace rondo;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  diagnostics::Engine engine;
  const diagnostics::SourceFile &file = test::addInput(engine, data, size);
  std::unique_ptr<ast::Module> tree = syntax::parse(file, engine);
  test::dump(tree->body);
  std::string fixed = test::checkMessages(file, engine);
  diagnostics::Engine again;
  syntax::parse(again.addFile("fuzz.py", fixed), again);
  return 0;
}
