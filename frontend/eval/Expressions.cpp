//===- Expressions.cpp - Evaluates expressions ----------------------------===//
//
// Literals, calls, f-strings, and calls of the file's own functions. Operators are
// in Operators.cpp, comprehensions in Iterators.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Set.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

namespace {
/// A literal of more than 64 bits.
Value evaluateLongInteger(Heap &heap, llvm::StringRef text) {
  unsigned base = text.consume_front_insensitive("0x")   ? 16
                  : text.consume_front_insensitive("0o") ? 8
                  : text.consume_front_insensitive("0b") ? 2
                                                         : 10;
  // The lexer has checked the digits and how many they are.
  return parseInteger(heap, text, base).value_or(Value::error());
}

bool isConstant(const ast::Expr &expr) {
  if (const auto *negated = llvm::dyn_cast<ast::Unary>(&expr))
    return isConstant(*negated->operand);
  return llvm::isa<ast::Int, ast::Float, ast::String, ast::Bool, ast::None>(expr);
}

} // namespace

Value Interpreter::evaluate(const ast::Expr &expr) {
  if (!step(expr.range))
    return Value::error();
  if (evaluationDepth >= maxEvaluationDepth) {
    report(Code::RecursionLimit, expr.range, "the file's functions call each other too deeply");
    halt();
    return Value::error();
  }
  llvm::SaveAndRestore depth(evaluationDepth, evaluationDepth + 1);
  using Kind = ast::Expr::Kind;
  switch (expr.kind) {
  case Kind::Name:
    return record(expr.range, lookUp(llvm::cast<ast::Name>(expr)));
  case Kind::Int: {
    const auto &literal = llvm::cast<ast::Int>(expr);
    if (!literal.overflows)
      return Value::integer(literal.value);
    return evaluateLongInteger(heap, expr.range.text());
  }
  case Kind::Float:
    return Value::real(llvm::cast<ast::Float>(expr).value);
  case Kind::String:
    return heap.str(llvm::cast<ast::String>(expr).value);
  case Kind::FString:
    return evaluateString(llvm::cast<ast::FString>(expr));
  case Kind::Bool:
    return Value::boolean(llvm::cast<ast::Bool>(expr).value);
  case Kind::None:
    return Value();
  case Kind::Ellipsis:
    return Value::ellipsis();
  case Kind::List: {
    Value unknown;
    auto values = evaluateElements(llvm::cast<ast::List>(expr).elements, unknown);
    return values ? Value(heap.list(std::move(*values))) : unknown;
  }
  case Kind::Tuple: {
    Value unknown;
    auto values = evaluateElements(llvm::cast<ast::Tuple>(expr).elements, unknown);
    return values ? Value(heap.tuple(std::move(*values))) : unknown;
  }
  case Kind::Set:
    return evaluateSet(llvm::cast<ast::Set>(expr));
  case Kind::Dict:
    return evaluateDict(llvm::cast<ast::Dict>(expr));
  case Kind::Comprehension:
    return evaluateComprehension(llvm::cast<ast::Comprehension>(expr));
  case Kind::Unary: {
    const auto &operation = llvm::cast<ast::Unary>(expr);
    return unary(operation.op, evaluate(*operation.operand), expr.range);
  }
  case Kind::Binary: {
    const auto &operation = llvm::cast<ast::Binary>(expr);
    Value left = evaluate(*operation.left);
    Value right = evaluate(*operation.right);
    return halted ? Value::error() : binary(operation.op, left, right, expr.range);
  }
  case Kind::BoolOp:
    return evaluateBoolOp(llvm::cast<ast::BoolOp>(expr));
  case Kind::Compare:
    return evaluateCompare(llvm::cast<ast::Compare>(expr));
  case Kind::Conditional:
    return evaluateConditional(llvm::cast<ast::Conditional>(expr));
  case Kind::Named:
    return evaluateNamed(llvm::cast<ast::Named>(expr));
  case Kind::Lambda:
    return evaluateLambda(llvm::cast<ast::Lambda>(expr));
  case Kind::Call:
    return record(expr.range, evaluateCall(llvm::cast<ast::Call>(expr)));
  case Kind::Attribute: {
    const auto &access = llvm::cast<ast::Attribute>(expr);
    Value object = evaluate(*access.object);
    if (halted)
      return Value::error();
    return record(access.nameRange, attribute(object, mangled(access.name), access.nameRange));
  }
  case Kind::Subscript: {
    const auto &access = llvm::cast<ast::Subscript>(expr);
    Value object = evaluate(*access.object);
    Value index = evaluate(*access.index);
    return halted ? Value::error() : subscript(object, index, expr.range, access.index->range);
  }
  case Kind::Slice:
    return evaluateSlice(llvm::cast<ast::Slice>(expr));
  case Kind::Starred:
    return unsupported(expr.range, "`*` here is");
  }
  return Value::error();
}

//===----------------------------------------------------------------------===//
// Displays
//===----------------------------------------------------------------------===//

std::optional<std::vector<Value>>
Interpreter::evaluateElements(const std::vector<ast::ExprPtr> &elementExprs, Value &otherwise) {
  std::vector<Value> values;
  otherwise = Value::error();
  for (const ast::ExprPtr &expr : elementExprs) {
    if (const auto *starred = llvm::dyn_cast<ast::Starred>(expr.get())) {
      Value several = evaluate(*starred->value);
      if (const Opaque *unknown = undecided(several)) {
        otherwise = swallow(*unknown, starred->range);
        return std::nullopt;
      }
      auto spread = elements(several, starred->range);
      if (!spread)
        return std::nullopt;
      values.insert(values.end(), spread->begin(), spread->end());
      continue;
    }
    values.push_back(evaluate(*expr));
    if (halted)
      return std::nullopt;
  }
  return values;
}

Value Interpreter::evaluateDict(const ast::Dict &expr) {
  Dict *dict = heap.make<Dict>();
  for (const ast::Dict::Item &item : expr.items) {
    Value value = evaluate(*item.value);
    if (halted)
      return Value::error();
    if (!item.key) {
      const Dict *spread = value.as<Dict>();
      if (value.isError() || value.as<Opaque>())
        return value;
      if (!spread) {
        report(Code::TypeMismatch, item.value->range, "`**` of {}, expected a dict",
               value.typeName());
        return Value::error();
      }
      for (const Dict::Entry &entry : spread->items())
        dict->set(entry.key, entry.value);
      continue;
    }
    Value key = evaluate(*item.key);
    if (key.isError())
      continue;
    if (!isHashable(key)) {
      reportUnhashable(item.key->range, key);
      continue;
    }
    heap.charge(4 * sizeof(Value));
    dict->set(key, value);
  }
  return dict;
}

Value Interpreter::evaluateSet(const ast::Set &expr) {
  Value unknown;
  auto values = evaluateElements(expr.elements, unknown);
  if (!values)
    return unknown;
  Set *set = makeSet(*this, *values, /*isFrozen=*/false, expr.range);
  if (!set)
    return Value::error();
  // CPython makes a constant of such elements, that constant again from its elements, and
  // copies it: each time the order may change.
  bool isCopied = expr.elements.size() >= 3 && llvm::all_of(expr.elements, [](const auto &element) {
                    return isConstant(*element);
                  });
  if (!isCopied)
    return set;
  Set *copy = heap.make<Set>(/*isFrozen=*/false);
  copy->merge(*makeSet(*this, set->elements(), /*isFrozen=*/true, expr.range));
  return copy;
}

Value Interpreter::evaluateNamed(const ast::Named &expr) {
  Value value = evaluate(*expr.value);
  if (halted)
    return Value::error();
  Scope *target = scope;
  while (target->isComprehension)
    target = target->parent;
  llvm::SaveAndRestore outside(scope, target);
  setName(expr.name, value);
  return value;
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

Value Interpreter::evaluateBoolOp(const ast::BoolOp &expr) {
  Value value;
  for (const ast::ExprPtr &operand : expr.operands) {
    value = evaluate(*operand);
    // The last operand is the result, whatever its truth.
    if (operand == expr.operands.back())
      break;
    value = asCondition(value, operand->range);
    std::optional<bool> holds = truth(value);
    if (!holds || *holds != expr.isAnd)
      return value;
  }
  return value;
}

Value Interpreter::evaluateCompare(const ast::Compare &expr) {
  Value left = evaluate(*expr.first), result;
  for (const ast::Compare::Step &step : expr.steps) {
    Value right = evaluate(*step.operand);
    if (halted)
      return Value::error();
    result = compare(step.op, left, right, expr.range);
    if (&step == &expr.steps.back())
      break;
    result = asCondition(result, expr.range);
    if (!truth(result).value_or(false))
      return result;
    left = right;
  }
  return result;
}

Value Interpreter::evaluateConditional(const ast::Conditional &expr) {
  Value condition = evaluateCondition(*expr.condition);
  if (condition.isError())
    return condition;
  if (const Opaque *unknown = undecided(condition))
    return swallow(*unknown, expr.range);
  return evaluate(truth(condition).value_or(true) ? *expr.thenValue : *expr.elseValue);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Signature Interpreter::makeSignature(llvm::StringRef name,
                                     const std::vector<ast::Parameter> &parameters) {
  Signature signature{name.str(), {}};
  for (const ast::Parameter &parameter : parameters) {
    std::optional<Value> defaultValue;
    if (parameter.defaultValue)
      defaultValue = evaluate(*parameter.defaultValue);
    signature.parameters.push_back({parameter.kind, parameter.name, defaultValue});
  }
  return signature;
}

Value Interpreter::evaluateLambda(const ast::Lambda &expr) {
  return heap.make<Function>(makeSignature("<lambda>", expr.parameters), nullptr, expr.body.get(),
                             closureScope(), expr.range);
}

Value Function::call(Interpreter &in, Arguments &arguments) {
  return in.callFunction(*this, arguments);
}

Value Interpreter::callFunction(Function &function, Arguments &arguments) {
  auto bound = bind(*this, function.signature, arguments);
  if (!bound)
    return Value::error();
  if (callDepth >= maxCallDepth) {
    report(Code::RecursionLimit, arguments.place, "`{}` is called more than {} calls deep",
           function.signature.callee, maxCallDepth);
    halt();
    return Value::error();
  }
  llvm::SaveAndRestore depth(callDepth, callDepth + 1);
  const llvm::StringMap<char> *locals = function.body ? localsByBody[function.body].get() : nullptr;
  Scope *inner = heap.make<Scope>(function.closure, locals);
  using Kind = ast::Parameter::Kind;
  for (size_t i = 0; i < bound->slots.size(); ++i) {
    const Signature::Parameter &parameter = function.signature.parameters[i];
    Value value = bound->slots[i].value;
    if (parameter.kind == Kind::VarArgs) {
      std::vector<Value> rest;
      for (const PlacedValue &argument : bound->rest)
        rest.push_back(argument.value);
      value = heap.tuple(std::move(rest));
    } else if (parameter.kind == Kind::VarKeywords) {
      Dict *rest = heap.make<Dict>();
      for (const KeywordArgument &argument : bound->restKeywords)
        rest->set(heap.str(argument.name), argument.value);
      value = rest;
    }
    inner->names[parameter.name] = value;
    if (i == 0)
      inner->firstArgument = value;
  }
  if (function.body && yielding.contains(function.body))
    return makeGenerator(inner, function, arguments.place);
  Frame frame(*this, arguments.place, "in this call of `" + function.signature.callee + "`");
  llvm::SaveAndRestore scoped(scope, inner);
  if (function.expression)
    return evaluate(*function.expression);
  returned = Value();
  Flow flow = execute(*function.body);
  Value result = flow == Flow::Return ? returned : Value();
  returned = Value();
  return halted ? Value::error() : result;
}

bool Interpreter::evaluateArguments(const ast::Call &expr, Arguments &arguments, Value &unknown) {
  unknown = Value::error();
  using Kind = ast::Argument::Kind;
  for (const ast::Argument &argument : expr.arguments) {
    Value value = evaluate(*argument.value);
    if (halted)
      return false;
    SourceRange place = argument.value->range;
    if (argument.kind == Kind::Positional) {
      arguments.positional.push_back({value, place});
    } else if (argument.kind == Kind::Keyword) {
      arguments.keywords.push_back({argument.keyword, argument.keywordRange, value, place});
    } else if (value.isError() || value.as<Opaque>()) {
      // What it would have passed is not known: the call says nothing about it.
      unknown = value;
      return false;
    } else if (argument.kind == Kind::Star) {
      auto spread = elements(value, place);
      if (!spread)
        return false;
      for (Value element : *spread)
        arguments.positional.push_back({element, place});
    } else if (const Dict *dict = value.as<Dict>()) {
      for (const Dict::Entry &entry : dict->items()) {
        const Str *name = entry.key.as<Str>();
        if (!name) {
          report(Code::TypeMismatch, place, "`**` passes {} as the name of an argument",
                 entry.key.inWords());
          return false;
        }
        arguments.keywords.push_back({name->text, place, entry.value, place});
      }
    } else {
      report(Code::TypeMismatch, place, "`**` of {}, expected a dict", value.typeName());
      return false;
    }
  }
  return true;
}

Value Interpreter::evaluateCall(const ast::Call &expr) {
  Value callee = evaluate(*expr.callee);
  Arguments arguments{expr.range, expr.callee->range, {}, {}};
  Value unknown;
  if (!evaluateArguments(expr, arguments, unknown)) {
    if (currentMode == Mode::Lenient && !halted)
      return heap.make<Opaque>("call");
    const auto *opaque = unknown.as<Opaque>();
    return opaque ? swallow(*opaque, expr.range) : Value::error();
  }
  if (callee.isError() && llvm::isa<ast::Attribute>(expr.callee.get())) {
    ++dataCalls;
    callsError = true;
  }
  Value result = call(callee, arguments);
  // What would have changed an object by a value that is not known leaves it unknown.
  const auto *method = llvm::dyn_cast<ast::Attribute>(expr.callee.get());
  if (method && result.as<Opaque>() && !callee.as<Opaque>() && currentMode == Mode::Strict &&
      arguments.firstOpaque())
    forgetObject(*method->object, method->name, result);
  return result;
}

Value Interpreter::call(Value callee, Arguments &arguments) {
  if (halted || callee.isError())
    return Value::error();
  // Objects that call each other without a function of the file between them.
  if (evaluationDepth >= maxEvaluationDepth) {
    report(Code::RecursionLimit, arguments.place, "calls are nested too deeply");
    halt();
    return Value::error();
  }
  llvm::SaveAndRestore depth(evaluationDepth, evaluationDepth + 1);
  if (const Opaque *opaque = callee.as<Opaque>())
    return arguments.holdTensor() ? needs(*opaque, arguments.calleePlace)
                                  : swallow(*opaque, arguments.calleePlace);
  Object *object = callee.getObject();
  if (object && object->isCallable())
    return object->call(*this, arguments);
  diagnostics::Diagnostic &diagnostic =
      report(Code::NotCallable, arguments.calleePlace,
             "a value of type {} is called like a function", callee.typeName());
  if (object)
    object->explainMisuse(diagnostic, Misuse::Call, "");
  else if (!callee.isNone())
    diagnostic.help("is an operator or a comma missing in front of `(`?");
  if (callee.as<List>())
    diagnostic.help("the functions of a list are called one by one: `[f(x) for f in functions]`");
  pythonSays("'{}' object is not callable", pythonType(callee));
  return Value::error();
}

Value Object::call(Interpreter &in, Arguments &arguments) {
  return in.unsupported(arguments.calleePlace, "calling this is");
}

Value Native::call(Interpreter &in, Arguments &arguments) {
  if (opaques != Opaques::Pass) {
    if (arguments.hasError())
      return Value::error();
    if (const Opaque *opaque = arguments.firstOpaque())
      return in.swallow(*opaque, arguments.place);
    if (opaques == Opaques::SwallowInside)
      if (auto unknown = arguments.findOpaque())
        return in.swallow(*unknown->opaque, arguments.place);
  }
  if (!signature)
    signature = &in.heap.signature(name, parameters);
  auto bound = bind(in, *signature, arguments);
  return bound ? body(in, *bound) : Value::error();
}

Value Interpreter::callWith(Value callee, const std::vector<Value> &values, SourceRange calleePlace,
                            SourceRange place) {
  Arguments arguments{place, calleePlace, {}, {}};
  for (Value value : values)
    arguments.positional.push_back({value, place});
  return call(callee, arguments);
}

Value Interpreter::evaluateSlice(const ast::Slice &expr) {
  Value start = expr.start ? evaluate(*expr.start) : Value();
  Value stop = expr.stop ? evaluate(*expr.stop) : Value();
  Value step = expr.step ? evaluate(*expr.step) : Value();
  if (start.isError() || stop.isError() || step.isError())
    return Value::error();
  for (Value bound : {start, stop, step})
    if (bound.as<Opaque>())
      return bound;
  return heap.make<Slice>(start, stop, step);
}

//===----------------------------------------------------------------------===//
// f-strings
//===----------------------------------------------------------------------===//

Value Interpreter::evaluateString(const ast::FString &expr) {
  std::string text;
  Value unknown;
  for (const ast::FString::Part &part : expr.parts) {
    text += part.literal;
    if (!part.value)
      continue;
    Value value = evaluate(*part.value);
    Value format = part.format ? evaluate(*part.format) : Value(heap.str(""));
    if (value.isError() || format.isError())
      return Value::error();
    if (value.as<Opaque>() || format.as<Opaque>()) {
      unknown = value.as<Opaque>() ? value : format;
      continue;
    }
    std::optional<std::string> formatted;
    if (part.conversion != 0) {
      formatted = textOf(value, part.conversion != 's', part.value->range);
      if (formatted)
        value = heap.str(std::move(*formatted));
    }
    formatted = formatValue(*this, value, format.as<Str>()->text, part.value->range);
    if (!formatted)
      return Value::error();
    text += *formatted;
    if (!heap.hasRoomFor(text.size()))
      return mistake(Code::MemoryLimit, expr.range, "the text is larger than {} MiB",
                     Heap::limit >> 20);
  }
  if (const auto *opaque = unknown.as<Opaque>())
    return swallow(*opaque, expr.range);
  return heap.str(std::move(text));
}

} // namespace rondo::eval
