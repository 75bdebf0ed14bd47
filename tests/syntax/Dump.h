//===- Dump.h - Syntax trees as text ----------------------------*- C++ -*-===//
//
// Prints a tree as one line per statement, so that tests can say what a piece of
// text means: `a + b * c` is `(+ a (* b c))`.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_SYNTAX_DUMP_H
#define RONDO_TESTS_SYNTAX_DUMP_H

#include "frontend/syntax/AST.h"

namespace rondo::test {

std::string dump(const ast::Expr &expr);
/// Blocks are in braces, statements end with a line break.
std::string dump(const ast::Block &block);

} // namespace rondo::test

#endif // RONDO_TESTS_SYNTAX_DUMP_H
