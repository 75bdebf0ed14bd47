//===- BlockNames.cpp - What a block of statements may change -------------===//
//
// One walk over the statements of a block. Bodies of functions and classes are not
// part of it: they run elsewhere.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BlockNames.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

void BlockNames::addTarget(const ast::Expr &target) {
  if (const auto *name = llvm::dyn_cast<ast::Name>(&target))
    assigned[name->id];
  else if (const auto *tuple = llvm::dyn_cast<ast::Tuple>(&target))
    for (const ast::ExprPtr &element : tuple->elements)
      addTarget(*element);
  else if (const auto *list = llvm::dyn_cast<ast::List>(&target))
    for (const ast::ExprPtr &element : list->elements)
      addTarget(*element);
  else if (const auto *starred = llvm::dyn_cast<ast::Starred>(&target))
    addTarget(*starred->value);
  else if (const auto *item = llvm::dyn_cast<ast::Subscript>(&target))
    changed.push_back({item->object.get(), "__setitem__"});
  else if (const auto *attribute = llvm::dyn_cast<ast::Attribute>(&target))
    changed.push_back({attribute->object.get(), "__setattr__"});
}

void BlockNames::addValue(const ast::Expr *value) {
  const auto *call = llvm::dyn_cast_or_null<ast::Call>(value);
  if (!call)
    return;
  if (const auto *method = llvm::dyn_cast<ast::Attribute>(call->callee.get()))
    changed.push_back({method->object.get(), method->name});
  else if (llvm::isa<ast::Name>(call->callee.get()))
    calls.push_back(call);
}

void BlockNames::addImport(const ast::ImportedName &name) {
  assigned[name.alias.empty() ? llvm::StringRef(name.name).split('.').first
                              : llvm::StringRef(name.alias)];
}

void BlockNames::addBlock(const ast::Block &block) {
  for (const ast::StmtPtr &stmt : block)
    addStatement(*stmt);
}

void BlockNames::addLoop(const ast::Block &body) {
  llvm::SaveAndRestore around(leavesLoop);
  addBlock(body);
}

void BlockNames::addStatement(const ast::Stmt &stmt) {
  using ast::Stmt;
  switch (stmt.kind) {
  case Stmt::Kind::Import:
    for (const ast::ImportedName &name : llvm::cast<ast::Import>(stmt).names)
      addImport(name);
    break;
  case Stmt::Kind::ImportFrom:
    for (const ast::ImportedName &name : llvm::cast<ast::ImportFrom>(stmt).names)
      addImport(name);
    break;
  case Stmt::Kind::Assign:
    addValue(llvm::cast<ast::Assign>(stmt).value.get());
    for (const ast::ExprPtr &target : llvm::cast<ast::Assign>(stmt).targets)
      addTarget(*target);
    break;
  case Stmt::Kind::AugAssign:
    addValue(llvm::cast<ast::AugAssign>(stmt).value.get());
    addTarget(*llvm::cast<ast::AugAssign>(stmt).target);
    break;
  case Stmt::Kind::ExprStmt:
    addValue(llvm::cast<ast::ExprStmt>(stmt).value.get());
    break;
  case Stmt::Kind::Return:
    returns = true;
    break;
  case Stmt::Kind::Break:
  case Stmt::Kind::Continue:
    leavesLoop = true;
    break;
  case Stmt::Kind::FunctionDef:
    assigned[llvm::cast<ast::FunctionDef>(stmt).name];
    break;
  case Stmt::Kind::ClassDef:
    assigned[llvm::cast<ast::ClassDef>(stmt).name];
    break;
  case Stmt::Kind::If:
    for (const ast::If::Branch &branch : llvm::cast<ast::If>(stmt).branches)
      addBlock(branch.body);
    addBlock(llvm::cast<ast::If>(stmt).orElse);
    break;
  case Stmt::Kind::For:
    addTarget(*llvm::cast<ast::For>(stmt).target);
    addLoop(llvm::cast<ast::For>(stmt).body);
    addBlock(llvm::cast<ast::For>(stmt).orElse);
    break;
  case Stmt::Kind::While:
    addLoop(llvm::cast<ast::While>(stmt).body);
    addBlock(llvm::cast<ast::While>(stmt).orElse);
    break;
  case Stmt::Kind::With:
    for (const ast::With::Item &item : llvm::cast<ast::With>(stmt).items)
      if (item.target)
        addTarget(*item.target);
    addBlock(llvm::cast<ast::With>(stmt).body);
    break;
  case Stmt::Kind::Try: {
    const auto &attempt = llvm::cast<ast::Try>(stmt);
    addBlock(attempt.body);
    for (const ast::Try::Handler &handler : attempt.handlers) {
      if (!handler.name.empty())
        assigned[handler.name];
      addBlock(handler.body);
    }
    addBlock(attempt.orElse);
    addBlock(attempt.finalBody);
    break;
  }
  case Stmt::Kind::Delete:
    for (const ast::ExprPtr &target : llvm::cast<ast::Delete>(stmt).targets)
      addTarget(*target);
    break;
  case Stmt::Kind::Global:
    for (const std::string &name : llvm::cast<ast::Global>(stmt).names)
      declared[name];
    break;
  case Stmt::Kind::Nonlocal:
    for (const std::string &name : llvm::cast<ast::Nonlocal>(stmt).names)
      declared[name];
    break;
  default:
    break;
  }
}

} // namespace rondo::eval
