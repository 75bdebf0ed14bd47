//===- CatalogueTest.cpp - The tables of all of Keras ---------------------===//
//
// That of keras.ops is in docs/ops.md, the others are in docs/layers.md.
// keras_names.txt says what Keras has; whether Rondo has it, and which options, is asked of the
// frontend: each name and each parameter in a small file of its own. With
// RONDO_UPDATE_GOLDENS=1 the tests write the tables.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/GoldenFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace rondo::test {
namespace {

using llvm::StringRef;
namespace fs = std::filesystem;

const fs::path layersPage = RONDO_SOURCE_DIR "/docs/layers.md";
const fs::path opsPage = RONDO_SOURCE_DIR "/docs/ops.md";
constexpr const char *begin =
    "<!-- what follows is written by tests/syntax/CatalogueTest.cpp -->\n";

/// A class or function of Keras.
struct Entry {
  std::string section, name;
  std::vector<std::string> parameters;
  std::set<std::string> required;
  std::string path() const { return "keras." + section + "." + name; }
};

std::vector<Entry> entries() {
  std::ifstream file(RONDO_SOURCE_DIR "/tests/syntax/keras_names.txt");
  std::vector<Entry> result;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Entry entry;
    words >> entry.section >> entry.name;
    for (std::string word; words >> word;) {
      bool isRequired = word.back() == '!';
      if (isRequired)
        word.pop_back();
      entry.parameters.push_back(word);
      if (isRequired)
        entry.required.insert(word);
    }
    result.push_back(std::move(entry));
  }
  return result;
}

/// Something that a parameter without a default may be.
std::string sampleOf(const Entry &entry, StringRef parameter) {
  if (entry.name == "Permute")
    return "(1,)";
  if (entry.name == "Lambda")
    return "lambda t: t";
  return llvm::StringSwitch<std::string>(parameter)
      .Cases("rate", "stddev", "0.5")
      .Cases("recall", "precision", "specificity", "sensitivity", "0.5")
      .Case("target_class_ids", "[1]")
      .Case("target_shape", "(4,)")
      .Case("layer", "keras.layers.LSTM(2)")
      .Case("activation", "'relu'")
      .Case("decay_rate", "0.5")
      .Cases("initial_learning_rate", "end_learning_rate", "0.5")
      .Case("boundaries", "[1]")
      .Case("values", "[0.5, 0.25]")
      .Default("2");
}

/// What is said about a file with this line.
std::string messagesAbout(const std::string &line) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  frontend::loadModelFile(context, "model.py", {}, engine,
                          "import keras\nx = keras.Input((4,))\n"
                          "model = keras.Model(x, keras.layers.Dense(2)(x))\n" +
                              line + "\n");
  return engine.render();
}

std::string callOf(const Entry &entry, StringRef other = "") {
  std::string arguments;
  for (const std::string &parameter : entry.parameters) {
    bool isOther = parameter == other;
    if (!isOther && !entry.required.count(parameter))
      continue;
    arguments += fmt::format("{}{}={}", arguments.empty() ? "" : ", ", parameter,
                             isOther ? "'?'" : sampleOf(entry, parameter));
  }
  return fmt::format("{}({})", entry.path(), arguments);
}

/// A line that uses the object, where making it does not tell.
std::string useOf(const Entry &entry) {
  if (entry.section == "metrics") {
    // Scores are of each class unless they are told otherwise.
    bool isScore = llvm::is_contained(entry.parameters, "average");
    return fmt::format("model.compile('sgd', 'mse', metrics=[{}])",
                       isScore ? entry.path() + "(average='macro')" : callOf(entry));
  }
  // Scripts may make data with it.
  return callOf(entry) + (entry.name == "TextVectorization" ? "(x)" : "");
}

bool isLacking(StringRef messages) {
  return messages.contains("not supported") || messages.contains("[unknown-attribute]") ||
         messages.contains("not available when a model is compiled");
}

bool isSupported(const Entry &entry) {
  bool isFunction = entry.section == "activations";
  return !isLacking(messagesAbout(isFunction ? "function = " + entry.path() : useOf(entry)));
}

/// The parameters that are known to be Keras' and refused.
std::vector<std::string> lackingOptions(const Entry &entry) {
  std::vector<std::string> lacking;
  for (const std::string &parameter : entry.parameters) {
    std::string messages = messagesAbout(callOf(entry, parameter));
    if (StringRef(messages).contains("`" + parameter + "='?'` of") ||
        StringRef(messages).contains("has no argument `" + parameter + "`"))
      lacking.push_back(parameter);
  }
  return lacking;
}

/// The model files of tests/layers that match, and so have a golden.
std::vector<std::string> goldensWith(const std::string &pattern) {
  static const std::map<std::string, std::string> files = [] {
    std::map<std::string, std::string> texts;
    for (const fs::directory_entry &file :
         fs::directory_iterator(RONDO_SOURCE_DIR "/tests/layers/models"))
      texts[file.path().stem()] = readFile(file.path());
    return texts;
  }();
  std::regex use(pattern);
  std::vector<std::string> names;
  for (const auto &[name, text] : files)
    if (std::regex_search(text, use))
      names.push_back(name);
  return names;
}

std::string listOf(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

/// A few of them, and how many more there are.
std::string goldensOf(const Entry &entry) {
  std::vector<std::string> goldens =
      goldensWith(entry.section == "ops" ? "\\bops\\." + entry.name + "\\b"
                                         : "\\." + entry.name + "\\b|\\b" + entry.name + "\\(");
  constexpr size_t most = 3;
  std::string more =
      goldens.size() > most ? fmt::format(" and {} more", goldens.size() - most) : "";
  goldens.resize(std::min(goldens.size(), most));
  return listOf(goldens) + more;
}

std::string table() {
  std::vector<std::pair<std::string, std::vector<Entry>>> sections; // in the order of the file
  for (const Entry &entry : entries()) {
    if (entry.section == "ops")
      continue;
    if (sections.empty() || sections.back().first != entry.section)
      sections.push_back({entry.section, {}});
    sections.back().second.push_back(entry);
  }
  std::string text = begin;
  for (const auto &[section, members] : sections) {
    text += fmt::format("\n### keras.{}\n", section);
    std::vector<std::string> lacking, functions;
    std::string rows;
    for (const Entry &entry : members) {
      if (!isSupported(entry)) {
        lacking.push_back(entry.name);
      } else if (section == "activations") {
        functions.push_back(entry.name);
      } else {
        rows += fmt::format("| `{}` | {} | {} |\n", entry.name, listOf(lackingOptions(entry)),
                            goldensOf(entry));
      }
    }
    if (!rows.empty())
      text +=
          "\n| supported | options that are not | model files with a golden |\n|---|---|---|\n" +
          rows;
    if (!functions.empty())
      text += "\nSupported: " + listOf(functions) + ".\n";
    if (!lacking.empty())
      text += "\nNot supported: " + listOf(lacking) + ".\n";
  }
  return text;
}

/// Every function of keras.ops: the goldens that it has, or why it is refused.
std::string opsTable() {
  std::string rows, refused;
  for (const Entry &entry : entries()) {
    if (entry.section != "ops")
      continue;
    std::string messages = messagesAbout("function = " + entry.path());
    if (!isLacking(messages)) {
      rows += fmt::format("| `{}` | {} |\n", entry.name, goldensOf(entry));
      continue;
    }
    StringRef reason = StringRef(messages).split("is not supported: ").second;
    refused +=
        fmt::format("| `{}` | {} |\n", entry.name, reason.split(" [not-supported-yet]").first);
  }
  return fmt::format("{}\n## Supported\n\n| function | model files with a golden |\n|---|---|\n{}"
                     "\n## Refused\n\n| function | why |\n|---|---|\n{}",
                     begin, rows, refused);
}

/// The functions of TensorFlow in tensorflow_names.txt that a model file may use.
std::string tensorflowList() {
  std::ifstream file(RONDO_SOURCE_DIR "/tests/syntax/tensorflow_names.txt");
  std::string text = "import keras\nimport tensorflow as tf\n";
  for (std::string name; std::getline(file, name);)
    text += fmt::format("print('{0}', {0})\n", name);
  text += "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n";
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  std::string printed;
  llvm::raw_string_ostream output(printed);
  frontend::LoadOptions options;
  options.output = &output;
  frontend::loadModelFile(context, "model.py", options, engine, text);
  std::vector<std::string> known;
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);)
    if (auto [name, value] = StringRef(line).split(' '); value.starts_with("<function"))
      known.push_back(name.str());
  return fmt::format("\n## Of TensorFlow\n\n{}.\n", listOf(known));
}

/// Compares the end of a page with what it should be, or writes it.
void checkTable(const fs::path &page, const std::string &wanted) {
  std::string text = readFile(page);
  size_t start = text.find(begin);
  ASSERT_NE(start, std::string::npos) << page << " has no place for the table";
  if (std::getenv("RONDO_UPDATE_GOLDENS")) {
    std::ofstream(page) << text.substr(0, start) + wanted;
    return;
  }
  EXPECT_EQ(text.substr(start), wanted)
      << page << " is old: RONDO_UPDATE_GOLDENS=1 writes the table";
}

TEST(Catalogue, LayersPageListsAllOfKeras) { checkTable(layersPage, table()); }

TEST(Catalogue, OpsPageListsAllOfKerasOps) { checkTable(opsPage, opsTable() + tensorflowList()); }

TEST(Catalogue, EveryRefusedOperationSaysWhy) {
  for (const Entry &entry : entries()) {
    if (entry.section != "ops")
      continue;
    std::string messages = messagesAbout("function = " + entry.path());
    EXPECT_TRUE(!isLacking(messages) || StringRef(messages).contains("` is not supported: "))
        << messages;
  }
}

} // namespace
} // namespace rondo::test
