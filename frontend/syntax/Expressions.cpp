//===- Expressions.cpp - Parsing expressions --------------------*- C++ -*-===//
//
// Python's expression grammar by recursive descent, binary operators by
// precedence climbing. Ranges of operators span parentheses around operands.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Grammar.h"
#include "frontend/syntax/Literals.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using llvm::StringRef;

namespace rondo::syntax {

using namespace diagnostics;
using Kind = Token::Kind;

void Grammar::adopt(ast::Expr &parent, const ExprPtr &child) {
  if (child)
    parent.depth = std::max(parent.depth, child->depth + 1);
}

ast::ExprPtr Grammar::checked(ExprPtr expr) {
  if (expr->depth > ast::maxExpressionDepth)
    return tooDeep(expr->range);
  return expr;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

ast::ExprPtr Grammar::expression() {
  Nesting nesting(*this);
  if (nesting.isTooDeep())
    return tooDeep(current().range);
  if (at("lambda"))
    return lambda();
  uint32_t begin = offset();
  ExprPtr value = disjunction();
  if (!value || !accept("if"))
    return value;
  ExprPtr condition = disjunction();
  if (!condition || !expect("else"))
    return nullptr;
  ExprPtr elseValue = expression();
  if (!elseValue)
    return nullptr;
  auto node = std::make_unique<ast::Conditional>(since(begin));
  node->condition = std::move(condition);
  node->thenValue = std::move(value);
  node->elseValue = std::move(elseValue);
  adopt(*node, node->condition);
  adopt(*node, node->thenValue);
  adopt(*node, node->elseValue);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::namedExpression() {
  if (!at(Kind::Name) || !is(peek(), ":="))
    return expression();
  auto node = std::make_unique<ast::Named>(current().range);
  node->nameRange = take().range;
  node->name = node->nameRange.text().str();
  take(); // `:=`
  node->value = expression();
  if (!node->value)
    return nullptr;
  adopt(*node, node->value);
  node->range = since(node->nameRange.begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::element() { return at("*") ? starredOrExpression() : namedExpression(); }

ast::ExprPtr Grammar::starredOrExpression() {
  uint32_t begin = offset();
  if (!accept("*"))
    return expression();
  ExprPtr value = binary();
  if (!value)
    return nullptr;
  auto node = std::make_unique<ast::Starred>(since(begin));
  adopt(*node, value);
  node->value = std::move(value);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::expressionList() {
  uint32_t begin = offset();
  ExprPtr first = starredOrExpression();
  if (!first)
    return nullptr;
  if (at(","))
    return tuple(
        begin, std::move(first), [&] { return starredOrExpression(); },
        [&] { return startsExpression(); });
  if (!llvm::isa<ast::Starred>(*first))
    return first;
  error(Code::SyntaxError, first->range, "a starred expression outside a list, tuple or call");
  return nullptr;
}

template <typename Element, typename More>
ast::ExprPtr Grammar::tuple(uint32_t begin, ExprPtr first, Element element, More more) {
  auto node = std::make_unique<ast::Tuple>(first->range);
  adopt(*node, first);
  node->elements.push_back(std::move(first));
  while (accept(",") && more()) {
    ExprPtr next = element();
    if (!next)
      return nullptr;
    adopt(*node, next);
    node->elements.push_back(std::move(next));
  }
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::disjunction() { return boolOp("or", &Grammar::conjunction); }

ast::ExprPtr Grammar::conjunction() { return boolOp("and", &Grammar::inversion); }

ast::ExprPtr Grammar::boolOp(StringRef spelling, ExprPtr (Grammar::*operand)()) {
  uint32_t begin = offset();
  ExprPtr first = (this->*operand)();
  if (!first || !at(spelling))
    return first;
  auto node = std::make_unique<ast::BoolOp>(first->range);
  node->isAnd = spelling == "and";
  adopt(*node, first);
  node->operands.push_back(std::move(first));
  while (accept(spelling)) {
    ExprPtr next = (this->*operand)();
    if (!next)
      return nullptr;
    adopt(*node, next);
    node->operands.push_back(std::move(next));
  }
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::inversion() {
  uint32_t begin = offset();
  if (!accept("not"))
    return comparison();
  Nesting nesting(*this);
  if (nesting.isTooDeep())
    return tooDeep(since(begin));
  ExprPtr operand = inversion();
  if (!operand)
    return nullptr;
  auto node = std::make_unique<ast::Unary>(since(begin));
  node->op = ast::UnaryOp::Not;
  adopt(*node, operand);
  node->operand = std::move(operand);
  return checked(std::move(node));
}

static std::optional<ast::CompareOp> compareOperator(const Token &token) {
  using Op = ast::CompareOp;
  if (token.kind != Kind::Operator && token.kind != Kind::Keyword)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<Op>>(token.text())
      .Case("==", Op::Equal)
      .Case("!=", Op::NotEqual)
      .Case("<", Op::Less)
      .Case("<=", Op::LessEqual)
      .Case(">", Op::Greater)
      .Case(">=", Op::GreaterEqual)
      .Case("in", Op::In)
      .Case("is", Op::Is)
      .Default(std::nullopt);
}

ast::ExprPtr Grammar::comparison() {
  uint32_t begin = offset();
  ExprPtr first = binary();
  if (!first)
    return nullptr;
  std::unique_ptr<ast::Compare> node;
  while (true) {
    uint32_t opBegin = offset();
    std::optional<ast::CompareOp> op;
    if (at("not") && is(peek(), "in")) {
      take();
      op = ast::CompareOp::NotIn;
    } else {
      op = compareOperator(current());
    }
    if (!op)
      break;
    take();
    if (op == ast::CompareOp::Is && accept("not"))
      op = ast::CompareOp::IsNot;
    SourceRange opRange = since(opBegin);
    ExprPtr operand = binary();
    if (!operand)
      return nullptr;
    if (!node) {
      node = std::make_unique<ast::Compare>(first->range);
      adopt(*node, first);
      node->first = std::move(first);
    }
    adopt(*node, operand);
    node->steps.push_back({*op, opRange, std::move(operand)});
  }
  if (!node)
    return first;
  node->range = since(begin);
  return checked(std::move(node));
}

/// A binary operator with its precedence, from 1 for `|`; 0 for other tokens.
static std::pair<ast::BinaryOp, int> binaryOperator(const Token &token) {
  using Op = ast::BinaryOp;
  constexpr std::pair<Op, int> none = {Op::Add, 0};
  if (token.kind != Kind::Operator)
    return none;
  return llvm::StringSwitch<std::pair<Op, int>>(token.text())
      .Case("|", {Op::BitOr, 1})
      .Case("^", {Op::BitXor, 2})
      .Case("&", {Op::BitAnd, 3})
      .Case("<<", {Op::LeftShift, 4})
      .Case(">>", {Op::RightShift, 4})
      .Case("+", {Op::Add, 5})
      .Case("-", {Op::Sub, 5})
      .Case("*", {Op::Mul, 6})
      .Case("/", {Op::Div, 6})
      .Case("//", {Op::FloorDiv, 6})
      .Case("%", {Op::Mod, 6})
      .Case("@", {Op::MatMul, 6})
      .Default(none);
}

ast::ExprPtr Grammar::binary(int minimumPrecedence) {
  uint32_t begin = offset();
  ExprPtr left = unary();
  while (left) {
    auto [op, precedence] = binaryOperator(current());
    if (precedence == 0 || precedence < minimumPrecedence)
      break;
    SourceRange opRange = take().range;
    ExprPtr right = binary(precedence + 1);
    if (!right)
      return nullptr;
    auto node = std::make_unique<ast::Binary>(since(begin));
    node->op = op;
    node->opRange = opRange;
    adopt(*node, left);
    adopt(*node, right);
    node->left = std::move(left);
    node->right = std::move(right);
    left = checked(std::move(node));
  }
  return left;
}

ast::ExprPtr Grammar::unary() {
  uint32_t begin = offset();
  if (!at("-") && !at("+") && !at("~"))
    return power();
  Nesting nesting(*this);
  if (nesting.isTooDeep())
    return tooDeep(current().range);
  StringRef spelling = take().text();
  ExprPtr operand = unary();
  if (!operand)
    return nullptr;
  auto node = std::make_unique<ast::Unary>(since(begin));
  node->op = spelling == "-"   ? ast::UnaryOp::Minus
             : spelling == "+" ? ast::UnaryOp::Plus
                               : ast::UnaryOp::Invert;
  adopt(*node, operand);
  node->operand = std::move(operand);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::power() {
  uint32_t begin = offset();
  ExprPtr base = primary();
  if (!base || !at("**"))
    return base;
  Nesting nesting(*this);
  if (nesting.isTooDeep())
    return tooDeep(current().range);
  SourceRange opRange = take().range;
  ExprPtr exponent = unary();
  if (!exponent)
    return nullptr;
  auto node = std::make_unique<ast::Binary>(since(begin));
  node->op = ast::BinaryOp::Pow;
  node->opRange = opRange;
  adopt(*node, base);
  adopt(*node, exponent);
  node->left = std::move(base);
  node->right = std::move(exponent);
  return checked(std::move(node));
}

//===----------------------------------------------------------------------===//
// Calls, attributes, subscripts
//===----------------------------------------------------------------------===//

ast::ExprPtr Grammar::primary() {
  uint32_t begin = offset();
  ExprPtr object = atom();
  while (object) {
    if (at("(")) {
      object = call(begin, std::move(object));
    } else if (at("[")) {
      object = subscript(begin, std::move(object));
    } else if (accept(".")) {
      std::string name;
      SourceRange nameRange;
      if (!expectName("an attribute", name, nameRange))
        return nullptr;
      auto node = std::make_unique<ast::Attribute>(since(begin));
      node->name = std::move(name);
      node->nameRange = nameRange;
      adopt(*node, object);
      node->object = std::move(object);
      object = checked(std::move(node));
    } else {
      break;
    }
  }
  return object;
}

ast::ExprPtr Grammar::call(uint32_t begin, ExprPtr callee) {
  uint32_t argumentsBegin = offset();
  auto node = std::make_unique<ast::Call>(callee->range);
  adopt(*node, callee);
  node->callee = std::move(callee);
  if (!arguments(node->arguments))
    return nullptr;
  for (const ast::Argument &argument : node->arguments)
    adopt(*node, argument.value);
  node->range = since(begin);
  node->argumentsRange = since(argumentsBegin);
  return checked(std::move(node));
}

bool Grammar::arguments(std::vector<ast::Argument> &result) {
  using ArgumentKind = ast::Argument::Kind;
  take(); // `(`
  llvm::StringSet<> keywordsGiven;
  bool hasKeyword = false, hasDoubleStar = false;
  while (!at(")")) {
    uint32_t begin = offset();
    ast::Argument argument;
    bool isNamed = is(peek(), "=");
    if (accept("**")) {
      argument.kind = ArgumentKind::DoubleStar;
      hasDoubleStar = true;
    } else if (accept("*")) {
      argument.kind = ArgumentKind::Star;
    } else if (isNamed && (at(Kind::Name) || at(Kind::Keyword))) {
      argument.kind = ArgumentKind::Keyword;
      hasKeyword = true;
      if (!expectName("an argument", argument.keyword, argument.keywordRange))
        return false;
      take(); // `=`
      if (!keywordsGiven.insert(argument.keyword).second)
        error(Code::RepeatedName, argument.keywordRange, "`{}` is given twice in this call",
              argument.keyword);
    }
    argument.value = argument.kind == ArgumentKind::Positional ? namedExpression() : expression();
    if (!argument.value)
      return false;
    if (argument.kind == ArgumentKind::Positional) {
      if (at("=")) {
        error(Code::SyntaxError, since(begin), "the name of a keyword argument is a single word");
        return false;
      }
      if (at("for") || at("async")) {
        argument.value = comprehension(begin, ast::Comprehension::Form::Generator, nullptr,
                                       std::move(argument.value));
        if (!argument.value)
          return false;
        if (!result.empty() || (at(",") && !is(peek(), ")")))
          error(Code::SyntaxError, argument.value->range,
                "a generator beside other arguments needs parentheses of its own");
      }
      if (hasKeyword || hasDoubleStar)
        error(Code::ArgumentOrder, since(begin), "a positional argument after a keyword argument")
            .help("put it first, or give it by name");
    } else if (argument.kind == ArgumentKind::Star && hasDoubleStar) {
      error(Code::ArgumentOrder, since(begin), "`*` arguments after `**` arguments")
          .help("put it before the `**` argument");
    }
    argument.range = since(begin);
    result.push_back(std::move(argument));
    if (!accept(","))
      break;
  }
  return expectClosing(")");
}

ast::ExprPtr Grammar::subscript(uint32_t begin, ExprPtr object) {
  take(); // `[`
  auto node = std::make_unique<ast::Subscript>(object->range);
  adopt(*node, object);
  node->object = std::move(object);
  node->index = subscriptIndex();
  if (!node->index || !expectClosing("]"))
    return nullptr;
  adopt(*node, node->index);
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::subscriptIndex() {
  uint32_t begin = offset();
  ExprPtr first = sliceOrExpression();
  if (!first || !at(","))
    return first;
  return tuple(
      begin, std::move(first), [&] { return sliceOrExpression(); }, [&] { return !at("]"); });
}

ast::ExprPtr Grammar::sliceOrExpression() {
  uint32_t begin = offset();
  ExprPtr start;
  if (!at(":")) {
    start = namedExpression();
    if (!start || !at(":"))
      return start;
  }
  auto node = std::make_unique<ast::Slice>(current().range);
  node->start = std::move(start);
  auto part = [&](ExprPtr &into) {
    if (!accept(":"))
      return true;
    if (at(":") || at("]") || at(","))
      return true;
    into = expression();
    return into != nullptr;
  };
  if (!part(node->stop) || !part(node->step))
    return nullptr;
  adopt(*node, node->start);
  adopt(*node, node->stop);
  adopt(*node, node->step);
  node->range = since(begin);
  return checked(std::move(node));
}

//===----------------------------------------------------------------------===//
// Atoms
//===----------------------------------------------------------------------===//

ast::ExprPtr Grammar::atom() {
  switch (current().kind) {
  case Kind::Name: {
    auto node = std::make_unique<ast::Name>(current().range);
    node->id = take().text().str();
    return node;
  }
  case Kind::Number:
    return number();
  case Kind::String:
  case Kind::FStringStart:
    return strings();
  default:
    break;
  }
  if (at("("))
    return parenthesized();
  if (at("["))
    return list();
  if (at("{"))
    return dictOrSet();
  if (at("None"))
    return std::make_unique<ast::None>(take().range);
  if (at("..."))
    return std::make_unique<ast::Ellipsis>(take().range);
  if (at("True") || at("False")) {
    auto node = std::make_unique<ast::Bool>(current().range);
    node->value = take().text() == "True";
    return node;
  }
  return unexpected("a value");
}

ast::ExprPtr Grammar::number() {
  SourceRange range = take().range;
  StringRef text = range.text();
  bool isPrefixed = text.size() > 1 && text[0] == '0' && StringRef("xXoObB").contains(text[1]);
  if (!isPrefixed && (text.back() == 'j' || text.back() == 'J'))
    return unsupported(range, "complex numbers",
                       "keep the real and the imaginary parts as two numbers");
  if (!isPrefixed && text.find_first_of(".eE") != StringRef::npos) {
    auto node = std::make_unique<ast::Float>(range);
    node->value = floatValue(text);
    return node;
  }
  auto node = std::make_unique<ast::Int>(range);
  std::optional<int64_t> value = intValue(text);
  node->value = value.value_or(0);
  node->overflows = !value;
  return node;
}

ast::ExprPtr Grammar::parenthesized() {
  uint32_t begin = offset();
  take(); // `(`
  if (accept(")"))
    return std::make_unique<ast::Tuple>(since(begin));
  ExprPtr first = element();
  if (!first)
    return nullptr;
  if (at("for") || at("async")) {
    ExprPtr generator =
        comprehension(begin, ast::Comprehension::Form::Generator, nullptr, std::move(first));
    if (!generator || !expectClosing(")"))
      return nullptr;
    generator->range = since(begin);
    return generator;
  }
  if (!at(",")) {
    if (!expectClosing(")"))
      return nullptr;
    if (!llvm::isa<ast::Starred>(*first))
      return first;
    error(Code::SyntaxError, first->range, "a starred expression outside a list, tuple or call");
    return nullptr;
  }
  auto node = std::make_unique<ast::Tuple>(first->range);
  if (!elements(node->elements, std::move(first), *node) || !expectClosing(")"))
    return nullptr;
  node->range = since(begin);
  return checked(std::move(node));
}

bool Grammar::elements(std::vector<ExprPtr> &result, ExprPtr first, ast::Expr &parent) {
  adopt(parent, first);
  result.push_back(std::move(first));
  while (accept(",") && startsExpression()) {
    ExprPtr next = element();
    if (!next)
      return false;
    adopt(parent, next);
    result.push_back(std::move(next));
  }
  return true;
}

ast::ExprPtr Grammar::list() {
  uint32_t begin = offset();
  take(); // `[`
  if (accept("]"))
    return std::make_unique<ast::List>(since(begin));
  ExprPtr first = element();
  if (!first)
    return nullptr;
  if (at("for") || at("async")) {
    ExprPtr node = comprehension(begin, ast::Comprehension::Form::List, nullptr, std::move(first));
    if (!node || !expectClosing("]"))
      return nullptr;
    node->range = since(begin);
    return node;
  }
  auto node = std::make_unique<ast::List>(first->range);
  if (!elements(node->elements, std::move(first), *node) || !expectClosing("]"))
    return nullptr;
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::dictOrSet() {
  uint32_t begin = offset();
  take(); // `{`
  if (at("}") || at("**"))
    return dict(begin, nullptr);
  ExprPtr first = element();
  if (!first)
    return nullptr;
  if (at(":"))
    return dict(begin, std::move(first));
  if (at("for") || at("async")) {
    ExprPtr node = comprehension(begin, ast::Comprehension::Form::Set, nullptr, std::move(first));
    if (!node || !expectClosing("}"))
      return nullptr;
    node->range = since(begin);
    return node;
  }
  auto node = std::make_unique<ast::Set>(first->range);
  if (!elements(node->elements, std::move(first), *node) || !expectClosing("}"))
    return nullptr;
  node->range = since(begin);
  return checked(std::move(node));
}

/// A dict display or comprehension; at the colon after `key`, if there is one.
ast::ExprPtr Grammar::dict(uint32_t begin, ExprPtr key) {
  auto node = std::make_unique<ast::Dict>(current().range);
  while (key || !at("}")) {
    ExprPtr value;
    if (!key && accept("**")) {
      value = binary();
    } else {
      if (!key && !(key = expression()))
        return nullptr;
      if (!expect(":"))
        return nullptr;
      value = expression();
    }
    if (!value)
      return nullptr;
    if (key && node->items.empty() && (at("for") || at("async"))) {
      ExprPtr result =
          comprehension(begin, ast::Comprehension::Form::Dict, std::move(key), std::move(value));
      if (!result || !expectClosing("}"))
        return nullptr;
      result->range = since(begin);
      return result;
    }
    adopt(*node, key);
    adopt(*node, value);
    node->items.push_back({std::move(key), std::move(value)});
    key = nullptr;
    if (!accept(","))
      break;
  }
  if (!expectClosing("}"))
    return nullptr;
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::comprehension(uint32_t begin, ast::Comprehension::Form form, ExprPtr key,
                                    ExprPtr element) {
  if (llvm::isa<ast::Starred>(*element)) {
    error(Code::SyntaxError, element->range, "the element of a comprehension has no star");
    return nullptr;
  }
  auto node = std::make_unique<ast::Comprehension>(element->range);
  node->form = form;
  adopt(*node, key);
  adopt(*node, element);
  node->key = std::move(key);
  node->element = std::move(element);
  while (at("for") || at("async")) {
    if (at("async"))
      return unsupported(current().range, "`async`",
                         "evaluation has nothing to wait for: write a plain `for`");
    take();
    ast::Comprehension::Clause clause;
    clause.target = targetList();
    if (!clause.target || !expect("in"))
      return nullptr;
    clause.iterable = disjunction();
    if (!clause.iterable)
      return nullptr;
    while (accept("if")) {
      bool isNamed = at(Kind::Name) && is(peek(), ":=");
      ExprPtr condition = isNamed ? namedExpression() : disjunction();
      if (!condition)
        return nullptr;
      adopt(*node, condition);
      clause.conditions.push_back(std::move(condition));
    }
    adopt(*node, clause.target);
    adopt(*node, clause.iterable);
    node->clauses.push_back(std::move(clause));
  }
  node->range = since(begin);
  return checked(std::move(node));
}

ast::ExprPtr Grammar::lambda() {
  uint32_t begin = offset();
  take(); // `lambda`
  auto node = std::make_unique<ast::Lambda>(current().range);
  if (!parameters(node->parameters, ":", /*haveAnnotations=*/false) || !expect(":"))
    return nullptr;
  node->body = expression();
  if (!node->body)
    return nullptr;
  for (const ast::Parameter &parameter : node->parameters)
    adopt(*node, parameter.defaultValue);
  adopt(*node, node->body);
  node->range = since(begin);
  return checked(std::move(node));
}

bool Grammar::parameters(std::vector<ast::Parameter> &result, StringRef close,
                         bool haveAnnotations) {
  using ParameterKind = ast::Parameter::Kind;
  llvm::StringSet<> names;
  ParameterKind kind = ParameterKind::Positional;
  bool hasDefault = false, hasSlash = false;
  while (!at(close)) {
    uint32_t begin = offset();
    if (at("/")) {
      if (hasSlash || result.empty() || kind != ParameterKind::Positional)
        return unexpected("a parameter");
      take();
      hasSlash = true;
      for (ast::Parameter &parameter : result)
        parameter.kind = ParameterKind::PositionalOnly;
      if (!accept(","))
        break;
      continue;
    }
    ast::Parameter parameter;
    if (kind == ParameterKind::VarKeywords) {
      error(Code::ArgumentOrder, current().range, "a parameter after `**{}`, which is the last",
            result.back().name);
      return false;
    }
    if (accept("**")) {
      kind = parameter.kind = ParameterKind::VarKeywords;
    } else if (accept("*")) {
      if (kind == ParameterKind::KeywordOnly) {
        error(Code::ArgumentOrder, since(begin), "a second `*` among the parameters");
        return false;
      }
      kind = ParameterKind::KeywordOnly;
      parameter.kind = ParameterKind::VarArgs;
      if (accept(",")) {
        if (!at(Kind::Name))
          return unexpected("a keyword-only parameter");
        continue;
      }
    } else {
      parameter.kind = kind;
    }
    if (!expectName("a parameter", parameter.name, parameter.range))
      return false;
    if (!names.insert(parameter.name).second)
      error(Code::RepeatedName, parameter.range, "two parameters are called `{}`", parameter.name);
    if (haveAnnotations && accept(":") && !expression())
      return false;
    bool takesDefault =
        parameter.kind == ParameterKind::Positional || parameter.kind == ParameterKind::KeywordOnly;
    if (takesDefault && accept("=")) {
      parameter.defaultValue = expression();
      if (!parameter.defaultValue)
        return false;
    }
    if (parameter.kind == ParameterKind::Positional) {
      if (hasDefault && !parameter.defaultValue)
        error(Code::ArgumentOrder, parameter.range,
              "parameter `{}` has no default, but one before it has", parameter.name)
            .help("put it first, or give it a default");
      hasDefault |= parameter.defaultValue != nullptr;
    }
    result.push_back(std::move(parameter));
    if (!accept(","))
      break;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

ast::ExprPtr Grammar::strings() {
  uint32_t begin = offset();
  std::string literal;
  FStringParts parts;
  bool hasFString = false;
  while (at(Kind::String) || at(Kind::FStringStart)) {
    if (at(Kind::FStringStart)) {
      hasFString = true;
      if (!fstring(parts, literal))
        return nullptr;
      continue;
    }
    SourceRange token = take().range;
    StringParts string = splitString(token);
    if (string.isBytes)
      return unsupported(token, "bytes", "write a string, without the `b`");
    if (!decodeString(string.contents, string.isRaw, false, engine, literal))
      return nullptr;
  }
  if (hasFString)
    return makeFString(begin, std::move(parts), std::move(literal));
  auto node = std::make_unique<ast::String>(since(begin));
  node->value = std::move(literal);
  return node;
}

ast::ExprPtr Grammar::makeFString(uint32_t begin, FStringParts parts, std::string literal) {
  auto node = std::make_unique<ast::FString>(since(begin));
  if (!literal.empty()) {
    parts.emplace_back();
    parts.back().literal = std::move(literal);
  }
  for (const ast::FString::Part &part : parts) {
    adopt(*node, part.value);
    adopt(*node, part.format);
  }
  node->parts = std::move(parts);
  return checked(std::move(node));
}

/// The pieces of one f-string token sequence, text going to `literal`.
bool Grammar::fstring(FStringParts &parts, std::string &literal) {
  bool isRaw = take().text().take_front(2).contains_insensitive("r");
  while (!at(Kind::FStringEnd)) {
    if (at(Kind::FStringText)) {
      if (!decodeString(take().range, isRaw, /*hasDoubledBraces=*/true, engine, literal))
        return false;
    } else if (at("{")) {
      if (!fstringField(parts, literal, isRaw))
        return false;
    } else {
      return unexpected("the rest of the f-string");
    }
  }
  take();
  return true;
}

/// `{value=!conversion:format}`
bool Grammar::fstringField(FStringParts &parts, std::string &literal, bool isRaw) {
  Nesting nesting(*this);
  if (nesting.isTooDeep())
    return tooDeep(current().range);
  SourceRange brace = take().range;
  if (at("}") || at("!") || at(":") || at("=")) {
    error(Code::InvalidFString, brace.to(current().range), "this field of the f-string is empty")
        .help("write `{{{{` and `}}}}` for braces in the text");
    return false;
  }
  ast::FString::Part part;
  part.value = expressionList();
  if (!part.value)
    return false;
  bool showsSource = accept("=");
  if (showsSource)
    literal += file.text().slice(brace.end, offset());
  if (accept("!")) {
    StringRef conversion = current().text();
    if (!at(Kind::Name) || conversion.size() != 1 || !StringRef("rsa").contains(conversion[0])) {
      error(Code::InvalidFString, current().range,
            "the conversions of a field are `!r`, `!s` and `!a`");
      return false;
    }
    part.conversion = conversion[0];
    take();
  }
  if (at(":")) {
    uint32_t begin = take().range.begin;
    part.format = fstringFormat(begin, isRaw);
    if (!part.format)
      return false;
  }
  if (showsSource && !part.conversion && !part.format)
    part.conversion = 'r';
  if (!accept("}"))
    return unexpected("`}`");
  part.literal = std::move(literal);
  literal.clear();
  parts.push_back(std::move(part));
  return true;
}

ast::ExprPtr Grammar::fstringFormat(uint32_t begin, bool isRaw) {
  std::string literal;
  FStringParts parts;
  while (!at("}")) {
    if (at(Kind::FStringText)) {
      if (!decodeString(take().range, isRaw, /*hasDoubledBraces=*/false, engine, literal))
        return nullptr;
    } else if (at("{")) {
      if (!fstringField(parts, literal, isRaw))
        return nullptr;
    } else {
      return unexpected("`}`");
    }
  }
  if (!parts.empty())
    return makeFString(begin, std::move(parts), std::move(literal));
  auto node = std::make_unique<ast::String>(since(begin));
  node->value = std::move(literal);
  return node;
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

ast::ExprPtr Grammar::targetList() {
  uint32_t begin = offset();
  auto target = [&] { return at("*") ? starredOrExpression() : binary(); };
  ExprPtr first = target();
  if (first && at(","))
    first = tuple(begin, std::move(first), target, [&] { return !at("in"); });
  if (!first || !checkTarget(*first, "assign to"))
    return nullptr;
  return first;
}

/// What an expression that holds no value is called in messages.
static std::string describe(const ast::Expr &expr) {
  switch (expr.kind) {
  case ast::Expr::Kind::Int:
  case ast::Expr::Kind::Float:
    return "a number";
  case ast::Expr::Kind::String:
  case ast::Expr::Kind::FString:
    return "a string";
  case ast::Expr::Kind::Bool:
  case ast::Expr::Kind::None:
  case ast::Expr::Kind::Ellipsis:
    return fmt::format("`{}`", expr.range.text());
  case ast::Expr::Kind::Set:
    return "a set";
  case ast::Expr::Kind::Dict:
    return "a dict";
  case ast::Expr::Kind::Comprehension:
    return "a comprehension";
  case ast::Expr::Kind::Binary:
    return fmt::format("the result of `{}`", spelling(llvm::cast<ast::Binary>(expr).op));
  case ast::Expr::Kind::Unary:
  case ast::Expr::Kind::BoolOp:
    return "the result of an operator";
  case ast::Expr::Kind::Compare:
    return "a comparison";
  case ast::Expr::Kind::Conditional:
    return "a conditional expression";
  case ast::Expr::Kind::Named:
    return "the result of `:=`";
  case ast::Expr::Kind::Lambda:
    return "a lambda";
  case ast::Expr::Kind::Call:
    return "the result of a call";
  case ast::Expr::Kind::List:
  case ast::Expr::Kind::Tuple:
    return "a sequence";
  case ast::Expr::Kind::Starred:
    return "a starred name";
  case ast::Expr::Kind::Name:
  case ast::Expr::Kind::Attribute:
  case ast::Expr::Kind::Subscript:
  case ast::Expr::Kind::Slice:
    break;
  }
  return "this";
}

bool Grammar::checkTarget(const ast::Expr &target, StringRef action, bool isElement) {
  llvm::ArrayRef<ExprPtr> elements;
  switch (target.kind) {
  case ast::Expr::Kind::Name:
  case ast::Expr::Kind::Attribute:
  case ast::Expr::Kind::Subscript:
    return true;
  case ast::Expr::Kind::Tuple:
    elements = llvm::cast<ast::Tuple>(target).elements;
    break;
  case ast::Expr::Kind::List:
    elements = llvm::cast<ast::List>(target).elements;
    break;
  case ast::Expr::Kind::Starred:
    if (isElement)
      return checkTarget(*llvm::cast<ast::Starred>(target).value, action);
    [[fallthrough]];
  default: {
    Diagnostic &diagnostic = error(Code::InvalidTarget, target.range, "it is not possible to {} {}",
                                   action, describe(target));
    const auto *difference = llvm::dyn_cast<ast::Binary>(&target);
    if (difference && difference->op == ast::BinaryOp::Sub &&
        llvm::isa<ast::Name>(*difference->left) && llvm::isa<ast::Name>(*difference->right))
      diagnostic.help("words in a name are joined by `_`");
    else if (llvm::isa<ast::Compare>(target))
      diagnostic.help("assign with a single `=`");
    return false;
  }
  }
  unsigned stars = 0;
  for (const ExprPtr &element : elements) {
    if (!checkTarget(*element, action, /*isElement=*/true))
      return false;
    if (llvm::isa<ast::Starred>(*element) && ++stars == 2) {
      error(Code::InvalidTarget, element->range,
            "a second starred name: only one takes what is left");
      return false;
    }
  }
  return true;
}

} // namespace rondo::syntax
