//===- Lookup.h - What names of a document stand for ------------*- C++ -*-===//
//
// Dotted names in a text that need not be sound, by its evaluation and, where that
// lacks a name, by the last one of a text without syntax errors.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_LOOKUP_H
#define RONDO_COMPILER_TOOLS_LSP_LOOKUP_H

#include "compiler/tools/lsp/Cursor.h"
#include "compiler/tools/lsp/Document.h"
#include "compiler/tools/lsp/Facts.h"
#include "compiler/tools/lsp/Words.h"

namespace rondo::lsp {

/// The value of a dotted name: of the file's variables, and what they have.
std::optional<eval::Value> lookUp(const Document &document, llvm::StringRef name);

/// A module of the catalogue by its full name, or null.
eval::Module *findModule(const Document &document, llvm::StringRef name);

/// What is called, and with which parameters: of the layer, for the result of one
/// that is made in place.
struct CallTarget {
  eval::Value value;
  Callable callable;
};
std::optional<CallTarget> targetOf(const Document &document, const Callee &callee);

/// The parameter that an argument is for; empty where there is none.
llvm::StringRef parameterOf(const Callable &callable, const Cursor::Argument &argument);

/// The names that a string may be, where it stands for something of Keras.
std::vector<std::string> namesOf(const Document &document, NameKind kind);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_LOOKUP_H
