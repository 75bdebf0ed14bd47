//===- Statements.cpp - Evaluates statements ------------------------------===//
//
// Statements and assignment. A condition or an iterable that is an error
// skips its block; the names that the block would have assigned become errors,
// so that nothing is reported twice.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BlockNames.h"
#include "frontend/eval/Context.h"
#include "frontend/eval/Exceptions.h"
#include "frontend/eval/Modules.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Running a file
//===----------------------------------------------------------------------===//

Interpreter::Interpreter(diagnostics::Engine &diagnostics) : engine(diagnostics) {
  takeComparisons(); // what another interpreter has left
  fileScope = scope = heap.make<Scope>(nullptr, nullptr);
  fileScope->names["__name__"] = heap.str("__main__");
  addBuiltins();
  addStandardModules(*this);
}

void Interpreter::run(const ast::Module &module, bool withMain, llvm::StringRef wanted) {
  evaluateMain = withMain;
  wantedOfMain = wanted.str();
  file = &module;
  if (const ast::String *text = documentation(module.body))
    fileScope->names["__doc__"] = heap.str(text->value);
  else
    fileScope->names["__doc__"] = Value();
  fileScope->names["__file__"] = heap.str(module.range.file ? module.range.file->name() : "");
  execute(module.body);
  // The last statement may have been the one that took too much.
  if (!module.body.empty())
    step(module.body.back()->headRange);
}

std::optional<Value> Interpreter::global(llvm::StringRef name) const {
  auto found = fileScope->names.find(name);
  return found == fileScope->names.end() ? std::nullopt : std::optional<Value>(found->second);
}

std::vector<std::string> Interpreter::globalNames() const {
  std::vector<std::string> names;
  for (const auto &entry : fileScope->names)
    names.push_back(entry.getKey().str());
  llvm::sort(names);
  return names;
}

Interpreter::Frame::Frame(Interpreter &in, SourceRange place, std::string what) : in(in) {
  in.frames.push_back({place, std::move(what), 0, Value()});
}

Interpreter::Frame::Frame(Interpreter &in, SourceRange place, size_t iteration, Value element)
    : in(in) {
  in.frames.push_back({place, "", iteration, element});
}

Interpreter::Frame::Frame(Interpreter &in, SourceRange place, ForElement call) : in(in) {
  in.frames.push_back({place, "", call.index, call.element, /*isOfCall=*/true});
}

Interpreter::Frame::~Frame() { in.frames.pop_back(); }

std::string Interpreter::FrameNote::text() const {
  if (!what.empty())
    return what;
  std::string target = place.text().str();
  constexpr size_t limit = 40;
  bool isPlain = element.isInt() || element.isFloat() || element.as<Str>() || element.as<Tuple>();
  std::string value = isPlain ? element.repr() : "";
  bool isLong = value.empty() || value.size() > limit;
  if (isOfCall)
    return fmt::format("for element {}{}", iteration + 1, isLong ? "" : ", which is " + value);
  if (isLong)
    return fmt::format("in iteration {} of this loop", iteration + 1);
  return fmt::format("in iteration {}, where `{}` is {}", iteration + 1, target, value);
}

diagnostics::Diagnostic &Interpreter::annotate(diagnostics::Diagnostic &diagnostic) {
  // What something is called today does not depend on who calls.
  if (diagnostic.code == Code::OldKerasName || diagnostic.code == Code::BackendFunctionMoved)
    return diagnostic;
  // The innermost calls and the outermost one are what helps; recursion would fill the screen.
  constexpr size_t maxInner = 2;
  std::vector<const FrameNote *> spoken;
  // Which iteration used up a limit says nothing.
  bool isLimit = diagnostic.code == Code::StepLimit || diagnostic.code == Code::MemoryLimit;
  // A call around what is marked in the line that is shown, such as that of a Lambda on its
  // function, says nothing either.
  auto isShown = [&](const FrameNote &frame) {
    const SourceRange &shown = diagnostic.range;
    return !frame.what.empty() && frame.place && frame.place != shown &&
           frame.place.file == shown.file && frame.place.begin <= shown.begin &&
           shown.end <= frame.place.end && frame.place.start().line == shown.start().line;
  };
  for (const FrameNote &frame : llvm::reverse(frames))
    if (!frame.isSilent() && !(isLimit && frame.iteration > 0) && !isShown(frame))
      spoken.push_back(&frame);
  auto add = [&](const FrameNote &frame, std::string suffix = "") {
    bool isRepeated = !diagnostic.notes.empty() && diagnostic.notes.back().range == frame.place;
    if (!isRepeated)
      diagnostic.note(frame.place, "{}{}", frame.text(), suffix);
  };
  for (const FrameNote *frame : llvm::ArrayRef(spoken).take_front(maxInner))
    add(*frame);
  if (spoken.size() == maxInner + 1)
    add(*spoken.back());
  else if (spoken.size() > maxInner)
    add(*spoken.back(),
        fmt::format(", {} further out", plural(spoken.size() - maxInner - 1, "call")));
  return diagnostic;
}

bool Interpreter::isAboutValues(Code code) {
  switch (code) {
  case Code::TypeMismatch:
  case Code::ValueMismatch:
  case Code::UnpackMismatch:
  case Code::IndexOutOfRange:
  case Code::MissingKey:
  case Code::DivisionByZero:
  case Code::IntegerOverflow:
  case Code::NotCallable:
    return true;
  default:
    return false;
  }
}

Value Interpreter::unsupported(SourceRange place, llvm::StringRef what, llvm::StringRef mend) {
  if (currentMode == Mode::Lenient)
    return heap.make<Opaque>(what.str());
  diagnostics::Diagnostic &diagnostic =
      report(Code::UnsupportedFeature, place, "{} not supported in a model file", what);
  if (!mend.empty())
    diagnostic.help("{}", mend);
  return Value::error();
}

bool Interpreter::step(SourceRange place, uint64_t work) {
  constexpr uint64_t maxSteps = 5'000'000;
  if (halted)
    return false;
  steps += work + takeComparisons();
  if (steps > maxSteps) {
    report(Code::StepLimit, place, "evaluating the file takes more than {} steps", maxSteps)
        .help("a model file describes a model; move computation to where its data is made");
    halt();
  } else if (heap.isExhausted()) {
    report(Code::MemoryLimit, place, "evaluating the file takes more than {} MiB of memory",
           Heap::limit >> 20);
    halt();
  }
  return !halted;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

Interpreter::Flow Interpreter::execute(const ast::Block &block) {
  for (const ast::StmtPtr &stmt : block) {
    Flow flow = execute(*stmt);
    if (flow != Flow::Next)
      return flow;
  }
  return Flow::Next;
}

Interpreter::Flow Interpreter::execute(const ast::Stmt &stmt) {
  using ast::Stmt;
  if (!step(stmt.headRange))
    return Flow::Halt;
  switch (stmt.kind) {
  case Stmt::Kind::Import:
    executeImport(llvm::cast<ast::Import>(stmt));
    break;
  case Stmt::Kind::ImportFrom:
    executeImportFrom(llvm::cast<ast::ImportFrom>(stmt));
    break;
  case Stmt::Kind::Assign: {
    const auto &assignment = llvm::cast<ast::Assign>(stmt);
    Value value = evaluate(*assignment.value);
    for (const ast::ExprPtr &target : assignment.targets)
      assign(*target, value);
    break;
  }
  case Stmt::Kind::AugAssign:
    executeAugAssign(llvm::cast<ast::AugAssign>(stmt));
    break;
  case Stmt::Kind::ExprStmt:
    evaluate(*llvm::cast<ast::ExprStmt>(stmt).value);
    break;
  case Stmt::Kind::FunctionDef:
    defineFunction(llvm::cast<ast::FunctionDef>(stmt));
    break;
  case Stmt::Kind::ClassDef:
    defineClass(llvm::cast<ast::ClassDef>(stmt));
    break;
  case Stmt::Kind::Return: {
    const auto &exit = llvm::cast<ast::Return>(stmt);
    returned = exit.value ? evaluate(*exit.value) : Value();
    return halted ? Flow::Halt : Flow::Return;
  }
  case Stmt::Kind::If:
    return executeIf(llvm::cast<ast::If>(stmt));
  case Stmt::Kind::For:
    return executeFor(llvm::cast<ast::For>(stmt));
  case Stmt::Kind::While:
    return executeWhile(llvm::cast<ast::While>(stmt));
  case Stmt::Kind::With:
    return executeWith(llvm::cast<ast::With>(stmt));
  case Stmt::Kind::Try:
    return executeTry(llvm::cast<ast::Try>(stmt));
  case Stmt::Kind::Break:
    return Flow::Break;
  case Stmt::Kind::Continue:
    return Flow::Continue;
  case Stmt::Kind::Pass:
    break;
  case Stmt::Kind::Assert:
    executeAssert(llvm::cast<ast::Assert>(stmt));
    break;
  case Stmt::Kind::Raise:
    executeRaise(llvm::cast<ast::Raise>(stmt));
    break;
  case Stmt::Kind::Delete:
    executeDelete(llvm::cast<ast::Delete>(stmt));
    break;
  case Stmt::Kind::Global:
    declare(llvm::cast<ast::Global>(stmt).names, true, stmt.range);
    break;
  case Stmt::Kind::Nonlocal:
    declare(llvm::cast<ast::Nonlocal>(stmt).names, false, stmt.range);
    break;
  case Stmt::Kind::Yield: // Only in functions, where a GeneratorCall meets it.
    break;
  }
  return halted ? Flow::Halt : Flow::Next;
}

bool Interpreter::isMainGuard(const ast::Expr &condition) const {
  const auto *compare = llvm::dyn_cast<ast::Compare>(&condition);
  if (!compare || compare->steps.size() != 1 || compare->steps[0].op != ast::CompareOp::Equal)
    return false;
  const ast::Expr *left = compare->first.get(), *right = compare->steps[0].operand.get();
  if (!llvm::isa<ast::Name>(left))
    std::swap(left, right);
  const auto *name = llvm::dyn_cast<ast::Name>(left);
  const auto *text = llvm::dyn_cast<ast::String>(right);
  return name && text && name->id == "__name__" && text->value == "__main__";
}

Interpreter::Flow Interpreter::executeIf(const ast::If &stmt) {
  for (const ast::If::Branch &branch : stmt.branches) {
    if (isMainGuard(*branch.condition)) {
      if (!wantedOfMain.empty() && !global(wantedOfMain))
        return execute(branch.body);
      if (!evaluateMain) {
        skippedMain = branch.condition->range;
        return Flow::Next;
      }
      llvm::SaveAndRestore lenient(currentMode, Mode::Lenient);
      return execute(branch.body);
    }
    Value condition = evaluateCondition(*branch.condition);
    if (halted)
      return Flow::Halt;
    if (condition.isError()) {
      for (const ast::If::Branch &skipped : stmt.branches)
        poisonNames(skipped.body);
      poisonNames(stmt.orElse);
      return Flow::Next;
    }
    if (const Opaque *unknown = undecided(condition)) {
      BlockNames names;
      for (const ast::If::Branch &skipped : stmt.branches)
        names.addBlock(skipped.body);
      names.addBlock(stmt.orElse);
      return skipUnknown(names, *unknown, branch.condition->range);
    }
    if (holds(condition))
      return execute(branch.body);
  }
  return execute(stmt.orElse);
}

Interpreter::Flow Interpreter::executeFor(const ast::For &stmt) {
  Value iterable = evaluate(*stmt.iterable);
  if (const Opaque *unknown = undecided(iterable)) {
    BlockNames names;
    names.addStatement(stmt);
    if (makesModelInRound(stmt, names, *unknown))
      return halted ? Flow::Halt : Flow::Next;
    return skipUnknown(names, *unknown, stmt.iterable->range);
  }
  Flow result = Flow::Next;
  size_t iteration = 0;
  bool complete = iterate(iterable, stmt.iterable->range, [&](Value element) {
    Frame frame(*this, stmt.target->range, iteration++, element);
    assign(*stmt.target, element);
    Progress before = progress();
    Flow flow = execute(stmt.body);
    if (onlyUsesModel(before, flow, stmt.iterable->range))
      return false;
    if (flow == Flow::Next || flow == Flow::Continue)
      return true;
    result = flow;
    return false;
  });
  if (halted)
    return Flow::Halt;
  if (endsUnknown(stmt, result))
    return result;
  if (!complete) {
    assign(*stmt.target, Value::error());
    poisonNames(stmt.body);
    return Flow::Next;
  }
  if (result == Flow::Break)
    return Flow::Next;
  return result == Flow::Next ? execute(stmt.orElse) : result;
}

Interpreter::Flow Interpreter::executeWhile(const ast::While &stmt) {
  for (size_t iteration = 0;; ++iteration) {
    Frame frame(*this, stmt.condition->range, iteration, Value());
    Value condition = evaluateCondition(*stmt.condition);
    if (halted || !step(stmt.headRange))
      return Flow::Halt;
    std::optional<bool> holds = truth(condition);
    if (const Opaque *unknown = undecided(condition)) {
      BlockNames names;
      names.addStatement(stmt);
      return skipUnknown(names, *unknown, stmt.condition->range);
    }
    if (condition.isError())
      poisonNames(stmt.body);
    // A training script's loop over its data is looked at once.
    bool once = !holds && !condition.isError();
    if (!once && !holds.value_or(false))
      return condition.isError() ? Flow::Next : execute(stmt.orElse);
    Progress before = progress();
    Flow flow = execute(stmt.body);
    onlyUsesModel(before, flow, stmt.condition->range);
    if (endsUnknown(stmt, flow))
      return flow;
    if (flow == Flow::Break || once)
      return flow == Flow::Return || flow == Flow::Halt ? flow : Flow::Next;
    if (flow != Flow::Next && flow != Flow::Continue)
      return flow;
  }
}

Interpreter::Flow Interpreter::executeWith(const ast::With &stmt, size_t first) {
  if (first == stmt.items.size())
    return execute(stmt.body);
  const ast::With::Item &item = stmt.items[first];
  Value context = evaluate(*item.context);
  if (halted)
    return Flow::Halt;
  const auto *instance = context.as<Instance>();
  if (instance && instance->type.find("__enter__") && instance->type.find("__exit__"))
    return executeWithin(stmt, first, *instance);
  if (auto *entered = context.as<Context>()) {
    if (item.target)
      assign(*item.target, context);
    auto lasting = entered->enter();
    return executeWith(stmt, first + 1);
  }
  if (currentMode == Mode::Lenient || context.as<Opaque>()) {
    if (item.target)
      assign(*item.target, context.as<Opaque>() ? context : Value(heap.make<Opaque>("with")));
    return executeWith(stmt, first + 1);
  }
  if (instance)
    report(Code::TypeMismatch, item.context->range,
           "`with` takes an object with `__enter__` and `__exit__`, and `{}` lacks {}",
           instance->type.name,
           instance->type.find("__enter__")  ? "`__exit__`"
           : instance->type.find("__exit__") ? "`__enter__`"
                                             : "both")
        .note(instance->type.place, "the class is defined here");
  else if (!context.isError())
    unsupported(stmt.headRange, "`with` is", "write the body without it");
  for (const ast::With::Item &skipped : stmt.items)
    if (skipped.target)
      assign(*skipped.target, Value::error());
  // The mistakes in the body are independent of that.
  return halted ? Flow::Halt : execute(stmt.body);
}

Interpreter::Flow Interpreter::executeWithin(const ast::With &stmt, size_t item,
                                             const Instance &context) {
  SourceRange place = stmt.items[item].context->range;
  Value entered = context.special("__enter__", {}, place).value_or(Value::error());
  if (halted)
    return Flow::Halt;
  if (stmt.items[item].target)
    assign(*stmt.items[item].target, entered);
  ++attempts;
  Flow flow = executeWith(stmt, item + 1);
  --attempts;
  // `__exit__` runs as if nothing had happened, and may decide that nothing has.
  Exception *exception = std::exchange(raised, nullptr);
  size_t mark = raisedMark;
  bool byReport = raisedByReport;
  if (!exception && halted)
    return Flow::Halt;
  halted = false;
  Value result = returned;
  std::vector<Value> arguments(3);
  if (exception)
    arguments = {&exception->type, exception, Value()};
  Value swallows = context.special("__exit__", arguments, place).value_or(Value());
  returned = result;
  if (halted)
    return Flow::Halt;
  if (!exception)
    return flow;
  if (truth(swallows).value_or(false)) {
    engine.truncate(mark);
    return Flow::Next;
  }
  raised = exception;
  raisedMark = mark;
  raisedByReport = byReport;
  halted = true;
  if (endRaised())
    poisonNames(stmt.body);
  return halted ? Flow::Halt : Flow::Next;
}

void Interpreter::executeAugAssign(const ast::AugAssign &stmt) {
  // The parts of the target are evaluated once.
  const auto *item = llvm::dyn_cast<ast::Subscript>(stmt.target.get());
  const auto *member = llvm::dyn_cast<ast::Attribute>(stmt.target.get());
  Value object, key, current;
  if (item) {
    object = evaluate(*item->object);
    key = evaluate(*item->index);
    if (!halted)
      current = subscript(object, key, item->range, item->index->range);
  } else if (member) {
    object = evaluate(*member->object);
    if (!halted)
      current = attribute(object, mangled(member->name), member->nameRange);
  } else {
    current = evaluate(*stmt.target);
  }
  Value operand = halted ? Value::error() : evaluate(*stmt.value);
  if (halted)
    return;
  const auto *instance = current.as<Instance>();
  auto changed = instance ? instance->inPlaceSpecial(stmt.op, operand, stmt.range) : std::nullopt;
  Value result =
      changed ? *changed
      : !operand.as<Opaque>() && updateInPlace(stmt.op, current, operand, stmt.value->range)
          ? current
          : binary(stmt.op, current, operand, stmt.range);
  if (halted)
    return;
  if (item)
    setSubscript(object, key, result, *item);
  else if (member)
    setAttribute(object, *member, result);
  else
    assign(*stmt.target, result);
}

void Interpreter::declare(const std::vector<std::string> &names, bool global, SourceRange place) {
  for (const std::string &name : names) {
    Scope *target = global ? fileScope : scope->parent;
    while (!global && target && target != fileScope && !target->names.count(name))
      target = target->parent;
    if (!target || (!global && target == fileScope))
      report(Code::UndefinedName, place, "no enclosing function has a variable `{}`", name);
    else if (target != scope)
      scope->redirected[name] = target;
  }
}

//===----------------------------------------------------------------------===//
// Assignment
//===----------------------------------------------------------------------===//

void Interpreter::setName(llvm::StringRef name, Value value) {
  auto redirected = scope->redirected.find(name);
  Scope *target = redirected == scope->redirected.end() ? scope : redirected->second;
  target->names[name] = value;
}

void Interpreter::assign(const ast::Expr &target, Value value) {
  if (halted)
    return;
  switch (target.kind) {
  case ast::Expr::Kind::Name:
    return setName(llvm::cast<ast::Name>(target).id, record(target.range, value));
  case ast::Expr::Kind::Tuple:
    return assignSequence(llvm::cast<ast::Tuple>(target).elements, value, target.range);
  case ast::Expr::Kind::List:
    return assignSequence(llvm::cast<ast::List>(target).elements, value, target.range);
  case ast::Expr::Kind::Subscript:
    return assignSubscript(llvm::cast<ast::Subscript>(target), value);
  case ast::Expr::Kind::Attribute: {
    const auto &attribute = llvm::cast<ast::Attribute>(target);
    setAttribute(evaluate(*attribute.object), attribute, value);
    return;
  }
  default:
    return;
  }
}

void Interpreter::setAttribute(Value object, const ast::Attribute &target, Value value) {
  if (halted || object.isError() || object.as<Opaque>())
    return;
  if (object.getObject() &&
      object.getObject()->setAttribute(*this, mangled(target.name), value, target.range))
    return;
  if (currentMode == Mode::Strict)
    unsupported(
        target.range,
        fmt::format("assigning the attribute `{}` of {} is", target.name, object.typeName()),
        "pass it as an argument where the object is made");
}

void Interpreter::assignSequence(const std::vector<ast::ExprPtr> &targets, Value value,
                                 SourceRange place) {
  if (value.isError() || value.as<Opaque>()) {
    for (const ast::ExprPtr &target : targets) {
      const auto *starred = llvm::dyn_cast<ast::Starred>(target.get());
      assign(starred ? *starred->value : *target, value);
    }
    return;
  }
  auto iterated = elements(value, place, Misuse::Unpacking);
  if (!iterated)
    return assignSequence(targets, Value::error(), place);
  const std::vector<Value> values = std::move(*iterated);
  bool hasStar = llvm::any_of(
      targets, [](const ast::ExprPtr &target) { return llvm::isa<ast::Starred>(*target); });
  size_t names = targets.size() - hasStar;
  if (hasStar ? values.size() < names : values.size() != names) {
    diagnostics::Diagnostic &diagnostic =
        report(Code::UnpackMismatch, place, "{} for {}{}", plural(values.size(), "value"),
               hasStar ? "at least " : "", plural(names, "name"));
    if (Object *first = values.empty() ? nullptr : values.front().getObject())
      first->explainMisuse(diagnostic, Misuse::Unpacking, "");
    if (values.size() < names)
      pythonSays("not enough values to unpack (expected {}{}, got {})", hasStar ? "at least " : "",
                 names, values.size());
    else
      pythonSays("too many values to unpack (expected {})", names);
    return assignSequence(targets, Value::error(), place);
  }
  size_t next = 0;
  for (const ast::ExprPtr &target : targets) {
    const auto *starred = llvm::dyn_cast<ast::Starred>(target.get());
    if (!starred) {
      assign(*target, values[next++]);
      continue;
    }
    size_t surplus = values.size() - names;
    auto begin = values.begin() + next;
    assign(*starred->value, heap.list(std::vector<Value>(begin, begin + surplus)));
    next += surplus;
  }
}

} // namespace rondo::eval
