//===- BlockNames.h - Names that a block of statements assigns --*- C++ -*-===//
//
// Read off the block without running it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_BLOCKNAMES_H
#define RONDO_FRONTEND_EVAL_BLOCKNAMES_H

#include "frontend/syntax/AST.h"
#include "llvm/ADT/StringMap.h"

namespace rondo::eval {

struct BlockNames {
  llvm::StringMap<char> assigned;
  llvm::StringMap<char> declared; // global, nonlocal

  void addTarget(const ast::Expr &target);
  void addBlock(const ast::Block &block);
  void addStatement(const ast::Stmt &stmt);

private:
  void addImport(const ast::ImportedName &name);
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_BLOCKNAMES_H
