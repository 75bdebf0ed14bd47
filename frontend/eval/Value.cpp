//===- Value.cpp - What a model file computes with ------------------------===//
//
// Text, equality and hashing of values, after Python's rules.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Value.h"
#include "frontend/eval/BigInt.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Iterators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/SaveAndRestore.h"
#include <cmath>
#include <utility>

namespace rondo::eval {
namespace {

/// Nested values are compared to this depth: that ends on cyclic structures.
constexpr unsigned maxEqualDepth = 50;
constexpr uint64_t maxComparisons = 5'000'000;
/// Long texts count as several values.
constexpr size_t bytesPerComparison = 256;
thread_local uint64_t comparisons = 0;

/// So many elements are written of a list, of a list in a list, and so on, and so
/// much of a text inside: nested lists can be small and long to write.
constexpr size_t maxReprElements[] = {200, 50, 10, 5, 0};
constexpr size_t maxReprText = 200;

/// While text is written in full: what may still be written, and the containers that
/// are open, which Python does not write into themselves.
struct FullText {
  size_t left;
  bool isTooLong = false;
  std::vector<const Object *> open;
};
thread_local FullText *writing = nullptr;

/// Containers inside of each other, beyond which a text is too long to be of use.
constexpr size_t maxFullDepth = 300;

/// Writes the elements of a container: `write` appends one to the text and returns
/// false at the end.
std::string listed(const Object *container, const char *open, const char *close, unsigned depth,
                   llvm::function_ref<bool(std::string &)> write);

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
    else if (c == '\r')
      result += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + quote;
}

size_t elementLimit(unsigned depth) {
  return maxReprElements[std::min<size_t>(depth, std::size(maxReprElements) - 1)];
}

std::string listed(const Object *container, const char *open, const char *close, unsigned depth,
                   llvm::function_ref<bool(std::string &)> write) {
  std::string text;
  if (!writing) {
    std::string element;
    for (size_t count = 0; write(element); element.clear()) {
      text += text.empty() && count == 0 ? "" : ", ";
      if (count++ == elementLimit(depth)) {
        text += "...";
        break;
      }
      text += element;
    }
    return open + text + close;
  }
  if (llvm::is_contained(writing->open, container))
    return fmt::format("{}...{}", open, close);
  if (writing->open.size() == maxFullDepth)
    writing->isTooLong = true;
  if (writing->isTooLong)
    return "...";
  writing->open.push_back(container);
  bool isFirst = true;
  for (std::string element; !writing->isTooLong && write(element); element.clear()) {
    text += isFirst ? "" : ", ";
    text += element;
    isFirst = false;
    // What is inside has been counted; the rest keeps wide texts of little in bounds.
    size_t cost = std::min<size_t>(element.size() + 2, 64);
    writing->isTooLong = cost > writing->left || text.size() > (size_t(64) << 20);
    writing->left -= std::min(cost, writing->left);
  }
  writing->open.pop_back();
  return open + text + close;
}

} // namespace

std::string reprOf(const Object &container, const std::vector<Value> &elements, const char *open,
                   const char *close, unsigned depth) {
  size_t next = 0;
  return listed(&container, open, close, depth, [&](std::string &text) {
    if (next == elements.size())
      return false;
    bool isShown = writing || next < elementLimit(depth);
    text = isShown ? elements[next].repr(depth + 1) : "";
    ++next;
    return true;
  });
}

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

std::string Value::str() const { return getObject() ? getObject()->str() : repr(); }

void failFullText() {
  if (writing)
    writing->isTooLong = true;
}

std::optional<std::string> fullText(Value value, bool isRepr, size_t limit) {
  FullText state{limit, false, {}};
  llvm::SaveAndRestore full(writing, &state);
  std::string text = isRepr ? value.repr() : value.str();
  return state.isTooLong || text.size() > limit ? std::nullopt : std::optional(std::move(text));
}

void countWork(uint64_t work) { comparisons += work; }

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
  if (isInteger(a) && b.isFloat())
    return !std::isnan(*b.asReal()) && compareExactly(a, *b.asReal()) == 0;
  if (a.isFloat() && isInteger(b))
    return equal(b, a, depth);
  // In containers the same NaN is equal to itself.
  if (a.isFloat() && b.isFloat())
    return *a.asReal() == *b.asReal() || (depth > 0 && identical(a, b));
  return a.kind() == b.kind() && !a.getObject();
}

bool identical(Value a, Value b) {
  if (a.kind() != b.kind())
    return false;
  if (a.isFloat())
    return llvm::bit_cast<uint64_t>(*a.asReal()) == llvm::bit_cast<uint64_t>(*b.asReal());
  return a.getObject() ? a.getObject() == b.getObject() : equal(a, b);
}

bool isHashable(Value value) { return !value.getObject() || value.getObject()->isHashable(); }

/// CPython's hash of a float: that of the whole number with the same value modulo
/// 2^61 - 1, where powers of two have inverses.
static size_t hashOf(double value) {
  constexpr uint64_t modulus = (uint64_t(1) << 61) - 1;
  if (!std::isfinite(value))
    return std::isinf(value) ? (value > 0 ? 314159 : -314159) : 0;
  int exponent = 0;
  double fraction = std::frexp(std::fabs(value), &exponent);
  uint64_t hash = 0;
  while (fraction != 0) { // 28 bits at a time
    hash = ((hash << 28) & modulus) | hash >> (61 - 28);
    fraction *= 0x1p28;
    exponent -= 28;
    auto whole = uint64_t(fraction);
    fraction -= double(whole);
    hash += whole;
    if (hash >= modulus)
      hash -= modulus;
  }
  int rotation = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
  hash = ((hash << rotation) & modulus) | hash >> (61 - rotation);
  hash = value < 0 ? 0 - hash : hash;
  return hash == uint64_t(-1) ? size_t(-2) : hash;
}

size_t hashOf(Value value) {
  if (const Str *text = value.as<Str>())
    comparisons += text->text.size() / bytesPerComparison;
  if (value.getObject())
    return value.getObject()->hash();
  if (value.isFloat())
    return hashOf(*value.asReal());
  if (auto integer = value.asInteger()) {
    constexpr int64_t modulus = (int64_t(1) << 61) - 1;
    int64_t hash = *integer % modulus;
    return hash == -1 ? size_t(-2) : size_t(hash);
  }
  return 0xFCA86420 + size_t(value.kind());
}

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
  comparisons += text.size() / bytesPerComparison;
  return string && string->text == text;
}

bool Sequence::equals(const Object &other, unsigned depth) const {
  const auto *sequence = dynamic_cast<const Sequence *>(&other);
  bool isTuple = dynamic_cast<const Tuple *>(this),
       isOtherTuple = dynamic_cast<const Tuple *>(&other);
  if (!sequence || isTuple != isOtherTuple || sequence->elements.size() != elements.size())
    return false;
  for (size_t i = 0; i < elements.size(); ++i)
    if (!equal(elements[i], sequence->elements[i], depth + 1))
      return false;
  return true;
}

std::string List::repr(unsigned depth) const { return reprOf(*this, elements, "[", "]", depth); }

std::string Tuple::repr(unsigned depth) const {
  return reprOf(*this, elements, "(", elements.size() == 1 ? ",)" : ")", depth);
}

/// CPython's, which is xxHash's.
static size_t hashOf(const std::vector<Value> &elements) {
  uint64_t hash = 2870177450012600261u;
  for (Value element : elements) {
    hash += (isHashable(element) ? hashOf(element) : 0) * 14029467366897019727u;
    hash = (hash << 31 | hash >> 33) * 11400714785074694791u;
  }
  return hash + (elements.size() ^ (2870177450012600261u ^ 3527539u));
}

Tuple::Tuple(std::vector<Value> values)
    : Sequence(std::move(values)), allHashable(llvm::all_of(elements, eval::isHashable)),
      hashValue(hashOf(elements)) {}

Iterator *Sequence::iterator(Interpreter &in, SourceRange) {
  // By index: the body of a loop may change a list.
  return in.heap.make<Iterator>(
      typeName() + "_iterator",
      [this, i = size_t(0)](Interpreter &, SourceRange) mutable -> std::optional<Value> {
        return i < elements.size() ? std::optional(elements[i++]) : std::nullopt;
      });
}

//===----------------------------------------------------------------------===//
// Dictionaries
//===----------------------------------------------------------------------===//

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
  // Gaps are few beside what is left.
  constexpr size_t fewGaps = 32;
  if (entries.size() > 2 * index.size() + fewGaps) {
    llvm::erase_if(entries, [](const Entry &entry) { return entry.key.isError(); });
    for (size_t i = 0; i < entries.size(); ++i)
      index[entries[i].key] = i;
  }
  return true;
}

void Dict::clear() {
  entries.clear();
  index.clear();
}

bool Dict::next(size_t &position, Entry &entry) const {
  size_t start = position;
  while (position < entries.size() && entries[position].key.isError())
    ++position;
  comparisons += (position - start) / 8; // Skipping gaps is work as well.
  if (position == entries.size())
    return false;
  entry = entries[position++];
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
  size_t position = 0, count = 0;
  return listed(this, "{", "}", depth, [&](std::string &text) {
    Entry entry;
    if (!next(position, entry))
      return false;
    if (writing || count++ < elementLimit(depth))
      text = fmt::format("{}: {}", entry.key.repr(depth + 1), entry.value.repr(depth + 1));
    return true;
  });
}

Iterator *Dict::iterator(Interpreter &in, SourceRange place) {
  return DictView(*this, DictView::Kind::Keys).iterator(in, place);
}

std::optional<bool> Dict::contains(Interpreter &in, Value value, SourceRange place) {
  if (eval::isHashable(value))
    return find(value) != nullptr;
  in.reportUnhashable(place, value);
  return std::nullopt;
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

bool Range::equals(const Object &other, unsigned) const {
  const auto *range = dynamic_cast<const Range *>(&other);
  return range && range->size() == size() &&
         (size() == 0 || (range->start == start && (size() == 1 || range->step == step)));
}

Iterator *Range::iterator(Interpreter &in, SourceRange) {
  return in.heap.make<Iterator>(
      "range_iterator",
      [this, i = uint64_t(0)](Interpreter &, SourceRange) mutable -> std::optional<Value> {
        return i < size() ? std::optional(Value::integer(at(i++))) : std::nullopt;
      });
}

std::optional<bool> Range::contains(Interpreter &, Value value, SourceRange) {
  if (value.isFloat() && *value.asReal() == std::floor(*value.asReal()) &&
      std::fabs(*value.asReal()) < 0x1p63)
    value = Value::integer(int64_t(*value.asReal()));
  auto integer = value.asInteger();
  if (!integer)
    return false;
  bool isInside =
      step > 0 ? *integer >= start && *integer < stop : *integer <= start && *integer > stop;
  uint64_t distance = uint64_t(*integer) - uint64_t(start);
  return isInside &&
         (step > 0 ? distance % uint64_t(step) : (0 - distance) % (0 - uint64_t(step))) == 0;
}

std::optional<Value> Range::attribute(Interpreter &, llvm::StringRef name, SourceRange) {
  if (name == "start")
    return Value::integer(start);
  if (name == "stop")
    return Value::integer(stop);
  return name == "step" ? std::optional(Value::integer(step)) : std::nullopt;
}

std::string Slice::repr(unsigned depth) const {
  return fmt::format("slice({}, {}, {})", start.repr(depth + 1), stop.repr(depth + 1),
                     step.repr(depth + 1));
}

std::string Function::repr(unsigned) const { return "<function " + signature.callee + ">"; }

std::optional<Value> ForeignModule::attribute(Interpreter &in, llvm::StringRef attributeName,
                                              SourceRange place) {
  // TensorFlow 1 is told by it.
  if (in.isAsking && name == "tensorflow" && attributeName == "contrib")
    return std::nullopt;
  if (auto value = Module::attribute(in, attributeName, place))
    return value;
  return Value(in.heap.make<Opaque>(name + "." + attributeName.str()));
}

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
