//===- Mutator.cpp - Damaged model files ------------------------*- C++ -*-===//
//
// Changes of tokens and of bytes.
//
//===----------------------------------------------------------------------===//

#include "tests/fuzz/Mutator.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

namespace rondo::test {

using llvm::StringRef;

std::vector<std::string> readDictionary(const std::string &text) {
  std::vector<std::string> words;
  llvm::SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n');
  for (StringRef line : lines) {
    size_t open = line.find('"'), close = line.rfind('"');
    if (line.starts_with("#") || open == StringRef::npos || close == open)
      continue;
    StringRef quoted = line.slice(open + 1, close);
    std::string word;
    while (!quoted.empty()) {
      unsigned byte;
      if (quoted.starts_with("\\x") && !quoted.substr(2, 2).getAsInteger(16, byte)) {
        word += static_cast<char>(byte);
        quoted = quoted.drop_front(4);
        continue;
      }
      quoted.consume_front("\\");
      word += quoted.front();
      quoted = quoted.drop_front();
    }
    words.push_back(word);
  }
  return words;
}

/// Words, numbers, and every other character on its own; spaces stay in front.
static std::vector<std::string> tokensOf(const std::string &text) {
  std::vector<std::string> tokens;
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  for (char c : text) {
    bool joins = !tokens.empty() && ((isWord(c) && isWord(tokens.back().back())) ||
                                     (tokens.back().back() == ' ' && c != '\n'));
    if (!joins)
      tokens.emplace_back();
    tokens.back() += c;
  }
  return tokens;
}

Mutator::Mutator(std::vector<std::string> dictionary, std::vector<std::string> files, uint64_t seed)
    : dictionary(std::move(dictionary)), files(std::move(files)), random(seed) {}

std::string Mutator::next() {
  std::string text = files.empty() ? "" : files[below(files.size())];
  for (size_t changes = 1 + below(4); changes > 0; --changes)
    text = change(text);
  return text;
}

std::string Mutator::change(const std::string &text) {
  return below(4) == 0 ? changeBytes(text) : changeTokens(text);
}

std::string Mutator::changeTokens(const std::string &text) {
  std::vector<std::string> tokens = tokensOf(text);
  if (tokens.empty())
    return dictionary.empty() ? text : dictionary[below(dictionary.size())];
  size_t at = below(tokens.size());
  switch (below(6)) {
  case 0:
    tokens.erase(tokens.begin() + at);
    break;
  case 1:
    tokens.insert(tokens.begin() + at, tokens[at]);
    break;
  case 2:
    std::swap(tokens[at], tokens[below(tokens.size())]);
    break;
  case 3:
    if (!files.empty()) {
      std::vector<std::string> others = tokensOf(files[below(files.size())]);
      if (!others.empty())
        tokens[at] = others[below(others.size())];
    }
    break;
  default:
    if (!dictionary.empty()) {
      const std::string &word = dictionary[below(dictionary.size())];
      if (below(2))
        tokens[at] = word;
      else
        tokens.insert(tokens.begin() + at, word);
    }
    break;
  }
  return llvm::join(tokens, "");
}

std::string Mutator::changeBytes(std::string text) {
  size_t at = below(text.size() + 1);
  size_t length = below(std::min<size_t>(text.size() - at, 40) + 1);
  switch (below(5)) {
  case 0:
    text.erase(at, length);
    break;
  case 1:
    text.insert(at, text.substr(at, length));
    break;
  case 2: { // A piece of another file.
    if (files.empty())
      break;
    const std::string &other = files[below(files.size())];
    text.insert(at, other.substr(below(other.size() + 1), below(80)));
    break;
  }
  case 3: // The file ends early.
    text.resize(at);
    break;
  default:
    if (at < text.size())
      text[at] = static_cast<char>(below(256));
  }
  return text;
}

} // namespace rondo::test
