//===- BlockNames.h - What a block of statements may change -----*- C++ -*-===//
//
// Read off the block without running it: the names it assigns, the objects it may
// change, and whether it may be left early.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_BLOCKNAMES_H
#define RONDO_FRONTEND_EVAL_BLOCKNAMES_H

#include "frontend/syntax/AST.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace rondo::eval {

struct BlockNames {
  llvm::StringMap<char> assigned;
  llvm::StringMap<char> declared; // global, nonlocal

  /// An object that a statement calls a method of, or assigns a part of.
  struct Change {
    const ast::Expr *object;
    llvm::StringRef method;
  };
  std::vector<Change> changed;
  /// Calls of what has a name, which may change what they are given.
  std::vector<const ast::Call *> calls;
  bool returns = false;
  /// Whether it may leave a loop around it.
  bool leavesLoop = false;

  void addTarget(const ast::Expr &target);
  /// A statement's value: a call may change objects.
  void addValue(const ast::Expr *value);
  void addBlock(const ast::Block &block);
  void addStatement(const ast::Stmt &stmt);

private:
  void addImport(const ast::ImportedName &name);
  /// The body of a loop, which it leaves itself.
  void addLoop(const ast::Block &body);
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_BLOCKNAMES_H
