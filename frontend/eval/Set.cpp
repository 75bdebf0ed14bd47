//===- Set.cpp - Python's sets --------------------------------------------===//
//
// The hash table with the order that CPython 3.11's has (Objects/setobject.c
// describes it: open addressing with short linear probes, growth by four), set
// algebra, and the methods.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Set.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

/// Neighbours that are looked at before the hash decides where to go on.
constexpr size_t linearProbes = 9;

/// Goes over the places of a table of `size` slots where an element with this hash may
/// be, until `visit` returns true.
void probe(uint64_t hash, size_t size, llvm::function_ref<bool(size_t)> visit) {
  uint64_t mask = size - 1, rest = hash, place = hash & mask;
  while (true) {
    size_t last = place + linearProbes <= mask ? place + linearProbes : place;
    for (size_t i = place; i <= last; ++i)
      if (visit(i))
        return;
    rest >>= 5;
    place = (place * 5 + 1 + rest) & mask;
  }
}

} // namespace

const Set::Slot *Set::find(Value element) const {
  uint64_t hash = hashOf(element);
  const Slot *found = nullptr;
  probe(hash, slots.size(), [&](size_t i) {
    const Slot &slot = slots[i];
    if (slot.state == Slot::State::Used && slot.hash == hash && equal(slot.element, element))
      found = &slot;
    return found || slot.state == Slot::State::Empty;
  });
  return found;
}

bool Set::has(Value element) const { return find(element) != nullptr; }

void Set::insertClean(const Slot &slot) {
  probe(slot.hash, slots.size(), [&](size_t i) {
    if (slots[i].state != Slot::State::Empty)
      return false;
    slots[i] = slot;
    return true;
  });
}

void Set::resize(size_t least) {
  size_t size = 8;
  while (size <= least)
    size *= 2;
  std::vector<Slot> old = std::exchange(slots, std::vector<Slot>(size));
  filled = used;
  for (const Slot &slot : old)
    if (slot.state == Slot::State::Used)
      insertClean(slot);
}

void Set::add(Value element) {
  if (has(element))
    return;
  insertClean({element, hashOf(element), Slot::State::Used});
  ++used;
  ++filled;
  if (filled * 5 >= (slots.size() - 1) * 3)
    resize(used > 50000 ? used * 2 : used * 4);
}

void Set::merge(const Set &other) {
  if (this == &other || other.used == 0)
    return;
  if ((filled + other.used) * 5 >= (slots.size() - 1) * 3)
    resize((used + other.used) * 2);
  bool isCopy = filled == 0 && slots.size() == other.slots.size() && other.filled == other.used;
  if (isCopy) {
    slots = other.slots;
    used = filled = other.used;
    return;
  }
  bool wasEmpty = filled == 0;
  for (const Slot &slot : std::vector<Slot>(other.slots)) {
    if (slot.state != Slot::State::Used)
      continue;
    if (!wasEmpty) {
      add(slot.element);
      continue;
    }
    insertClean(slot);
    ++used;
    ++filled;
  }
}

bool Set::remove(Value element) {
  const Slot *found = find(element);
  if (!found)
    return false;
  slots[found - slots.data()] = {Value(), 0, Slot::State::Removed};
  --used;
  return true;
}

Value Set::pop() {
  // From where the last one was taken: looking from the start each time takes for ever.
  while (slots[finger & (slots.size() - 1)].state != Slot::State::Used)
    ++finger;
  Value element = slots[finger & (slots.size() - 1)].element;
  remove(element);
  return element;
}

void Set::clear() {
  slots.assign(8, Slot());
  used = filled = finger = 0;
}

std::vector<Value> Set::elements() const {
  std::vector<Value> result;
  for (const Slot &slot : slots)
    if (slot.state == Slot::State::Used)
      result.push_back(slot.element);
  return result;
}

bool Set::isSubsetOf(const Set &other) const {
  return used <= other.used &&
         llvm::all_of(elements(), [&](Value element) { return other.has(element); });
}

//===----------------------------------------------------------------------===//
// As an object
//===----------------------------------------------------------------------===//

std::string Set::repr(unsigned depth) const {
  if (used == 0)
    return typeName() + "()";
  return isFrozen ? reprOf(*this, elements(), "frozenset({", "})", depth)
                  : reprOf(*this, elements(), "{", "}", depth);
}

bool Set::equals(const Object &other, unsigned) const {
  const auto *set = dynamic_cast<const Set *>(&other);
  return set && set->used == used && isSubsetOf(*set);
}

size_t Set::hash() const {
  // Independent of the order.
  size_t hash = used;
  for (Value element : elements())
    hash ^= hashOf(element) * 1927868237u;
  return hash;
}

Iterator *Set::iterator(Interpreter &in, SourceRange) {
  return iterateOver(in.heap, "set_iterator", elements());
}

bool checkElement(Interpreter &in, Value element, SourceRange place) {
  if (isHashable(element))
    return true;
  in.report(Code::TypeMismatch, place, "a {} cannot be an element of a set", element.typeName());
  return false;
}

std::optional<bool> Set::contains(Interpreter &in, Value value, SourceRange place) {
  return checkElement(in, value, place) ? std::optional(has(value)) : std::nullopt;
}

Set *makeSet(Interpreter &in, const std::vector<Value> &elements, bool isFrozen,
             SourceRange place) {
  Set *set = in.heap.make<Set>(isFrozen);
  for (Value element : elements) {
    if (element.isError())
      continue;
    if (!in.step(place) || !checkElement(in, element, place))
      return nullptr;
    in.heap.charge(4 * sizeof(Value));
    set->add(element);
  }
  return set;
}

Set *combineSets(Interpreter &in, ast::BinaryOp op, const Set &a, const Set &b, bool isFrozen) {
  Set *result = in.heap.make<Set>(isFrozen);
  in.heap.charge((a.size() + b.size()) * 4 * sizeof(Value));
  switch (op) {
  case ast::BinaryOp::BitOr:
    result->merge(a);
    result->merge(b);
    break;
  case ast::BinaryOp::BitAnd: {
    // CPython goes over the smaller one.
    const Set &few = b.size() > a.size() ? a : b, &many = b.size() > a.size() ? b : a;
    for (Value element : few.elements())
      if (many.has(element))
        result->add(element);
    break;
  }
  case ast::BinaryOp::Sub:
    for (Value element : a.elements())
      if (!b.has(element))
        result->add(element);
    break;
  default: // Symmetric difference: b's own, then a's own.
    result->merge(b);
    for (Value element : a.elements())
      if (!result->remove(element))
        result->add(element);
    break;
  }
  return result;
}

std::optional<Value> Set::binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                                 SourceRange place) {
  const Set *set = other.as<Set>();
  bool isOperation = op == ast::BinaryOp::BitOr || op == ast::BinaryOp::BitAnd ||
                     op == ast::BinaryOp::BitXor || op == ast::BinaryOp::Sub;
  if (!set || !isOperation)
    return std::nullopt;
  const Set &left = reflected ? *set : *this, &right = reflected ? *this : *set;
  return Value(combineSets(in, op, left, right, left.isFrozen));
}

std::optional<Value> Set::compare(Interpreter &, ast::CompareOp op, Value other, SourceRange) {
  const Set *set = other.as<Set>();
  if (!set)
    return std::nullopt;
  switch (op) {
  case ast::CompareOp::LessEqual:
    return Value::boolean(isSubsetOf(*set));
  case ast::CompareOp::Less:
    return Value::boolean(used < set->used && isSubsetOf(*set));
  case ast::CompareOp::GreaterEqual:
    return Value::boolean(set->isSubsetOf(*this));
  case ast::CompareOp::Greater:
    return Value::boolean(set->used < used && set->isSubsetOf(*this));
  default:
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Methods
//===----------------------------------------------------------------------===//

namespace {

using ast::BinaryOp;

bool isChangeable(Set &self, Interpreter &in, const BoundArguments &args) {
  if (self.isFrozen)
    in.report(Code::UnknownAttribute, args.place, "frozenset has no attribute `{}`",
              args.signature.callee);
  return !self.isFrozen;
}

/// Each argument as a set, in order, until `use` returns false. False after a report.
bool forEachSet(Interpreter &in, BoundArguments &args, llvm::function_ref<void(const Set &)> use) {
  for (const PlacedValue &argument : args.rest) {
    auto elements = in.elements(argument.value, argument.place);
    const Set *set = argument.value.as<Set>();
    if (!set && elements)
      set = makeSet(in, *elements, false, argument.place);
    if (!set)
      return false;
    use(*set);
  }
  return true;
}

template <BinaryOp op> Value combined(Set &self, Interpreter &in, BoundArguments &args) {
  Set *result = combineSets(in, BinaryOp::BitOr, self, Set(false), self.isFrozen);
  bool complete = forEachSet(in, args, [&](const Set &other) {
    result = combineSets(in, op, *result, other, self.isFrozen);
  });
  return complete ? Value(result) : Value::error();
}

template <BinaryOp op> Value update(Set &self, Interpreter &in, BoundArguments &args) {
  if (!isChangeable(self, in, args))
    return Value::error();
  bool complete = forEachSet(in, args, [&](const Set &other) {
    if (op == BinaryOp::BitOr) {
      self.merge(other);
      return;
    }
    Set *result = combineSets(in, op, self, other, false);
    self.clear();
    self.merge(*result);
  });
  return complete ? Value() : Value::error();
}

const Set *otherSet(Interpreter &in, BoundArguments &args) {
  if (const Set *set = args["other"].value.as<Set>())
    return set;
  auto elements = in.elements(args["other"].value, args["other"].place);
  return elements ? makeSet(in, *elements, false, args["other"].place) : nullptr;
}

Value removeElement(Set &self, Interpreter &in, BoundArguments &args, bool isNeeded) {
  const BoundArguments::Slot &slot = args["element"];
  if (!isChangeable(self, in, args) || !checkElement(in, slot.value, slot.place))
    return Value::error();
  if (!self.remove(slot.value) && isNeeded)
    return in.mistake(Code::MissingKey, slot.place, "the set has no element {}",
                      slot.value.inWords());
  return Value();
}

const Method<Set> methods[] = {
    {"add", "element, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       const BoundArguments::Slot &slot = args["element"];
       if (!isChangeable(self, in, args) || !checkElement(in, slot.value, slot.place))
         return Value::error();
       in.heap.charge(4 * sizeof(Value));
       self.add(slot.value);
       return Value();
     }},
    {"remove", "element, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       return removeElement(self, in, args, true);
     }},
    {"discard", "element, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       return removeElement(self, in, args, false);
     }},
    {"pop", "",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       if (!isChangeable(self, in, args))
         return Value::error();
       if (self.size() == 0)
         return in.mistake(Code::MissingKey, args.place, "`pop` from an empty set");
       return self.pop();
     }},
    {"clear", "",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       if (!isChangeable(self, in, args))
         return Value::error();
       self.clear();
       return Value();
     }},
    {"copy", "",
     [](Set &self, Interpreter &in, BoundArguments &) {
       Set *copy = in.heap.make<Set>(self.isFrozen);
       copy->merge(self);
       return Value(copy);
     }},
    {"union", "*others", combined<BinaryOp::BitOr>},
    {"intersection", "*others", combined<BinaryOp::BitAnd>},
    {"difference", "*others", combined<BinaryOp::Sub>},
    {"symmetric_difference", "*others", combined<BinaryOp::BitXor>},
    {"update", "*others", update<BinaryOp::BitOr>},
    {"intersection_update", "*others", update<BinaryOp::BitAnd>},
    {"difference_update", "*others", update<BinaryOp::Sub>},
    {"symmetric_difference_update", "*others", update<BinaryOp::BitXor>},
    {"issubset", "other, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       const Set *other = otherSet(in, args);
       return other ? Value::boolean(self.isSubsetOf(*other)) : Value::error();
     }},
    {"issuperset", "other, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       const Set *other = otherSet(in, args);
       return other ? Value::boolean(other->isSubsetOf(self)) : Value::error();
     }},
    {"isdisjoint", "other, /",
     [](Set &self, Interpreter &in, BoundArguments &args) {
       const Set *other = otherSet(in, args);
       if (!other)
         return Value::error();
       return Value::boolean(
           llvm::none_of(other->elements(), [&](Value element) { return self.has(element); }));
     }},
};

} // namespace

std::optional<Value> Set::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(methods, *this, in, name);
}

std::vector<std::string> Set::attributeNames() const { return methodNames(methods); }

} // namespace rondo::eval
