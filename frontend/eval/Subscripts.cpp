//===- Subscripts.cpp - x[i], x[a:b] = y, del x[k] ------------------------===//
//
// Elements and slices: read, assigned and deleted.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {

std::optional<Slice::Span> Slice::span(Interpreter &in, int64_t size, SourceRange place) const {
  for (Value part : {start, stop, step})
    if (!part.isNone() && !isInteger(part)) {
      in.report(Code::TypeMismatch, place, "a slice is made of integers, not {}", part.typeName());
      return std::nullopt;
    }
  auto number = [](Value part) {
    // What is beyond 64 bits is beyond any sequence.
    return part.asInteger().value_or(isNegative(part) ? INT64_MIN / 2 : INT64_MAX / 2);
  };
  int64_t stride = step.isNone() ? 1 : number(step);
  if (stride == 0) {
    in.report(Code::ValueMismatch, place, "the step of a slice is zero");
    return std::nullopt;
  }
  // A step beyond the size reaches no second element; bounding it avoids overflow.
  stride = std::clamp(stride, -size - 1, size + 1);
  int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  auto bound = [&](Value part, int64_t otherwise) {
    if (part.isNone())
      return otherwise;
    int64_t index = number(part);
    return std::clamp(index < 0 ? index + size : index, low, high);
  };
  Span span;
  span.step = stride;
  span.start = bound(start, stride > 0 ? low : high);
  int64_t end = bound(stop, stride > 0 ? high : low);
  int64_t length = stride > 0 ? end - span.start : span.start - end;
  span.count = length <= 0 ? 0 : (length - 1) / std::abs(stride) + 1;
  return span;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// The position that an index means; nothing after a report.
std::optional<int64_t> positionOf(Interpreter &in, Value index, int64_t size, llvm::StringRef owner,
                                  SourceRange place, bool isAssigned = false) {
  llvm::StringRef pythonOwner = owner == "str"     ? "string"
                                : owner == "range" ? "range object"
                                                   : owner;
  if (!isInteger(index)) {
    in.report(Code::TypeMismatch, place, "a {} is indexed by integers, not by {}", owner,
              index.typeName());
    if (owner == "str")
      in.pythonSays("string indices must be integers, not '{}'", pythonType(index));
    else
      in.pythonSays("{} indices must be integers or slices, not {}", owner, pythonType(index));
    return std::nullopt;
  }
  auto position = index.asInteger();
  if (!position || *position < -size || *position >= size) {
    in.report(Code::IndexOutOfRange, place, "index {} of a {} of {}", index.inWords(), owner,
              plural(size, "element"));
    in.pythonSays("{} {}index out of range", pythonOwner, isAssigned ? "assignment " : "");
    return std::nullopt;
  }
  return *position < 0 ? *position + size : *position;
}

} // namespace

std::optional<Value> Interpreter::subscriptText(const Str &text, Value index, SourceRange place) {
  if (!chargeElements(*this, text.text.size() / 8, place))
    return Value::error();
  std::vector<llvm::StringRef> characters;
  bool isPlain = isAscii(text.text);
  if (!isPlain)
    characters = charactersOf(text.text);
  int64_t size = isPlain ? text.text.size() : characters.size();
  auto at = [&](int64_t i) {
    return isPlain ? llvm::StringRef(text.text).substr(i, 1) : characters[i];
  };
  if (const Slice *slice = index.as<Slice>()) {
    auto span = slice->span(*this, size, place);
    if (!span)
      return Value::error();
    std::string part;
    for (int64_t i = 0; i < span->count; ++i)
      part += at(span->at(i));
    return Value(heap.str(std::move(part)));
  }
  auto position = positionOf(*this, index, size, "str", place);
  return position ? Value(heap.str(at(*position).str())) : Value::error();
}

std::optional<Value> Interpreter::subscriptSequence(Value object, Value index, SourceRange place) {
  const Sequence *sequence = object.as<Sequence>();
  const Range *range = object.as<Range>();
  if (!sequence && !range)
    return std::nullopt;
  int64_t size = sequence ? sequence->elements.size() : range->size();
  const Slice *slice = index.as<Slice>();
  if (!slice) {
    auto position = positionOf(*this, index, size, object.typeName(), place);
    if (!position)
      return Value::error();
    return range ? Value::integer(range->at(*position)) : sequence->elements[*position];
  }
  auto span = slice->span(*this, size, place);
  if (!span)
    return Value::error();
  if (range) {
    int64_t step = range->step * span->step;
    int64_t start = range->start + span->start * range->step;
    return Value(heap.make<Range>(start, start + span->count * step, step));
  }
  std::vector<Value> elements;
  for (int64_t i = 0; i < span->count; ++i)
    elements.push_back(sequence->elements[span->at(i)]);
  return object.as<Tuple>() ? Value(heap.tuple(std::move(elements)))
                            : Value(heap.list(std::move(elements)));
}

Value Interpreter::subscript(Value object, Value index, SourceRange place, SourceRange indexPlace) {
  if (object.isError() || index.isError())
    return Value::error();
  if (Opaque *opaque = object.as<Opaque>()) {
    auto part = opaque->subscript(*this, index, indexPlace);
    return part ? *part : swallow(*opaque, place);
  }
  if (const Opaque *opaque = opaqueIn(index); opaque && currentMode == Mode::Strict)
    return holdsTensor(object) ? needs(*opaque, place) : swallow(*opaque, place);
  if (index.as<Opaque>())
    return index;
  if (Object *self = object.getObject())
    if (auto value = self->subscript(*this, index, place))
      return *value;
  return plainSubscript(object, index, place, indexPlace);
}

Value Interpreter::plainSubscript(Value object, Value index, SourceRange place,
                                  SourceRange indexPlace) {
  if (Dict *dict = object.as<Dict>()) {
    if (!isHashable(index))
      return reportUnhashable(indexPlace, index);
    if (const Value *value = dict->find(index))
      return *value;
    if (auto value = dict->missing(*this, index, place))
      return *value;
    diagnostics::Diagnostic &diagnostic =
        report(Code::MissingKey, indexPlace, "the dict has no key {}", index.inWords());
    raisedIs("KeyError", {index});
    if (const Str *key = index.as<Str>()) {
      std::vector<std::string> keys;
      for (const Dict::Entry &entry : dict->items())
        if (const Str *candidate = entry.key.as<Str>())
          keys.push_back(candidate->text);
      suggest(diagnostic, key->text, keys, indexPlace);
    }
    return Value::error();
  }
  if (const Str *text = object.as<Str>())
    return *subscriptText(*text, index, indexPlace);
  if (auto value = subscriptSequence(object, index, indexPlace))
    return *value;
  report(Code::TypeMismatch, place, "a value of type {} has no elements", object.typeName());
  pythonSays("'{}' object is not subscriptable", pythonType(object));
  return Value::error();
}

//===----------------------------------------------------------------------===//
// Assigning
//===----------------------------------------------------------------------===//

void Interpreter::assignSubscript(const ast::Subscript &target, Value value) {
  Value object = evaluate(*target.object), key = evaluate(*target.index);
  if (!halted)
    setSubscript(object, key, value, target);
}

void Interpreter::setSubscript(Value object, Value key, Value value, const ast::Subscript &target) {
  // Nothing is known of what takes a value, or takes one at a place, that is not.
  const Opaque *unknown = opaqueIn(key);
  if (!unknown && object.as<NdArray>())
    unknown = opaqueIn(value);
  if (unknown && currentMode == Mode::Strict)
    return forgetObject(*target.object, "__setitem__", const_cast<Opaque *>(unknown));
  if (object.isError() || key.isError() || object.as<Opaque>() || key.as<Opaque>())
    return;
  SourceRange place = target.index->range;
  if (object.getObject() && object.getObject()->setSubscript(*this, key, value, target.range))
    return;
  if (halted)
    return;
  if (object.as<Dict>() || object.as<List>())
    return setPlainSubscript(object, key, value, place);
  if (object.as<Tuple>() || object.as<Str>() || object.as<Range>()) {
    report(Code::TypeMismatch, target.range, "the elements of a {} cannot be assigned",
           object.typeName())
        .help("make a new one, or use a list");
    return;
  }
  if (object.typeName() == "Tensor") {
    diagnostics::Diagnostic &diagnostic =
        report(Code::TypeMismatch, target.range, "the elements of a tensor cannot be assigned");
    object.getObject()->explainMisuse(diagnostic, Misuse::Assignment, "");
    return;
  }
  unsupported(target.range,
              fmt::format("assigning an element of {} by {} is", object.typeName(), key.typeName()),
              "build a new value instead");
}

void Interpreter::setPlainSubscript(Value object, Value key, Value value, SourceRange place) {
  if (Dict *dict = object.as<Dict>()) {
    if (!isHashable(key)) {
      reportUnhashable(place, key);
      return;
    }
    heap.charge(4 * sizeof(Value));
    dict->set(key, value);
    return;
  }
  List *list = object.as<List>();
  if (const Slice *slice = key.as<Slice>())
    return assignSlice(*list, *slice, value, place);
  if (auto position =
          positionOf(*this, key, list->elements.size(), "list", place, /*isAssigned=*/true))
    list->elements[*position] = value;
}

void Interpreter::assignSlice(List &list, const Slice &slice, Value value, SourceRange place) {
  auto span = slice.span(*this, list.elements.size(), place);
  auto values = span ? elements(value, place) : std::nullopt;
  if (!values)
    return;
  if (span->step == 1) {
    heap.charge(values->size() * sizeof(Value));
    if (!chargeElements(*this, list.elements.size(), place))
      return;
    auto begin = list.elements.begin() + span->start;
    begin = list.elements.erase(begin, begin + span->count);
    list.elements.insert(begin, values->begin(), values->end());
    return;
  }
  if (int64_t(values->size()) != span->count) {
    report(Code::ValueMismatch, place, "{} for a slice of {}", plural(values->size(), "value"),
           plural(span->count, "element"));
    return;
  }
  for (int64_t i = 0; i < span->count; ++i)
    list.elements[span->at(i)] = (*values)[i];
}

//===----------------------------------------------------------------------===//
// Deleting
//===----------------------------------------------------------------------===//

void Interpreter::deleteSubscript(const ast::Subscript &target) {
  Value object = evaluate(*target.object), key = evaluate(*target.index);
  if (halted || object.isError() || key.isError() || object.as<Opaque>() || key.as<Opaque>())
    return;
  SourceRange place = target.index->range;
  if (Dict *dict = object.as<Dict>()) {
    if (dict->deleteSubscript(*this, key, place) || (isHashable(key) && dict->erase(key)))
      return;
    report(Code::MissingKey, place, "the dict has no key {}", key.inWords());
    raisedIs("KeyError", {key});
    return;
  }
  List *list = object.as<List>();
  if (!list && object.getObject() && object.getObject()->deleteSubscript(*this, key, place))
    return;
  if (!list) {
    report(Code::TypeMismatch, target.range, "the elements of a {} cannot be deleted",
           object.typeName());
    return;
  }
  if (!chargeElements(*this, list->elements.size(), place))
    return;
  const Slice *slice = key.as<Slice>();
  if (!slice) {
    if (auto position =
            positionOf(*this, key, list->elements.size(), "list", place, /*isAssigned=*/true))
      list->elements.erase(list->elements.begin() + *position);
    return;
  }
  auto span = slice->span(*this, list->elements.size(), place);
  if (!span)
    return;
  std::vector<bool> isGone(list->elements.size());
  for (int64_t i = 0; i < span->count; ++i)
    isGone[span->at(i)] = true;
  std::vector<Value> kept;
  for (size_t i = 0; i < isGone.size(); ++i)
    if (!isGone[i])
      kept.push_back(list->elements[i]);
  list->elements = std::move(kept);
}

void Interpreter::deleteTarget(const ast::Expr &target) {
  if (const auto *name = llvm::dyn_cast<ast::Name>(&target)) {
    auto redirected = scope->redirected.find(name->id);
    Scope *owner = redirected == scope->redirected.end() ? scope : redirected->second;
    if (!owner->names.erase(name->id))
      lookUp(*name);
    return;
  }
  if (const auto *item = llvm::dyn_cast<ast::Subscript>(&target))
    return deleteSubscript(*item);
  if (const auto *tuple = llvm::dyn_cast<ast::Tuple>(&target)) {
    for (const ast::ExprPtr &element : tuple->elements)
      deleteTarget(*element);
    return;
  }
  if (const auto *list = llvm::dyn_cast<ast::List>(&target)) {
    for (const ast::ExprPtr &element : list->elements)
      deleteTarget(*element);
    return;
  }
  const auto &attribute = llvm::cast<ast::Attribute>(target);
  deleteAttribute(evaluate(*attribute.object), mangled(attribute.name), attribute.nameRange);
}

void Interpreter::deleteAttribute(Value object, llvm::StringRef name, SourceRange place) {
  if (halted || object.isError() || object.as<Opaque>())
    return;
  if (!object.getObject() || !object.getObject()->deleteAttribute(*this, name, place))
    report(Code::UnknownAttribute, place, "{} has no attribute `{}` to delete", object.typeName(),
           name);
}

void Interpreter::executeDelete(const ast::Delete &stmt) {
  for (const ast::ExprPtr &target : stmt.targets)
    deleteTarget(*target);
}

} // namespace rondo::eval
