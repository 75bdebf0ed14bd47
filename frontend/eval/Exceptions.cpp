//===- Exceptions.cpp - raise, try, and what is raised --------------------===//
//
// Inside a `try` of the file a mistake that Python would raise an exception for
// becomes one: its diagnostic is taken back when a handler of the file takes it.
// On the way to the handler evaluation is halted, so that whatever is under way
// ends early.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

namespace {

struct ExceptionClass {
  const char *name, *base;
};

/// Bases come first.
const ExceptionClass exceptionClasses[] = {
    {"BaseException", ""},
    {"Exception", "BaseException"},
    {"KeyboardInterrupt", "BaseException"},
    {"SystemExit", "BaseException"},
    {"ArithmeticError", "Exception"},
    {"FloatingPointError", "ArithmeticError"},
    {"OverflowError", "ArithmeticError"},
    {"ZeroDivisionError", "ArithmeticError"},
    {"AssertionError", "Exception"},
    {"AttributeError", "Exception"},
    {"BufferError", "Exception"},
    {"EOFError", "Exception"},
    {"ImportError", "Exception"},
    {"ModuleNotFoundError", "ImportError"},
    {"LookupError", "Exception"},
    {"IndexError", "LookupError"},
    {"KeyError", "LookupError"},
    {"MemoryError", "Exception"},
    {"NameError", "Exception"},
    {"UnboundLocalError", "NameError"},
    {"OSError", "Exception"},
    {"FileExistsError", "OSError"},
    {"FileNotFoundError", "OSError"},
    {"PermissionError", "OSError"},
    {"TimeoutError", "OSError"},
    {"RuntimeError", "Exception"},
    {"NotImplementedError", "RuntimeError"},
    {"RecursionError", "RuntimeError"},
    {"StopIteration", "Exception"},
    {"SyntaxError", "Exception"},
    {"SystemError", "Exception"},
    {"TypeError", "Exception"},
    {"ValueError", "Exception"},
    {"UnicodeError", "ValueError"},
    {"Warning", "Exception"},
    {"DeprecationWarning", "Warning"},
    {"FutureWarning", "Warning"},
    {"RuntimeWarning", "Warning"},
    {"UserWarning", "Warning"},
};

/// What Python would raise for a mistake; empty for what only Rondo minds, and for
/// limits, which no handler of a file may catch.
llvm::StringRef exceptionOf(Code code) {
  switch (code) {
  case Code::TypeMismatch:
  case Code::NotCallable:
  case Code::UnknownArgument:
  case Code::MissingArgument:
  case Code::TooManyArguments:
  case Code::RepeatedArgument:
    return "TypeError";
  case Code::ValueMismatch:
  case Code::UnpackMismatch:
  case Code::InvalidArgument:
  case Code::ShapeMismatch:
  case Code::RankMismatch:
  case Code::InputCount:
  case Code::AxisOutOfRange:
  case Code::UnknownActivation:
  case Code::UnknownInitializer:
  case Code::UnknownOptimizer:
  case Code::UnknownLoss:
  case Code::UnknownMetric:
    return "ValueError";
  case Code::UndefinedName:
    return "NameError";
  case Code::UnknownModule:
    return "ModuleNotFoundError";
  case Code::UnknownAttribute:
    return "AttributeError";
  case Code::IndexOutOfRange:
    return "IndexError";
  case Code::MissingKey:
    return "KeyError";
  case Code::DivisionByZero:
    return "ZeroDivisionError";
  case Code::AssertionFailed:
    return "AssertionError";
  case Code::ExceptionRaised:
    return "Exception";
  default:
    return "";
  }
}

} // namespace

void Interpreter::addExceptions() {
  for (const ExceptionClass &entry : exceptionClasses)
    builtins[entry.name] =
        heap.make<Exception>(entry.name, builtins.lookup(entry.base).as<Exception>());
  builtins["IOError"] = builtins["EnvironmentError"] = builtins["OSError"];
}

//===----------------------------------------------------------------------===//
// Exceptions as objects
//===----------------------------------------------------------------------===//

Value Exception::call(Interpreter &in, Arguments &arguments) {
  std::vector<Value> values;
  for (const PlacedValue &argument : arguments.positional)
    values.push_back(argument.value);
  return in.heap.make<Exception>(*this, std::move(values));
}

std::string Exception::str() const {
  if (!args)
    return repr(0);
  // A missing key may be any value, and is shown as one.
  if (args->size() == 1)
    return name == "KeyError" ? args->front().repr() : args->front().str();
  return args->empty() ? "" : reprOf(*this, *args, "(", ")", 0);
}

std::string Exception::repr(unsigned depth) const {
  if (!args)
    return "<class '" + name + "'>";
  return reprOf(*this, *args, (name + "(").c_str(), ")", depth);
}

bool Exception::includes(const Exception &other) const {
  const Exception *at = &other;
  while (at && at != this)
    at = at->base;
  return at != nullptr;
}

std::optional<bool> Exception::hasInstance(Value value) const {
  if (args)
    return std::nullopt;
  const auto *exception = value.as<Exception>();
  return exception && exception->args && includes(*exception);
}

std::optional<Value> Exception::attribute(Interpreter &in, llvm::StringRef attributeName,
                                          SourceRange) {
  if (!args)
    return attributeName == "__name__" ? std::optional<Value>(in.heap.str(name)) : std::nullopt;
  if (attributeName == "args")
    return Value(in.heap.tuple(*args));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Raising
//===----------------------------------------------------------------------===//

void Interpreter::raiseReported(Code code, llvm::StringRef message, size_t mark) {
  llvm::StringRef name = exceptionOf(code);
  if (name.empty() || halted)
    return;
  raised = heap.make<Exception>(*builtins.lookup(name).as<Exception>(),
                                std::vector<Value>{heap.str(message.str())});
  raisedMark = mark;
  raisedByReport = code != Code::ExceptionRaised && code != Code::AssertionFailed;
  halted = true;
}

void Interpreter::raisedIs(const char *name, std::vector<Value> args) {
  if (raised)
    raised = heap.make<Exception>(*builtins.lookup(name).as<Exception>(), std::move(args));
}

void Interpreter::raise(Exception *exception, SourceRange place) {
  if (halted || currentMode == Mode::Lenient)
    return;
  std::string message = exception->str();
  report(Code::ExceptionRaised, place, "the file raises {}{}", exception->name,
         message.empty() ? "" : ": " + message);
  if (raised)
    raised = exception;
  halted = true;
}

void Interpreter::executeRaise(const ast::Raise &stmt) {
  Value value = stmt.exception ? evaluate(*stmt.exception) : Value();
  if (stmt.cause)
    evaluate(*stmt.cause);
  if (halted || value.isError() || currentMode == Mode::Lenient)
    return;
  if (!stmt.exception && !handled) {
    report(Code::ValueMismatch, stmt.range, "there is no exception to raise again");
    return;
  }
  Exception *exception = stmt.exception ? value.as<Exception>() : handled;
  if (exception && !exception->args)
    exception = heap.make<Exception>(*exception, std::vector<Value>());
  if (exception)
    return raise(exception, stmt.range);
  report(Code::TypeMismatch, stmt.range, "what is raised is an exception, not {}",
         value.typeName());
  halt();
}

void Interpreter::executeAssert(const ast::Assert &stmt) {
  Value condition = evaluateCondition(*stmt.condition);
  if (halted || truth(condition).value_or(true) || currentMode == Mode::Lenient)
    return;
  std::vector<Value> args;
  if (stmt.message)
    args.push_back(evaluate(*stmt.message));
  if (halted)
    return;
  report(Code::AssertionFailed, stmt.condition->range, "the file's assertion fails{}",
         args.empty() ? "" : ": " + args[0].str());
  raisedIs("AssertionError", std::move(args));
  halt();
}

//===----------------------------------------------------------------------===//
// try
//===----------------------------------------------------------------------===//

bool Interpreter::handles(const ast::Try::Handler &handler) {
  if (!handler.type)
    return true;
  Value type = evaluate(*handler.type);
  std::vector<Value> types{type};
  if (const auto *several = type.as<Tuple>())
    types = several->elements;
  for (Value candidate : types) {
    const auto *exceptionClass = candidate.as<Exception>();
    if (exceptionClass && !exceptionClass->args) {
      if (exceptionClass->includes(*handled))
        return true;
    } else if (!candidate.isError() && !candidate.as<Opaque>()) {
      report(Code::TypeMismatch, handler.type->range,
             "`except` takes classes of exceptions, not {}", candidate.typeName());
      return false;
    }
  }
  return false;
}

std::optional<Interpreter::Flow> Interpreter::handleRaised(const ast::Try &stmt) {
  // Handlers are asked, and run, as if nothing had happened.
  Exception *exception = std::exchange(raised, nullptr);
  size_t mark = raisedMark;
  bool byReport = raisedByReport;
  llvm::SaveAndRestore handling(handled, exception);
  halted = false;
  for (const ast::Try::Handler &handler : stmt.handlers) {
    if (!handles(handler)) {
      if (halted)
        return Flow::Halt;
      continue;
    }
    engine.truncate(mark);
    if (!handler.name.empty())
      setName(handler.name, exception);
    Flow flow = execute(handler.body);
    if (!handler.name.empty())
      scope->names.erase(handler.name);
    return flow;
  }
  raised = exception;
  raisedMark = mark;
  raisedByReport = byReport;
  halted = true;
  return std::nullopt;
}

Interpreter::Flow Interpreter::executeTry(const ast::Try &stmt) {
  if (currentMode == Mode::Lenient) {
    for (const ast::Block *block : {&stmt.body, &stmt.orElse, &stmt.finalBody}) {
      Flow flow = execute(*block);
      if (flow != Flow::Next)
        return flow;
    }
    return Flow::Next;
  }
  ++attempts;
  Flow flow = execute(stmt.body);
  bool hasEnded = flow == Flow::Next;
  if (stmt.finalBody.empty())
    --attempts;
  if (raised) {
    if (std::optional<Flow> handlerFlow = handleRaised(stmt))
      flow = *handlerFlow;
  } else if (hasEnded && !halted) {
    flow = execute(stmt.orElse);
  }
  if (!stmt.finalBody.empty()) {
    --attempts;
    Exception *pending = std::exchange(raised, nullptr);
    Value result = returned;
    if (pending)
      halted = false;
    Flow last = execute(stmt.finalBody);
    if (last != Flow::Next) {
      // Leaving a `finally` early forgets what was raised.
      if (pending && !halted)
        engine.truncate(raisedMark);
      return last;
    }
    returned = result;
    raised = pending;
    halted |= pending != nullptr;
  }
  // Nobody takes it. After a mistake evaluation goes on with error values, as it
  // does without a `try`; what the file raises itself is the end.
  if (raised && attempts == 0) {
    raised = nullptr;
    halted = !raisedByReport;
    poisonNames(stmt.body);
    for (const ast::Try::Handler &handler : stmt.handlers)
      poisonNames(handler.body);
    return halted ? Flow::Halt : Flow::Next;
  }
  return halted ? Flow::Halt : flow;
}

} // namespace rondo::eval
