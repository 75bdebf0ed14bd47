//===- Server.cpp - The language server -----------------------------------===//
//
// Starting and ending, open documents, and who answers which request.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Server.h"
#include "compiler/tools/lsp/Features.h"
#include <map>

namespace rondo::lsp {

namespace {

class Server {
public:
  Server(int in, int out, const ServerOptions &options) : transport(in, out), options(options) {}

  int run();

private:
  void handle(const std::string &body);
  void handleRequest(const Json &id, const std::string &method, const Json &parameters);
  void handleNotification(const std::string &method, const Json &parameters);
  /// The result of a request; nothing for a method that there is none of.
  std::optional<Json> answer(const std::string &method, const Json &parameters);
  Json initialize(const Json &parameters);

  void open(const Json &parameters);
  void change(const Json &parameters);
  void close(const Json &parameters);
  /// The document of a message, or null when it is not open.
  Document *find(const Json &parameters);
  /// Checks a document, unless nothing has changed, and publishes what is found.
  void check(Document &document);

  Transport transport;
  const ServerOptions &options;
  Client client;
  std::map<std::string, Document> documents;
  bool isInitialized = false, isShutDown = false;
  std::optional<int> exitCode;
};

/// What is at a path of keys, or null.
const Json *member(const Json &object, std::initializer_list<const char *> path) {
  const Json *value = &object;
  for (const char *key : path) {
    if (!value->is_object() || !value->contains(key))
      return nullptr;
    value = &(*value)[key];
  }
  return value;
}

bool isTrue(const Json *value) { return value && value->is_boolean() && value->get<bool>(); }

/// Whether a value is a list that has this text in it.
bool lists(const Json *value, const char *text) {
  return value && value->is_array() &&
         std::find(value->begin(), value->end(), text) != value->end();
}

} // namespace

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

int Server::run() {
  while (!exitCode) {
    std::optional<std::string> body = transport.receive();
    if (!body)
      break;
    handle(*body);
    if (!transport.hasInput())
      for (auto &[uri, document] : documents)
        check(document);
  }
  return exitCode.value_or(isShutDown ? 0 : 1);
}

void Server::handle(const std::string &body) {
  Json message = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (message.is_discarded())
    return transport.refuse(nullptr, ErrorCode::ParseError, "the message is no JSON");
  Json id = message.is_object() ? message.value("id", Json()) : Json();
  bool isId = id.is_string() || id.is_number();
  if (!message.is_object() || !(isId || id.is_null()))
    return transport.refuse(nullptr, ErrorCode::InvalidRequest,
                            "a message is an object whose `id` is a number or text");
  const Json *method = member(message, {"method"});
  if (!method || !method->is_string()) {
    // Nothing is asked of the client, so that a response answers nothing.
    if (!message.contains("result") && !message.contains("error"))
      transport.refuse(id, ErrorCode::InvalidRequest, "the message has no `method`");
    return;
  }
  Json parameters = message.value("params", Json());
  if (isId)
    handleRequest(id, *method, parameters);
  else
    handleNotification(*method, parameters);
}

void Server::handleRequest(const Json &id, const std::string &method, const Json &parameters) {
  if (isShutDown)
    return transport.refuse(id, ErrorCode::InvalidRequest, "the server is shut down");
  if (isInitialized == (method == "initialize"))
    return transport.refuse(
        id, isInitialized ? ErrorCode::InvalidRequest : ErrorCode::ServerNotInitialized,
        isInitialized ? "the server is initialized already" : "the server is not initialized yet");
  try {
    if (std::optional<Json> result = answer(method, parameters))
      transport.reply(id, std::move(*result));
    else
      transport.refuse(id, ErrorCode::MethodNotFound, "there is no method `" + method + "`");
  } catch (const Json::exception &error) {
    transport.refuse(id, ErrorCode::InvalidParams, error.what());
  } catch (const BadParameters &error) {
    transport.refuse(id, ErrorCode::InvalidParams, error.what());
  }
}

std::optional<Json> Server::answer(const std::string &method, const Json &parameters) {
  if (method == "initialize")
    return initialize(parameters);
  if (method == "shutdown") {
    isShutDown = true;
    return Json();
  }
  using Answer = Json (*)(const Document &, const Json &);
  static const std::map<std::string, Answer> answers = {
      {"textDocument/codeAction", codeActions},
      {"textDocument/completion", completion},
      {"textDocument/definition", definition},
      {"textDocument/documentSymbol", documentSymbols},
      {"textDocument/hover", hover},
      {"textDocument/signatureHelp", signatureHelp},
  };
  auto found = answers.find(method);
  if (found == answers.end())
    return std::nullopt;
  Document *document = find(parameters);
  if (!document)
    return Json();
  check(*document);
  return found->second(*document, parameters);
}

void Server::handleNotification(const std::string &method, const Json &parameters) {
  if (method == "exit")
    exitCode = isShutDown ? 0 : 1;
  if (!isInitialized || isShutDown)
    return;
  // Nobody waits for an answer: what makes no sense is left out. Requests are answered
  // before the next message is read, so that none can be cancelled.
  try {
    if (method == "textDocument/didOpen")
      open(parameters);
    else if (method == "textDocument/didChange")
      change(parameters);
    else if (method == "textDocument/didClose")
      close(parameters);
  } catch (const Json::exception &) {
  } catch (const BadParameters &) {
  }
}

//===----------------------------------------------------------------------===//
// Starting
//===----------------------------------------------------------------------===//

Json Server::initialize(const Json &parameters) {
  const Json capabilities = parameters.at("capabilities");
  isInitialized = true;
  if (lists(member(capabilities, {"general", "positionEncodings"}), "utf-8"))
    client.encoding = Encoding::Utf8;
  const Json *formats = member(capabilities, {"textDocument", "hover", "contentFormat"});
  client.showsMarkdown = !formats || lists(formats, "markdown");
  client.takesVersionedEdits =
      isTrue(member(capabilities, {"workspace", "workspaceEdit", "documentChanges"}));
  const Json *symbols = member(capabilities, {"textDocument", "documentSymbol"});
  client.nestsSymbols = !symbols || isTrue(member(*symbols, {"hierarchicalDocumentSymbolSupport"}));

  constexpr int incremental = 2;
  Json offered = {
      {"positionEncoding", client.encoding == Encoding::Utf8 ? "utf-8" : "utf-16"},
      {"textDocumentSync",
       {{"openClose", true}, {"change", incremental}, {"save", {{"includeText", false}}}}},
      {"codeActionProvider", {{"codeActionKinds", {"quickfix", "source.fixAll"}}}},
      {"completionProvider", {{"triggerCharacters", {".", "(", ",", "\"", "'"}}}},
      {"definitionProvider", true},
      {"documentSymbolProvider", true},
      {"hoverProvider", true},
      {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
  };
  return {{"capabilities", offered},
          {"serverInfo", {{"name", "rondo"}, {"version", options.version}}}};
}

//===----------------------------------------------------------------------===//
// Documents
//===----------------------------------------------------------------------===//

Document *Server::find(const Json &parameters) {
  auto found = documents.find(parameters.at("textDocument").at("uri").get<std::string>());
  return found == documents.end() ? nullptr : &found->second;
}

void Server::open(const Json &parameters) {
  const Json &item = parameters.at("textDocument");
  std::string uri = item.at("uri"), text = item.at("text");
  documents.erase(uri);
  Document &document = documents.try_emplace(uri, uri, std::move(text), client).first->second;
  document.version = item.value("version", Json());
  check(document);
}

void Server::change(const Json &parameters) {
  Document *document = find(parameters);
  if (!document)
    return;
  const Json &changes = parameters.at("contentChanges");
  document->version = parameters.at("textDocument").value("version", Json());
  document->isChecked = false;
  for (const Json &change : changes) {
    const std::string &replacement = change.at("text").get_ref<const std::string &>();
    const Json *range = member(change, {"range"});
    size_t begin = range ? document->offset(range->at("start")) : 0;
    size_t end = range ? document->offset(range->at("end")) : document->text.str().size();
    document->text.replace(begin, end, replacement);
  }
  // Where that takes long, somebody who types does not wait for each letter.
  constexpr std::chrono::milliseconds slow(100);
  if (document->checkTime < slow)
    check(*document);
}

void Server::close(const Json &parameters) {
  Document *document = find(parameters);
  if (!document)
    return;
  std::string uri = document->uri;
  documents.erase(uri);
  transport.notify("textDocument/publishDiagnostics",
                   {{"uri", uri}, {"diagnostics", Json::array()}});
}

void Server::check(Document &document) {
  if (document.isChecked)
    return;
  auto start = std::chrono::steady_clock::now();
  if (document.check && document.check->isParsed())
    document.lastParsed = std::move(document.check);
  document.check =
      std::make_unique<Check>(document.uri, document.text.str(), options.modelVariable);
  document.isChecked = true;
  document.checkTime = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  Json found = {{"uri", document.uri}, {"diagnostics", diagnosticsOf(document)}};
  if (!document.version.is_null())
    found["version"] = document.version;
  transport.notify("textDocument/publishDiagnostics", std::move(found));
}

int serve(int in, int out, const ServerOptions &options) { return Server(in, out, options).run(); }

} // namespace rondo::lsp
