//===- Names.cpp - Finds what a name means --------------------------------===//
//
// Which names are a function's own, what a name means where it is read, and what is
// said of one that means nothing.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BlockNames.h"
#include "frontend/eval/Exceptions.h"
#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

const llvm::StringMap<char> *Interpreter::localsOf(const ast::Block &body,
                                                   const std::vector<ast::Parameter> &parameters) {
  std::unique_ptr<llvm::StringMap<char>> &locals = localsByBody[&body];
  if (!locals) {
    BlockNames names;
    names.addBlock(body);
    for (const ast::Parameter &parameter : parameters)
      names.assigned[parameter.name];
    for (const auto &name : names.declared)
      names.assigned.erase(name.getKey());
    locals = std::make_unique<llvm::StringMap<char>>(std::move(names.assigned));
  }
  return locals.get();
}

void Interpreter::poisonNames(const ast::Block &block) {
  BlockNames names;
  names.addBlock(block);
  for (const auto &name : names.assigned)
    if (!names.declared.count(name.getKey()) && !scope->names.count(name.getKey()))
      scope->names[name.getKey()] = Value::error();
}

Value Interpreter::lookUp(const ast::Name &name) {
  auto redirected = scope->redirected.find(name.id);
  Scope *start = redirected == scope->redirected.end() ? scope : redirected->second;
  for (Scope *at = start; at; at = at->parent) {
    auto found = at->names.find(name.id);
    if (found != at->names.end()) {
      const auto *import = found->second.as<UnsupportedImport>();
      return import ? attribute(import->module, import->name, name.range) : found->second;
    }
    if (at->locals && at->locals->count(name.id)) {
      report(Code::UndefinedName, name.range, "`{}` is read before the function assigns it",
             name.id);
      raisedIs("UnboundLocalError",
               {heap.str(fmt::format(
                   "cannot access local variable '{}' where it is not associated with a value",
                   name.id))});
      return at->names[name.id] = Value::error();
    }
  }
  auto builtin = builtins.find(name.id);
  if (builtin != builtins.end())
    return builtin->second;
  // Once is enough for a name that is missing everywhere.
  if (reported.names.try_emplace(name.id).second)
    reportUndefined(name);
  return Value::error();
}

namespace {

/// A statement that assigns a name, in the block that does not give it.
struct Assignment {
  SourceRange head;
  ast::Stmt::Kind kind;
};

/// The first statement of a block that assigns `name` inside of it, or does itself.
std::optional<Assignment> assignmentOf(const ast::Block &block, llvm::StringRef name) {
  for (const ast::StmtPtr &stmt : block) {
    if (const auto *function = llvm::dyn_cast<ast::FunctionDef>(stmt.get())) {
      BlockNames inner;
      inner.addBlock(function->body);
      if (inner.assigned.count(name) && !inner.declared.count(name))
        return Assignment{stmt->headRange, stmt->kind};
      continue;
    }
    BlockNames names;
    names.addStatement(*stmt);
    if (names.assigned.count(name))
      return Assignment{stmt->headRange, stmt->kind};
  }
  return std::nullopt;
}

} // namespace

void Interpreter::reportUndefined(const ast::Name &name) {
  diagnostics::Diagnostic &diagnostic =
      report(Code::UndefinedName, name.range, "`{}` is not defined", name.id);
  pythonSays("name '{}' is not defined", name.id);
  if (std::optional<Assignment> assignment =
          file ? assignmentOf(file->body, name.id) : std::nullopt) {
    bool isLater = assignment->head.begin > name.range.begin;
    switch (assignment->kind) {
    case ast::Stmt::Kind::FunctionDef:
      diagnostic.note(assignment->head, "it is a variable of this function, which ends with it")
          .help("return it from the function: `return {}`", name.id);
      return;
    case ast::Stmt::Kind::If:
      if (isLater)
        break;
      diagnostic.note(assignment->head,
                      "it is assigned in a branch of this `if` that is not taken");
      return;
    case ast::Stmt::Kind::For:
    case ast::Stmt::Kind::While:
      if (isLater)
        break;
      diagnostic.note(assignment->head, "it is assigned in this loop, whose body does not run");
      return;
    default:
      break;
    }
    if (isLater) {
      diagnostic.note(assignment->head, "it is assigned further down only");
      return;
    }
  }
  static const std::pair<llvm::StringRef, const char *> constants[] = {
      {"true", "True"}, {"TRUE", "True"}, {"false", "False"}, {"FALSE", "False"}, {"none", "None"},
      {"NONE", "None"}, {"null", "None"}, {"NULL", "None"},   {"nil", "None"}};
  for (const auto &[other, constant] : constants)
    if (name.id == other) {
      diagnostic.help("Python writes `{}`", constant).fix(name.range, constant);
      return;
    }
  std::vector<std::string> names;
  for (const Scope *at = scope; at; at = at->parent)
    for (const auto &entry : at->names)
      names.push_back(entry.getKey().str());
  for (const auto &entry : builtins)
    names.push_back(entry.getKey().str());
  llvm::sort(names);
  suggest(diagnostic, name.id, names, name.range);
}

} // namespace rondo::eval
