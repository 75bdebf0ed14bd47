//===- Server.h - The language server ---------------------------*- C++ -*-===//
//
// `rondo lsp`: what is wrong with a model file while it is being written, what its
// names are, and what may stand at a place. One thread answers one message after the
// other; docs/editors.md says what it offers.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_SERVER_H
#define RONDO_COMPILER_TOOLS_LSP_SERVER_H

#include <string>

namespace rondo::lsp {

struct ServerOptions {
  /// The variable that holds the model.
  std::string modelVariable = "model";
  /// Of the tool, for the client's logs.
  std::string version;
};

/// Serves the client behind two file descriptors until it says `exit`, or its output
/// ends. The exit code is 0 after a `shutdown`, else 1, as the protocol has it.
int serve(int in, int out, const ServerOptions &options);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_SERVER_H
