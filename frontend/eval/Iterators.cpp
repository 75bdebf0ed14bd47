//===- Iterators.cpp - What goes over elements ----------------------------===//
//
// Iterators of dicts, the views of dicts, generator expressions, and the builtins
// that make iterators.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Iterators.h"
#include "frontend/eval/Class.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Set.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

Iterator *iterateOver(Heap &heap, std::string kind, std::vector<Value> elements) {
  heap.charge(elements.size() * sizeof(Value));
  return heap.make<Iterator>(std::move(kind),
                             [elements = std::move(elements), i = size_t(0)](
                                 Interpreter &, SourceRange) mutable -> std::optional<Value> {
                               return i < elements.size() ? std::optional(elements[i++])
                                                          : std::nullopt;
                             });
}

Iterator *Interpreter::iterator(Value value, SourceRange place, Misuse use) {
  if (value.isError() || halted)
    return nullptr;
  if (const Opaque *opaque = value.as<Opaque>()) {
    // A training script's loop over its data is looked at once.
    Value element = needs(*opaque, place);
    return element.isError() ? nullptr : iterateOver(heap, "iterator", {element});
  }
  if (Object *object = value.getObject()) {
    size_t errors = engine.errorCount();
    Iterator *result = object->iterator(*this, place);
    if (result || halted || engine.errorCount() != errors)
      return result;
  }
  diagnostics::Diagnostic &diagnostic =
      value.typeName() == "Tensor"
          ? report(Code::TypeMismatch, place, "{} cannot be {}", value.inWords(),
                   use == Misuse::Unpacking ? "unpacked" : "iterated")
          : report(Code::TypeMismatch, place, "a value of type {} cannot be iterated",
                   value.typeName());
  if (value.getObject())
    value.getObject()->explainMisuse(diagnostic, use, "");
  if (use == Misuse::Unpacking)
    pythonSays("cannot unpack non-iterable {} object", pythonType(value));
  else
    pythonSays("'{}' object is not iterable", pythonType(value));
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Views of dicts
//===----------------------------------------------------------------------===//

std::string DictView::typeName() const {
  switch (kind) {
  case Kind::Keys:
    return "dict_keys";
  case Kind::Values:
    return "dict_values";
  case Kind::Items:
    return "dict_items";
  }
  return "";
}

/// What a view shows of an entry.
static Value shown(Heap &heap, const Dict::Entry &entry, DictView::Kind kind) {
  switch (kind) {
  case DictView::Kind::Keys:
    return entry.key;
  case DictView::Kind::Values:
    return entry.value;
  case DictView::Kind::Items:
    return heap.tuple({entry.key, entry.value});
  }
  return Value();
}

std::string DictView::repr(unsigned depth) const {
  // Pairs are made for the text only.
  Heap pairs;
  std::vector<Value> elements;
  for (const Dict::Entry &entry : dict.items())
    elements.push_back(shown(pairs, entry, kind));
  return reprOf(*this, elements, (typeName() + "([").c_str(), "])", depth);
}

bool DictView::equals(const Object &other, unsigned depth) const {
  const auto *view = dynamic_cast<const DictView *>(&other);
  if (!view || kind == Kind::Values || view->kind != kind || view->dict.size() != dict.size())
    return this == &other;
  for (const Dict::Entry &entry : dict.items()) {
    const Value *value = view->dict.find(entry.key);
    if (!value || (kind == Kind::Items && !equal(*value, entry.value, depth + 1)))
      return false;
  }
  return true;
}

Iterator *DictView::iterator(Interpreter &in, SourceRange) {
  return in.heap.make<Iterator>(
      kind == Kind::Keys ? "dict_keyiterator" : typeName(),
      [&dict = dict, kind = kind, size = dict.size(),
       position = size_t(0)](Interpreter &in, SourceRange place) mutable -> std::optional<Value> {
        if (dict.size() != size) {
          in.report(Code::ValueMismatch, place, "the dict changes its size while it is iterated")
              .help("iterate a copy: `for key in list(table):`");
          in.raisedIs("RuntimeError");
          in.halt();
          return std::nullopt;
        }
        Dict::Entry entry;
        return dict.next(position, entry) ? std::optional(shown(in.heap, entry, kind))
                                          : std::nullopt;
      });
}

std::optional<bool> DictView::contains(Interpreter &in, Value value, SourceRange place) {
  if (kind == Kind::Keys)
    return dict.contains(in, value, place);
  const auto *pair = value.as<Tuple>();
  if (kind == Kind::Values)
    return std::nullopt;
  if (!pair || pair->elements.size() != 2 || !eval::isHashable(pair->elements[0]))
    return false;
  const Value *found = dict.find(pair->elements[0]);
  return found && equal(*found, pair->elements[1]);
}

std::optional<Value> DictView::binary(Interpreter &in, ast::BinaryOp op, Value other,
                                      bool reflected, SourceRange place) {
  bool isSetOperation = op == ast::BinaryOp::BitAnd || op == ast::BinaryOp::BitOr ||
                        op == ast::BinaryOp::BitXor || op == ast::BinaryOp::Sub;
  if (!isSetOperation || kind == Kind::Values)
    return std::nullopt;
  auto own = in.elements(this, place), others = in.elements(other, place);
  if (!own || !others)
    return Value::error();
  const Set *left = makeSet(in, *own, false, place), *right = makeSet(in, *others, false, place);
  if (!left || !right)
    return Value::error();
  return Value(combineSets(in, op, reflected ? *right : *left, reflected ? *left : *right, false));
}

//===----------------------------------------------------------------------===//
// Comprehensions
//===----------------------------------------------------------------------===//

/// A comprehension on its way: one iterator for each clause that has begun.
class Generator {
public:
  Generator(Interpreter &in, const ast::Comprehension &expr, Iterator *first)
      : expr(expr), scope(in.heap.make<Scope>(in.scope, nullptr)), first(first) {
    scope->isComprehension = true;
  }

  /// Goes on until `use` has been called once, with the names of the clauses
  /// assigned. False at the end.
  bool advance(Interpreter &in, llvm::function_ref<void()> use) {
    llvm::SaveAndRestore scoped(in.scope, scope);
    if (!hasBegun)
      levels.push_back(first);
    hasBegun = true;
    while (!levels.empty() && !in.isHalted()) {
      const ast::Comprehension::Clause &clause = expr.clauses[levels.size() - 1];
      std::optional<Value> element = levels.back()->next(in, clause.iterable->range);
      if (in.isHalted() || !in.step(clause.iterable->range))
        return false;
      if (!element) {
        levels.pop_back();
        continue;
      }
      counts.resize(levels.size());
      current.resize(levels.size());
      current.back() = *element;
      for (size_t i = 0; i < levels.size(); ++i)
        in.frames.push_back({expr.clauses[i].target->range, "", counts[i], current[i]});
      auto leave = llvm::make_scope_exit(
          [&in, size = in.frames.size() - levels.size()] { in.leaveFrames(size); });
      ++counts.back();
      in.assign(*clause.target, *element);
      if (!llvm::all_of(clause.conditions, [&](const ast::ExprPtr &condition) {
            Value value = in.evaluateCondition(*condition);
            if (const Opaque *unknown = in.undecided(value)) {
              in.needs(*unknown, condition->range);
              hasFailed = true;
            }
            return !hasFailed && in.holds(value);
          })) {
        if (hasFailed)
          return false;
        continue;
      }
      if (levels.size() == expr.clauses.size()) {
        use();
        return !in.isHalted();
      }
      const ast::Expr &iterable = *expr.clauses[levels.size()].iterable;
      Iterator *inner = in.iterator(in.evaluate(iterable), iterable.range);
      if (!inner) { // Reported: there is nothing to go over.
        hasFailed = true;
        return false;
      }
      levels.push_back(inner);
    }
    return false;
  }

  bool hasFailed = false;

  static Value evaluate(Interpreter &in, const ast::Comprehension &expr);

private:
  static Value collect(Interpreter &in, const ast::Comprehension &expr, Generator &generator);

  const ast::Comprehension &expr;
  Scope *const scope;
  Iterator *const first;
  std::vector<Iterator *> levels;
  /// Of each clause: how many elements it has had, and the last one.
  std::vector<size_t> counts;
  std::vector<Value> current;
  bool hasBegun = false;
};

Value Generator::collect(Interpreter &in, const ast::Comprehension &expr, Generator &generator) {
  using Form = ast::Comprehension::Form;
  std::vector<Value> values;
  Dict *dict = expr.form == Form::Dict ? in.heap.make<Dict>() : nullptr;
  auto add = [&] {
    Value key = dict ? in.evaluate(*expr.key) : Value();
    Value value = in.evaluate(*expr.element);
    in.heap.charge(4 * sizeof(Value));
    if (in.isHalted())
      return;
    if (!dict)
      values.push_back(value);
    else if (isHashable(key))
      dict->set(key, value);
    else
      in.reportUnhashable(expr.key->range, key);
  };
  while (generator.advance(in, add))
    ;
  if (in.isHalted() || generator.hasFailed)
    return Value::error();
  if (expr.form == Form::Set) {
    Set *set = makeSet(in, values, /*isFrozen=*/false, expr.element->range);
    return set ? Value(set) : Value::error();
  }
  return dict ? Value(dict) : Value(in.heap.list(std::move(values)));
}

Value Generator::evaluate(Interpreter &in, const ast::Comprehension &expr) {
  // The first iterable is evaluated at once and outside, as Python does.
  const ast::Expr &iterable = *expr.clauses.front().iterable;
  Value elements = in.evaluate(iterable);
  if (const Opaque *unknown = in.undecided(elements))
    return in.swallow(*unknown, iterable.range);
  Iterator *first = in.iterator(elements, iterable.range);
  if (!first)
    return Value::error();
  if (expr.form != ast::Comprehension::Form::Generator) {
    Generator generator(in, expr, first);
    return collect(in, expr, generator);
  }
  auto generator = std::make_shared<Generator>(in, expr, first);
  return in.heap.make<Iterator>(
      "generator", [generator, &expr](Interpreter &in, SourceRange) -> std::optional<Value> {
        Value element;
        bool found = generator->advance(in, [&] { element = in.evaluate(*expr.element); });
        if (std::exchange(generator->hasFailed, false))
          return Value::error();
        return found ? std::optional(element) : std::nullopt;
      });
}

Value Interpreter::evaluateComprehension(const ast::Comprehension &expr) {
  return Generator::evaluate(*this, expr);
}

//===----------------------------------------------------------------------===//
// Builtins that make iterators
//===----------------------------------------------------------------------===//

namespace {

/// Iterators of several arguments; nothing after a report.
std::optional<std::vector<Iterator *>> iteratorsOf(Interpreter &in,
                                                   const std::vector<PlacedValue> &arguments) {
  std::vector<Iterator *> iterators;
  for (const PlacedValue &argument : arguments) {
    iterators.push_back(in.iterator(argument.value, argument.place));
    if (!iterators.back())
      return std::nullopt;
  }
  return iterators;
}

/// One element of each; nothing once one is at its end.
std::optional<std::vector<Value>> nextRow(const std::vector<Iterator *> &columns, Interpreter &in,
                                          SourceRange place) {
  std::vector<Value> row;
  for (Iterator *column : columns) {
    std::optional<Value> element = column->next(in, place);
    if (!element)
      return std::nullopt;
    row.push_back(*element);
  }
  return row.empty() ? std::nullopt : std::optional(std::move(row));
}

Value zip(Interpreter &in, BoundArguments &args) {
  auto columns = iteratorsOf(in, args.rest);
  if (!columns)
    return Value::error();
  bool isStrict = in.truth(args["strict"].value).value_or(false);
  return in.heap.make<Iterator>(
      "zip",
      [columns = *columns, isStrict,
       place = args.place](Interpreter &in, SourceRange at) mutable -> std::optional<Value> {
        std::vector<Value> row;
        size_t ended = 0;
        for (Iterator *column : columns) {
          std::optional<Value> element = column->next(in, at);
          ended += !element;
          if (!element && !isStrict)
            return std::nullopt;
          row.push_back(element.value_or(Value()));
        }
        if (ended > 0 && ended < columns.size()) {
          in.report(Code::ValueMismatch, place, "`zip` of unequal lengths with `strict=True`");
          return std::nullopt;
        }
        return ended > 0 || row.empty() ? std::nullopt
                                        : std::optional<Value>(in.heap.tuple(std::move(row)));
      });
}

Value enumerate(Interpreter &in, BoundArguments &args) {
  Iterator *elements = in.iterator(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  return in.heap.make<Iterator>(
      "enumerate",
      [elements, index = args["start"].value](Interpreter &in,
                                              SourceRange at) mutable -> std::optional<Value> {
        std::optional<Value> element = elements->next(in, at);
        if (!element)
          return std::nullopt;
        Value pair = in.heap.tuple({index, *element});
        index = in.binary(ast::BinaryOp::Add, index, Value::integer(1), at);
        return pair;
      });
}

Value map(Interpreter &in, BoundArguments &args) {
  auto columns = iteratorsOf(in, args.rest);
  if (!columns)
    return Value::error();
  return in.heap.make<Iterator>(
      "map",
      [columns = *columns, function = args["function"], place = args.place,
       source = args.rest.empty() ? args.place : args.rest.front().place,
       count = size_t(0)](Interpreter &in, SourceRange at) mutable -> std::optional<Value> {
        auto row = nextRow(columns, in, at);
        if (!row)
          return std::nullopt;
        Interpreter::Frame frame(in, source, {count++, row->front()});
        Value result = in.callWith(function.value, *row, function.place, place);
        return in.isHalted() ? std::nullopt : std::optional(result);
      });
}

Value filter(Interpreter &in, BoundArguments &args) {
  Iterator *elements = in.iterator(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  return in.heap.make<Iterator>(
      "filter",
      [elements, function = args["function"], place = args.place, source = args["iterable"].place,
       count = size_t(0)](Interpreter &in, SourceRange at) mutable -> std::optional<Value> {
        while (std::optional<Value> element = elements->next(in, at)) {
          if (!in.step(place))
            return std::nullopt;
          Interpreter::Frame frame(in, source, {count++, *element});
          Value keep = function.value.isNone()
                           ? *element
                           : in.callWith(function.value, {*element}, function.place, place);
          if (const auto *unknown = keep.as<Opaque>())
            in.needs(*unknown, source);
          if (in.truth(keep).value_or(false))
            return element;
        }
        return std::nullopt;
      });
}

Value reversed(Interpreter &in, BoundArguments &args) {
  Value value = args["sequence"].value;
  if (const auto *instance = value.as<Instance>())
    if (auto elements = instance->reversed(args["sequence"].place))
      return *elements;
  if (const Range *range = value.as<Range>(); range && range->size() > 0) {
    int64_t last = range->at(range->size() - 1);
    int64_t stop = uint64_t(range->start) - uint64_t(range->step);
    return in.heap.make<Range>(last, stop, int64_t(0 - uint64_t(range->step)))
        ->iterator(in, args.place);
  }
  bool isSequence = value.as<Sequence>() || value.as<Str>() || value.as<Dict>() ||
                    value.as<DictView>() || value.as<Range>();
  if (!isSequence && !value.as<Opaque>())
    return in.mistake(Code::TypeMismatch, args["sequence"].place,
                      "`reversed` expects a sequence, got {}", value.typeName());
  auto values = in.elements(value, args["sequence"].place);
  if (!values)
    return Value::error();
  std::reverse(values->begin(), values->end());
  return iterateOver(in.heap, value.typeName() + "_reverseiterator", std::move(*values));
}

Value iter(Interpreter &in, BoundArguments &args) {
  if (args["sentinel"].given)
    return in.unsupported(args.place, "`iter` with a sentinel is", "write a `while` loop");
  const BoundArguments::Slot &iterable = args["iterable"];
  // An object of the file may be its own iterator.
  const auto *instance = iterable.value.as<Instance>();
  if (auto own = instance ? instance->special("__iter__", {}, iterable.place) : std::nullopt)
    if (own->isError() || own->as<Instance>())
      return *own;
  Iterator *iterator = in.iterator(iterable.value, iterable.place);
  return iterator ? Value(iterator) : Value::error();
}

Value next(Interpreter &in, BoundArguments &args) {
  Iterator *iterator = args["iterator"].value.as<Iterator>();
  if (const auto *instance = args["iterator"].value.as<Instance>())
    iterator = instance->steps();
  if (!iterator)
    return in.mistake(Code::TypeMismatch, args["iterator"].place,
                      "`next` expects an iterator, got {}", args["iterator"].value.typeName());
  if (std::optional<Value> element = iterator->next(in, args.place))
    return *element;
  if (in.isHalted())
    return Value::error();
  if (args["default"].given)
    return args["default"].value;
  in.report(Code::IndexOutOfRange, args.place, "`next` of an iterator at its end")
      .help("give a default: `next(iterator, None)`");
  in.raisedIs("StopIteration");
  return Value::error();
}

} // namespace

void Interpreter::addCollectionBuiltins() {
  addBuiltin("zip", "*args, strict=False", zip);
  addBuiltin("enumerate", "iterable, start=0", enumerate);
  addBuiltin("reversed", "sequence, /", reversed);
  addBuiltin("map", "function, /, *args", map);
  addBuiltin("filter", "function, iterable, /", filter);
  addBuiltin("iter", "iterable, sentinel=None, /", iter);
  addBuiltin("next", "iterator, default=None, /", next);
}

} // namespace rondo::eval
