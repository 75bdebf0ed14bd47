//===- Features.h - What the server answers ---------------------*- C++ -*-===//
//
// One function for each request about a document. They take the request's parameters
// as the protocol has them, return its result (null where there is nothing to say),
// and throw where the parameters are none.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_FEATURES_H
#define RONDO_COMPILER_TOOLS_LSP_FEATURES_H

#include "compiler/tools/lsp/Document.h"

namespace rondo::lsp {

/// The findings as the protocol's `Diagnostic`s.
Json diagnosticsOf(const Document &document);

/// textDocument/codeAction: the mends of what was found in a range, and of all.
Json codeActions(const Document &document, const Json &parameters);
/// textDocument/hover: layers with shapes, parameters and FLOPs, arguments, names.
Json hover(const Document &document, const Json &parameters);
/// textDocument/completion, also in a file that does not parse.
Json completion(const Document &document, const Json &parameters);
/// textDocument/signatureHelp: the parameters of the call around a place.
Json signatureHelp(const Document &document, const Json &parameters);
/// textDocument/definition: where a name gets its value.
Json definition(const Document &document, const Json &parameters);
/// textDocument/documentSymbol: functions, classes, layers and models.
Json documentSymbols(const Document &document, const Json &parameters);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_FEATURES_H
