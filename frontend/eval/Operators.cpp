//===- Operators.cpp - Operators on values --------------------------------===//
//
// Arithmetic, comparison, iteration and attributes, after Python's rules. What
// leaves 64 bits goes on in BigInt.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Class.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NdArray.h"
#include "frontend/eval/Numbers.h"
#include "frontend/eval/Set.h"
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
  if (remainder == 0)
    return std::copysign(0.0, b);
  return (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

/// The quotient without its rest, which is exact: the rounded one may be off by one.
double floorQuotient(double a, double b) {
  double quotient = (a - std::fmod(a, b)) / b;
  if (std::fmod(a, b) != 0 && (std::fmod(a, b) < 0) != (b < 0))
    quotient -= 1;
  if (quotient == 0)
    return std::copysign(0.0, a / b);
  double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
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
      pythonSays("integer {}",
                 op == BinaryOp::Mod ? "modulo by zero" : "division or modulo by zero");
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
  case BinaryOp::Div: {
    constexpr int64_t exact = int64_t(1) << 53;
    overflows = right != 0 && (std::max(left, right) > exact || std::min(left, right) < -exact);
    if (!overflows)
      return binaryReals(op, double(left), double(right), place, /*isOfIntegers=*/true);
    break;
  }
  case BinaryOp::MatMul:
    return binaryMismatch(op, Value::integer(left), Value::integer(right), place);
  }
  return overflows ? binaryBig(*this, op, *bigOf(Value::integer(left)),
                               *bigOf(Value::integer(right)), place)
                   : Value::integer(result);
}

Value Interpreter::binaryReals(BinaryOp op, double left, double right, SourceRange place,
                               bool isOfIntegers) {
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
    if (double power = std::pow(left, right);
        !std::isinf(power) || std::isinf(left) || std::isinf(right))
      return Value::real(power);
    return mistake(Code::ValueMismatch, place, "{} to the power of {} is too large for a float",
                   realText(left), realText(right));
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    if (right == 0) {
      report(Code::DivisionByZero, place, "division by zero");
      if (op != BinaryOp::Div || !isOfIntegers)
        pythonSays("float {}", op == BinaryOp::Mod        ? "modulo"
                               : op == BinaryOp::FloorDiv ? "floor division by zero"
                                                          : "division by zero");
      return Value::error();
    }
    if (op == BinaryOp::Div)
      return Value::real(left / right);
    return Value::real(op == BinaryOp::Mod ? floorModulo(left, right) : floorQuotient(left, right));
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
    return formatPercent(*this, leftText->text, right, place);

  const Sequence *leftList = left.as<Sequence>(), *rightList = right.as<Sequence>();
  auto make = [&](const Sequence *like, std::vector<Value> elements) -> Value {
    return dynamic_cast<const Tuple *>(like) ? Value(heap.tuple(std::move(elements)))
                                             : Value(heap.list(std::move(elements)));
  };
  bool isSameKind = (left.as<Tuple>() != nullptr) == (right.as<Tuple>() != nullptr);
  if (op == BinaryOp::Add && leftList && rightList && isSameKind) {
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
  if (!leftText && !leftList)
    return std::nullopt;
  if (right.as<BigInt>())
    return tooLarge();
  auto count = right.asInteger();
  if (!count)
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
  bool isUnknownSize = (left.isNone() || right.isNone()) &&
                       (place.text().contains(".shape[") || place.text().contains("int_shape("));
  if (isUnknownSize)
    diagnostic.help("the size of the batch, and any that `Input(shape=…)` gives as None, is None "
                    "until the model runs: `keras.ops.shape(x)[0]` stands for it, and -1 in a "
                    "reshape");
  const Object *sequence = left.as<Str>() ? left.getObject() : left.as<Sequence>();
  if (op == BinaryOp::Add && sequence)
    pythonSays("can only concatenate {0} (not \"{1}\") to {0}", sequence->typeName(),
               pythonType(right));
  else if (op == BinaryOp::Mul && sequence)
    pythonSays("can't multiply sequence by non-int of type '{}'", pythonType(right));
  else
    pythonSays("unsupported operand type(s) for {}: '{}' and '{}'",
               op == BinaryOp::Pow ? "** or pow()" : ast::spelling(op), pythonType(left),
               pythonType(right));
  return Value::error();
}

std::optional<Value> Interpreter::binaryNumbers(BinaryOp op, Value left, Value right,
                                                SourceRange place) {
  auto leftInteger = left.asInteger(), rightInteger = right.asInteger();
  if (leftInteger && rightInteger)
    return binaryIntegers(op, *leftInteger, *rightInteger, place);
  if (isInteger(left) && isInteger(right))
    return binaryBig(*this, op, *bigOf(left), *bigOf(right), place);
  auto leftReal = realOf(left), rightReal = realOf(right);
  if (!leftReal || !rightReal)
    return std::nullopt;
  for (auto [operand, real] : {std::pair(left, *leftReal), std::pair(right, *rightReal)})
    if (operand.as<BigInt>() && std::isinf(real))
      return mistake(Code::ValueMismatch, place, "an integer that is too large for a float");
  return binaryReals(op, *leftReal, *rightReal, place);
}

Value Interpreter::binary(BinaryOp op, Value left, Value right, SourceRange place) {
  if (left.isError() || right.isError())
    return Value::error();
  if (auto array = combineShapes(heap, left, right))
    return *array;
  // A symbolic tensor that meets opaque data is a mistake of its own.
  for (Value operand : {left, right})
    if (const Opaque *opaque = operand.as<Opaque>())
      return holdsTensor(left) || holdsTensor(right) ? needs(*opaque, place)
                                                     : swallow(*opaque, place);
  if (op == BinaryOp::Mod && left.as<Str>()) {
    // The values that `%` fills in.
    if (holdsError(right))
      return Value::error();
    if (const Opaque *opaque = opaqueIn(right))
      return swallow(*opaque, place);
  }
  if (Object *object = left.getObject())
    if (auto result = object->binary(*this, op, right, false, place))
      return *result;
  if (Object *object = right.getObject())
    if (auto result = object->binary(*this, op, left, true, place))
      return *result;

  if (left.isBool() && right.isBool() &&
      (op == BinaryOp::BitAnd || op == BinaryOp::BitOr || op == BinaryOp::BitXor))
    return Value::boolean(
        *binaryIntegers(op, *left.asInteger(), *right.asInteger(), place).asInteger() != 0);
  if (auto result = binaryNumbers(op, left, right, place))
    return *result;
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
  if (isInteger(operand)) {
    switch (op) {
    case ast::UnaryOp::Plus:
      return operand.isBool() ? Value::integer(*operand.asInteger()) : operand;
    case ast::UnaryOp::Minus:
      return *binaryNumbers(BinaryOp::Sub, Value::integer(0), operand, place);
    default: // -x - 1
      return *binaryNumbers(BinaryOp::Sub, Value::integer(-1), operand, place);
    }
  }
  if (operand.isFloat() && op != ast::UnaryOp::Invert)
    return Value::real(op == ast::UnaryOp::Minus ? -*operand.asReal() : *operand.asReal());
  llvm::StringRef spelling = op == ast::UnaryOp::Minus ? "-" : op == ast::UnaryOp::Plus ? "+" : "~";
  report(Code::TypeMismatch, place, "`{}` is not defined for {}", spelling, operand.typeName());
  pythonSays("bad operand type for unary {}: '{}'", spelling, pythonType(operand));
  return Value::error();
}

bool Interpreter::updateInPlace(BinaryOp op, Value left, Value right, SourceRange place) {
  if (List *list = left.as<List>()) {
    if (op == BinaryOp::Add) {
      if (auto added = elements(right, place)) {
        heap.charge(added->size() * sizeof(Value));
        list->elements.insert(list->elements.end(), added->begin(), added->end());
      }
      return true;
    }
    if (op != BinaryOp::Mul)
      return false;
    Value repeated = binary(op, left, right, place);
    if (const List *result = repeated.as<List>())
      list->elements = result->elements;
    return true;
  }
  if (Dict *dict = left.as<Dict>(); dict && op == BinaryOp::BitOr && right.as<Dict>()) {
    for (const Dict::Entry &entry : right.as<Dict>()->items())
      dict->set(entry.key, entry.value);
    return true;
  }
  Set *set = left.as<Set>();
  const Set *other = right.as<Set>();
  bool isOperation = op == BinaryOp::BitOr || op == BinaryOp::BitAnd || op == BinaryOp::BitXor ||
                     op == BinaryOp::Sub;
  if (!set || !other || set->isFrozen || !isOperation)
    return false;
  Set *result = combineSets(*this, op, *set, *other, /*isFrozen=*/false);
  set->clear();
  set->merge(*result);
  return true;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

std::optional<int> order(Value a, Value b, unsigned depth) {
  auto sign = [](auto left, auto right) { return left < right ? -1 : (right < left ? 1 : 0); };
  auto leftInteger = a.asInteger(), rightInteger = b.asInteger();
  if (leftInteger && rightInteger)
    return sign(*leftInteger, *rightInteger);
  bool isNaN = (a.isFloat() && std::isnan(*a.asReal())) || (b.isFloat() && std::isnan(*b.asReal()));
  if (isNaN)
    return realOf(a) && realOf(b) ? std::optional(0) : std::nullopt;
  if (isInteger(a) && b.isFloat())
    return compareExactly(a, *b.asReal());
  if (a.isFloat() && isInteger(b))
    return -compareExactly(b, *a.asReal());
  if (a.isFloat() && b.isFloat())
    return sign(*a.asReal(), *b.asReal());
  if (isInteger(a) && isInteger(b)) {
    llvm::APInt left = *bigOf(a), right = *bigOf(b);
    unsigned bits = std::max(left.getBitWidth(), right.getBitWidth());
    left = left.sext(bits);
    right = right.sext(bits);
    return left == right ? 0 : left.slt(right) ? -1 : 1;
  }
  const Str *leftText = a.as<Str>(), *rightText = b.as<Str>();
  if (leftText && rightText)
    return sign(leftText->text, rightText->text);
  const Sequence *left = a.as<Sequence>(), *right = b.as<Sequence>();
  if (a.as<Instance>() || b.as<Instance>()) {
    if (auto less = Instance::isLess(a, b))
      return *less ? -1 : Instance::isLess(b, a).value_or(false) ? 1 : 0;
  }
  constexpr unsigned maxDepth = 50;
  bool isTuple = a.as<Tuple>(), isOtherTuple = b.as<Tuple>();
  if (!left || !right || isTuple != isOtherTuple || depth == maxDepth)
    return std::nullopt;
  for (size_t i = 0; i < std::min(left->elements.size(), right->elements.size()); ++i) {
    if (equal(left->elements[i], right->elements[i], depth + 1))
      continue;
    return order(left->elements[i], right->elements[i], depth + 1);
  }
  return sign(left->elements.size(), right->elements.size());
}

std::vector<Dict::Entry> sortedItems(const Dict &dict) {
  std::vector<Dict::Entry> items = dict.items();
  llvm::stable_sort(items, [](const Dict::Entry &a, const Dict::Entry &b) {
    return order(a.key, b.key).value_or(0) < 0;
  });
  return items;
}

std::optional<bool> Interpreter::contains(Value container, Value value, SourceRange place) {
  if (const Str *text = container.as<Str>()) {
    if (const Str *part = value.as<Str>())
      return chargeSearch(*this, text->text, part->text, place)
                 ? std::optional(llvm::StringRef(text->text).contains(part->text))
                 : std::nullopt;
    report(Code::TypeMismatch, place, "`in` is not defined between {} and {}", value.typeName(),
           container.typeName());
    return std::nullopt;
  }
  if (Object *object = container.getObject()) {
    size_t errors = engine.errorCount();
    std::optional<bool> found = object->contains(*this, value, place);
    if (found || engine.errorCount() != errors)
      return found;
  }
  bool found = false;
  auto search = [&](Value element) {
    found = identical(element, value) || equal(element, value);
    return !found;
  };
  return iterate(container, place, search) ? std::optional<bool>(found) : std::nullopt;
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
  for (auto [undecided, other] : {std::pair(left, right), std::pair(right, left)})
    if (const Object *object = undecided.getObject();
        object && object->isUndecided() && !other.isNone())
      return asCondition(undecided, place);
  if (op == CompareOp::Is || op == CompareOp::IsNot)
    return Value::boolean(identical(left, right) == (op == CompareOp::Is));
  for (Value operand : {left, right})
    if (const Opaque *opaque = operand.as<Opaque>())
      return holdsTensor(left) || holdsTensor(right) ? needs(*opaque, place)
                                                     : swallow(*opaque, place);
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
  // Objects of the file have said that they do not know; tuples among them have an order.
  auto isUnknown = [](Value value) { return value.as<Instance>() && !value.as<Sequence>(); };
  std::optional<int> sign = isUnknown(left) || isUnknown(right) ? std::nullopt : order(left, right);
  if (!sign) {
    report(Code::TypeMismatch, place, "`{}` is not defined between {} and {}", ast::spelling(op),
           left.typeName(), right.typeName());
    pythonSays("'{}' not supported between instances of '{}' and '{}'", ast::spelling(op),
               pythonType(left), pythonType(right));
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
    return *value.asInteger() != 0;
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
  if (const auto *array = dynamic_cast<const NdArray *>(object)) {
    report(Code::ValueMismatch, place, "an array of shape {} is neither true nor false",
           array->shapeText())
        .help("`.any()` and `.all()` ask about its elements");
    return Value::error();
  }
  report(Code::TypeMismatch, place, "{} is neither true nor false before the model runs",
         value.inWords())
      .help("{}", object->truthHelp());
  return Value::error();
}

//===----------------------------------------------------------------------===//
// Iteration
//===----------------------------------------------------------------------===//

bool Interpreter::iterate(Value value, SourceRange place, llvm::function_ref<bool(Value)> body,
                          Misuse use) {
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
  Iterator *elements = iterator(value, place, use);
  if (!elements)
    return false;
  while (std::optional<Value> element = elements->next(*this, place))
    if (!step(place) || !body(*element))
      break;
  return !halted;
}

std::optional<std::vector<Value>> Interpreter::elements(Value value, SourceRange place,
                                                        Misuse use) {
  std::vector<Value> result;
  auto add = [&](Value element) {
    heap.charge(sizeof(Value));
    result.push_back(element);
    return true;
  };
  bool complete = iterate(value, place, add, use);
  return complete ? std::optional<std::vector<Value>>(std::move(result)) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Attributes and subscripts
//===----------------------------------------------------------------------===//

static void helpWithAttribute(diagnostics::Diagnostic &diagnostic, const Interpreter &in,
                              Value object, llvm::StringRef name, SourceRange place) {
  if (const Dict *dict = object.as<Dict>())
    for (const Dict::Entry &entry : dict->items())
      if (const Str *key = entry.key.as<Str>(); key && key->text == name)
        diagnostic.help("a key is read in brackets: `[\"{}\"]`", name);
  bool isOfLists = llvm::is_contained({"append", "extend", "insert", "remove", "sort"}, name);
  if (object.as<Tuple>() && isOfLists) {
    diagnostic.help("a tuple keeps its elements; a list, in square brackets, has `{}`", name);
    return;
  }
  // `layers = [Dense(3)]` in front of `layers.Dense`: the name means something else now.
  bool isModuleMember = false;
  for (const char *owner : {"keras.layers", "keras.ops", "keras", "numpy"}) {
    Object *found = in.standardModules.lookup(owner);
    if (!found && in.findModule)
      found = in.findModule(owner);
    const auto *module = dynamic_cast<const Module *>(found);
    isModuleMember |= module && module->members.count(name);
  }
  bool isPlain =
      object.as<Sequence>() || object.as<Dict>() || object.as<Str>() || !object.getObject();
  if (!isPlain || !isModuleMember || !place.file)
    return;
  llvm::StringRef before = place.file->text().take_front(place.begin);
  if (before.consume_back("."))
    diagnostic.help("is `{}` a module that has been given another value?",
                    before.substr(before.find_last_not_of("abcdefghijklmnopqrstuvwxyz"
                                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") +
                                  1));
}

Value Interpreter::attribute(Value object, llvm::StringRef name, SourceRange place) {
  if (object.isError())
    return object;
  if (Opaque *opaque = object.as<Opaque>()) {
    if (auto known = opaque->attribute(*this, name, place))
      return *known;
    if (currentMode == Mode::Lenient || (!opaque->place && opaque->mend.empty()))
      return heap.make<Opaque>(opaque->origin + "." + name.str());
    return swallow(*opaque, place);
  }
  if (auto value = numberAttribute(*this, object, name))
    return *value;
  if (Object *self = object.getObject()) {
    size_t errors = engine.errorCount();
    auto value = self->attribute(*this, name, place);
    if (value || engine.errorCount() != errors)
      return value.value_or(Value::error());
  }
  if (name == "__class__")
    return typeOf(object);
  if (name == "__hash__" && isHashable(object))
    return heap.make<Native>("__hash__", "", [object](Interpreter &in, BoundArguments &args) {
      return in.callWith(in.builtin("hash"), {object}, args.place, args.place);
    });
  if (currentMode == Mode::Lenient)
    return heap.make<Opaque>(name.str());
  const Module *module = object.as<Module>();
  std::string owner = module ? "module `" + module->name + "`" : object.typeName();
  std::vector<std::string> names;
  if (const Object *self = object.getObject())
    names = self->knownNames();
  diagnostics::Diagnostic &diagnostic =
      report(Code::UnknownAttribute, place, "{} has no attribute `{}`", owner, name);
  suggest(diagnostic, name, names, place);
  helpWithAttribute(diagnostic, *this, object, name, place);
  if (module)
    pythonSays("module '{}' has no attribute '{}'", module->name, name);
  else
    pythonSays("'{}' object has no attribute '{}'", pythonType(object), name);
  return Value::error();
}

} // namespace rondo::eval
