//===- Set.h - Python's sets ------------------------------------*- C++ -*-===//
//
// set and frozenset. The order of a set's elements shows when it is printed or
// iterated; for numbers Python's is determined by its hash table, which is
// therefore the one here as well.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_SET_H
#define RONDO_FRONTEND_EVAL_SET_H

#include "frontend/eval/Value.h"

namespace rondo::eval {

class Set : public Object {
public:
  explicit Set(bool isFrozen) : isFrozen(isFrozen) {}
  std::string typeName() const override { return isFrozen ? "frozenset" : "set"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  bool truth() const override { return used != 0; }
  bool equals(const Object &other, unsigned depth) const override;
  bool isHashable() const override { return isFrozen; }
  size_t hash() const override;
  std::optional<uint64_t> length() const override { return used; }
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override;
  std::optional<Value> compare(Interpreter &in, ast::CompareOp op, Value other,
                               SourceRange place) override;

  size_t size() const { return used; }
  bool has(Value element) const;
  void add(Value element);
  /// As CPython copies one set into another: the order may differ from adding one by one.
  void merge(const Set &other);
  bool remove(Value element);
  /// Takes an element away; there has to be one.
  Value pop();
  void clear();
  bool isSubsetOf(const Set &other) const;
  std::vector<Value> elements() const;

  const bool isFrozen;

private:
  struct Slot {
    Value element;
    uint64_t hash = 0;
    enum class State : uint8_t { Empty, Used, Removed } state = State::Empty;
  };
  const Slot *find(Value element) const;
  void insertClean(const Slot &slot);
  void resize(size_t least);

  std::vector<Slot> slots = std::vector<Slot>(8);
  /// Slots that are used, and those that are not empty.
  size_t used = 0, filled = 0;
  /// Where `pop` goes on.
  size_t finger = 0;
};

/// A set of the elements; null after a report that something in it has no hash.
Set *makeSet(Interpreter &in, const std::vector<Value> &elements, bool isFrozen, SourceRange place);
/// `a op b`, for `&`, `|`, `^` and `-`.
Set *combineSets(Interpreter &in, ast::BinaryOp op, const Set &a, const Set &b, bool isFrozen);
bool checkElement(Interpreter &in, Value element, SourceRange place);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_SET_H
