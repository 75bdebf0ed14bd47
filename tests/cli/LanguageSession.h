//===- LanguageSession.h - Talking to `rondo lsp` in tests ------*- C++ -*-===//
//
// What an editor says in a session, and what it hears.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_CLI_LANGUAGESESSION_H
#define RONDO_TESTS_CLI_LANGUAGESESSION_H

#include "tests/cli/Tool.h"
#include <algorithm>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace rondo::test {

using Json = nlohmann::json;

/// What an editor says in a session.
class Messages {
public:
  /// Bytes as they are.
  void raw(const std::string &bytes) { text += bytes; }
  void send(const std::string &body) {
    raw("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void notify(const std::string &method, Json params) {
    send(Json({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}).dump());
  }
  /// Returns the id.
  int request(const std::string &method, Json params) {
    send(
        Json({{"jsonrpc", "2.0"}, {"id", ++ids}, {"method", method}, {"params", std::move(params)}})
            .dump());
    return ids;
  }

  void initialize(Json capabilities = Json::object()) {
    request("initialize", {{"processId", nullptr}, {"capabilities", std::move(capabilities)}});
    notify("initialized", Json::object());
  }
  void open(const std::string &text) {
    notify("textDocument/didOpen",
           {{"textDocument",
             {{"uri", uri}, {"languageId", "python"}, {"version", 1}, {"text", text}}}});
  }
  /// Changes as the protocol has them.
  void change(int version, Json changes) {
    notify("textDocument/didChange", {{"textDocument", {{"uri", uri}, {"version", version}}},
                                      {"contentChanges", std::move(changes)}});
  }
  int ask(const std::string &method, int line, int character) {
    return request("textDocument/" + method,
                   {{"textDocument", {{"uri", uri}}},
                    {"position", {{"line", line}, {"character", character}}}});
  }
  int askActions(Json range, Json context = {{"diagnostics", Json::array()}}) {
    return request("textDocument/codeAction", {{"textDocument", {{"uri", uri}}},
                                               {"range", std::move(range)},
                                               {"context", std::move(context)}});
  }
  void end() {
    request("shutdown", nullptr);
    notify("exit", nullptr);
  }

  static constexpr const char *uri = "file:///models/model.py";
  std::string text;
  int ids = 0;
};

/// What the server said.
struct Replies {
  int exitCode = -1;
  std::string err;
  std::vector<Json> all;

  /// The reply to a request.
  Json to(int id) const {
    for (const Json &message : all)
      if (message.contains("id") && message["id"] == id)
        return message;
    return nullptr;
  }
  Json resultOf(int id) const { return to(id).value("result", Json("no reply")); }
  /// What was published, oldest first.
  std::vector<Json> published() const {
    std::vector<Json> found;
    for (const Json &message : all)
      if (message.value("method", "") == "textDocument/publishDiagnostics")
        found.push_back(message["params"]);
    return found;
  }
  std::vector<int> errors() const {
    std::vector<int> codes;
    for (const Json &message : all)
      if (message.contains("error"))
        codes.push_back(message["error"]["code"]);
    return codes;
  }
};

inline Json place(int line, int begin, int end) {
  return {{"start", {{"line", line}, {"character", begin}}},
          {"end", {{"line", line}, {"character", end}}}};
}

class LanguageServer : public ToolTest {
protected:
  /// Says all of it, and reads the answers.
  Replies talk(const Messages &messages, const std::vector<std::string> &arguments = {}) const {
    write("input", messages.text);
    std::vector<std::string> command = {RONDO_TOOL, "lsp"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Outcome outcome = run(command, [this] {
      int input = ::open(path("input").c_str(), O_RDONLY);
      dup2(input, STDIN_FILENO);
    });
    Replies replies;
    replies.exitCode = outcome.exitCode;
    replies.err = outcome.err;
    readAll(outcome.out, replies.all);
    return replies;
  }

  /// Each message in its frame, and nothing else.
  static void readAll(const std::string &out, std::vector<Json> &messages) {
    const std::string header = "Content-Length: ";
    for (size_t at = 0; at < out.size();) {
      ASSERT_EQ(out.compare(at, header.size(), header), 0) << out.substr(at, 80);
      size_t length = std::stoul(out.substr(at + header.size()));
      at = out.find("\r\n\r\n", at);
      ASSERT_NE(at, std::string::npos);
      at += 4;
      ASSERT_LE(at + length, out.size());
      messages.push_back(Json::parse(out.substr(at, length)));
      at += length;
    }
  }

  /// What a mend makes of a text in ASCII.
  static std::string applied(std::string text, Json edits) {
    std::sort(edits.begin(), edits.end(), [](const Json &a, const Json &b) {
      return offset(a["range"]["start"]) > offset(b["range"]["start"]);
    });
    for (const Json &edit : edits) {
      size_t begin = offsetIn(text, edit["range"]["start"]);
      size_t end = offsetIn(text, edit["range"]["end"]);
      text.replace(begin, end - begin, edit["newText"].get<std::string>());
    }
    return text;
  }

private:
  static std::pair<int, int> offset(const Json &position) {
    return {position["line"], position["character"]};
  }
  static size_t offsetIn(const std::string &text, const Json &position) {
    size_t at = 0;
    for (int line = position["line"]; line > 0; --line)
      at = text.find('\n', at) + 1;
    return at + position["character"].get<size_t>();
  }
};

/// A model file with nothing wrong in it.
inline const std::string sound = R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 8), name="x")
h = LSTM(16, return_sequences=True)(x)
y = Dense(4, activation="softmax")(h)
model = keras.Model(x, y)
)";

inline std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

} // namespace rondo::test

#endif // RONDO_TESTS_CLI_LANGUAGESESSION_H
