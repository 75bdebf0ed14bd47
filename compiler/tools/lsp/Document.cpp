//===- Document.cpp - A document that an editor has open ------------------===//
//
// Places in the form of the protocol.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Document.h"

namespace rondo::lsp {

static size_t count(const Json &object, const char *key) {
  const Json &number = object.at(key);
  if (!number.is_number_unsigned())
    throw BadParameters("`" + std::string(key) + "` of a position is a number from 0");
  return number.get<size_t>();
}

size_t Document::offset(const Json &position) const {
  return text.offset({count(position, "line"), count(position, "character")}, client.encoding);
}

Json Document::position(size_t offset) const {
  Position place = text.position(offset, client.encoding);
  return {{"line", place.line}, {"character", place.character}};
}

} // namespace rondo::lsp
