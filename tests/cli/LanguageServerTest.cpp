//===- LanguageServerTest.cpp - `rondo lsp` as editors talk to it -*- C++ -*-===//
//
// Sessions that are written down: messages to the tool's stdin, and what it says of
// them, of what is wrong with files, and of mends.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/LanguageSession.h"
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

namespace rondo::test {
namespace {

//===----------------------------------------------------------------------===//
// Starting and ending
//===----------------------------------------------------------------------===//

TEST_F(LanguageServer, StartsAndEnds) {
  Messages messages;
  messages.initialize();
  messages.end();
  Replies replies = talk(messages, {"--stdio"});
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  EXPECT_EQ(replies.err, "");
  Json result = replies.resultOf(1);
  EXPECT_EQ(result["serverInfo"]["name"], "rondo");
  EXPECT_EQ(result["capabilities"]["positionEncoding"], "utf-16");
  EXPECT_EQ(result["capabilities"]["textDocumentSync"]["change"], 2);
  EXPECT_TRUE(replies.to(2).contains("result"));
  EXPECT_TRUE(replies.to(2)["result"].is_null());
}

TEST_F(LanguageServer, TakesUtf8WhereItIsOffered) {
  Messages messages;
  messages.initialize({{"general", {{"positionEncodings", {"utf-16", "utf-8"}}}}});
  messages.end();
  EXPECT_EQ(talk(messages).resultOf(1)["capabilities"]["positionEncoding"], "utf-8");
}

TEST_F(LanguageServer, EndsWithOneWithoutAShutdown) {
  Messages exits;
  exits.initialize();
  exits.notify("exit", nullptr);
  EXPECT_EQ(talk(exits).exitCode, 1);

  Messages stops;
  stops.initialize();
  stops.open(sound);
  EXPECT_EQ(talk(stops).exitCode, 1);
  EXPECT_EQ(talk(Messages()).exitCode, 1);

  Messages stopsAfterShutdown;
  stopsAfterShutdown.initialize();
  stopsAfterShutdown.request("shutdown", nullptr);
  EXPECT_EQ(talk(stopsAfterShutdown).exitCode, 0);
}

TEST_F(LanguageServer, KeepsTheOrderOfALife) {
  Messages messages;
  int early = messages.ask("hover", 0, 0);
  messages.open("x = (");
  messages.initialize();
  int again = messages.request("initialize", {{"capabilities", Json::object()}});
  int unknown = messages.request("textDocument/frobnicate", Json::object());
  messages.notify("$/frobnicate", Json::object());
  messages.notify("$/cancelRequest", {{"id", early}});
  int shutdown = messages.request("shutdown", nullptr);
  int late = messages.ask("hover", 0, 0);
  messages.notify("exit", nullptr);
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0);
  EXPECT_EQ(replies.to(early)["error"]["code"], -32002);
  EXPECT_EQ(replies.to(again)["error"]["code"], -32600);
  EXPECT_EQ(replies.to(unknown)["error"]["code"], -32601);
  EXPECT_TRUE(replies.to(shutdown).contains("result"));
  EXPECT_EQ(replies.to(late)["error"]["code"], -32600);
  EXPECT_TRUE(replies.published().empty());
}

TEST_F(LanguageServer, AnswersWhatIsNoMessageByAnError) {
  Messages messages;
  messages.initialize();
  messages.raw("hello\r\n\r\n");
  messages.send("{\"jsonrpc\": \"2.0\", ");
  messages.send("[1, 2]");
  messages.send(R"({"jsonrpc": "2.0", "id": 7})");
  messages.send(R"({"jsonrpc": "2.0", "id": [1], "method": "shutdown"})");
  messages.send(std::string(100000, '['));
  messages.send("\"\xff\xfe\"");
  messages.raw("Content-Length: nine\r\n\r\n");
  messages.raw("content-length: 2\r\nContent-Type: text\r\n\r\n{}");
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  EXPECT_EQ(replies.errors(), std::vector<int>({-32700, -32700, -32600, -32600, -32600, -32700,
                                                -32700, -32700, -32600}));
}

TEST_F(LanguageServer, AnswersWrongParametersByAnError) {
  Messages messages;
  messages.initialize();
  messages.open(sound);
  const std::vector<Json> wrong = {nullptr,
                                   Json::array(),
                                   7,
                                   {{"textDocument", 7}},
                                   {{"textDocument", {{"uri", 7}}}},
                                   {{"textDocument", {{"uri", Messages::uri}}}},
                                   {{"textDocument", {{"uri", Messages::uri}}},
                                    {"range", {{"start", {{"line", -1}, {"character", 0}}}}}}};
  std::vector<int> ids;
  for (const Json &parameters : wrong)
    ids.push_back(messages.request("textDocument/codeAction", parameters));
  for (const Json &parameters : wrong)
    for (const char *method : {"didOpen", "didChange", "didClose", "didSave"})
      messages.notify(std::string("textDocument/") + method, parameters);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  for (int id : ids)
    EXPECT_EQ(replies.to(id)["error"]["code"], -32602) << replies.to(id);
}

TEST_F(LanguageServer, SaysNullOfDocumentsThatAreNotOpen) {
  Messages messages;
  messages.initialize();
  int id = messages.askActions(place(0, 0, 1));
  messages.change(2, {{{"text", "x = ("}}});
  messages.end();
  Replies replies = talk(messages);
  EXPECT_TRUE(replies.to(id).contains("result"));
  EXPECT_TRUE(replies.resultOf(id).is_null());
  EXPECT_TRUE(replies.published().empty());
}

TEST_F(LanguageServer, AnswersWhileTheInputIsOpen) {
  Messages messages;
  messages.initialize();
  messages.open(replaced(sound, "softmax", "sotfmax"));
  int pipes[2];
  ASSERT_EQ(pipe2(pipes, O_CLOEXEC), 0);
  Process process = start({RONDO_TOOL, "lsp"}, [&] { dup2(pipes[0], STDIN_FILENO); });
  close(pipes[0]);
  ASSERT_EQ(::write(pipes[1], messages.text.data(), messages.text.size()),
            ssize_t(messages.text.size()));
  bool isPublished = false;
  for (int i = 0; i < 1000 && !isPublished; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream out(process.out);
    std::string said(std::istreambuf_iterator<char>(out), {});
    isPublished = said.find("unknown-activation") != std::string::npos;
  }
  EXPECT_TRUE(isPublished);
  close(pipes[1]);
  EXPECT_EQ(wait(process).exitCode, 1);
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

TEST_F(LanguageServer, PublishesWhatIsWrongAsYouType) {
  Messages messages;
  messages.initialize();
  messages.open(sound);
  messages.change(2, {{{"text", replaced(sound, "softmax", "sotfmax")}}});
  messages.change(3, {{{"range", place(5, 26, 31)}, {"text", "oftma"}}});
  messages.notify("textDocument/didSave", {{"textDocument", {{"uri", Messages::uri}}}});
  messages.end();
  std::vector<Json> published = talk(messages).published();
  ASSERT_EQ(published.size(), 3u);
  EXPECT_EQ(published[0],
            Json({{"uri", Messages::uri}, {"version", 1}, {"diagnostics", Json::array()}}));
  ASSERT_EQ(published[1]["diagnostics"].size(), 1u);
  EXPECT_EQ(published[1]["version"], 2);
  const Json &found = published[1]["diagnostics"][0];
  EXPECT_EQ(found["code"], "unknown-activation");
  EXPECT_EQ(found["severity"], 1);
  EXPECT_EQ(found["source"], "rondo");
  EXPECT_EQ(found["range"], place(5, 24, 33));
  EXPECT_EQ(found["message"],
            "there is no activation called `sotfmax`\nhelp: did you mean `softmax`?");
  EXPECT_TRUE(published[2]["diagnostics"].empty());
  EXPECT_EQ(published[2]["version"], 3);
}

TEST_F(LanguageServer, PublishesNotesAtTheirPlaces) {
  Messages messages;
  messages.initialize();
  messages.open("import keras\nx = keras.layers.Dense(8, units=8)\n");
  messages.end();
  std::vector<Json> published = talk(messages).published();
  ASSERT_EQ(published.size(), 1u);
  const Json &found = published[0]["diagnostics"][0];
  EXPECT_EQ(found["code"], "repeated-argument");
  const Json &related = found["relatedInformation"];
  ASSERT_EQ(related.size(), 1u) << found;
  EXPECT_EQ(related[0]["location"]["uri"], Messages::uri);
  EXPECT_EQ(related[0]["location"]["range"], place(1, 23, 24));
}

TEST_F(LanguageServer, CountsUnitsOfUtf16) {
  // A note of two units, a letter of one; the mistake is behind both.
  const std::string text = "import keras\nunits = ['\U0001D11E', 'é', missing]\n";
  for (bool isUtf8 : {false, true}) {
    Messages messages;
    messages.initialize({{"general", {{"positionEncodings", {isUtf8 ? "utf-8" : "utf-16"}}}}});
    messages.open(text);
    int begin = isUtf8 ? 23 : 20;
    // And back: a change behind them, and one in the middle of the pair, which is taken
    // for one in front of it.
    messages.change(2, {{{"range", place(1, begin, begin + 7)}, {"text", "7"}}});
    messages.change(3, {
                           {{"range", place(1, 11, 11)}, {"text", "' + 'lost"}},
                       });
    messages.change(4, {{{"range", place(1, 0, 500)}, {"text", "units = gone"}},
                        {{"range",
                          {{"start", {{"line", 70}, {"character", 7}}},
                           {"end", {{"line", 80}, {"character", 0}}}}},
                         {"text", "\nunits = lost"}}});
    messages.end();
    std::vector<Json> published = talk(messages).published();
    ASSERT_EQ(published.size(), 4u);
    Json found = published[0]["diagnostics"][0];
    EXPECT_EQ(found["code"], "undefined-name");
    EXPECT_EQ(found["range"], place(1, begin, begin + 7)) << found;
    EXPECT_EQ(published[1]["diagnostics"].size(), 1u) << published[1];
    EXPECT_EQ(published[1]["diagnostics"][0]["code"], "model-not-found");
    EXPECT_EQ(published[2]["diagnostics"][0]["code"], "model-not-found") << published[2];
    ASSERT_EQ(published[3]["diagnostics"].size(), 2u) << published[3];
    EXPECT_EQ(published[3]["diagnostics"][0]["range"], place(1, 8, 12));
    EXPECT_EQ(published[3]["diagnostics"][1]["range"], place(3, 8, 12));
  }
}

TEST_F(LanguageServer, CountsLinesOfAllKinds) {
  Messages messages;
  messages.initialize();
  messages.open("import keras\r\nx = 1\ry = missing\n");
  messages.change(2, {{{"range", place(2, 4, 50)}, {"text", "other"}}});
  messages.end();
  std::vector<Json> published = talk(messages).published();
  ASSERT_EQ(published.size(), 2u);
  EXPECT_EQ(published[0]["diagnostics"][0]["range"], place(2, 4, 11));
  EXPECT_EQ(published[1]["diagnostics"][0]["range"], place(2, 4, 9));
}

TEST_F(LanguageServer, ForgetsAClosedDocument) {
  Messages messages;
  messages.initialize();
  messages.open("x = (");
  messages.notify("textDocument/didClose", {{"textDocument", {{"uri", Messages::uri}}}});
  int id = messages.askActions(place(0, 0, 1));
  messages.open(sound);
  messages.end();
  Replies replies = talk(messages);
  std::vector<Json> published = replies.published();
  ASSERT_EQ(published.size(), 3u);
  EXPECT_EQ(published[0]["diagnostics"][0]["code"], "unclosed-bracket");
  EXPECT_EQ(published[1], Json({{"uri", Messages::uri}, {"diagnostics", Json::array()}}));
  EXPECT_TRUE(published[2]["diagnostics"].empty());
  EXPECT_TRUE(replies.resultOf(id).is_null());
}

TEST_F(LanguageServer, LeavesTheTrainingScriptAlone) {
  Messages messages;
  messages.initialize();
  messages.open(sound + "if __name__ == \"__main__\":\n    while True:\n        print(missing)\n");
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0);
  EXPECT_TRUE(replies.published()[0]["diagnostics"].empty());
}

TEST_F(LanguageServer, PrintsNothingInBetween) {
  Messages messages;
  messages.initialize();
  messages.open("print('Content-Length: 2')\n" + sound);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.all.size(), 3u);
  EXPECT_EQ(replies.err, "");
}

TEST_F(LanguageServer, TakesAnotherVariableForTheModel) {
  Messages messages;
  messages.initialize();
  messages.open(replaced(sound, "model =", "network ="));
  messages.end();
  EXPECT_EQ(talk(messages).published()[0]["diagnostics"][0]["code"], "model-not-found");
  EXPECT_TRUE(talk(messages, {"--model", "network"}).published()[0]["diagnostics"].empty());
}

TEST_F(LanguageServer, SurvivesLargeAndEndlessFiles) {
  Messages messages;
  messages.initialize();
  messages.open(std::string((4 << 20) + 1, '#'));
  messages.change(2, {{{"text", "x = " + std::string(100000, '(')}}});
  messages.ask("hover", 0, 50000);
  messages.change(3, {{{"text", "while True:\n    pass\n"}}});
  messages.ask("hover", 0, 0);
  // That took long: what comes in the meantime is looked at once, or when it is asked for.
  for (int version = 4; version < 50; ++version)
    messages.change(version,
                    {{{"text", "while True:\n    x = " + std::to_string(version) + "\n"}}});
  int last = messages.ask("hover", 1, 4);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  std::vector<Json> published = replies.published();
  ASSERT_GE(published.size(), 4u);
  EXPECT_EQ(published[0]["diagnostics"][0]["code"], "file-too-large");
  EXPECT_FALSE(published[1]["diagnostics"].empty());
  EXPECT_EQ(published[2]["diagnostics"][0]["code"], "step-limit") << published[2];
  EXPECT_EQ(published.back()["version"], 49);
  std::string value = replies.resultOf(last).dump();
  EXPECT_NE(value.find("`x`: int `49`"), std::string::npos) << value;
}

TEST_F(LanguageServer, ShowsLittleOfLongValues) {
  Messages messages;
  messages.initialize();
  messages.open("import keras\ntext = 'é' * 10000000\nx = keras.layers.Dense(text)\n"
                "y = keras.layers.Dense(2, name=text)\n");
  for (int line : {1, 2, 3})
    for (const char *method : {"hover", "completion"})
      messages.ask(method, line, 1);
  messages.ask("hover", 2, 25);
  messages.ask("hover", 3, 22);
  messages.request("textDocument/documentSymbol", {{"textDocument", {{"uri", Messages::uri}}}});
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  ASSERT_FALSE(replies.published().empty());
  EXPECT_EQ(replies.published()[0]["diagnostics"][0]["code"], "invalid-argument");
  for (const Json &message : replies.all)
    EXPECT_LT(message.dump().size(), 100000u) << message.dump().substr(0, 500);
}

TEST_F(LanguageServer, SurvivesWhatIsTyped) {
  // Texts as they are while somebody edits, and while nobody would: all prefixes, and
  // random replacements.
  Messages messages;
  messages.initialize();
  messages.open("");
  int version = 1;
  auto look = [&](int line, int character) {
    for (const char *method : {"hover", "completion", "signatureHelp", "definition"})
      messages.ask(method, line, character);
    messages.request("textDocument/documentSymbol", {{"textDocument", {{"uri", Messages::uri}}}});
    messages.askActions(place(line, 0, character));
  };
  int line = 0, character = 0;
  for (char c : sound) {
    messages.change(++version,
                    {{{"range", place(line, character, character)}, {"text", std::string(1, c)}}});
    ++character;
    if (c == '\n')
      ++line, character = 0;
    look(line, character);
  }
  const std::vector<std::string> pieces = {
      "(",  ")", "[",         "\"",     "'",    "\n",     "\n    ", ".",
      ",",  "=", "def f(x):", "\"\"\"", "LSTM", "import", "lambda", "for",
      "\\", "#", "🎵",        "f\"{",   "\t",   "-",      "0"};
  std::mt19937 random(7);
  for (int i = 0; i < 600; ++i) {
    int line = random() % 9, begin = random() % 40;
    messages.change(++version, {{{"range", place(line, begin, begin + random() % 6)},
                                 {"text", pieces[random() % pieces.size()]}}});
    if (i % 4 == 0)
      look(random() % 9, random() % 40);
    if (i % 100 == 99)
      messages.change(++version, {{{"text", sound}}});
  }
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.exitCode, 0) << replies.err;
  EXPECT_EQ(replies.err, "");
  EXPECT_TRUE(replies.errors().empty()) << Json(replies.errors());
  EXPECT_EQ(replies.published().back()["version"], version);
}

//===----------------------------------------------------------------------===//
// Mends
//===----------------------------------------------------------------------===//

TEST_F(LanguageServer, OffersMends) {
  std::string text = replaced(sound, "softmax", "sotfmax");
  text = replaced(text, "return_sequences", "return_sequence");
  Messages messages;
  messages.initialize();
  messages.open(text);
  int here = messages.askActions(place(5, 25, 25));
  int elsewhere =
      messages.askActions(place(0, 0, 3), {{"diagnostics", Json::array()}, {"only", {"quickfix"}}});
  int all = messages.askActions(place(0, 0, 0),
                                {{"diagnostics", Json::array()}, {"only", {"source.fixAll"}}});
  int none = messages.askActions(place(5, 25, 25),
                                 {{"diagnostics", Json::array()}, {"only", {"refactor"}}});
  messages.end();
  Replies replies = talk(messages);
  Json actions = replies.resultOf(here);
  ASSERT_EQ(actions.size(), 2u) << actions;
  EXPECT_EQ(actions[0]["kind"], "quickfix");
  EXPECT_EQ(actions[0]["title"], "replace `sotfmax` by `softmax`");
  EXPECT_EQ(actions[0]["isPreferred"], true);
  EXPECT_EQ(actions[0]["diagnostics"][0]["code"], "unknown-activation");
  EXPECT_EQ(applied(text, actions[0]["edit"]["changes"][Messages::uri]),
            replaced(text, "sotfmax", "softmax"));
  EXPECT_EQ(actions[1]["kind"], "source.fixAll");
  EXPECT_TRUE(replies.resultOf(elsewhere).empty());
  actions = replies.resultOf(all);
  ASSERT_EQ(actions.size(), 1u) << actions;
  EXPECT_EQ(applied(text, actions[0]["edit"]["changes"][Messages::uri]), sound);
  EXPECT_TRUE(replies.resultOf(none).empty());
}

TEST_F(LanguageServer, NamesTheVersionThatAMendIsFor) {
  Messages messages;
  messages.initialize({{"workspace", {{"workspaceEdit", {{"documentChanges", true}}}}}});
  messages.open(sound);
  messages.change(5, {{{"text", replaced(sound, "softmax", "sotfmax")}}});
  int id = messages.askActions(place(5, 25, 25));
  messages.end();
  Json edit = talk(messages).resultOf(id)[0]["edit"]["documentChanges"][0];
  EXPECT_EQ(edit["textDocument"], Json({{"uri", Messages::uri}, {"version", 5}}));
  EXPECT_EQ(edit["edits"].size(), 1u);
}

} // namespace
} // namespace rondo::test
