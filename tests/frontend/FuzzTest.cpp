//===- FuzzTest.cpp - No model file crashes the frontend --------*- C++ -*-===//
//
// Model files with tokens removed, repeated, exchanged and replaced by those of
// other files. Whatever comes out is loaded, with and without the training
// script: the frontend must answer with a module or with an error, soon.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/GoldenFiles.h"
#include <random>

namespace rondo::test {
namespace {

const std::filesystem::path root = RONDO_SOURCE_DIR;

/// Words, numbers, and every other character on its own; spaces stay in front.
std::vector<std::string> tokens(const std::string &text) {
  std::vector<std::string> result;
  std::string current;
  auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (char c : text) {
    bool joins = !current.empty() &&
                 ((isWord(c) && isWord(current.back())) || (current.back() == ' ' && c != '\n'));
    if (!joins && !current.empty()) {
      result.push_back(current);
      current.clear();
    }
    current += c;
  }
  result.push_back(current);
  return result;
}

class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {
    for (const char *folder :
         {"tests/layers/models", "tests/frontend/programs", "tests/frontend/errors", "examples"})
      for (const std::string &name : namesIn(root / folder, ".py"))
        if (name.rfind("limits_", 0) != 0) // slow by intention
          files.push_back(tokens(readFile(root / folder / (name + ".py"))));
  }

  std::string next() {
    std::vector<std::string> text = pick(files);
    for (size_t n = 1 + below(4); n > 0 && text.size() > 2; --n) {
      size_t at = below(text.size());
      switch (below(5)) {
      case 0:
        text.erase(text.begin() + at);
        break;
      case 1:
        text.insert(text.begin() + at, text[at]);
        break;
      case 2:
        std::swap(text[at], text[below(text.size())]);
        break;
      case 3:
        text[at] = pick(pick(files));
        break;
      default:
        text[at] = pick(values);
        break;
      }
    }
    std::string joined;
    for (const std::string &token : text)
      joined += token;
    return joined;
  }

private:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }
  template <typename T> const T &pick(const std::vector<T> &from) {
    return from[below(from.size())];
  }

  std::mt19937 random;
  std::vector<std::vector<std::string>> files;
  const std::vector<std::string> values = {"None",        "0",      "-1",
                                           "1e308",       "'x'",    "[]",
                                           "(1, 2, 3)",   "{}",     "9223372036854775807",
                                           "x",           "model",  "lambda t: t",
                                           "keras",       "...",    "True",
                                           "range(3)",    "[None]", "2.5",
                                           "float('nan')"};
};

TEST(FrontendFuzz, MutatedFilesAreAnswered) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  const char *rounds = std::getenv("RONDO_FUZZ_ROUNDS");
  Mutator mutator(1);
  for (int i = 0, n = rounds ? std::atoi(rounds) : 1500; i < n; ++i) {
    std::string text = mutator.next();
    diagnostics::Engine engine;
    frontend::LoadOptions options;
    options.evaluateMain = i % 2;
    auto model = frontend::loadModelFile(context, "fuzz.py", options, engine, text);
    ASSERT_EQ(model.has_value(), !engine.hasErrors()) << engine.render() << "\n" << text;
    ASSERT_EQ(engine.render().find("[internal-error]"), std::string::npos)
        << engine.render() << "\n"
        << text;
  }
}

} // namespace
} // namespace rondo::test
