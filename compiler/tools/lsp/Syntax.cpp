//===- Syntax.cpp - Finding one's way in a syntax tree --------------------===//
//
// Walks over statements, expressions and scopes.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Syntax.h"
#include "llvm/ADT/STLExtras.h"

namespace rondo::lsp {

using Visit = llvm::function_ref<void(const ast::Expr &)>;

//===----------------------------------------------------------------------===//
// Children
//===----------------------------------------------------------------------===//

static void visitOne(const ast::ExprPtr &expr, Visit visit) {
  if (expr)
    visit(*expr);
}

static void visitAll(const std::vector<ast::ExprPtr> &exprs, Visit visit) {
  for (const ast::ExprPtr &expr : exprs)
    visitOne(expr, visit);
}

static void visitDefaults(const std::vector<ast::Parameter> &parameters, Visit visit) {
  for (const ast::Parameter &parameter : parameters)
    visitOne(parameter.defaultValue, visit);
}

void forEachChild(const ast::Expr &expr, Visit visit) {
  using llvm::dyn_cast;
  if (auto *list = dyn_cast<ast::List>(&expr))
    return visitAll(list->elements, visit);
  if (auto *tuple = dyn_cast<ast::Tuple>(&expr))
    return visitAll(tuple->elements, visit);
  if (auto *set = dyn_cast<ast::Set>(&expr))
    return visitAll(set->elements, visit);
  if (auto *operation = dyn_cast<ast::BoolOp>(&expr))
    return visitAll(operation->operands, visit);
  if (auto *unary = dyn_cast<ast::Unary>(&expr))
    return visitOne(unary->operand, visit);
  if (auto *starred = dyn_cast<ast::Starred>(&expr))
    return visitOne(starred->value, visit);
  if (auto *attribute = dyn_cast<ast::Attribute>(&expr))
    return visitOne(attribute->object, visit);
  if (auto *string = dyn_cast<ast::FString>(&expr)) {
    for (const ast::FString::Part &part : string->parts) {
      visitOne(part.value, visit);
      visitOne(part.format, visit);
    }
  } else if (auto *dict = dyn_cast<ast::Dict>(&expr)) {
    for (const ast::Dict::Item &item : dict->items) {
      visitOne(item.key, visit);
      visitOne(item.value, visit);
    }
  } else if (auto *comprehension = dyn_cast<ast::Comprehension>(&expr)) {
    visitOne(comprehension->key, visit);
    visitOne(comprehension->element, visit);
    for (const ast::Comprehension::Clause &clause : comprehension->clauses) {
      visitOne(clause.target, visit);
      visitOne(clause.iterable, visit);
      visitAll(clause.conditions, visit);
    }
  } else if (auto *binary = dyn_cast<ast::Binary>(&expr)) {
    visitOne(binary->left, visit);
    visitOne(binary->right, visit);
  } else if (auto *compare = dyn_cast<ast::Compare>(&expr)) {
    visitOne(compare->first, visit);
    for (const ast::Compare::Step &step : compare->steps)
      visitOne(step.operand, visit);
  } else if (auto *conditional = dyn_cast<ast::Conditional>(&expr)) {
    visitOne(conditional->thenValue, visit);
    visitOne(conditional->condition, visit);
    visitOne(conditional->elseValue, visit);
  } else if (auto *lambda = dyn_cast<ast::Lambda>(&expr)) {
    visitDefaults(lambda->parameters, visit);
    visitOne(lambda->body, visit);
  } else if (auto *call = dyn_cast<ast::Call>(&expr)) {
    visitOne(call->callee, visit);
    for (const ast::Argument &argument : call->arguments)
      visitOne(argument.value, visit);
  } else if (auto *subscript = dyn_cast<ast::Subscript>(&expr)) {
    visitOne(subscript->object, visit);
    visitOne(subscript->index, visit);
  } else if (auto *slice = dyn_cast<ast::Slice>(&expr)) {
    visitOne(slice->start, visit);
    visitOne(slice->stop, visit);
    visitOne(slice->step, visit);
  }
}

void forEachExpr(const ast::Stmt &stmt, Visit visit) {
  using llvm::dyn_cast;
  if (auto *assign = dyn_cast<ast::Assign>(&stmt)) {
    visitAll(assign->targets, visit);
    visitOne(assign->value, visit);
  } else if (auto *augmented = dyn_cast<ast::AugAssign>(&stmt)) {
    visitOne(augmented->target, visit);
    visitOne(augmented->value, visit);
  } else if (auto *expression = dyn_cast<ast::ExprStmt>(&stmt)) {
    visitOne(expression->value, visit);
  } else if (auto *function = dyn_cast<ast::FunctionDef>(&stmt)) {
    visitAll(function->decorators, visit);
    visitDefaults(function->parameters, visit);
  } else if (auto *type = dyn_cast<ast::ClassDef>(&stmt)) {
    visitAll(type->decorators, visit);
    for (const ast::Argument &base : type->bases)
      visitOne(base.value, visit);
  } else if (auto *result = dyn_cast<ast::Return>(&stmt)) {
    visitOne(result->value, visit);
  } else if (auto *choice = dyn_cast<ast::If>(&stmt)) {
    for (const ast::If::Branch &branch : choice->branches)
      visitOne(branch.condition, visit);
  } else if (auto *loop = dyn_cast<ast::For>(&stmt)) {
    visitOne(loop->target, visit);
    visitOne(loop->iterable, visit);
  } else if (auto *loop = dyn_cast<ast::While>(&stmt)) {
    visitOne(loop->condition, visit);
  } else if (auto *with = dyn_cast<ast::With>(&stmt)) {
    for (const ast::With::Item &item : with->items) {
      visitOne(item.context, visit);
      visitOne(item.target, visit);
    }
  } else if (auto *attempt = dyn_cast<ast::Try>(&stmt)) {
    for (const ast::Try::Handler &handler : attempt->handlers)
      visitOne(handler.type, visit);
  } else if (auto *assertion = dyn_cast<ast::Assert>(&stmt)) {
    visitOne(assertion->condition, visit);
    visitOne(assertion->message, visit);
  } else if (auto *raise = dyn_cast<ast::Raise>(&stmt)) {
    visitOne(raise->exception, visit);
    visitOne(raise->cause, visit);
  } else if (auto *deletion = dyn_cast<ast::Delete>(&stmt)) {
    visitAll(deletion->targets, visit);
  }
}

void forEachBlock(const ast::Stmt &stmt, llvm::function_ref<void(const ast::Block &)> visit) {
  using llvm::dyn_cast;
  if (auto *function = dyn_cast<ast::FunctionDef>(&stmt)) {
    visit(function->body);
  } else if (auto *type = dyn_cast<ast::ClassDef>(&stmt)) {
    visit(type->body);
  } else if (auto *choice = dyn_cast<ast::If>(&stmt)) {
    for (const ast::If::Branch &branch : choice->branches)
      visit(branch.body);
    visit(choice->orElse);
  } else if (auto *loop = dyn_cast<ast::For>(&stmt)) {
    visit(loop->body);
    visit(loop->orElse);
  } else if (auto *loop = dyn_cast<ast::While>(&stmt)) {
    visit(loop->body);
    visit(loop->orElse);
  } else if (auto *with = dyn_cast<ast::With>(&stmt)) {
    visit(with->body);
  } else if (auto *attempt = dyn_cast<ast::Try>(&stmt)) {
    visit(attempt->body);
    for (const ast::Try::Handler &handler : attempt->handlers)
      visit(handler.body);
    visit(attempt->orElse);
    visit(attempt->finalBody);
  }
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

/// Adds the expressions around the place below `expr`, which touches it.
static void follow(const ast::Expr &expr, uint32_t offset, Path &path) {
  path.expressions.push_back(&expr);
  const ast::Expr *next = nullptr;
  forEachChild(expr, [&](const ast::Expr &child) {
    if (touches(child.range, offset) && (!next || next->range.end == offset))
      next = &child;
  });
  if (next)
    follow(*next, offset, path);
}

static void follow(const ast::Block &block, uint32_t offset, Path &path) {
  for (const ast::StmtPtr &stmt : block) {
    if (!touches(stmt->range, offset))
      continue;
    path.statements.push_back(stmt.get());
    size_t depth = path.statements.size();
    forEachExpr(*stmt, [&](const ast::Expr &expr) {
      if (path.expressions.empty() && touches(expr.range, offset))
        follow(expr, offset, path);
    });
    forEachBlock(*stmt, [&](const ast::Block &inner) {
      if (path.statements.size() == depth)
        follow(inner, offset, path);
    });
    return;
  }
}

Path pathTo(const ast::Module &module, uint32_t offset) {
  Path path;
  follow(module.body, offset, path);
  return path;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

void bindTarget(const ast::Expr &target, std::vector<Binding> &bindings) {
  if (auto *name = llvm::dyn_cast<ast::Name>(&target)) {
    bindings.push_back({Binding::Kind::Variable, name->id, name->range, name->range.begin});
    return;
  }
  // Not what an attribute or an element is of: that has its value already.
  if (llvm::isa<ast::Tuple, ast::List, ast::Starred>(target))
    forEachChild(target, [&](const ast::Expr &child) { bindTarget(child, bindings); });
}

static void bindImports(const std::vector<ast::ImportedName> &names, bool isFrom,
                        std::vector<Binding> &bindings) {
  for (const ast::ImportedName &name : names) {
    llvm::StringRef bound = name.name;
    if (!name.alias.empty())
      bindings.push_back(
          {Binding::Kind::Import, name.alias, name.aliasRange, name.aliasRange.begin});
    else
      bindings.push_back({Binding::Kind::Import, isFrom ? bound : bound.split('.').first,
                          name.nameRange, name.nameRange.begin});
  }
}

static void bindAssignment(const ast::Assign &assign, std::vector<Binding> &bindings) {
  size_t before = bindings.size();
  for (const ast::ExprPtr &target : assign.targets)
    bindTarget(*target, bindings);
  for (Binding &binding : llvm::drop_begin(bindings, before))
    binding.since = assign.range.end;
}

static void bindAll(const ast::Block &block, std::vector<Binding> &bindings) {
  using llvm::dyn_cast;
  for (const ast::StmtPtr &stmt : block) {
    if (auto *function = dyn_cast<ast::FunctionDef>(stmt.get())) {
      bindings.push_back({Binding::Kind::Function, function->name, function->nameRange,
                          function->nameRange.begin});
      continue;
    }
    if (auto *type = dyn_cast<ast::ClassDef>(stmt.get())) {
      bindings.push_back(
          {Binding::Kind::Class, type->name, type->nameRange, type->nameRange.begin});
      continue;
    }
    if (auto *import = dyn_cast<ast::Import>(stmt.get()))
      bindImports(import->names, /*isFrom=*/false, bindings);
    else if (auto *import = dyn_cast<ast::ImportFrom>(stmt.get()))
      bindImports(import->names, /*isFrom=*/true, bindings);
    else if (auto *assign = dyn_cast<ast::Assign>(stmt.get()))
      bindAssignment(*assign, bindings);
    else if (auto *loop = dyn_cast<ast::For>(stmt.get()))
      bindTarget(*loop->target, bindings);
    else if (auto *with = dyn_cast<ast::With>(stmt.get()))
      for (const ast::With::Item &item : with->items)
        if (item.target)
          bindTarget(*item.target, bindings);
    forEachBlock(*stmt, [&](const ast::Block &inner) { bindAll(inner, bindings); });
  }
}

std::vector<Binding> bindingsOf(const ast::Block &block) {
  std::vector<Binding> bindings;
  bindAll(block, bindings);
  return bindings;
}

static void bindParameters(const std::vector<ast::Parameter> &parameters,
                           std::vector<Binding> &bindings) {
  for (const ast::Parameter &parameter : parameters)
    bindings.push_back(
        {Binding::Kind::Parameter, parameter.name, parameter.range, parameter.range.begin});
}

std::vector<std::vector<Binding>> scopesAround(const ast::Module &module, uint32_t offset) {
  Path path = pathTo(module, offset);
  std::vector<std::vector<Binding>> scopes;
  for (const ast::Expr *expr : llvm::reverse(path.expressions)) {
    std::vector<Binding> bindings;
    if (auto *lambda = llvm::dyn_cast<ast::Lambda>(expr))
      bindParameters(lambda->parameters, bindings);
    if (auto *comprehension = llvm::dyn_cast<ast::Comprehension>(expr))
      for (const ast::Comprehension::Clause &clause : comprehension->clauses)
        bindTarget(*clause.target, bindings);
    if (!bindings.empty())
      scopes.push_back(std::move(bindings));
  }
  for (const ast::Stmt *stmt : llvm::reverse(path.statements)) {
    auto *function = llvm::dyn_cast<ast::FunctionDef>(stmt);
    if (!function)
      continue;
    std::vector<Binding> bindings;
    bindParameters(function->parameters, bindings);
    llvm::append_range(bindings, bindingsOf(function->body));
    scopes.push_back(std::move(bindings));
  }
  scopes.push_back(bindingsOf(module.body));
  return scopes;
}

} // namespace rondo::lsp
