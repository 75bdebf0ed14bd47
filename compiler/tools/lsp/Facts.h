//===- Facts.h - What is known of values, for people ------------*- C++ -*-===//
//
// Layers, tensors, models and functions of an evaluation in words.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_FACTS_H
#define RONDO_COMPILER_TOOLS_LSP_FACTS_H

#include "frontend/keras/Subclassing.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo::lsp {

/// What can be called, and how.
struct Callable {
  struct Parameter {
    std::string name;
    /// As Python writes it; empty without one.
    std::string defaultValue;
    ast::Parameter::Kind kind;

    bool takesKeyword() const {
      return kind == ast::Parameter::Kind::Positional || kind == ast::Parameter::Kind::KeywordOnly;
    }
    bool takesPosition() const {
      return kind == ast::Parameter::Kind::Positional ||
             kind == ast::Parameter::Kind::PositionalOnly;
    }
    /// "axis=-1", "*args".
    std::string str() const;
  };
  std::string name;
  std::vector<Parameter> parameters;

  const Parameter *find(llvm::StringRef name) const;
};

/// The parameters of a function, a class or a layer; nothing for what cannot be called, or
/// where they are not known.
std::optional<Callable> callableOf(eval::Value value);

/// Where each parameter is in `text`.
struct SignatureText {
  std::string text;
  std::vector<std::pair<size_t, size_t>> places;
};
/// "Dense(units, activation=None, *, name=None)", with line breaks beyond `width`.
SignatureText signatureText(const Callable &callable, size_t width = SIZE_MAX);

/// What one use of a layer or operation made: its name and class, shapes with what
/// their axes mean, parameters, arithmetic. Markdown.
std::string describeUse(const keras::Node &node);
/// Any value, for a hover on it: "`units`: 64". Markdown; empty where there is
/// nothing to say.
std::string describeValue(llvm::StringRef name, eval::Value value);
/// The same in a few words: "LSTM 'lstm': (B, T, 16)".
std::string summarize(eval::Value value);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_FACTS_H
