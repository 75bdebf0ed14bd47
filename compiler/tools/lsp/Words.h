//===- Words.h - What the names of Keras mean, in a line --------*- C++ -*-===//
//
// For hovers and completions. What is not here has no words; what can be written is
// the catalogue's to say.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_WORDS_H
#define RONDO_COMPILER_TOOLS_LSP_WORDS_H

#include "llvm/ADT/StringRef.h"

namespace rondo::lsp {

/// What kind of name a string of the file is, by the argument that it is given for.
enum class NameKind { None, Activation, Initializer, Loss, Metric, Optimizer, Type };

/// Of the value of a parameter.
NameKind nameKind(llvm::StringRef parameter);
/// "activation"; empty for none.
llvm::StringRef describe(NameKind kind);

/// What a layer, model or operation is; empty where that is not known.
llvm::StringRef wordsOfCallable(llvm::StringRef name);
/// What a parameter of `callee` means.
llvm::StringRef wordsOfParameter(llvm::StringRef callee, llvm::StringRef parameter);
/// What a string in the place of such a name means.
llvm::StringRef wordsOfName(NameKind kind, llvm::StringRef name);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_WORDS_H
