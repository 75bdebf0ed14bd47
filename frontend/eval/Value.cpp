//===- Value.cpp - What a model file computes with ------------------------===//
//
// Text, equality and hashing of values, after Python's rules.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Value.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <utility>

namespace rondo::eval {
namespace {

/// Nested values are compared to this depth: that ends on cyclic structures.
constexpr unsigned maxEqualDepth = 50;
constexpr uint64_t maxComparisons = 5'000'000;
thread_local uint64_t comparisons = 0;

/// So many elements are written of a list, of a list in a list, and so on, and so
/// much of a text inside: nested lists can be small and long to write.
constexpr size_t maxReprElements[] = {200, 50, 10, 5, 0};
constexpr size_t maxReprText = 200;

/// The shortest text that reads back as the same number; always a float's.
std::string realText(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

std::string quoted(llvm::StringRef text) {
  char quote = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  std::string result(1, quote);
  for (char c : text) {
    if (c == quote || c == '\\')
      result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\x{:02x}", c);
    else
      result += c;
  }
  return result + quote;
}

size_t elementLimit(unsigned depth) {
  return maxReprElements[std::min<size_t>(depth, std::size(maxReprElements) - 1)];
}

std::string joined(const std::vector<Value> &elements, unsigned depth) {
  std::string text;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i != 0)
      text += ", ";
    if (i == elementLimit(depth))
      return text + "...";
    text += elements[i].repr(depth + 1);
  }
  return text;
}

} // namespace

//===----------------------------------------------------------------------===//
// Value
//===----------------------------------------------------------------------===//

std::string Value::typeName() const {
  switch (tag) {
  case Kind::None:
    return "None";
  case Kind::Bool:
    return "bool";
  case Kind::Int:
    return "int";
  case Kind::Float:
    return "float";
  case Kind::Ellipsis:
    return "ellipsis";
  case Kind::Error:
    return "error";
  case Kind::Object:
    return object->typeName();
  }
  return "";
}

std::string Value::repr(unsigned depth) const {
  switch (tag) {
  case Kind::None:
    return "None";
  case Kind::Bool:
    return getBool() ? "True" : "False";
  case Kind::Int:
    return std::to_string(integral);
  case Kind::Float:
    return realText(floating);
  case Kind::Ellipsis:
    return "Ellipsis";
  case Kind::Error:
    return "<error>";
  case Kind::Object:
    return object->repr(depth);
  }
  return "";
}

std::string Value::str() const {
  if (const Str *string = as<Str>())
    return string->text;
  if (const Exception *exception = as<Exception>())
    return exception->message.value_or(exception->name);
  return getObject() ? getObject()->str() : repr();
}

uint64_t takeComparisons() { return std::exchange(comparisons, 0); }

bool equal(Value a, Value b, unsigned depth) {
  if (++comparisons > maxComparisons)
    return false;
  if (a.getObject() && b.getObject())
    return a.getObject() == b.getObject() ||
           (depth < maxEqualDepth && a.getObject()->equals(*b.getObject(), depth));
  auto left = a.asInteger(), right = b.asInteger();
  if (left && right)
    return *left == *right;
  auto leftReal = a.asReal(), rightReal = b.asReal();
  if (leftReal && rightReal)
    return *leftReal == *rightReal;
  return a.kind() == b.kind() && !a.getObject();
}

bool identical(Value a, Value b) {
  if (a.kind() != b.kind())
    return false;
  return a.getObject() ? a.getObject() == b.getObject() : equal(a, b);
}

bool isHashable(Value value) { return !value.getObject() || value.getObject()->isHashable(); }

//===----------------------------------------------------------------------===//
// Strings and sequences
//===----------------------------------------------------------------------===//

std::string Str::repr(unsigned depth) const {
  bool isCut = depth > 0 && text.size() > maxReprText;
  return quoted(isCut ? llvm::StringRef(text).take_front(maxReprText) : llvm::StringRef(text)) +
         (isCut ? "..." : "");
}

bool Str::equals(const Object &other, unsigned) const {
  const auto *string = dynamic_cast<const Str *>(&other);
  return string && string->text == text;
}

bool Sequence::equals(const Object &other, unsigned depth) const {
  const auto *sequence = dynamic_cast<const Sequence *>(&other);
  if (!sequence || typeid(*this) != typeid(other) || sequence->elements.size() != elements.size())
    return false;
  for (size_t i = 0; i < elements.size(); ++i)
    if (!equal(elements[i], sequence->elements[i], depth + 1))
      return false;
  return true;
}

std::string List::repr(unsigned depth) const { return "[" + joined(elements, depth) + "]"; }

std::string Tuple::repr(unsigned depth) const {
  return "(" + joined(elements, depth) + (elements.size() == 1 ? ",)" : ")");
}

Tuple::Tuple(std::vector<Value> values)
    : Sequence(std::move(values)), allHashable(llvm::all_of(elements, eval::isHashable)) {}

size_t Tuple::hash() const {
  // Only the first level counts: a hash must end on deep tuples as well.
  size_t hash = elements.size();
  for (Value element : elements)
    hash = llvm::hash_combine(hash, element.asInteger().value_or(0));
  return hash;
}

//===----------------------------------------------------------------------===//
// Dictionaries
//===----------------------------------------------------------------------===//

size_t Dict::Hash::operator()(const Value &value) const {
  if (value.getObject())
    return value.getObject()->hash();
  // Equal numbers have equal hashes whatever their type is.
  return std::hash<double>()(value.asReal().value_or(double(value.kind())));
}

const Value *Dict::find(Value key) const {
  auto found = index.find(key);
  return found == index.end() ? nullptr : &entries[found->second].value;
}

void Dict::set(Value key, Value value) {
  auto [place, inserted] = index.try_emplace(key, entries.size());
  if (inserted)
    entries.push_back({key, value});
  else
    entries[place->second].value = value;
}

bool Dict::erase(Value key) {
  auto found = index.find(key);
  if (found == index.end())
    return false;
  entries[found->second].key = Value::error();
  index.erase(found);
  return true;
}

std::vector<Dict::Entry> Dict::items() const {
  std::vector<Entry> result;
  for (const Entry &entry : entries)
    if (!entry.key.isError())
      result.push_back(entry);
  return result;
}

std::string Dict::repr(unsigned depth) const {
  std::string text;
  size_t count = 0;
  for (const Entry &entry : items()) {
    if (count++ == elementLimit(depth)) {
      text += ", ...";
      break;
    }
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", entry.key.repr(depth + 1),
                        entry.value.repr(depth + 1));
  }
  return "{" + text + "}";
}

bool Dict::equals(const Object &other, unsigned depth) const {
  const auto *dict = dynamic_cast<const Dict *>(&other);
  if (!dict || dict->size() != size())
    return false;
  for (const Entry &entry : items()) {
    const Value *value = dict->find(entry.key);
    if (!value || !equal(entry.value, *value, depth + 1))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Ranges, functions, modules
//===----------------------------------------------------------------------===//

std::string Range::repr(unsigned) const {
  return step == 1 ? fmt::format("range({}, {})", start, stop)
                   : fmt::format("range({}, {}, {})", start, stop, step);
}

uint64_t Range::size() const {
  // Unsigned differences are right even where signed ones overflow.
  if (step > 0)
    return start < stop ? (uint64_t(stop) - uint64_t(start) - 1) / uint64_t(step) + 1 : 0;
  return start > stop ? (uint64_t(start) - uint64_t(stop) - 1) / (0 - uint64_t(step)) + 1 : 0;
}

std::string Function::repr(unsigned) const { return "<function " + signature.callee + ">"; }

std::optional<Value> Module::attribute(Interpreter &, llvm::StringRef name, SourceRange) {
  auto found = members.find(name);
  return found == members.end() ? std::nullopt : std::optional<Value>(found->second);
}

std::vector<std::string> Module::attributeNames() const {
  std::vector<std::string> names;
  for (const auto &member : members)
    names.push_back(member.getKey().str());
  llvm::sort(names);
  return names;
}

} // namespace rondo::eval
