//===- Statements.cpp - Parsing statements ----------------------*- C++ -*-===//
//
// Statements and blocks, and how the parser goes on after an error: it skips the
// broken line, reads the block under it (which may have errors of its own) and
// throws it away, so that one mistake is one message.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Grammar.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSwitch.h"

using llvm::StringRef;

namespace rondo::syntax {

using namespace diagnostics;
using Kind = Token::Kind;

//===----------------------------------------------------------------------===//
// Blocks and recovery
//===----------------------------------------------------------------------===//

std::unique_ptr<ast::Module> Grammar::module() {
  auto result = std::make_unique<ast::Module>();
  result->range = {&file, 0, static_cast<uint32_t>(file.text().size())};
  while (!at(Kind::EndOfFile) && engine.errorCount() < errorLimit)
    statement(result->body);
  return result;
}

void Grammar::statement(ast::Block &block) {
  statementStart = position;
  if (at(Kind::Newline)) {
    take();
    return;
  }
  if (at(Kind::Indent)) {
    if (!missesIndent)
      error(Code::UnexpectedIndent, current().range, "this line is indented, but starts no block");
    return indentedBlock(block);
  }
  bool isCompound =
      at("@") || (at(Kind::Keyword) &&
                  llvm::is_contained({"if", "for", "while", "with", "try", "def", "class", "async"},
                                     current().text()));
  if (!isCompound)
    return simpleStatements(block);
  if (StmtPtr result = compoundStatement())
    block.push_back(std::move(result));
  else
    recover();
}

void Grammar::simpleStatements(ast::Block &block) {
  do {
    statementStart = position;
    StmtPtr result = simpleStatement();
    if (!result)
      return recover();
    block.push_back(std::move(result));
  } while (accept(";") && !atLineEnd());
  if (at(Kind::Newline)) {
    take();
  } else if (!at(Kind::EndOfFile)) {
    if (!reportFirstWord())
      unexpected("the end of the line");
    recover();
  }
}

void Grammar::indentedBlock(ast::Block &block) {
  if (blockDepth == ast::maxBlockDepth) {
    tooDeep(tokens[position + 1].range);
    return skipBlock();
  }
  ++blockDepth;
  take(); // Indent
  while (!at(Kind::Dedent) && !at(Kind::EndOfFile) && engine.errorCount() < errorLimit)
    statement(block);
  if (at(Kind::Dedent))
    take();
  --blockDepth;
}

void Grammar::skipLine() {
  while (!atLineEnd() && !at(Kind::Indent) && !at(Kind::Dedent))
    take();
  if (at(Kind::Newline))
    take();
}

void Grammar::skipBlock() {
  unsigned depth = 0;
  do {
    depth += at(Kind::Indent);
    depth -= at(Kind::Dedent);
    take();
  } while (depth > 0 && !at(Kind::EndOfFile));
}

void Grammar::recover() {
  bool skips = std::exchange(skipsBlock, false);
  // `return` and `break` in the block are judged by a header that is not there.
  ++functionDepth;
  ++loopDepth;
  auto restore = llvm::make_scope_exit([&] {
    --functionDepth;
    --loopDepth;
  });
  do {
    skipLine();
    if (!at(Kind::Indent))
      continue;
    ast::Block discarded;
    if (skips)
      skipBlock();
    else
      indentedBlock(discarded);
  } while (at("elif") || at("else") || at("except") || at("finally"));
}

bool Grammar::suite(ast::Block &block, uint32_t begin) {
  SourceRange head = since(begin);
  bool hasColon = accept(":");
  if (!hasColon) {
    if (!atLineEnd())
      return unexpected("`:`");
    error(Code::MissingColon, lastCharacter(head),
          "the colon after the header of this block is missing")
        .help("end the line with `:`")
        .fix(head.after(), ":");
  }
  if (!at(Kind::Newline)) {
    simpleStatements(block);
    return true;
  }
  take();
  bool isIndented = at(Kind::Indent);
  missesIndent = !isIndented;
  if (isIndented)
    indentedBlock(block);
  else if (hasColon)
    error(Code::MissingIndent, head, "no indented line follows this header")
        .help("indent the lines of the block; an empty block is written `pass`");
  return true;
}

bool Grammar::loopSuite(ast::Block &block, uint32_t begin) {
  ++loopDepth;
  bool success = suite(block, begin);
  --loopDepth;
  return success;
}

bool Grammar::elseSuite(ast::Block &block) {
  uint32_t begin = offset();
  if (!accept("else"))
    return true;
  if (!at("if"))
    return suite(block, begin);
  error(Code::SyntaxError, since(begin).to(current().range), "`else if` is one word in Python")
      .help("write `elif`")
      .fix(since(begin).to(current().range), "elif");
  return false;
}

//===----------------------------------------------------------------------===//
// Compound statements
//===----------------------------------------------------------------------===//

ast::StmtPtr Grammar::compoundStatement() {
  if (at("if"))
    return ifStatement();
  if (at("for"))
    return forStatement();
  if (at("while"))
    return whileStatement();
  if (at("with"))
    return withStatement();
  if (at("try"))
    return tryStatement();
  if (at("@"))
    return decorated();
  if (at("def"))
    return functionDef(offset(), {});
  if (at("class"))
    return classDef(offset(), {});
  skipsBlock = true;
  return unexpected("a statement"); // `async`
}

ast::StmtPtr Grammar::ifStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::If>(current().range);
  do {
    uint32_t branchBegin = offset();
    take(); // `if` or `elif`
    ast::If::Branch branch;
    branch.condition = namedExpression();
    if (!branch.condition)
      return nullptr;
    if (node->branches.empty())
      node->headRange = since(begin);
    if (!suite(branch.body, branchBegin))
      return nullptr;
    node->branches.push_back(std::move(branch));
  } while (at("elif"));
  if (!elseSuite(node->orElse))
    return nullptr;
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::forStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::For>(take().range);
  node->target = targetList();
  if (!node->target || !expect("in"))
    return nullptr;
  node->iterable = expressionList();
  if (!node->iterable)
    return nullptr;
  node->headRange = since(begin);
  if (!loopSuite(node->body, begin) || !elseSuite(node->orElse))
    return nullptr;
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::whileStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::While>(take().range);
  node->condition = namedExpression();
  if (!node->condition)
    return nullptr;
  node->headRange = since(begin);
  if (!loopSuite(node->body, begin) || !elseSuite(node->orElse))
    return nullptr;
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::withStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::With>(take().range);
  // Parentheses around the whole list are told from a tuple by an `as` in them.
  bool isParenthesized = false;
  if (at("(")) {
    unsigned depth = 0;
    size_t i = position;
    for (; i < tokens.size() && tokens[i].kind != Kind::Newline; ++i) {
      bool opens = is(tokens[i], "(") || is(tokens[i], "[") || is(tokens[i], "{");
      bool closes = is(tokens[i], ")") || is(tokens[i], "]") || is(tokens[i], "}");
      depth += opens;
      isParenthesized |= depth == 1 && is(tokens[i], "as");
      if (closes && --depth == 0)
        break;
    }
    isParenthesized &= i + 1 < tokens.size() && is(tokens[i + 1], ":");
  }
  if (isParenthesized)
    take();
  do {
    if (isParenthesized && at(")"))
      break;
    ast::With::Item item;
    item.context = expression();
    if (!item.context)
      return nullptr;
    if (accept("as")) {
      item.target = primary();
      if (!item.target || !checkTarget(*item.target, "assign to"))
        return nullptr;
    }
    node->items.push_back(std::move(item));
  } while (accept(","));
  if (isParenthesized && !expectClosing(")"))
    return nullptr;
  node->headRange = since(begin);
  if (!suite(node->body, begin))
    return nullptr;
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::tryStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Try>(take().range);
  node->headRange = since(begin);
  if (!suite(node->body, begin))
    return nullptr;
  while (at("except")) {
    uint32_t handlerBegin = offset();
    take();
    if (at("*"))
      return unsupported(current().range, "`except*`",
                         "write `except`: there are no groups of exceptions");
    ast::Try::Handler handler;
    if (!at(":")) {
      handler.type = expression();
      SourceRange nameRange;
      if (!handler.type || (accept("as") && !expectName("an exception", handler.name, nameRange)))
        return nullptr;
    }
    if (!suite(handler.body, handlerBegin))
      return nullptr;
    node->handlers.push_back(std::move(handler));
  }
  if (!node->handlers.empty() && !elseSuite(node->orElse))
    return nullptr;
  uint32_t finallyBegin = offset();
  bool hasFinally = accept("finally");
  if (hasFinally && !suite(node->finalBody, finallyBegin))
    return nullptr;
  // Not a reason to give up: the lines that follow are fine.
  if (node->handlers.empty() && !hasFinally)
    error(Code::SyntaxError, node->headRange, "this `try` has neither `except` nor `finally`");
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::decorated() {
  uint32_t begin = offset();
  std::vector<ExprPtr> decorators;
  while (accept("@")) {
    ExprPtr decorator = expression();
    if (!decorator)
      return nullptr;
    decorators.push_back(std::move(decorator));
    if (!at(Kind::Newline))
      return unexpected("the end of the line");
    take();
  }
  if (at("def"))
    return functionDef(begin, std::move(decorators));
  if (at("class"))
    return classDef(begin, std::move(decorators));
  skipsBlock = at("async");
  return unexpected("`def` or `class`");
}

ast::StmtPtr Grammar::functionDef(uint32_t begin, std::vector<ExprPtr> decorators) {
  uint32_t headBegin = offset();
  auto node = std::make_unique<ast::FunctionDef>(take().range);
  node->decorators = std::move(decorators);
  if (!expectName("a function", node->name, node->nameRange) || !expect("(") ||
      !parameters(node->parameters, ")", /*haveAnnotations=*/true) || !expectClosing(")"))
    return nullptr;
  if (accept("->") && !expression())
    return nullptr;
  node->headRange = since(headBegin);
  ++functionDepth;
  unsigned outerLoops = std::exchange(loopDepth, 0);
  bool success = suite(node->body, headBegin);
  loopDepth = outerLoops;
  --functionDepth;
  if (!success)
    return nullptr;
  node->range = since(begin);
  return node;
}

ast::StmtPtr Grammar::classDef(uint32_t begin, std::vector<ExprPtr> decorators) {
  uint32_t headBegin = offset();
  auto node = std::make_unique<ast::ClassDef>(take().range);
  node->decorators = std::move(decorators);
  if (!expectName("a class", node->name, node->nameRange) || (at("(") && !arguments(node->bases)))
    return nullptr;
  node->headRange = since(headBegin);
  unsigned outerFunctions = std::exchange(functionDepth, 0);
  unsigned outerLoops = std::exchange(loopDepth, 0);
  bool success = suite(node->body, headBegin);
  functionDepth = outerFunctions;
  loopDepth = outerLoops;
  if (!success)
    return nullptr;
  node->range = since(begin);
  return node;
}

//===----------------------------------------------------------------------===//
// Simple statements
//===----------------------------------------------------------------------===//

ast::StmtPtr Grammar::simpleStatement() {
  if (!at(Kind::Keyword))
    return expressionStatement();
  if (at("import"))
    return importStatement();
  if (at("from"))
    return importFrom();
  if (at("return"))
    return returnStatement();
  if (at("yield"))
    return yieldStatement();
  if (at("pass"))
    return std::make_unique<ast::Pass>(take().range);
  if (at("break"))
    return jump<ast::Break>();
  if (at("continue"))
    return jump<ast::Continue>();
  if (at("assert"))
    return assertStatement();
  if (at("raise"))
    return raiseStatement();
  if (at("del"))
    return deleteStatement();
  if (at("global"))
    return nameDeclaration<ast::Global>();
  if (at("nonlocal"))
    return nameDeclaration<ast::Nonlocal>();
  if (at("elif") || at("else") || at("except") || at("finally")) {
    error(Code::SyntaxError, current().range, "`{}` belongs to no statement before it",
          current().text())
        .help("indent it like the first line of its statement");
    return nullptr;
  }
  if (is(peek(), "=")) {
    std::string name;
    SourceRange range;
    if (!at("None") && !at("True") && !at("False") && !expectName("a variable", name, range))
      return nullptr;
  }
  return expressionStatement();
}

static std::optional<ast::BinaryOp> augmentedOperator(const Token &token) {
  using Op = ast::BinaryOp;
  if (token.kind != Kind::Operator)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<Op>>(token.text())
      .Case("+=", Op::Add)
      .Case("-=", Op::Sub)
      .Case("*=", Op::Mul)
      .Case("@=", Op::MatMul)
      .Case("/=", Op::Div)
      .Case("//=", Op::FloorDiv)
      .Case("%=", Op::Mod)
      .Case("**=", Op::Pow)
      .Case("<<=", Op::LeftShift)
      .Case(">>=", Op::RightShift)
      .Case("&=", Op::BitAnd)
      .Case("|=", Op::BitOr)
      .Case("^=", Op::BitXor)
      .Default(std::nullopt);
}

ast::StmtPtr Grammar::expressionStatement() {
  uint32_t begin = offset();
  if (at(Kind::Name) && current().text() == "match" && peek().kind == Kind::Name) {
    skipsBlock = true;
    return unsupported(current().range, "`match`", "compare with `if` and `elif`");
  }
  ExprPtr value = expressionList();
  if (!value)
    return nullptr;
  if (augmentedOperator(current()))
    return augmentedAssignment(begin, std::move(value));
  if (at(":") && peek().kind != Kind::Newline)
    return annotation(begin, std::move(value));
  if (!at("=")) {
    auto node = std::make_unique<ast::ExprStmt>(since(begin));
    node->value = std::move(value);
    return node;
  }
  auto node = std::make_unique<ast::Assign>(value->range);
  while (accept("=")) {
    if (!checkTarget(*value, "assign to"))
      return nullptr;
    node->targets.push_back(std::move(value));
    value = expressionList();
    if (!value)
      return nullptr;
  }
  node->value = std::move(value);
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::augmentedAssignment(uint32_t begin, ExprPtr target) {
  Token op = take();
  if (!llvm::isa<ast::Name, ast::Attribute, ast::Subscript>(*target)) {
    error(Code::InvalidTarget, target->range,
          "the left side of `{}` is a name, an attribute or an element", op.text());
    return nullptr;
  }
  ExprPtr value = expressionList();
  if (!value)
    return nullptr;
  auto node = std::make_unique<ast::AugAssign>(since(begin));
  node->target = std::move(target);
  node->op = *augmentedOperator(op);
  node->opRange = op.range;
  node->value = std::move(value);
  return node;
}

ast::StmtPtr Grammar::annotation(uint32_t begin, ExprPtr target) {
  if (!llvm::isa<ast::Name, ast::Attribute, ast::Subscript>(*target))
    return unexpected("the end of the line");
  take(); // `:`
  if (!expression())
    return nullptr;
  if (!accept("=")) {
    auto node = std::make_unique<ast::Pass>(since(begin));
    if (const auto *name = llvm::dyn_cast<ast::Name>(target.get()))
      node->declared = name->id;
    return node;
  }
  ExprPtr value = expressionList();
  if (!value)
    return nullptr;
  auto node = std::make_unique<ast::Assign>(since(begin));
  node->isAnnotated = true;
  node->targets.push_back(std::move(target));
  node->value = std::move(value);
  return node;
}

bool Grammar::dottedName(std::string &name, SourceRange &range) {
  uint32_t begin = offset();
  do {
    std::string part;
    SourceRange partRange;
    if (!expectName("a module", part, partRange))
      return false;
    name += (name.empty() ? "" : ".") + part;
  } while (accept("."));
  range = since(begin);
  return true;
}

bool Grammar::importedName(ast::ImportedName &name, bool isDotted) {
  bool success = isDotted ? dottedName(name.name, name.nameRange)
                          : expectName("an import", name.name, name.nameRange);
  return success && (!accept("as") || expectName("an import", name.alias, name.aliasRange));
}

ast::StmtPtr Grammar::importStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Import>(take().range);
  do {
    node->names.emplace_back();
    if (!importedName(node->names.back(), /*isDotted=*/true))
      return nullptr;
  } while (accept(","));
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::importFrom() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::ImportFrom>(take().range);
  for (; at(".") || at("..."); take())
    node->level += current().text().size();
  node->moduleRange = since(begin);
  if ((node->level == 0 || !at("import")) && !dottedName(node->module, node->moduleRange))
    return nullptr;
  if (!expect("import"))
    return nullptr;
  if (!accept("*")) {
    bool isParenthesized = accept("(");
    do {
      if (isParenthesized && at(")") && !node->names.empty())
        break;
      node->names.emplace_back();
      if (!importedName(node->names.back(), /*isDotted=*/false))
        return nullptr;
    } while (accept(","));
    if (isParenthesized && !expectClosing(")"))
      return nullptr;
  }
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::assertStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Assert>(take().range);
  node->condition = expression();
  if (!node->condition)
    return nullptr;
  if (accept(",") && !(node->message = expression()))
    return nullptr;
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::raiseStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Raise>(take().range);
  if (startsExpression()) {
    node->exception = expression();
    if (!node->exception || (accept("from") && !(node->cause = expression())))
      return nullptr;
  }
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::deleteStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Delete>(take().range);
  do {
    ExprPtr target = expression();
    if (!target || !checkTarget(*target, "delete"))
      return nullptr;
    node->targets.push_back(std::move(target));
  } while (accept(",") && !atLineEnd());
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::returnStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Return>(take().range);
  if (functionDepth == 0 && !missesIndent)
    error(Code::OutsideFunction, node->range, "`return` outside a function");
  if (!atLineEnd() && !at(";") && !(node->value = expressionList()))
    return nullptr;
  node->range = node->headRange = since(begin);
  return node;
}

ast::StmtPtr Grammar::yieldStatement() {
  uint32_t begin = offset();
  auto node = std::make_unique<ast::Yield>(take().range);
  if (functionDepth == 0)
    error(Code::OutsideFunction, node->range, "`yield` outside a function");
  node->isFrom = accept("from");
  bool isBare = !node->isFrom && (atLineEnd() || at(";"));
  if (!isBare && !(node->value = node->isFrom ? expression() : expressionList()))
    return nullptr;
  node->range = node->headRange = since(begin);
  return node;
}

template <typename Node> ast::StmtPtr Grammar::jump() {
  Token token = take();
  if (loopDepth == 0 && !missesIndent)
    error(Code::OutsideLoop, token.range, "`{}` outside a loop", token.text());
  return std::make_unique<Node>(token.range);
}

template <typename Node> ast::StmtPtr Grammar::nameDeclaration() {
  uint32_t begin = offset();
  auto node = std::make_unique<Node>(take().range);
  do {
    node->names.emplace_back();
    SourceRange range;
    if (!expectName("a variable", node->names.back(), range))
      return nullptr;
  } while (accept(","));
  node->range = node->headRange = since(begin);
  return node;
}

} // namespace rondo::syntax
