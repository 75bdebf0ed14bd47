//===- Document.h - A document that an editor has open ----------*- C++ -*-===//
//
// Its text, what was found in it, and places in the form of the protocol.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_DOCUMENT_H
#define RONDO_COMPILER_TOOLS_LSP_DOCUMENT_H

#include "compiler/tools/lsp/Check.h"
#include "compiler/tools/lsp/Text.h"
#include "compiler/tools/lsp/Transport.h"
#include <chrono>
#include <stdexcept>

namespace rondo::lsp {

/// What a client said about itself when it started.
struct Client {
  Encoding encoding = Encoding::Utf16;
  /// Whether it shows Markdown in hovers.
  bool showsMarkdown = true;
  /// Whether edits may name the version that they are for.
  bool takesVersionedEdits = false;
  /// Whether symbols may contain others.
  bool nestsSymbols = true;
};

/// Parameters of a message that are not as the protocol has them.
struct BadParameters : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Document {
  Document(std::string uri, std::string text, const Client &client)
      : uri(std::move(uri)), text(std::move(text)), client(client) {}

  const std::string uri;
  Text text;
  /// As the client counts them; null where it does not.
  Json version;
  const Client &client;

  /// Of the text, unless that has changed since.
  std::unique_ptr<Check> check;
  /// The last one of a text without syntax errors and with some names: what was
  /// known before a line that is being typed broke the file.
  std::unique_ptr<Check> lastParsed;
  bool isChecked = false;
  /// How long the last check took.
  std::chrono::milliseconds checkTime{0};

  /// The byte that a position of a message means.
  size_t offset(const Json &position) const;
  Json position(size_t offset) const;
  Json range(size_t begin, size_t end) const {
    return {{"start", position(begin)}, {"end", position(end)}};
  }
  /// The place of a diagnostic: the file's start where it has none.
  Json range(diagnostics::SourceRange place) const { return range(place.begin, place.end); }
};

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_DOCUMENT_H
