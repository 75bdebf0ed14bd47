//===- Dump.cpp - Syntax trees as text --------------------------*- C++ -*-===//
//
// One case for each kind of node.
//
//===----------------------------------------------------------------------===//

#include "Dump.h"

using llvm::cast;

namespace rondo::test {

static std::string quoted(llvm::StringRef text) {
  std::string result = "\"";
  for (unsigned char c : text) {
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)
      result += fmt::format("\\x{:02x}", c);
    else
      result += static_cast<char>(c);
  }
  return result + "\"";
}

/// A child that may be missing.
static std::string optional(const ast::ExprPtr &expr) { return expr ? dump(*expr) : "_"; }

static std::string sequence(llvm::StringRef head, const std::vector<ast::ExprPtr> &elements) {
  std::string result = "(" + head.str();
  for (const ast::ExprPtr &element : elements)
    result += " " + dump(*element);
  return result + ")";
}

static std::string dump(const std::vector<ast::Parameter> &parameters) {
  using Kind = ast::Parameter::Kind;
  std::string result = "(";
  for (const ast::Parameter &parameter : parameters) {
    if (result.size() > 1)
      result += " ";
    switch (parameter.kind) {
    case Kind::PositionalOnly:
      result += "/";
      break;
    case Kind::Positional:
      break;
    case Kind::VarArgs:
      result += "*";
      break;
    case Kind::KeywordOnly:
      result += "@";
      break;
    case Kind::VarKeywords:
      result += "**";
      break;
    }
    result += parameter.name;
    if (parameter.defaultValue)
      result += "=" + dump(*parameter.defaultValue);
  }
  return result + ")";
}

static std::string dump(const std::vector<ast::Argument> &arguments) {
  using Kind = ast::Argument::Kind;
  std::string result;
  for (const ast::Argument &argument : arguments) {
    result += " ";
    switch (argument.kind) {
    case Kind::Positional:
      break;
    case Kind::Keyword:
      result += argument.keyword + "=";
      break;
    case Kind::Star:
      result += "*";
      break;
    case Kind::DoubleStar:
      result += "**";
      break;
    }
    result += dump(*argument.value);
  }
  return result;
}

static std::string dumpFString(const ast::FString &fstring) {
  std::string result = "(f";
  for (const ast::FString::Part &part : fstring.parts) {
    if (!part.literal.empty())
      result += " " + quoted(part.literal);
    if (!part.value)
      continue;
    result += " {" + dump(*part.value);
    if (part.conversion)
      result += fmt::format("!{}", part.conversion);
    if (part.format)
      result += ":" + dump(*part.format);
    result += "}";
  }
  return result + ")";
}

static std::string dumpComprehension(const ast::Comprehension &node) {
  using Form = ast::Comprehension::Form;
  std::string result = node.form == Form::List   ? "(listcomp "
                       : node.form == Form::Set  ? "(setcomp "
                       : node.form == Form::Dict ? "(dictcomp "
                                                 : "(generator ";
  if (node.key)
    result += dump(*node.key) + ":";
  result += dump(*node.element);
  for (const ast::Comprehension::Clause &clause : node.clauses) {
    result += " for " + dump(*clause.target) + " in " + dump(*clause.iterable);
    for (const ast::ExprPtr &condition : clause.conditions)
      result += " if " + dump(*condition);
  }
  return result + ")";
}

std::string dump(const ast::Expr &expr) {
  using Kind = ast::Expr::Kind;
  switch (expr.kind) {
  case Kind::Name:
    return cast<ast::Name>(expr).id;
  case Kind::Int: {
    const auto &node = cast<ast::Int>(expr);
    return node.overflows ? "overflow" : fmt::format("{}", node.value);
  }
  case Kind::Float:
    return fmt::format("{:.17g}f", cast<ast::Float>(expr).value);
  case Kind::String:
    return quoted(cast<ast::String>(expr).value);
  case Kind::FString:
    return dumpFString(cast<ast::FString>(expr));
  case Kind::Bool:
    return cast<ast::Bool>(expr).value ? "True" : "False";
  case Kind::None:
    return "None";
  case Kind::Ellipsis:
    return "...";
  case Kind::List:
    return sequence("list", cast<ast::List>(expr).elements);
  case Kind::Tuple:
    return sequence("tuple", cast<ast::Tuple>(expr).elements);
  case Kind::Set:
    return sequence("set", cast<ast::Set>(expr).elements);
  case Kind::Dict: {
    std::string result = "(dict";
    for (const ast::Dict::Item &item : cast<ast::Dict>(expr).items)
      result += item.key ? fmt::format(" {}:{}", dump(*item.key), dump(*item.value))
                         : " **" + dump(*item.value);
    return result + ")";
  }
  case Kind::Comprehension:
    return dumpComprehension(cast<ast::Comprehension>(expr));
  case Kind::Unary: {
    const auto &node = cast<ast::Unary>(expr);
    const char *spelling = node.op == ast::UnaryOp::Plus     ? "+"
                           : node.op == ast::UnaryOp::Minus  ? "-"
                           : node.op == ast::UnaryOp::Invert ? "~"
                                                             : "not";
    return fmt::format("({} {})", spelling, dump(*node.operand));
  }
  case Kind::Binary: {
    const auto &node = cast<ast::Binary>(expr);
    return fmt::format("({} {} {})", spelling(node.op), dump(*node.left), dump(*node.right));
  }
  case Kind::BoolOp: {
    const auto &node = cast<ast::BoolOp>(expr);
    return sequence(node.isAnd ? "and" : "or", node.operands);
  }
  case Kind::Compare: {
    const auto &node = cast<ast::Compare>(expr);
    std::string result = "(compare " + dump(*node.first);
    for (const ast::Compare::Step &step : node.steps)
      result += fmt::format(" {} {}", spelling(step.op), dump(*step.operand));
    return result + ")";
  }
  case Kind::Conditional: {
    const auto &node = cast<ast::Conditional>(expr);
    return fmt::format("(if {} {} {})", dump(*node.condition), dump(*node.thenValue),
                       dump(*node.elseValue));
  }
  case Kind::Named: {
    const auto &node = cast<ast::Named>(expr);
    return fmt::format("(:= {} {})", node.name, dump(*node.value));
  }
  case Kind::Lambda: {
    const auto &node = cast<ast::Lambda>(expr);
    return fmt::format("(lambda {} {})", dump(node.parameters), dump(*node.body));
  }
  case Kind::Call: {
    const auto &node = cast<ast::Call>(expr);
    return fmt::format("(call {}{})", dump(*node.callee), dump(node.arguments));
  }
  case Kind::Attribute: {
    const auto &node = cast<ast::Attribute>(expr);
    return fmt::format("{}.{}", dump(*node.object), node.name);
  }
  case Kind::Subscript: {
    const auto &node = cast<ast::Subscript>(expr);
    return fmt::format("{}[{}]", dump(*node.object), dump(*node.index));
  }
  case Kind::Slice: {
    const auto &node = cast<ast::Slice>(expr);
    return fmt::format("{}:{}:{}", optional(node.start), optional(node.stop), optional(node.step));
  }
  case Kind::Starred:
    return "*" + dump(*cast<ast::Starred>(expr).value);
  }
  llvm_unreachable("no such expression");
}

static std::string braces(const ast::Block &block) { return "{\n" + dump(block) + "}"; }

static std::string imported(const std::vector<ast::ImportedName> &names) {
  std::string result;
  for (const ast::ImportedName &name : names)
    result += " " + name.name + (name.alias.empty() ? "" : "=" + name.alias);
  return result;
}

static std::string dump(const ast::Stmt &stmt) {
  using Kind = ast::Stmt::Kind;
  switch (stmt.kind) {
  case Kind::Import:
    return "import" + imported(cast<ast::Import>(stmt).names);
  case Kind::ImportFrom: {
    const auto &node = cast<ast::ImportFrom>(stmt);
    return fmt::format("from {}{} import{}", std::string(node.level, '.'), node.module,
                       node.names.empty() ? " *" : imported(node.names));
  }
  case Kind::Assign: {
    const auto &node = cast<ast::Assign>(stmt);
    return sequence("=", node.targets) + " " + dump(*node.value);
  }
  case Kind::AugAssign: {
    const auto &node = cast<ast::AugAssign>(stmt);
    return fmt::format("{} {}= {}", dump(*node.target), spelling(node.op), dump(*node.value));
  }
  case Kind::ExprStmt:
    return dump(*cast<ast::ExprStmt>(stmt).value);
  case Kind::FunctionDef: {
    const auto &node = cast<ast::FunctionDef>(stmt);
    return fmt::format("def {} {} {}{}", node.name, sequence("@", node.decorators),
                       dump(node.parameters), braces(node.body));
  }
  case Kind::ClassDef: {
    const auto &node = cast<ast::ClassDef>(stmt);
    return fmt::format("class {} {}{}{}", node.name, sequence("@", node.decorators),
                       dump(node.bases), braces(node.body));
  }
  case Kind::Return:
    return "return " + optional(cast<ast::Return>(stmt).value);
  case Kind::If: {
    const auto &node = cast<ast::If>(stmt);
    std::string result;
    for (const ast::If::Branch &branch : node.branches)
      result += fmt::format("if {} {} else ", dump(*branch.condition), braces(branch.body));
    return result + braces(node.orElse);
  }
  case Kind::For: {
    const auto &node = cast<ast::For>(stmt);
    return fmt::format("for {} in {} {} else {}", dump(*node.target), dump(*node.iterable),
                       braces(node.body), braces(node.orElse));
  }
  case Kind::While: {
    const auto &node = cast<ast::While>(stmt);
    return fmt::format("while {} {} else {}", dump(*node.condition), braces(node.body),
                       braces(node.orElse));
  }
  case Kind::With: {
    const auto &node = cast<ast::With>(stmt);
    std::string result = "with";
    for (const ast::With::Item &item : node.items)
      result += fmt::format(" {} as {}", dump(*item.context), optional(item.target));
    return result + braces(node.body);
  }
  case Kind::Try: {
    const auto &node = cast<ast::Try>(stmt);
    std::string result = "try " + braces(node.body);
    for (const ast::Try::Handler &handler : node.handlers)
      result += fmt::format(" except {} {}{}", optional(handler.type), handler.name,
                            braces(handler.body));
    return result + " else " + braces(node.orElse) + " finally " + braces(node.finalBody);
  }
  case Kind::Break:
    return "break";
  case Kind::Continue:
    return "continue";
  case Kind::Pass:
    return "pass";
  case Kind::Assert: {
    const auto &node = cast<ast::Assert>(stmt);
    return fmt::format("assert {} {}", dump(*node.condition), optional(node.message));
  }
  case Kind::Raise: {
    const auto &node = cast<ast::Raise>(stmt);
    return fmt::format("raise {} from {}", optional(node.exception), optional(node.cause));
  }
  case Kind::Delete:
    return sequence("del", cast<ast::Delete>(stmt).targets);
  case Kind::Yield: {
    const auto &node = cast<ast::Yield>(stmt);
    return fmt::format("yield{} {}", node.isFrom ? " from" : "", optional(node.value));
  }
  case Kind::Global:
    return fmt::format("global {}", fmt::join(cast<ast::Global>(stmt).names, " "));
  case Kind::Nonlocal:
    return fmt::format("nonlocal {}", fmt::join(cast<ast::Nonlocal>(stmt).names, " "));
  }
  llvm_unreachable("no such statement");
}

std::string dump(const ast::Block &block) {
  std::string result;
  for (const ast::StmtPtr &stmt : block)
    result += dump(*stmt) + "\n";
  return result;
}

} // namespace rondo::test
