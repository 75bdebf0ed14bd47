//===- Transport.cpp - Messages of the Language Server Protocol -----------===//
//
// Headers, bodies and replies.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Transport.h"
#include "llvm/ADT/StringRef.h"
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace rondo::lsp {

namespace {
/// No line of a header is longer, and no message: a client that says otherwise is
/// confused, and what it sends is skipped rather than kept.
constexpr size_t maxHeaderLine = 4096;
constexpr size_t maxMessage = size_t(64) << 20;
} // namespace

bool Transport::fill() {
  if (used == buffer.size()) {
    buffer.clear();
    used = 0;
  }
  char bytes[1 << 16];
  ssize_t count;
  do
    count = read(in, bytes, sizeof(bytes));
  while (count < 0 && errno == EINTR);
  if (count <= 0)
    return false;
  buffer.append(bytes, count);
  return true;
}

bool Transport::hasInput() const {
  pollfd input{in, POLLIN, 0};
  return used < buffer.size() || poll(&input, 1, 0) > 0;
}

std::optional<std::string> Transport::readLine() {
  std::string line;
  for (;;) {
    if (used == buffer.size() && !fill())
      return std::nullopt;
    size_t end = std::min(buffer.find('\n', used), buffer.size());
    line.append(buffer, used, std::min(end - used, maxHeaderLine + 1 - line.size()));
    used = end;
    if (end == buffer.size())
      continue;
    ++used;
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    return line;
  }
}

std::optional<size_t> Transport::readHeader() {
  size_t length = 0;
  bool hasLength = false, isConfused = false;
  while (std::optional<std::string> line = readLine()) {
    auto [name, value] = llvm::StringRef(*line).split(':');
    size_t number = 0;
    if (name.trim().equals_insensitive("content-length") &&
        !value.trim().getAsInteger(10, number)) {
      length = number;
      hasLength = true;
    } else if (line->empty() && hasLength) {
      return length;
    } else if (!line->empty() && !name.trim().equals_insensitive("content-type")) {
      // Anything else is read over, up to the next header.
      if (!isConfused)
        refuse(nullptr, ErrorCode::ParseError, "a message starts with `Content-Length: N`");
      isConfused = true;
      hasLength = false;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Transport::receive() {
  std::optional<size_t> length = readHeader();
  if (!length)
    return std::nullopt;
  std::string body;
  for (size_t missing = *length; missing > 0;) {
    if (used == buffer.size() && !fill())
      return std::nullopt;
    size_t count = std::min(missing, buffer.size() - used);
    if (*length <= maxMessage)
      body.append(buffer, used, count);
    used += count;
    missing -= count;
  }
  return body;
}

void Transport::send(const Json &message) {
  // Text from files that are no UTF-8 is shown as well as it can be.
  std::string body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string text = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (size_t written = 0; written < text.size();) {
    ssize_t count = write(out, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR)
      return; // nobody listens any more: the input ends as well
    written += std::max<ssize_t>(count, 0);
  }
}

void Transport::reply(const Json &id, Json result) {
  send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void Transport::refuse(const Json &id, ErrorCode code, const std::string &message) {
  send({{"jsonrpc", "2.0"},
        {"id", id},
        {"error", {{"code", static_cast<int>(code)}, {"message", message}}}});
}

void Transport::notify(const char *method, Json params) {
  send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

} // namespace rondo::lsp
