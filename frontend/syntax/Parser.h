//===- Parser.h - Text to syntax tree ---------------------------*- C++ -*-===//
//
// The grammar of Python as model files use it: see AST.h for what is in the
// tree. `async`, `await`, `yield`, `:=`, `match`, bytes and complex numbers are
// recognised and refused by name.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_SYNTAX_PARSER_H
#define RONDO_FRONTEND_SYNTAX_PARSER_H

#include "frontend/syntax/AST.h"

namespace rondo::syntax {

/// Parses `file`, which belongs to `engine`. Reports every syntax error, one per
/// statement, and returns the statements that are sound: compare
/// `engine.errorCount()` before and after to know whether all of them are. Never
/// null. No input crashes it, and time is linear in the size of the file.
std::unique_ptr<ast::Module> parse(const diagnostics::SourceFile &file,
                                   diagnostics::Engine &engine);

} // namespace rondo::syntax

#endif // RONDO_FRONTEND_SYNTAX_PARSER_H
