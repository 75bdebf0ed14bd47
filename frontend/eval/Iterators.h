//===- Iterators.h - What goes over elements --------------------*- C++ -*-===//
//
// Python's iterators: a position in something, asked for one element at a time.
// map, zip, enumerate, generator expressions and itertools are lazy, because a
// file can tell: what they call may print, and next() stops early.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_ITERATORS_H
#define RONDO_FRONTEND_EVAL_ITERATORS_H

#include "frontend/eval/Value.h"

namespace rondo::eval {

class Iterator : public Object {
public:
  /// Gives the next element, or nothing at the end and after evaluation stopped.
  using Next = std::function<std::optional<Value>(Interpreter &, SourceRange)>;

  Iterator(std::string kind, Next advance) : kind(std::move(kind)), advance(std::move(advance)) {}
  std::string typeName() const override { return kind; }
  std::string repr(unsigned depth) const override { return "<" + kind + " object>"; }
  Iterator *iterator(Interpreter &in, SourceRange place) override { return this; }

  std::optional<Value> next(Interpreter &in, SourceRange place) {
    std::optional<Value> element;
    if (!isOver)
      element = advance(in, place);
    isOver = !element;
    return element;
  }

private:
  const std::string kind;
  Next advance;
  bool isOver = false;
};

/// Goes over elements that are there already.
Iterator *iterateOver(Heap &heap, std::string kind, std::vector<Value> elements);

/// The keys, the values or the items of a dict, as they are when asked.
class DictView : public Object {
public:
  enum class Kind { Keys, Values, Items };
  DictView(Dict &dict, Kind kind) : dict(dict), kind(kind) {}
  std::string typeName() const override;
  std::string repr(unsigned depth) const override;
  bool truth() const override { return dict.truth(); }
  bool equals(const Object &other, unsigned depth) const override;
  bool isHashable() const override { return false; }
  std::optional<uint64_t> length() const override { return dict.size(); }
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override;
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override;

  Dict &dict;
  const Kind kind;
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_ITERATORS_H
