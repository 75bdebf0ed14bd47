//===- GeneratorFunctions.cpp - Functions with `yield` --------------------===//
//
// A generator evaluates the body of its function statement by statement, and keeps
// the blocks that it is in: so it can stop at a `yield` and go on from there. What
// holds no `yield` is executed as everywhere.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BlockNames.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Iterators.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Where the yields are
//===----------------------------------------------------------------------===//

bool Interpreter::markYields(const ast::Block &body) {
  bool any = false;
  for (const ast::StmtPtr &stmt : body)
    if (markYields(*stmt)) {
      yielding.insert(stmt.get());
      any = true;
    }
  return any;
}

bool Interpreter::markYields(const ast::Stmt &stmt) {
  using Kind = ast::Stmt::Kind;
  std::vector<const ast::Block *> blocks;
  switch (stmt.kind) {
  case Kind::Yield:
    return true;
  case Kind::If:
    for (const ast::If::Branch &branch : llvm::cast<ast::If>(stmt).branches)
      blocks.push_back(&branch.body);
    blocks.push_back(&llvm::cast<ast::If>(stmt).orElse);
    break;
  case Kind::For:
    blocks = {&llvm::cast<ast::For>(stmt).body, &llvm::cast<ast::For>(stmt).orElse};
    break;
  case Kind::While:
    blocks = {&llvm::cast<ast::While>(stmt).body, &llvm::cast<ast::While>(stmt).orElse};
    break;
  case Kind::With:
    blocks = {&llvm::cast<ast::With>(stmt).body};
    break;
  case Kind::Try: {
    const auto &attempt = llvm::cast<ast::Try>(stmt);
    blocks = {&attempt.body, &attempt.orElse, &attempt.finalBody};
    for (const ast::Try::Handler &handler : attempt.handlers)
      blocks.push_back(&handler.body);
    break;
  }
  default:
    break;
  }
  bool any = false;
  for (const ast::Block *block : blocks)
    any |= markYields(*block);
  return any;
}

//===----------------------------------------------------------------------===//
// The body on its way
//===----------------------------------------------------------------------===//

class GeneratorCall {
public:
  GeneratorCall(Scope *scope, const Function &function, SourceRange place)
      : scope(scope), function(function), place(place), levels{{function.body}} {}

  /// Goes on to the next `yield`; nothing at the end and after evaluation stopped.
  std::optional<Value> advance(Interpreter &in, SourceRange asked);

private:
  using Flow = Interpreter::Flow;

  /// A block that the generator is in; of a loop also what the loop goes over.
  struct Level {
    const ast::Block *block;
    size_t next = 0;
    const ast::For *forLoop = nullptr;
    Iterator *elements = nullptr;
    const ast::While *whileLoop = nullptr;
    /// A training script's loop over its data is looked at once.
    bool isOnce = false;

    bool isLoop() const { return forLoop || whileLoop; }
  };

  void enter(const ast::Block &block) {
    if (!block.empty())
      levels.push_back({&block});
  }
  void enter(Interpreter &in, const ast::Stmt &stmt);
  void enterIf(Interpreter &in, const ast::If &stmt);
  /// Yields one unknown value in place of a statement that such a value decides about.
  void passOver(Interpreter &in, const ast::Stmt &stmt, const Opaque &unknown, SourceRange at);
  void endBlock(Interpreter &in);
  void follow(Interpreter &in, Flow flow);

  Scope *const scope;
  const Function &function;
  const SourceRange place;
  std::vector<Level> levels;
  /// Of a `yield from` that is under way.
  Iterator *delegate = nullptr;
  SourceRange delegatePlace;
};

std::optional<Value> GeneratorCall::advance(Interpreter &in, SourceRange asked) {
  if (in.callDepth >= Interpreter::maxCallDepth) {
    in.report(Code::RecursionLimit, asked, "`{}` is called more than {} calls deep",
              function.signature.callee, Interpreter::maxCallDepth);
    in.halt();
    return std::nullopt;
  }
  llvm::SaveAndRestore depth(in.callDepth, in.callDepth + 1);
  llvm::SaveAndRestore scoped(in.scope, scope);
  Interpreter::Frame frame(in, place, "in this call of `" + function.signature.callee + "`");
  while (!in.halted) {
    if (delegate) {
      if (auto element = delegate->next(in, delegatePlace))
        return element;
      delegate = nullptr;
      continue;
    }
    if (levels.empty())
      return std::nullopt;
    Level &level = levels.back();
    if (level.next == level.block->size()) {
      endBlock(in);
      continue;
    }
    const ast::Stmt &stmt = *(*level.block)[level.next++];
    const auto *yield = llvm::dyn_cast<ast::Yield>(&stmt);
    if (!yield && in.yielding.contains(&stmt)) {
      enter(in, stmt);
    } else if (!yield) {
      follow(in, in.execute(stmt));
    } else if (in.step(stmt.headRange)) {
      Value value = yield->value ? in.evaluate(*yield->value) : Value();
      if (in.halted)
        return std::nullopt;
      if (!yield->isFrom)
        return value;
      delegatePlace = yield->value->range;
      delegate = in.iterator(value, delegatePlace);
    }
  }
  return std::nullopt;
}

void GeneratorCall::follow(Interpreter &in, Flow flow) {
  if (flow == Flow::Next || flow == Flow::Halt)
    return;
  if (flow == Flow::Return) {
    levels.clear();
    return;
  }
  while (!levels.empty() && !levels.back().isLoop())
    levels.pop_back();
  if (levels.empty())
    return;
  Level &loop = levels.back();
  if (flow == Flow::Break &&
      in.endsUnknown(loop.forLoop ? static_cast<const ast::Stmt &>(*loop.forLoop) : *loop.whileLoop,
                     flow)) {
    levels.pop_back();
    return follow(in, flow);
  }
  if (flow == Flow::Break)
    levels.pop_back();
  else
    levels.back().next = levels.back().block->size();
}

void GeneratorCall::endBlock(Interpreter &in) {
  Level &level = levels.back();
  const ast::Block *orElse = nullptr;
  if (level.forLoop) {
    SourceRange at = level.forLoop->iterable->range;
    auto element = level.elements->next(in, at);
    if (in.halted || !in.step(at))
      return;
    if (element) {
      in.assign(*level.forLoop->target, *element);
      level.next = 0;
      return;
    }
    orElse = &level.forLoop->orElse;
  } else if (level.whileLoop && !level.isOnce) {
    Value condition = in.evaluateCondition(*level.whileLoop->condition);
    if (in.halted || !in.step(level.whileLoop->headRange))
      return;
    if (in.holds(condition)) {
      level.isOnce = !in.truth(condition);
      level.next = 0;
      return;
    }
    if (condition.isError())
      in.poisonNames(level.whileLoop->body);
    orElse = &level.whileLoop->orElse;
  }
  levels.pop_back();
  if (orElse)
    enter(*orElse);
}

void GeneratorCall::enterIf(Interpreter &in, const ast::If &stmt) {
  for (const ast::If::Branch &branch : stmt.branches) {
    Value condition = in.evaluateCondition(*branch.condition);
    if (in.halted)
      return;
    if (condition.isError()) {
      in.poisonNames(branch.body);
      return;
    }
    if (const Opaque *unknown = in.undecided(condition))
      return passOver(in, stmt, *unknown, branch.condition->range);
    if (in.holds(condition))
      return enter(branch.body);
  }
  enter(stmt.orElse);
}

void GeneratorCall::passOver(Interpreter &in, const ast::Stmt &stmt, const Opaque &unknown,
                             SourceRange at) {
  BlockNames names;
  names.addStatement(stmt);
  follow(in, in.skipUnknown(names, unknown, at));
  delegate = iterateOver(in.heap, "iterator", {in.swallow(unknown, at)});
  delegatePlace = at;
}

void GeneratorCall::enter(Interpreter &in, const ast::Stmt &stmt) {
  if (!in.step(stmt.headRange))
    return;
  if (const auto *choice = llvm::dyn_cast<ast::If>(&stmt))
    return enterIf(in, *choice);
  if (const auto *loop = llvm::dyn_cast<ast::For>(&stmt)) {
    Value iterable = in.evaluate(*loop->iterable);
    if (const Opaque *unknown = in.undecided(iterable))
      return passOver(in, stmt, *unknown, loop->iterable->range);
    Iterator *elements = in.iterator(iterable, loop->iterable->range);
    if (elements)
      levels.push_back({&loop->body, loop->body.size(), loop, elements});
    return;
  }
  if (const auto *loop = llvm::dyn_cast<ast::While>(&stmt)) {
    levels.push_back({&loop->body, loop->body.size(), nullptr, nullptr, loop});
    return;
  }
  in.unsupported(stmt.headRange, "a `yield` inside this statement is",
                 "move it behind the statement, or collect the values in a list");
  levels.clear();
}

Value Interpreter::makeGenerator(Scope *names, const Function &function, SourceRange place) {
  auto generator = std::make_shared<GeneratorCall>(names, function, place);
  return heap.make<Iterator>("generator", [generator](Interpreter &in, SourceRange asked) {
    return generator->advance(in, asked);
  });
}

} // namespace rondo::eval
