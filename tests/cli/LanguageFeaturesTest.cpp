//===- LanguageFeaturesTest.cpp - What `rondo lsp` knows --------*- C++ -*-===//
//
// Hovers, completions, signatures, outlines and definitions.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/LanguageSession.h"

namespace rondo::test {
namespace {

//===----------------------------------------------------------------------===//
// Hovers
//===----------------------------------------------------------------------===//

/// The text of a hover.
std::string hoverText(const Json &result) {
  return result.is_object() ? result["contents"].value("value", "") : result.dump();
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST_F(LanguageServer, TellsWhatALayerIs) {
  Messages messages;
  messages.initialize();
  messages.open(sound);
  int atCall = messages.ask("hover", 4, 6);
  int atVariable = messages.ask("hover", 4, 0);
  int atUse = messages.ask("hover", 5, 35);
  int atModel = messages.ask("hover", 6, 2);
  int atInput = messages.ask("hover", 3, 0);
  int atImport = messages.ask("hover", 1, 32);
  int nowhere = messages.ask("hover", 2, 0);
  messages.end();
  Replies replies = talk(messages);
  std::string call = hoverText(replies.resultOf(atCall));
  for (const char *part :
       {"**LSTM** 'lstm'", "`(B, T, 16)`: batch, T time steps of 'x', 16 features of 'lstm'",
        "1,600 parameters",
        // 8·16·(8+16) for each step.
        "FLOPs per sample: 30,720 for T = 10 (3072*T)", "LSTM(units, activation='tanh'",
        "a recurrent layer"})
    EXPECT_TRUE(contains(call, part)) << part << " in\n" << call;
  EXPECT_EQ(replies.resultOf(atCall)["contents"]["kind"], "markdown");
  EXPECT_EQ(replies.resultOf(atCall)["range"], place(4, 4, 8));
  for (int id : {atVariable, atUse}) {
    std::string text = hoverText(replies.resultOf(id));
    EXPECT_TRUE(contains(text, "**LSTM** 'lstm'") && contains(text, "1,600 parameters")) << text;
  }
  EXPECT_EQ(replies.resultOf(atUse)["range"], place(5, 35, 36));
  std::string model = hoverText(replies.resultOf(atModel));
  for (const char *part : {"**Model**", "input 'x'", "`(B, T, 4)`", "1,668 parameters",
                           // The LSTM's, and 2·16·4 of the Dense layer.
                           "3200*T"})
    EXPECT_TRUE(contains(model, part)) << part << " in\n" << model;
  std::string input = hoverText(replies.resultOf(atInput));
  EXPECT_TRUE(contains(input, "`(B, T, 8)`")) << input;
  EXPECT_FALSE(contains(input, "FLOPs")) << input;
  EXPECT_TRUE(contains(hoverText(replies.resultOf(atImport)), "Dense(units"));
  EXPECT_TRUE(replies.resultOf(nowhere).is_null());
}

TEST_F(LanguageServer, FollowsANameThatIsUsedAgain) {
  Messages messages;
  messages.initialize();
  messages.open("import keras\n"
                "from keras import layers\n"
                "x = keras.Input((10, 8), name='signal')\n"
                "x = layers.LSTM(16)(x)\n"
                "shared = layers.Dense(4, trainable=False)\n"
                "x = layers.Softmax()(shared(x) + shared(x))\n"
                "def block(y, units=2):\n"
                "    y = layers.Dense(units)(y)\n"
                "    return y\n"
                "model = keras.Model(keras.Input((3,)), block(block(keras.Input((3,)))))\n");
  int argument = messages.ask("hover", 3, 20);
  int result = messages.ask("hover", 3, 0);
  int layer = messages.ask("hover", 3, 12);
  int shared = messages.ask("hover", 4, 2);
  int use = messages.ask("hover", 5, 22);
  int softmax = messages.ask("hover", 5, 13);
  int inside = messages.ask("hover", 7, 4);
  int function = messages.ask("hover", 6, 5);
  int module = messages.ask("hover", 3, 5);
  int units = messages.ask("hover", 7, 21);
  messages.end();
  Replies replies = talk(messages);
  auto expect = [&](int id, const std::vector<std::string> &parts) {
    std::string text = hoverText(replies.resultOf(id));
    for (const std::string &part : parts)
      EXPECT_TRUE(contains(text, part)) << part << " in\n" << text;
  };
  expect(argument, {"'signal'", "(B, 10, 8)"});
  expect(result, {"**LSTM** 'lstm'", "(B, 16)", "FLOPs per sample: 30,720\n"});
  expect(layer, {"**LSTM** 'lstm'", "(B, 16)"});
  expect(shared, {"**Dense** 'dense'", "68 parameters, frozen", "in line 6"});
  expect(use, {"**Dense** 'dense'", "used 2 times"});
  expect(softmax, {"**Softmax**", "no parameters", "no products"});
  expect(inside, {"**Dense** 'dense_2'", "(B, 2)", "the last of 2 times"});
  expect(function, {"block(y, units=2)"});
  expect(module, {"module `keras.layers`"});
  expect(units, {"`units`: int `2`"});
}

TEST_F(LanguageServer, TellsWhatArgumentsAndNamesMean) {
  Messages messages;
  messages.initialize();
  messages.open(sound + "model.compile(optimizer=\"adam\", loss=\"mse\", metrics=[\"acc\"])\n"
                        "z = keras.layers.Activation(\"gelu\")\n");
  int keyword = messages.ask("hover", 4, 16);
  int activation = messages.ask("hover", 5, 28);
  int own = messages.ask("hover", 5, 14);
  int optimizer = messages.ask("hover", 7, 26);
  int loss = messages.ask("hover", 7, 39);
  int metric = messages.ask("hover", 7, 55);
  int positional = messages.ask("hover", 8, 30);
  int name = messages.ask("hover", 3, 33);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(hoverText(replies.resultOf(keyword)),
            "`return_sequences=False` of `LSTM`: True: the state after every time step; False: "
            "after the last one");
  EXPECT_EQ(replies.resultOf(keyword)["range"], place(4, 13, 29));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(activation)), "activation `softmax`: "));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(own)), "`activation=None` of `Dense`: "));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(optimizer)), "optimizer `adam`: "));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(loss)), "loss `mse`: "));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(metric)), "metric `acc`: "));
  EXPECT_TRUE(contains(hoverText(replies.resultOf(positional)), "activation `gelu`: "));
  EXPECT_TRUE(replies.resultOf(name).is_null());
}

TEST_F(LanguageServer, KnowsClassesOfTheFile) {
  Messages messages;
  messages.initialize();
  messages.open("import keras\n"
                "class Pool(keras.layers.Layer):\n"
                "    def __init__(self, units, **kwargs):\n"
                "        super().__init__(**kwargs)\n"
                "        self.dense = keras.layers.Dense(units)\n"
                "    def call(self, inputs):\n"
                "        return self.dense(inputs)\n"
                "x = keras.Input((3,), name='x')\n"
                "y = Pool(4)(x)\n"
                "model = keras.Model(x, y)\n");
  int made = messages.ask("hover", 8, 5);
  int result = messages.ask("hover", 8, 0);
  int help = messages.ask("signatureHelp", 8, 9);
  int outline =
      messages.request("textDocument/documentSymbol", {{"textDocument", {{"uri", Messages::uri}}}});
  int type = messages.ask("definition", 8, 5);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_TRUE(replies.published()[0]["diagnostics"].empty()) << replies.published()[0];
  for (int id : {made, result}) {
    std::string text = hoverText(replies.resultOf(id));
    for (const char *part : {"**Pool** 'pool'", "`(B, 4)`", "16 parameters"})
      EXPECT_TRUE(contains(text, part)) << part << " in\n" << text;
  }
  EXPECT_EQ(replies.resultOf(help)["signatures"][0]["label"], "Pool(units, **kwargs)");
  Json symbols = replies.resultOf(outline);
  EXPECT_EQ(symbols[0]["name"], "Pool");
  EXPECT_EQ(symbols[0]["kind"], 5);
  EXPECT_EQ(symbols[0]["children"][1]["name"], "call");
  EXPECT_EQ(symbols[0]["children"][1]["kind"], 6);
  EXPECT_EQ(replies.resultOf(type)["range"], place(1, 6, 10));
}

TEST_F(LanguageServer, ExplainsWhatIsWrong) {
  Messages messages;
  messages.initialize({{"textDocument", {{"hover", {{"contentFormat", {"plaintext"}}}}}}});
  messages.open(replaced(sound, "softmax", "sotfmax"));
  int wrong = messages.ask("hover", 5, 27);
  int right = messages.ask("hover", 4, 6);
  messages.end();
  Replies replies = talk(messages);
  EXPECT_EQ(replies.resultOf(wrong)["contents"]["kind"], "plaintext");
  EXPECT_TRUE(contains(hoverText(replies.resultOf(wrong)), "rondo explain unknown-activation"));
  std::string text = hoverText(replies.resultOf(right));
  EXPECT_EQ(text.find_first_of("`*"), std::string::npos) << text;
  EXPECT_TRUE(contains(text, "LSTM 'lstm'")) << text;
}

//===----------------------------------------------------------------------===//
// Completions
//===----------------------------------------------------------------------===//

class LanguageServerCompletions : public LanguageServer {
protected:
  /// What is offered at the `|` of a text.
  Json at(std::string text) const {
    size_t cursor = text.find('|');
    text.erase(cursor, 1);
    int line = std::count(text.begin(), text.begin() + cursor, '\n');
    size_t start = line == 0 ? 0 : text.rfind('\n', cursor - 1) + 1;
    Messages messages;
    messages.initialize();
    messages.open(sound);
    messages.change(2, {{{"text", text}}});
    int id = messages.ask("completion", line, int(cursor - start));
    messages.end();
    Replies replies = talk(messages);
    EXPECT_EQ(replies.exitCode, 0) << replies.err;
    Json result = replies.resultOf(id);
    return result.is_object() ? result["items"] : Json::array();
  }
  static Json item(const Json &items, const std::string &label) {
    for (const Json &item : items)
      if (item["label"] == label)
        return item;
    return nullptr;
  }
  static bool has(const Json &items, const std::string &label) {
    return !item(items, label).is_null();
  }
  /// The model, with another line in place of that of the Dense layer.
  static std::string with(const std::string &line) {
    return replaced(sound, "y = Dense(4, activation=\"softmax\")(h)", line);
  }
};

TEST_F(LanguageServerCompletions, OffersMembersOfModules) {
  Json layers = at(with("y = keras.layers.|"));
  ASSERT_TRUE(has(layers, "Dense")) << layers;
  EXPECT_TRUE(has(layers, "concatenate"));
  EXPECT_FALSE(has(layers, "Conv3D")) << "what is not supported";
  Json dense = item(layers, "Dense");
  EXPECT_EQ(dense["kind"], 7);
  EXPECT_TRUE(contains(dense["detail"], "Dense(units, activation=None"));
  EXPECT_TRUE(contains(dense["documentation"], "matrix"));
  EXPECT_TRUE(has(at(with("y = keras.layers.De|")), "Dense"));
  EXPECT_TRUE(has(at(with("y = keras.ops.s|(h)")), "softmax"));
  EXPECT_TRUE(has(at(with("y = h.|")), "shape"));
  EXPECT_TRUE(has(at(with("y = keras.|")), "layers"));
  EXPECT_TRUE(at(with("y = missing.|")).empty());
}

TEST_F(LanguageServerCompletions, OffersImports) {
  Json names = at("import keras\nfrom keras.layers import LSTM, De|");
  EXPECT_TRUE(has(names, "Dense")) << names;
  EXPECT_FALSE(has(names, "import"));
  EXPECT_TRUE(has(at("from keras.layers import (\n    LSTM,\n    |\n)\nx = 1\n"), "Dense"));
  EXPECT_TRUE(has(at("from keras import |"), "layers"));
  EXPECT_TRUE(has(at("from keras.|"), "layers"));
  EXPECT_TRUE(has(at("import ke|"), "keras"));
  EXPECT_TRUE(has(at("import keras, numpy, t|"), "tensorflow"));
  EXPECT_TRUE(at("from keras import layers as |").empty());
}

TEST_F(LanguageServerCompletions, OffersArgumentsWithTheirDefaults) {
  for (const char *line : {"y = Dense(|", "y = Dense(|)(h)"}) {
    Json items = at(with(line));
    ASSERT_TRUE(has(items, "units=")) << items;
    EXPECT_EQ(item(items, "activation=")["detail"], "activation=None");
    EXPECT_TRUE(has(items, "h"));
  }
  Json items = at(with("y = Dense(4, use_bias=False, |"));
  EXPECT_FALSE(has(items, "units="));
  EXPECT_FALSE(has(items, "use_bias="));
  EXPECT_TRUE(has(items, "activation="));
  items = at(with("y = Dense(units=|"));
  EXPECT_FALSE(has(items, "activation="));
  EXPECT_TRUE(has(items, "h"));
  EXPECT_TRUE(has(at(with("y = LSTM(8)(|")), "initial_state="));
  EXPECT_FALSE(has(at(with("y = Dense([|")), "activation="));
  EXPECT_TRUE(has(at(with("y = Dense(\n    4,\n    |\n")), "activation="));
}

TEST_F(LanguageServerCompletions, OffersNamesInQuotes) {
  Json items = at(with("y = Dense(4, activation=\"|"));
  ASSERT_TRUE(has(items, "softmax")) << items;
  EXPECT_FALSE(has(items, "get"));
  EXPECT_FALSE(has(items, "h"));
  EXPECT_TRUE(contains(item(items, "gelu")["documentation"], "Φ"));
  EXPECT_TRUE(has(at(with("y = Dense(4, \"|\")")), "tanh"));
  EXPECT_TRUE(has(at(with("y = Dense(4, kernel_initializer='|')")), "glorot_uniform"));
  EXPECT_TRUE(has(at(with("y = keras.layers.Activation('|')(h)")), "relu"));
  EXPECT_TRUE(has(at(sound + "model.compile(optimizer='|"), "adam"));
  EXPECT_TRUE(has(at(sound + "model.compile('|"), "adam"));
  EXPECT_TRUE(
      has(at(sound + "model.compile('adam', loss=\"s|"), "sparse_categorical_crossentropy"));
  EXPECT_TRUE(has(at(sound + "model.compile('adam', metrics=[\"|"), "accuracy"));
  EXPECT_TRUE(has(at(sound + "model.compile('adam', loss={'dense': '|"), "mse"));
  EXPECT_TRUE(has(at(sound + "h = model.get_layer('|"), "lstm"));
  EXPECT_TRUE(at(with("y = Dense(4, name='|')")).empty());
}

TEST_F(LanguageServerCompletions, OffersNamesOfTheFile) {
  Json items = at(with("y = |"));
  ASSERT_TRUE(has(items, "h")) << items;
  EXPECT_EQ(item(items, "h")["detail"], "LSTM 'lstm': (B, T, 16)");
  EXPECT_TRUE(has(items, "LSTM"));
  EXPECT_TRUE(has(items, "lambda"));
  // Of functions around, also on a line of its own.
  const std::string function = "import keras\n"
                               "def block(features, width=3):\n"
                               "    hidden = keras.layers.Dense(width)(features)\n";
  for (const char *line : {"    |\n", "    return hid|\n", "    if width:\n        |"}) {
    items = at(function + line);
    EXPECT_TRUE(has(items, "features") && has(items, "hidden")) << items;
  }
  EXPECT_FALSE(has(at(function + "|"), "hidden"));
  EXPECT_TRUE(at(with("y = h # |")).empty());
}

TEST_F(LanguageServerCompletions, KnowsABrokenFileFromBefore) {
  // Not even the imports can be parsed.
  Json items = at("import keras(\nfrom keras.layers import LSTM, Dense, Input(\nx = Dense(|");
  EXPECT_TRUE(has(items, "units=")) << items;
  EXPECT_TRUE(has(items, "h"));
  // And an older mistake above the line does not swallow it.
  EXPECT_TRUE(has(at(replaced(sound, "(None, 8), name=\"x\")", "(None, 8") + "y = Dense(4, |"),
                  "activation="));
}

TEST_F(LanguageServer, HelpsWithSignatures) {
  Messages messages;
  messages.initialize();
  messages.open(
      replaced(sound, "y = Dense(4, activation=\"softmax\")(h)", "y = Dense(4, \"tanh\", "));
  int first = messages.ask("signatureHelp", 5, 11);
  int second = messages.ask("signatureHelp", 5, 18);
  messages.change(2, {{{"text", sound}}});
  int byKeyword = messages.ask("signatureHelp", 5, 30);
  int outside = messages.ask("signatureHelp", 5, 0);
  messages.end();
  Replies replies = talk(messages);
  Json help = replies.resultOf(first);
  ASSERT_EQ(help["signatures"].size(), 1u) << help;
  EXPECT_TRUE(contains(help["signatures"][0]["label"], "Dense(units, activation=None, "));
  EXPECT_EQ(help["signatures"][0]["parameters"][0]["label"], "units");
  EXPECT_TRUE(contains(help["signatures"][0]["parameters"][0]["documentation"], "units"));
  EXPECT_EQ(help["activeParameter"], 0);
  EXPECT_EQ(replies.resultOf(second)["activeParameter"], 1);
  EXPECT_EQ(replies.resultOf(byKeyword)["activeParameter"], 1);
  EXPECT_TRUE(replies.resultOf(outside).is_null());
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

const std::string outlined = R"(import keras
from keras import layers
units = 16
def block(x, width):
    h = layers.Dense(width)(x)
    return h
start = x = keras.Input((8,))
x = block(x, width=units)
if units > 3:
    x = layers.Softmax()(x)
model = keras.Model(start, x)
)";

TEST_F(LanguageServer, OutlinesAFile) {
  Messages messages;
  messages.initialize();
  messages.open(outlined);
  int id =
      messages.request("textDocument/documentSymbol", {{"textDocument", {{"uri", Messages::uri}}}});
  messages.end();
  Json symbols = talk(messages).resultOf(id);
  std::vector<std::string> names;
  for (const Json &symbol : symbols)
    names.push_back(symbol["name"]);
  ASSERT_EQ(names, std::vector<std::string>({"units", "block", "start", "x", "x", "x", "model"}));
  EXPECT_EQ(symbols[0]["kind"], 14);
  EXPECT_EQ(symbols[1]["kind"], 12);
  EXPECT_EQ(symbols[1]["detail"], "(x, width)");
  EXPECT_EQ(symbols[1]["selectionRange"], place(3, 4, 9));
  EXPECT_EQ(symbols[1]["range"]["start"], place(3, 0, 0)["start"]);
  EXPECT_EQ(symbols[1]["range"]["end"]["line"], 5);
  EXPECT_EQ(symbols[1]["children"][0]["name"], "h");
  EXPECT_EQ(symbols[1]["children"][0]["detail"], "Dense 'dense': (B, 16)");
  EXPECT_EQ(symbols[5]["detail"], "Softmax 'softmax': (B, 16)");
  EXPECT_EQ(symbols[6]["kind"], 19);
}

TEST_F(LanguageServer, OutlinesAFileFlatlyWhereThatIsAsked) {
  Messages messages;
  messages.initialize({{"textDocument", {{"documentSymbol", Json::object()}}}});
  messages.open(outlined);
  int id =
      messages.request("textDocument/documentSymbol", {{"textDocument", {{"uri", Messages::uri}}}});
  messages.end();
  Json symbols = talk(messages).resultOf(id);
  ASSERT_EQ(symbols.size(), 8u) << symbols;
  EXPECT_EQ(symbols[2]["name"], "h");
  EXPECT_EQ(symbols[2]["location"]["uri"], Messages::uri);
  EXPECT_EQ(symbols[2]["location"]["range"], place(4, 4, 30));
}

TEST_F(LanguageServer, GoesToDefinitions) {
  Messages messages;
  messages.initialize();
  messages.open(outlined);
  struct Case {
    int line, character;
    Json target;
  };
  const std::vector<Case> cases = {
      {7, 5, place(3, 4, 9)},    // a function
      {7, 10, place(6, 8, 9)},   // its argument, which is the x from before
      {7, 0, place(7, 0, 1)},    // the new x is itself
      {7, 14, place(3, 13, 18)}, // a keyword of the function
      {7, 21, place(2, 0, 5)},   // a variable
      {4, 21, place(3, 13, 18)}, // a parameter
      {5, 11, place(4, 4, 5)},   // a local name
      {9, 10, place(1, 18, 24)}, // an import
      {10, 27, place(9, 4, 5)},  // the last of several
      {3, 1, nullptr},           // a keyword of Python
  };
  std::vector<int> ids;
  for (const Case &test : cases)
    ids.push_back(messages.ask("definition", test.line, test.character));
  messages.end();
  Replies replies = talk(messages);
  for (size_t i = 0; i < cases.size(); ++i) {
    Json result = replies.resultOf(ids[i]);
    EXPECT_EQ(result.is_object() ? result["range"] : result, cases[i].target) << i;
    if (result.is_object()) {
      EXPECT_EQ(result["uri"], Messages::uri);
    }
  }
}

} // namespace
} // namespace rondo::test
