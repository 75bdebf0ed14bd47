//===- Syntax.h - Finding one's way in a syntax tree ------------*- C++ -*-===//
//
// What is around a place of a file, and where names get their values.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_SYNTAX_H
#define RONDO_COMPILER_TOOLS_LSP_SYNTAX_H

#include "frontend/syntax/AST.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <vector>

namespace rondo::lsp {

/// Statements and expressions around a place, outermost first.
struct Path {
  std::vector<const ast::Stmt *> statements;
  std::vector<const ast::Expr *> expressions;
};
Path pathTo(const ast::Module &module, uint32_t offset);

/// Whether the cursor before byte `offset` touches the place.
inline bool touches(diagnostics::SourceRange place, uint32_t offset) {
  return place && place.begin <= offset && offset <= place.end;
}

/// What is directly inside of it.
void forEachChild(const ast::Expr &expr, llvm::function_ref<void(const ast::Expr &)> visit);
void forEachExpr(const ast::Stmt &stmt, llvm::function_ref<void(const ast::Expr &)> visit);
void forEachBlock(const ast::Stmt &stmt, llvm::function_ref<void(const ast::Block &)> visit);

/// A place where a name gets a value.
struct Binding {
  enum class Kind { Variable, Parameter, Function, Class, Import };
  Kind kind;
  llvm::StringRef name;
  diagnostics::SourceRange range;
  /// From where on the name has the value: behind the right side of an assignment.
  uint32_t since;
};

/// The bindings of a block and of blocks in it, but not those in functions and
/// classes, which have scopes of their own.
std::vector<Binding> bindingsOf(const ast::Block &block);
/// The names that a target gives a value.
void bindTarget(const ast::Expr &target, std::vector<Binding> &bindings);

/// The bindings of each scope around a place, the innermost first.
std::vector<std::vector<Binding>> scopesAround(const ast::Module &module, uint32_t offset);

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_SYNTAX_H
