//===- Exceptions.cpp - raise, try, and what is raised --------------------===//
//
// Inside a `try` of the file a mistake that Python would raise an exception for
// becomes one: its diagnostic is taken back when a handler of the file takes it.
// On the way to the handler evaluation is halted, so that whatever is under way
// ends early.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Exceptions.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

namespace {

struct ExceptionName {
  const char *name, *base;
};

/// Bases come first.
const ExceptionName exceptionNames[] = {
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

//===----------------------------------------------------------------------===//
// Exceptions as objects
//===----------------------------------------------------------------------===//

namespace {

/// One of Python's own classes of exceptions.
class ExceptionClass : public NativeClass {
public:
  using NativeClass::NativeClass;
  Object *makeObject(Class &type, SourceRange) override {
    return in.heap.make<Exception>(type, std::vector<Value>());
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef member) override {
    auto *exception = self.as<Exception>();
    if (exception && member == "__init__")
      return Value(in.heap.make<Native>(exception->type.name, "*args",
                                        [exception](Interpreter &, BoundArguments &arguments) {
                                          exception->args.clear();
                                          for (const PlacedValue &argument : arguments.rest)
                                            exception->args.push_back(argument.value);
                                          return Value();
                                        }));
    if (exception && member == "__str__")
      return Value(in.heap.make<Native>("__str__", "",
                                        [exception](Interpreter &in, BoundArguments &) -> Value {
                                          return in.heap.str(exception->plainText());
                                        }));
    return NativeClass::boundMember(in, self, member);
  }
};

} // namespace

void Interpreter::addExceptions() {
  for (const ExceptionName &entry : exceptionNames) {
    auto *type = heap.make<ExceptionClass>(*this, entry.name, SourceRange());
    Class *base = builtins.lookup(entry.base).as<Class>();
    type->setBases({base ? base : objectClass()});
    builtins[entry.name] = type;
  }
  builtins["IOError"] = builtins["EnvironmentError"] = builtins["OSError"];
}

std::string Exception::plainText() const {
  // A missing key may be any value, and is shown as one.
  bool isKey = llvm::any_of(type.order, [](const Class *c) { return c->name == "KeyError"; });
  if (args.size() == 1)
    return isKey ? args.front().repr() : args.front().str();
  return args.empty() ? "" : reprOf(*this, args, "(", ")", 0);
}

std::string Exception::str() const {
  auto text = textSpecial("__str__");
  return text ? *text : plainText();
}

std::string Exception::repr(unsigned depth) const {
  if (auto text = textSpecial("__repr__"))
    return *text;
  return reprOf(*this, args, (type.name + "(").c_str(), ")", depth);
}

std::optional<Value> Exception::attribute(Interpreter &in, llvm::StringRef name,
                                          SourceRange place) {
  if (name == "args")
    return Value(in.heap.tuple(args));
  if (name == "__cause__")
    return cause;
  if (name == "__context__" || name == "__traceback__")
    return Value();
  if (name == "with_traceback")
    return Value(
        in.heap.make<Native>("with_traceback", "traceback, /",
                             [this](Interpreter &, BoundArguments &) { return Value(this); }));
  return InstanceOf::attribute(in, name, place);
}

//===----------------------------------------------------------------------===//
// Raising
//===----------------------------------------------------------------------===//

void Interpreter::raiseReported(Code code, llvm::StringRef message, size_t mark) {
  llvm::StringRef name = exceptionOf(code);
  if (name.empty() || halted)
    return;
  raised = heap.make<Exception>(*builtins.lookup(name).as<Class>(),
                                std::vector<Value>{heap.str(message.str())});
  raisedMark = mark;
  isNewlyRaised = true;
  raisedByReport = code != Code::ExceptionRaised && code != Code::AssertionFailed;
  halted = true;
}

std::string pythonType(Value value) {
  return value.isNone()                 ? "NoneType"
         : value.typeName() == "Tensor" ? "KerasTensor"
                                        : value.typeName();
}

Value Interpreter::reportUnhashable(SourceRange place, Value value) {
  report(Code::TypeMismatch, place, "a {} cannot be a key of a dict", value.typeName());
  pythonSays("unhashable type: '{}'", pythonType(value));
  return Value::error();
}

void Interpreter::setRaisedText(std::string text) {
  raised = heap.make<Exception>(raised->type, std::vector<Value>{heap.str(std::move(text))});
}

void Interpreter::raisedIs(const char *name, std::vector<Value> args) {
  if (isNewlyRaised)
    raised = heap.make<Exception>(*builtins.lookup(name).as<Class>(), std::move(args));
}

void Interpreter::raise(Exception *exception, SourceRange place) {
  if (halted || ignoresRaising())
    return;
  std::string message = exception->str();
  report(Code::ExceptionRaised, place, "the file raises {}{}", exception->type.name,
         message.empty() ? "" : ": " + message);
  if (raised)
    raised = exception;
  halted = true;
}

void Interpreter::executeRaise(const ast::Raise &stmt) {
  Value value = stmt.exception ? evaluate(*stmt.exception) : Value();
  Value cause = stmt.cause ? evaluate(*stmt.cause) : Value();
  if (halted || value.isError() || ignoresRaising())
    return;
  if (!stmt.exception && !handled) {
    report(Code::ValueMismatch, stmt.range, "there is no exception to raise again");
    return;
  }
  // An exception of a package that Rondo does not have is caught as one of no class in particular.
  if (value.as<Opaque>())
    value = builtins.lookup("Exception");
  // `raise ValueError` makes one.
  const Class *type = value.as<Class>();
  if (type && type->isSubclassOf(builtins.lookup("BaseException").as<Class>())) {
    Arguments none{stmt.exception->range, stmt.exception->range, {}, {}};
    value = call(value, none);
    if (halted || value.isError())
      return;
  }
  if (Exception *exception = stmt.exception ? value.as<Exception>() : handled) {
    if (stmt.cause)
      exception->cause = cause;
    return raise(exception, stmt.range);
  }
  diagnostics::Diagnostic &diagnostic =
      report(Code::TypeMismatch, stmt.range, "what is raised is an exception, not {}",
             type ? "the class `" + type->name + "`" : value.typeName());
  const auto *instance = value.as<Instance>();
  const Class *own = type ? type : instance ? &instance->type : nullptr;
  if (own && own->place)
    diagnostic.help("derive `{}` from Exception", own->name);
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
    const auto *exceptionClass = candidate.as<Class>();
    if (exceptionClass &&
        exceptionClass->isSubclassOf(builtins.lookup("BaseException").as<Class>())) {
      if (handled->isA(exceptionClass))
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

bool Interpreter::endRaised() {
  // Nobody takes it. After a mistake evaluation goes on with error values, as it
  // does without a `try`; what the file raises itself is the end.
  if (!raised || attempts > 0)
    return false;
  raised = nullptr;
  halted = !raisedByReport;
  return true;
}

bool Interpreter::attempt(const char *exceptionName, llvm::function_ref<void()> body) {
  ++attempts;
  body();
  --attempts;
  if (raised && raised->isA(builtins.lookup(exceptionName).as<Class>())) {
    forgetRaised(raisedMark);
    return true;
  }
  endRaised();
  return false;
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
  if (endRaised()) {
    poisonNames(stmt.body);
    for (const ast::Try::Handler &handler : stmt.handlers)
      poisonNames(handler.body);
    return halted ? Flow::Halt : Flow::Next;
  }
  return halted ? Flow::Halt : flow;
}

} // namespace rondo::eval
