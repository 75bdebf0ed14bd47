//===- Transport.h - Messages of the Language Server Protocol ---*- C++ -*-===//
//
// JSON-RPC over two file descriptors, each message behind a header with its length.
// Not MLIR's lsp-server-support: its transport ends or stays silent at a message that
// is no JSON, and its protocol types know neither codes of diagnostics, nor positions
// in UTF-16, nor documents that are no files.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_TRANSPORT_H
#define RONDO_COMPILER_TOOLS_LSP_TRANSPORT_H

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace rondo::lsp {

using Json = nlohmann::json;

/// JSON-RPC's error codes, and the protocol's own.
enum class ErrorCode {
  ParseError = -32700,
  InvalidRequest = -32600,
  MethodNotFound = -32601,
  InvalidParams = -32602,
  InternalError = -32603,
  ServerNotInitialized = -32002,
};

class Transport {
public:
  Transport(int in, int out) : in(in), out(out) {}

  /// The content of the next message; nothing at the end of the input. Text without a
  /// length in front is no message: it is answered by an error and left out.
  std::optional<std::string> receive();
  /// Whether more input is there already.
  bool hasInput() const;

  void reply(const Json &id, Json result);
  void refuse(const Json &id, ErrorCode code, const std::string &message);
  void notify(const char *method, Json params);

private:
  /// Reads on; false at the end of the input.
  bool fill();
  /// The next line without its end; nothing at the end of the input.
  std::optional<std::string> readLine();
  /// The length that the next header tells; nothing at the end of the input.
  std::optional<size_t> readHeader();
  void send(const Json &message);

  const int in, out;
  /// What was read and is not used yet: from `used` on.
  std::string buffer;
  size_t used = 0;
};

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_TRANSPORT_H
