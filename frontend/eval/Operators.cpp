//===- Operators.cpp - Operators on values --------------------------------===//
//
// Arithmetic, comparison, iteration, attributes and subscripts, after Python's
// rules. Integers have 64 bits: leaving them is reported.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"
#include <cmath>

namespace rondo::eval {

using ast::BinaryOp;
using ast::CompareOp;

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

std::string plural(uint64_t count, llvm::StringRef noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

diagnostics::Diagnostic &suggest(diagnostics::Diagnostic &diagnostic, llvm::StringRef word,
                                 const std::vector<std::string> &candidates, SourceRange place) {
  std::optional<std::string> match = diagnostics::closestMatch(word, candidates);
  if (!match)
    return diagnostic;
  diagnostic.help("did you mean `{}`?", *match);
  llvm::StringRef text = place.text();
  bool isQuoted = text.size() == word.size() + 2 && text.drop_front().drop_back() == word;
  if (text == word)
    diagnostic.fix(place, *match);
  else if (isQuoted)
    diagnostic.fix({place.file, place.begin + 1, place.end - 1}, *match);
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

namespace {

/// Python's // and %: the remainder has the sign of the divisor.
int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && (a % b < 0) != (b < 0) ? quotient - 1 : quotient;
}

double floorModulo(double a, double b) {
  double remainder = std::fmod(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

/// base ** exponent for exponent >= 0; nothing on overflow.
std::optional<int64_t> power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
      return std::nullopt;
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
      return std::nullopt;
  }
  return result;
}

} // namespace

Value Interpreter::binaryIntegers(BinaryOp op, int64_t left, int64_t right, SourceRange place) {
  int64_t result = 0;
  bool overflows = false;
  switch (op) {
  case BinaryOp::Add:
    overflows = __builtin_add_overflow(left, right, &result);
    break;
  case BinaryOp::Sub:
    overflows = __builtin_sub_overflow(left, right, &result);
    break;
  case BinaryOp::Mul:
    overflows = __builtin_mul_overflow(left, right, &result);
    break;
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    if (right == 0) {
      report(Code::DivisionByZero, place, "division by zero");
      return Value::error();
    }
    // The one quotient that does not fit.
    if (right == -1 && op == BinaryOp::FloorDiv)
      overflows = __builtin_sub_overflow(int64_t(0), left, &result);
    else if (right != -1)
      result = op == BinaryOp::FloorDiv ? floorDivide(left, right)
                                        : left - floorDivide(left, right) * right;
    break;
  case BinaryOp::Pow:
    if (right < 0)
      return binaryReals(op, double(left), double(right), place);
    if (auto value = power(left, right))
      result = *value;
    else
      overflows = true;
    break;
  case BinaryOp::LeftShift:
    overflows = right < 0 || right > 62 || left > (INT64_MAX >> right) || left < 0;
    result = overflows ? 0 : left << right;
    break;
  case BinaryOp::RightShift:
    overflows = right < 0;
    result = overflows ? 0 : left >> std::min<int64_t>(right, 63);
    break;
  case BinaryOp::BitAnd:
    result = left & right;
    break;
  case BinaryOp::BitOr:
    result = left | right;
    break;
  case BinaryOp::BitXor:
    result = left ^ right;
    break;
  case BinaryOp::Div:
    return binaryReals(op, double(left), double(right), place);
  case BinaryOp::MatMul:
    return binaryMismatch(op, Value::integer(left), Value::integer(right), place);
  }
  if (!overflows)
    return Value::integer(result);
  report(Code::IntegerOverflow, place, "the result of `{}` {} `{}` is beyond 64 bits", left,
         ast::spelling(op), right);
  return Value::error();
}

Value Interpreter::binaryReals(BinaryOp op, double left, double right, SourceRange place) {
  switch (op) {
  case BinaryOp::Add:
    return Value::real(left + right);
  case BinaryOp::Sub:
    return Value::real(left - right);
  case BinaryOp::Mul:
    return Value::real(left * right);
  case BinaryOp::Pow:
    if (left == 0 && right < 0) {
      report(Code::DivisionByZero, place, "zero to the power of {}", right);
      return Value::error();
    }
    if (left < 0 && right != std::floor(right)) {
      report(Code::ValueMismatch, place, "{} to the power of {} is not a real number", left, right);
      return Value::error();
    }
    return Value::real(std::pow(left, right));
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    if (right == 0) {
      report(Code::DivisionByZero, place, "division by zero");
      return Value::error();
    }
    if (op == BinaryOp::Div)
      return Value::real(left / right);
    return Value::real(op == BinaryOp::Mod ? floorModulo(left, right) : std::floor(left / right));
  default:
    return binaryMismatch(op, Value::real(left), Value::real(right), place);
  }
}

std::optional<Value> Interpreter::binarySequences(BinaryOp op, Value left, Value right,
                                                  SourceRange place) {
  auto tooLarge = [&] {
    report(Code::MemoryLimit, place, "the result is larger than {} MiB", Heap::limit >> 20);
    return Value::error();
  };
  const Str *leftText = left.as<Str>(), *rightText = right.as<Str>();
  if (op == BinaryOp::Add && leftText && rightText)
    return heap.str(leftText->text + rightText->text);
  if (op == BinaryOp::Mod && leftText)
    return unsupported(place, "formatting by `%` is", "use an f-string");

  const Sequence *leftList = left.as<Sequence>(), *rightList = right.as<Sequence>();
  auto make = [&](const Sequence *like, std::vector<Value> elements) -> Value {
    return dynamic_cast<const Tuple *>(like) ? Value(heap.tuple(std::move(elements)))
                                             : Value(heap.list(std::move(elements)));
  };
  if (op == BinaryOp::Add && leftList && rightList && left.typeName() == right.typeName()) {
    std::vector<Value> joined = leftList->elements;
    joined.insert(joined.end(), rightList->elements.begin(), rightList->elements.end());
    return make(leftList, std::move(joined));
  }
  if (op != BinaryOp::Mul)
    return std::nullopt;
  // Repetition, from either side.
  if (left.asInteger()) {
    std::swap(leftText, rightText);
    std::swap(leftList, rightList);
    std::swap(left, right);
  }
  auto count = right.asInteger();
  if (!count || (!leftText && !leftList))
    return std::nullopt;
  uint64_t times = std::max<int64_t>(*count, 0);
  uint64_t size = leftText ? leftText->text.size() : leftList->elements.size() * sizeof(Value);
  if (size != 0 && (times > Heap::limit || !heap.hasRoomFor(size * times)))
    return tooLarge();
  if (leftText) {
    std::string text;
    for (uint64_t i = 0; size != 0 && i < times; ++i)
      text += leftText->text;
    return heap.str(std::move(text));
  }
  std::vector<Value> elements;
  for (uint64_t i = 0; size != 0 && i < times; ++i)
    elements.insert(elements.end(), leftList->elements.begin(), leftList->elements.end());
  return make(leftList, std::move(elements));
}

Value Interpreter::binaryMismatch(BinaryOp op, Value left, Value right, SourceRange place) {
  diagnostics::Diagnostic &diagnostic =
      report(Code::TypeMismatch, place, "`{}` is not defined between {} and {}", ast::spelling(op),
             left.typeName(), right.typeName());
  if (op == BinaryOp::Add && (left.as<Str>() || right.as<Str>()))
    diagnostic.help("use an f-string, or str(…), to build text");
  return Value::error();
}

Value Interpreter::binary(BinaryOp op, Value left, Value right, SourceRange place) {
  if (left.isError() || right.isError())
    return Value::error();
  // Symbolic tensors first: one that meets opaque data is a mistake of its own.
  if (Object *object = left.getObject())
    if (auto result = object->binary(*this, op, right, false, place))
      return *result;
  if (Object *object = right.getObject())
    if (auto result = object->binary(*this, op, left, true, place))
      return *result;
  for (Value operand : {left, right})
    if (const Opaque *opaque = operand.as<Opaque>())
      return swallow(*opaque, place);

  if (left.isBool() && right.isBool() &&
      (op == BinaryOp::BitAnd || op == BinaryOp::BitOr || op == BinaryOp::BitXor))
    return Value::boolean(
        *binaryIntegers(op, *left.asInteger(), *right.asInteger(), place).asInteger() != 0);
  auto leftInteger = left.asInteger(), rightInteger = right.asInteger();
  if (leftInteger && rightInteger)
    return binaryIntegers(op, *leftInteger, *rightInteger, place);
  auto leftReal = left.asReal(), rightReal = right.asReal();
  if (leftReal && rightReal)
    return binaryReals(op, *leftReal, *rightReal, place);
  if (auto result = binarySequences(op, left, right, place))
    return *result;
  const Dict *leftDict = left.as<Dict>(), *rightDict = right.as<Dict>();
  if (op == BinaryOp::BitOr && leftDict && rightDict) {
    Dict *merged = heap.make<Dict>();
    for (const Dict *dict : {leftDict, rightDict})
      for (const Dict::Entry &entry : dict->items())
        merged->set(entry.key, entry.value);
    return merged;
  }
  return binaryMismatch(op, left, right, place);
}

Value Interpreter::unary(ast::UnaryOp op, Value operand, SourceRange place) {
  if (operand.isError() || halted)
    return Value::error();
  if (op == ast::UnaryOp::Not) {
    operand = asCondition(operand, place);
    std::optional<bool> holds = truth(operand);
    return holds ? Value::boolean(!*holds) : operand;
  }
  if (Object *object = operand.getObject())
    if (auto result = object->unary(*this, op, place))
      return *result;
  if (const Opaque *opaque = operand.as<Opaque>())
    return swallow(*opaque, place);
  if (auto integer = operand.asInteger()) {
    switch (op) {
    case ast::UnaryOp::Plus:
      return Value::integer(*integer);
    case ast::UnaryOp::Minus:
      return binaryIntegers(BinaryOp::Sub, 0, *integer, place);
    default:
      return Value::integer(~*integer);
    }
  }
  if (operand.isFloat() && op != ast::UnaryOp::Invert)
    return Value::real(op == ast::UnaryOp::Minus ? -*operand.asReal() : *operand.asReal());
  report(Code::TypeMismatch, place, "this operator is not defined for {}", operand.typeName());
  return Value::error();
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

std::optional<int> order(Value a, Value b, unsigned depth) {
  auto sign = [](auto left, auto right) { return left < right ? -1 : (right < left ? 1 : 0); };
  auto leftInteger = a.asInteger(), rightInteger = b.asInteger();
  if (leftInteger && rightInteger)
    return sign(*leftInteger, *rightInteger);
  auto leftReal = a.asReal(), rightReal = b.asReal();
  if (leftReal && rightReal)
    return sign(*leftReal, *rightReal);
  const Str *leftText = a.as<Str>(), *rightText = b.as<Str>();
  if (leftText && rightText)
    return sign(leftText->text, rightText->text);
  const Sequence *left = a.as<Sequence>(), *right = b.as<Sequence>();
  constexpr unsigned maxDepth = 50;
  if (!left || !right || a.typeName() != b.typeName() || depth == maxDepth)
    return std::nullopt;
  for (size_t i = 0; i < std::min(left->elements.size(), right->elements.size()); ++i) {
    if (equal(left->elements[i], right->elements[i]))
      continue;
    return order(left->elements[i], right->elements[i], depth + 1);
  }
  return sign(left->elements.size(), right->elements.size());
}

std::optional<bool> Interpreter::contains(Value container, Value value, SourceRange place) {
  if (const Str *text = container.as<Str>()) {
    if (const Str *part = value.as<Str>())
      return text->text.find(part->text) != std::string::npos;
  } else if (const Dict *dict = container.as<Dict>()) {
    if (isHashable(value))
      return dict->find(value) != nullptr;
  } else if (auto answer = container.getObject()
                               ? container.getObject()->contains(*this, value, place)
                               : std::nullopt) {
    return answer;
  } else {
    bool found = false;
    auto search = [&](Value element) {
      found = equal(element, value);
      return !found;
    };
    return iterate(container, place, search) ? std::optional<bool>(found) : std::nullopt;
  }
  report(Code::TypeMismatch, place, "`in` is not defined between {} and {}", value.typeName(),
         container.typeName());
  return std::nullopt;
}

/// The comparison that says the same of the operands exchanged.
static CompareOp mirrored(CompareOp op) {
  switch (op) {
  case CompareOp::Less:
    return CompareOp::Greater;
  case CompareOp::LessEqual:
    return CompareOp::GreaterEqual;
  case CompareOp::Greater:
    return CompareOp::Less;
  case CompareOp::GreaterEqual:
    return CompareOp::LessEqual;
  default:
    return op;
  }
}

Value Interpreter::compare(CompareOp op, Value left, Value right, SourceRange place) {
  if (left.isError() || right.isError())
    return Value::error();
  if (op == CompareOp::Is || op == CompareOp::IsNot)
    return Value::boolean(identical(left, right) == (op == CompareOp::Is));
  for (Value operand : {left, right})
    if (const Opaque *opaque = operand.as<Opaque>())
      return swallow(*opaque, place);
  if (op != CompareOp::In && op != CompareOp::NotIn) {
    if (Object *object = left.getObject())
      if (auto result = object->compare(*this, op, right, place))
        return *result;
    if (Object *object = right.getObject())
      if (auto result = object->compare(*this, mirrored(op), left, place))
        return *result;
  }
  switch (op) {
  case CompareOp::Equal:
  case CompareOp::NotEqual:
    return Value::boolean(equal(left, right) == (op == CompareOp::Equal));
  case CompareOp::In:
  case CompareOp::NotIn: {
    std::optional<bool> found = contains(right, left, place);
    return found ? Value::boolean(*found == (op == CompareOp::In)) : Value::error();
  }
  default:
    break;
  }
  bool isNaN = (left.isFloat() && std::isnan(*left.asReal())) ||
               (right.isFloat() && std::isnan(*right.asReal()));
  std::optional<int> sign = order(left, right);
  if (!sign) {
    report(Code::TypeMismatch, place, "`{}` is not defined between {} and {}", ast::spelling(op),
           left.typeName(), right.typeName());
    return Value::error();
  }
  if (isNaN)
    return Value::boolean(false);
  switch (op) {
  case CompareOp::Less:
    return Value::boolean(*sign < 0);
  case CompareOp::LessEqual:
    return Value::boolean(*sign <= 0);
  case CompareOp::Greater:
    return Value::boolean(*sign > 0);
  default:
    return Value::boolean(*sign >= 0);
  }
}

std::optional<bool> Interpreter::truth(Value value) {
  switch (value.kind()) {
  case Value::Kind::None:
    return false;
  case Value::Kind::Bool:
    return value.getBool();
  case Value::Kind::Int:
  case Value::Kind::Float:
    return *value.asReal() != 0;
  case Value::Kind::Ellipsis:
    return true;
  case Value::Kind::Error:
    return std::nullopt;
  case Value::Kind::Object:
    if (value.as<Opaque>())
      return std::nullopt;
    return value.getObject()->truth();
  }
  return std::nullopt;
}

Value Interpreter::asCondition(Value value, SourceRange place) {
  const Object *object = value.getObject();
  if (!object || object->hasTruth())
    return value;
  report(Code::TypeMismatch, place, "{} is neither true nor false before the model runs",
         value.repr())
      .help("{}", object->truthHelp());
  return Value::error();
}

//===----------------------------------------------------------------------===//
// Iteration
//===----------------------------------------------------------------------===//

bool Interpreter::iterate(Value value, SourceRange place, llvm::function_ref<bool(Value)> body) {
  if (value.isError() || halted)
    return false;
  if (const Range *range = value.as<Range>()) {
    for (uint64_t i = 0, size = range->size(); i < size; ++i) {
      if (!step(place))
        return false;
      if (!body(Value::integer(range->at(i))))
        break;
    }
    return !halted;
  }
  if (Sequence *sequence = value.as<Sequence>()) {
    // By index: the body may change a list.
    for (size_t i = 0; i < sequence->elements.size(); ++i) {
      if (!step(place))
        return false;
      if (!body(sequence->elements[i]))
        break;
    }
    return !halted;
  }
  if (const Dict *dict = value.as<Dict>()) {
    for (const Dict::Entry &entry : dict->items())
      if (!step(place) || !body(entry.key))
        break;
    return !halted;
  }
  if (const Str *string = value.as<Str>()) {
    llvm::StringRef text = string->text;
    while (!text.empty()) {
      // One code point: its first byte and the continuation bytes after it.
      size_t length = 1;
      while (length < text.size() && (text[length] & 0xC0) == 0x80)
        ++length;
      if (!step(place) || !body(heap.str(text.take_front(length).str())))
        break;
      text = text.drop_front(length);
    }
    return !halted;
  }
  if (const Opaque *opaque = value.as<Opaque>()) {
    // A training script's loop over its data is looked at once.
    Value element = swallow(*opaque, place);
    if (element.isError())
      return false;
    body(element);
    return !halted;
  }
  report(Code::TypeMismatch, place, "a value of type {} cannot be iterated", value.typeName());
  return false;
}

std::optional<std::vector<Value>> Interpreter::elements(Value value, SourceRange place) {
  std::vector<Value> result;
  bool complete = iterate(value, place, [&](Value element) {
    heap.charge(sizeof(Value));
    result.push_back(element);
    return true;
  });
  return complete ? std::optional<std::vector<Value>>(std::move(result)) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Attributes and subscripts
//===----------------------------------------------------------------------===//

Value Interpreter::attribute(Value object, llvm::StringRef name, SourceRange place) {
  if (object.isError())
    return object;
  if (const Opaque *opaque = object.as<Opaque>()) {
    if (currentMode == Mode::Lenient)
      return heap.make<Opaque>(opaque->origin + "." + name.str());
    return swallow(*opaque, place);
  }
  if (Object *self = object.getObject()) {
    size_t errors = engine.errorCount();
    auto value = self->attribute(*this, name, place);
    if (value || engine.errorCount() != errors)
      return value.value_or(Value::error());
  }
  if (currentMode == Mode::Lenient)
    return heap.make<Opaque>(name.str());
  const Module *module = object.as<Module>();
  std::string owner = module ? "module `" + module->name + "`" : object.typeName();
  std::vector<std::string> names;
  if (const Object *self = object.getObject())
    names = self->knownNames();
  suggest(report(Code::UnknownAttribute, place, "{} has no attribute `{}`", owner, name), name,
          names, place);
  return Value::error();
}

Value Interpreter::slice(Value object, const Slice &slice, SourceRange place) {
  const Str *text = object.as<Str>();
  const Sequence *sequence = object.as<Sequence>();
  int64_t size = text ? text->text.size() : sequence->elements.size();
  auto bound = [&](Value value, int64_t otherwise, int64_t low, int64_t high) {
    if (value.isNone())
      return otherwise;
    int64_t index = value.asInteger().value_or(0);
    return std::clamp(index < 0 ? index + size : index, low, high);
  };
  for (Value part : {slice.start, slice.stop, slice.step}) {
    if (!part.isNone() && !part.asInteger()) {
      report(Code::TypeMismatch, place, "a slice is made of integers, not {}", part.typeName());
      return Value::error();
    }
  }
  int64_t step = slice.step.isNone() ? 1 : *slice.step.asInteger();
  if (step == 0) {
    report(Code::ValueMismatch, place, "the step of a slice is zero");
    return Value::error();
  }
  // A step beyond the size reaches no second element; bounding it avoids overflow.
  step = std::clamp(step, -size - 1, size + 1);
  int64_t start =
      step > 0 ? bound(slice.start, 0, 0, size) : bound(slice.start, size - 1, -1, size - 1);
  int64_t stop = step > 0 ? bound(slice.stop, size, 0, size) : bound(slice.stop, -1, -1, size - 1);
  std::string characters;
  std::vector<Value> elements;
  for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
    if (text)
      characters += text->text[i];
    else
      elements.push_back(sequence->elements[i]);
  }
  if (text)
    return heap.str(std::move(characters));
  return object.as<Tuple>() ? Value(heap.tuple(std::move(elements)))
                            : Value(heap.list(std::move(elements)));
}

Value Interpreter::subscript(Value object, Value index, SourceRange place, SourceRange indexPlace) {
  if (object.isError() || index.isError())
    return Value::error();
  for (Value operand : {object, index})
    if (const Opaque *opaque = operand.as<Opaque>())
      return swallow(*opaque, place);
  if (const Dict *dict = object.as<Dict>()) {
    if (isHashable(index))
      if (const Value *value = dict->find(index))
        return *value;
    diagnostics::Diagnostic &diagnostic =
        report(Code::MissingKey, indexPlace, "the dict has no key {}", index.repr());
    if (const Str *key = index.as<Str>()) {
      std::vector<std::string> keys;
      for (const Dict::Entry &entry : dict->items())
        if (const Str *candidate = entry.key.as<Str>())
          keys.push_back(candidate->text);
      suggest(diagnostic, key->text, keys, indexPlace);
    }
    return Value::error();
  }
  const Str *text = object.as<Str>();
  const Sequence *sequence = object.as<Sequence>();
  const Range *range = object.as<Range>();
  if (text || sequence || range) {
    const Slice *part = index.as<Slice>();
    if (part && !range)
      return slice(object, *part, indexPlace);
    auto position = index.asInteger();
    if (!position) {
      report(Code::TypeMismatch, indexPlace, "a {} is indexed by integers, not by {}",
             object.typeName(), index.typeName());
      return Value::error();
    }
    int64_t size = text ? text->text.size() : sequence ? sequence->elements.size() : range->size();
    if (*position < -size || *position >= size) {
      report(Code::IndexOutOfRange, indexPlace, "index {} of a {} of {}", *position,
             object.typeName(), plural(size, "element"));
      return Value::error();
    }
    int64_t i = *position < 0 ? *position + size : *position;
    if (range)
      return Value::integer(range->at(i));
    return text ? Value(heap.str(std::string(1, text->text[i]))) : sequence->elements[i];
  }
  if (Object *self = object.getObject())
    if (auto value = self->subscript(*this, index, place))
      return *value;
  report(Code::TypeMismatch, place, "a value of type {} has no elements", object.typeName());
  return Value::error();
}

} // namespace rondo::eval
