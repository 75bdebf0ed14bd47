//===- Words.cpp - Values in messages -------------------------------------===//
//
// A message shows a value as the file would write it as long as that is short.
// Longer ones are cut, and the message says how much there is; arrays are shown by
// their shape.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NdArray.h"
#include "frontend/eval/Set.h"

namespace rondo::eval {

namespace {

/// Longer values are cut to about half of this.
constexpr size_t maxWords = 80;
/// Of the elements of a list each is cut to this.
constexpr size_t maxElement = 30;

/// The elements between brackets; `next` gives the text of one after the other.
std::string listed(llvm::StringRef open, llvm::StringRef close, size_t count, llvm::StringRef noun,
                   llvm::function_ref<std::string(size_t)> next) {
  std::string text = open.str();
  bool isShort = count <= maxWords / 2;
  std::string whole = text;
  for (size_t i = 0; isShort && i < count; ++i) {
    whole += (i == 0 ? "" : ", ") + next(i);
    isShort = whole.size() <= maxWords;
  }
  if (isShort)
    return whole + (count == 1 && close == ")" ? "," : "") + close.str();
  for (size_t i = 0; i < count && text.size() < maxWords / 2; ++i)
    text += (i == 0 ? "" : ", ") + diagnostics::shortened(next(i), maxElement);
  return fmt::format("{}, …{} ({})", text, close, plural(count, noun));
}

/// A value inside another one: nested lists can be deep.
std::string inside(Value value) {
  const Str *text = value.as<Str>();
  const NdArray *array = value.as<NdArray>();
  constexpr unsigned depth = 3;
  return text || array ? value.inWords() : value.repr(depth);
}

} // namespace

std::string Value::inWords() const { return tag == Kind::Object ? object->inWords() : repr(); }

std::string Object::inWords() const { return diagnostics::shortened(repr(1), maxWords); }

std::string Str::inWords() const {
  // Of a long text no more than that is looked at.
  std::string start = llvm::StringRef(text).take_front(8 * maxWords).str();
  if (start.size() == text.size() && charactersOf(text).size() <= maxWords)
    return repr(0);
  return fmt::format("{} ({} characters)", Str(diagnostics::shortened(text, maxWords / 2)).repr(0),
                     *length());
}

std::string Sequence::inWords() const {
  bool isTuple = dynamic_cast<const Tuple *>(this);
  if (!elements.empty() && elements.front().typeName() == "Tensor")
    return fmt::format("a {} that starts with {}", typeName(), elements.front().inWords());
  return listed(isTuple ? "(" : "[", isTuple ? ")" : "]", elements.size(), "element",
                [&](size_t i) { return inside(elements[i]); });
}

std::string Dict::inWords() const {
  size_t position = 0;
  return listed("{", "}", size(), "key", [&](size_t i) {
    Entry entry;
    position = i == 0 ? 0 : position;
    next(position, entry);
    return inside(entry.key) + ": " + inside(entry.value);
  });
}

std::string Set::inWords() const {
  std::vector<Value> all = elements();
  if (all.empty())
    return repr(0);
  return listed(isFrozen ? "frozenset({" : "{", isFrozen ? "})" : "}", all.size(), "element",
                [&](size_t i) { return inside(all[i]); });
}

std::string BigInt::inWords() const {
  std::string digits = repr(0);
  constexpr size_t limit = 40;
  if (digits.size() <= limit)
    return digits;
  size_t count = llvm::StringRef(digits).ltrim('-').size();
  return fmt::format("{} ({} digits)", diagnostics::shortened(digits, limit / 2), count);
}

std::string NdArray::inWords() const {
  std::string text = "an array of shape " + shapeText();
  return dtype == Dtype::Float64 ? text : text + " and type " + dtypeName(dtype).str();
}

std::string Native::inWords() const {
  bool isClass = !name.empty() && llvm::isUpper(name.front()) && name != "Input";
  return fmt::format("the {} `{}`", isClass ? "class" : "function", name);
}

std::string Function::inWords() const {
  return signature.callee == "<lambda>" ? "a lambda" : "the function `" + signature.callee + "`";
}

} // namespace rondo::eval
