//===- Interpreter.h - Evaluates a model file -------------------*- C++ -*-===//
//
// A deterministic evaluator of the Python that model files are written in. It
// has no input or output but print, and limits on steps, depth and memory. A
// mistake is reported and evaluation goes on with an error value, so that one
// run finds as many independent mistakes as it can.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_INTERPRETER_H
#define RONDO_FRONTEND_EVAL_INTERPRETER_H

#include "frontend/eval/Arguments.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace rondo::eval {

/// How mistakes are taken. The training script under `if __name__ ==
/// "__main__":` is only skimmed for model.compile and model.fit: there, whatever
/// needs data or libraries is opaque, and mistakes with values are not said. See
/// docs/contracts.md, section 7.
enum class Mode { Strict, Lenient };

class Instance;
struct BlockNames;

class Interpreter {
public:
  /// Finds the module of a dotted name, or null.
  using ModuleFinder = std::function<Object *(llvm::StringRef name)>;

  explicit Interpreter(diagnostics::Engine &diagnostics);

  /// Evaluates a file. The body of `if __name__ == "__main__":` is evaluated
  /// leniently, or skipped unless `evaluateMain`; as any other statement where the file
  /// has not left the variable `wanted` before it.
  void run(const ast::Module &module, bool evaluateMain, llvm::StringRef wanted = "");

  /// The value of a name of the file after run().
  std::optional<Value> global(llvm::StringRef name) const;
  std::vector<std::string> globalNames() const;

  //===--------------------------------------------------------------------===//
  // For whoever implements objects
  //===--------------------------------------------------------------------===//

  /// Reports a mistake. In a training script, where values are opaque, what would
  /// be wrong with a value is not said.
  template <typename... Args>
  diagnostics::Diagnostic &report(Code code, SourceRange place, fmt::format_string<Args...> format,
                                  Args &&...args) {
    isNewlyRaised = false;
    if ((currentMode == Mode::Lenient && isAboutValues(code)) || raised)
      return unsaid;
    size_t mark = engine.size();
    diagnostics::Diagnostic &diagnostic =
        annotate(engine.report(code, place, format, std::forward<Args>(args)...));
    if (attempts > 0)
      raiseReported(code, diagnostic.message, mark);
    return diagnostic;
  }
  /// The same, for a function whose result is then an error.
  template <typename... Args>
  Value mistake(Code code, SourceRange place, fmt::format_string<Args...> format, Args &&...args) {
    report(code, place, format, std::forward<Args>(args)...);
    return Value::error();
  }
  /// The text of the exception that a `try` takes for the last report: Python's words.
  template <typename... Args> void pythonSays(fmt::format_string<Args...> format, Args &&...args) {
    if (isNewlyRaised)
      setRaisedText(fmt::format(format, std::forward<Args>(args)...));
  }
  /// What a report that a `try` takes is to be caught as, where its code is not enough.
  void raisedIs(const char *name, std::vector<Value> args = {});
  /// Reports a value that can be no key, or element of a set.
  Value reportUnhashable(SourceRange place, Value value);
  /// Raises an exception of the file: reported unless a `try` of the file takes it.
  void raise(Exception *exception, SourceRange place);
  template <typename... Args>
  diagnostics::Diagnostic &warn(Code code, SourceRange place, fmt::format_string<Args...> format,
                                Args &&...args) {
    return annotate(engine.warn(code, place, format, std::forward<Args>(args)...));
  }
  /// Something that Python has and Rondo does not evaluate: an opaque value in a
  /// training script, otherwise reported (`unsupported-feature`), naming a mend.
  Value unsupported(SourceRange place, llvm::StringRef what, llvm::StringRef mend = "");
  /// An operation on an opaque value, which gives another one.
  Value swallow(const Opaque &opaque, SourceRange place);
  /// The same where the model needs the value: an error after a report.
  Value needs(const Opaque &opaque, SourceRange place);
  /// What a call gives that has an opaque value somewhere in its arguments: reported
  /// where a symbolic tensor is there too. Nothing for all other calls.
  std::optional<Value> swallowInside(const Arguments &arguments);
  /// What a call gives that needs data: counted for `onlyUsesModel`.
  Value dataCall(std::string origin, SourceRange place);
  /// A method that gives unknown values.
  Value unknownMethod(llvm::StringRef name, std::string origin, bool isDataCall = false);
  /// What the innermost function of a class that is being evaluated is called on: its `self`.
  std::optional<Value> currentSelf() const;
  /// Counts what changes the model, for `onlyUsesModel`.
  void noteModelChange() { ++modelChanges; }

  Mode mode() const { return currentMode; }
  bool isHalted() const { return halted; }

  Value call(Value callee, Arguments &arguments);
  Value attribute(Value object, llvm::StringRef name, SourceRange place);
  Value subscript(Value object, Value index, SourceRange place, SourceRange indexPlace);
  /// The same of Python's own types, whatever a class of the file that derives from them says.
  Value plainSubscript(Value object, Value index, SourceRange place, SourceRange indexPlace);
  /// `object[key] = value` of a dict or a list, likewise.
  void setPlainSubscript(Value object, Value key, Value value, SourceRange keyPlace);
  Value binary(ast::BinaryOp op, Value left, Value right, SourceRange place);
  Value unary(ast::UnaryOp op, Value operand, SourceRange place);
  Value compare(ast::CompareOp op, Value left, Value right, SourceRange place);
  /// Truth, or nothing for an error or opaque value.
  std::optional<bool> truth(Value value);
  /// A value that is about to be asked for its truth: an error after a report
  /// where it has none.
  Value asCondition(Value value, SourceRange place);
  /// Truth of a condition: an error is false, and what a training script asks of
  /// its data is true.
  bool holds(Value value) { return truth(value).value_or(!value.isError()); }

  /// Calls `body` for each element until it returns false. Returns false when the
  /// value cannot be iterated (reported) or evaluation has been halted.
  bool iterate(Value value, SourceRange place, llvm::function_ref<bool(Value)> body,
               Misuse use = Misuse::Iteration);
  /// All elements; nothing if that failed.
  std::optional<std::vector<Value>> elements(Value value, SourceRange place,
                                             Misuse use = Misuse::Iteration);

  /// What goes over the elements; null after a report.
  Iterator *iterator(Value value, SourceRange place, Misuse use = Misuse::Iteration);
  /// Everything that str() or repr() says; nothing after a report that it is too long.
  std::optional<std::string> textOf(Value value, bool isRepr, SourceRange place);
  /// Runs `body`; true if that raised an exception of this class, of which nothing is left
  /// then, as after a handler. Any other is raised further.
  bool attempt(const char *exceptionName, llvm::function_ref<void()> body);
  /// Takes back what was reported since the engine had `mark` diagnostics.
  void forgetRaised(size_t mark);
  /// The type that type(value) is.
  Value typeOf(Value value);
  /// A builtin function or type.
  Value builtin(llvm::StringRef name) const { return builtins.lookup(name); }
  /// Calls with arguments that all stand at one place.
  Value callWith(Value callee, const std::vector<Value> &values, SourceRange calleePlace,
                 SourceRange place);

  /// Counts a unit of work, or several. False once a limit is exceeded: stop at once.
  bool step(SourceRange place, uint64_t work = 1);
  void halt() { halted = true; }

  /// While alive, every diagnostic gets a note with this place: "while … here".
  class Frame {
  public:
    Frame(Interpreter &in, SourceRange place, std::string what);
    /// The iteration of a loop, from 0, over `element`; the first one says nothing.
    Frame(Interpreter &in, SourceRange place, size_t iteration, Value element);
    /// The call of a function, from 0, for `element` of what stands at `place`.
    struct ForElement {
      size_t index;
      Value element;
    };
    Frame(Interpreter &in, SourceRange place, ForElement call);
    ~Frame();

  private:
    Interpreter &in;
  };

  diagnostics::Engine &engine;
  Heap heap;
  ModuleFinder findModule;
  /// The name that a module has today, where it had another one.
  std::function<std::optional<std::string>(llvm::StringRef name)> todaysModule;
  /// Gives what takes the names of layers back that are given from now on; null without any.
  std::function<std::function<void()>()> namesSoFar;
  /// The dotted names of all modules, for suggestions.
  std::function<std::vector<std::string>()> moduleNames;
  /// What print(…) wrote.
  std::string printed;
  /// What is reported once: names that are missing, and the origins of opaque values, by first and
  /// last byte.
  struct Reported {
    llvm::StringMap<char> names;
    llvm::DenseSet<std::pair<uint32_t, uint32_t>> unknowns;
  };
  Reported reported;
  /// The file asks whether there is an attribute: what only older versions of Keras had is not.
  bool isAsking = false;
  /// What has been reported so far, to which something that is only tried goes back.
  class Checkpoint {
  public:
    explicit Checkpoint(Interpreter &in)
        : in(in), mark(in.engine.size()), errors(in.engine.errorCount()), reported(in.reported) {}
    bool hasErrorsSince() const { return in.engine.errorCount() != errors; }
    void goBack() {
      in.engine.truncate(mark);
      in.reported = reported;
    }

  private:
    Interpreter &in;
    const size_t mark, errors;
    const Reported reported;
  };
  /// Modules that the evaluator has itself: math, numpy….
  llvm::StringMap<Module *> standardModules;
  /// The imports of the file, for fixes that need another one.
  std::vector<SourceRange> importPlaces;
  /// The condition of a training script that was skipped, if there is one.
  SourceRange skippedMain;

  /// What a place of the file was when it was last evaluated, and how often that
  /// happened.
  struct Occurrence {
    Value value;
    unsigned count = 0;
  };
  /// Of names (also where they get a value), attributes (at their name) and calls, by
  /// first and last byte.
  using Occurrences = llvm::DenseMap<std::pair<uint32_t, uint32_t>, Occurrence>;
  /// Where they are recorded; nowhere when null.
  Occurrences *occurrences = nullptr;

private:
  friend class Function;
  friend class Generator;
  friend class GeneratorCall;
  enum class Flow { Next, Break, Continue, Return, Halt };

  static bool isAboutValues(Code code);
  diagnostics::Diagnostic &annotate(diagnostics::Diagnostic &diagnostic);
  void addBuiltins();
  void addBuiltin(const char *name, const char *parameters, Native::Body body,
                  Native::Opaques opaques = Native::Opaques::Swallow);
  void addType(const char *name, const char *parameters, Native::Body body);
  void addNumberBuiltins();
  void addCollectionBuiltins();
  void addObjectBuiltins();
  void addExceptions();

  // Statements.
  Flow execute(const ast::Block &block);
  Flow execute(const ast::Stmt &stmt);
  Flow executeIf(const ast::If &stmt);
  Flow executeFor(const ast::For &stmt);
  Flow executeWhile(const ast::While &stmt);
  Flow executeWith(const ast::With &stmt, size_t first = 0);
  /// The body between `__enter__` and `__exit__` of an object of the file.
  Flow executeWithin(const ast::With &stmt, size_t item, const Instance &context);
  Flow executeTry(const ast::Try &stmt);
  void executeImport(const ast::Import &stmt);
  void executeImportFrom(const ast::ImportFrom &stmt);
  void executeAugAssign(const ast::AugAssign &stmt);
  void executeAssert(const ast::Assert &stmt);
  void executeRaise(const ast::Raise &stmt);
  /// Runs the first handler that takes what was raised.
  std::optional<Flow> handleRaised(const ast::Try &stmt);
  bool handles(const ast::Try::Handler &handler);
  /// After a `try`, or what is like one: whether what was raised got past the outermost.
  bool endRaised();
  /// A training script is looked at as if nothing went wrong, but for what objects of the
  /// file raise to end an iteration.
  bool ignoresRaising() const { return currentMode == Mode::Lenient && attempts == 0; }
  void raiseReported(Code code, llvm::StringRef message, size_t mark);
  void setRaisedText(std::string text);
  void executeDelete(const ast::Delete &stmt);
  void deleteTarget(const ast::Expr &target);
  void deleteSubscript(const ast::Subscript &target);
  void deleteAttribute(Value object, llvm::StringRef name, SourceRange place);
  void addClassBuiltins();
  void defineFunction(const ast::FunctionDef &stmt);
  void defineClass(const ast::ClassDef &stmt);
  /// The bases that a class statement names; nothing after it has been given another
  /// meaning or a mistake in it was reported.
  std::optional<std::vector<Class *>> evaluateBases(const ast::ClassDef &stmt,
                                                    std::vector<KeywordArgument> &keywords);
  /// What Python does once the body of a class has been evaluated.
  void completeClass(Class &type, const std::vector<KeywordArgument> &keywords);
  Class *objectClass();
  std::optional<std::vector<Value>> evaluateDecorators(const std::vector<ast::ExprPtr> &decorators);
  Value decorate(const std::vector<ast::ExprPtr> &decorators, const std::vector<Value> &functions,
                 Value definition);
  Value makeSuper(BoundArguments &arguments);
  /// Where functions that are defined here look for names.
  Scope *closureScope() const { return scope->isClassBody ? scope->parent : scope; }
  /// `__name` inside a class is `_Class__name`.
  std::string mangled(llvm::StringRef name) const;
  void declare(const std::vector<std::string> &names, bool global, SourceRange place);
  bool isMainGuard(const ast::Expr &condition) const;
  /// After a condition that has no value: the names that a block would have
  /// assigned become errors rather than undefined.
  void poisonNames(const ast::Block &block);

  /// Passes over a block that an opaque value decides about.
  Flow skipUnknown(const BlockNames &block, const Opaque &unknown, SourceRange place);
  /// The same with the value that is left.
  Flow skip(const BlockNames &block, Value value, SourceRange place);
  /// What a loop that trains or predicts needs to know of the time before an iteration.
  struct Progress {
    uint64_t dataCalls, modelChanges;
  };
  Progress progress() const { return {dataCalls, modelChanges}; }
  /// Whether an iteration used the model on data and changed nothing of it: further ones
  /// say nothing more about the model. The loop ends then, as `endsUnknown` takes it.
  bool onlyUsesModel(const Progress &before, Flow flow, SourceRange place);
  /// Goes through a loop over unknown data once, to see whether each round makes a model of its
  /// own: that of the last one is what the loop leaves. False where it does not.
  bool makesModelInRound(const ast::For &stmt, const BlockNames &names, const Opaque &unknown);
  /// Whether a loop ends because an opaque value decides if it goes on; what the loop
  /// may change is unknown then.
  bool endsUnknown(const ast::Stmt &loop, Flow &flow);
  /// Makes unknown what a call of a function of the file may change.
  void forgetArguments(const ast::Call &call, Value unknown);
  /// Makes unknown what stands at an expression, if the method may change it.
  void forgetObject(const ast::Expr &expr, llvm::StringRef method, Value unknown);
  /// Where a name has its value, or null.
  Value *findName(llvm::StringRef name);
  /// The opaque value that decides a condition outside a training script, or null.
  const Opaque *undecided(Value condition) const {
    return currentMode == Mode::Strict ? condition.as<Opaque>() : nullptr;
  }

  // Names and targets.
  void assign(const ast::Expr &target, Value value);
  void assignSubscript(const ast::Subscript &target, Value value);
  void setSubscript(Value object, Value key, Value value, const ast::Subscript &target);
  void setAttribute(Value object, const ast::Attribute &target, Value value);
  void assignSlice(List &list, const Slice &slice, Value value, SourceRange place);
  void assignSequence(const std::vector<ast::ExprPtr> &targets, Value value, SourceRange place);
  void setName(llvm::StringRef name, Value value);
  /// Records what is at `place`, and returns it.
  Value record(SourceRange place, Value value) {
    if (occurrences) {
      Occurrence &occurrence = (*occurrences)[{place.begin, place.end}];
      occurrence = {value, occurrence.count + 1};
    }
    return value;
  }
  Value lookUp(const ast::Name &name);
  void reportUndefined(const ast::Name &name);
  Value importModule(llvm::StringRef name, SourceRange place);
  const llvm::StringMap<char> *localsOf(const ast::Block &body,
                                        const std::vector<ast::Parameter> &parameters);

  // Expressions.
  Value evaluate(const ast::Expr &expr);
  Value evaluateCondition(const ast::Expr &expr) { return asCondition(evaluate(expr), expr.range); }
  Value evaluateString(const ast::FString &expr);
  /// Nothing when what `*` passes has no value: `otherwise` is that then.
  std::optional<std::vector<Value>> evaluateElements(const std::vector<ast::ExprPtr> &elements,
                                                     Value &otherwise);
  Value evaluateDict(const ast::Dict &expr);
  Value evaluateComprehension(const ast::Comprehension &expr);
  Value evaluateNamed(const ast::Named &expr);
  Value evaluateSet(const ast::Set &expr);
  Value evaluateBoolOp(const ast::BoolOp &expr);
  Value evaluateCompare(const ast::Compare &expr);
  Value evaluateConditional(const ast::Conditional &expr);
  Value evaluateLambda(const ast::Lambda &expr);
  Value evaluateCall(const ast::Call &expr);
  /// False when what `*` or `**` passes has no value: `unknown` is that then.
  bool evaluateArguments(const ast::Call &expr, Arguments &arguments, Value &unknown);
  Value evaluateSlice(const ast::Slice &expr);
  Signature makeSignature(llvm::StringRef name, const std::vector<ast::Parameter> &parameters);

  // Operators on Python's own values.
  Value binaryIntegers(ast::BinaryOp op, int64_t left, int64_t right, SourceRange place);
  Value binaryReals(ast::BinaryOp op, double left, double right, SourceRange place,
                    bool isOfIntegers = false);
  std::optional<Value> binaryNumbers(ast::BinaryOp op, Value left, Value right, SourceRange place);
  /// `left op= right` where the left value changes in place; false where it does not.
  bool updateInPlace(ast::BinaryOp op, Value left, Value right, SourceRange place);
  std::optional<Value> binarySequences(ast::BinaryOp op, Value left, Value right,
                                       SourceRange place);
  Value binaryMismatch(ast::BinaryOp op, Value left, Value right, SourceRange place);
  std::optional<bool> contains(Value container, Value value, SourceRange place);
  std::optional<Value> subscriptText(const Str &text, Value index, SourceRange place);
  std::optional<Value> subscriptSequence(Value object, Value index, SourceRange place);

  Value callFunction(Function &function, Arguments &arguments);
  /// Remembers which statements of a body hold a `yield`; whether there are any.
  bool markYields(const ast::Block &body);
  bool markYields(const ast::Stmt &stmt);
  /// What a call of a function with `yield` gives: its body on its way.
  Value makeGenerator(Scope *names, const Function &function, SourceRange place);

  /// Nested evaluations, over all calls of functions: bounds the C++ stack.
  static constexpr unsigned maxEvaluationDepth = 4000;
  static constexpr unsigned maxCallDepth = 200;

  const ast::Module *file = nullptr;
  Scope *fileScope;
  Scope *scope;
  llvm::StringMap<Value> builtins;
  /// Types that have no name in a file: of functions, of None.
  llvm::StringMap<Value> namelessTypes;
  /// Calls of data methods, and changes of models and layers, so far.
  uint64_t dataCalls = 0, modelChanges = 0;
  /// Whether one of those was a method of what could not be made.
  bool callsError = false;
  /// What decides whether the loop around goes on, after the Flow that says it ends.
  std::optional<Value> endOfLoop;
  SourceRange endOfLoopPlace;
  std::unordered_map<const void *, std::unique_ptr<llvm::StringMap<char>>> localsByBody;
  /// Statements with a `yield` in them, and bodies of functions with one.
  llvm::DenseSet<const void *> yielding;
  struct FrameNote {
    SourceRange place;
    std::string what;
    /// Of a loop; 0 elsewhere.
    size_t iteration = 0;
    Value element;
    /// Whether `place` is what the element is of, not the loop's target.
    bool isOfCall = false;

    bool isSilent() const { return what.empty() && iteration == 0; }
    std::string text() const;
  };
  std::vector<FrameNote> frames;
  void leaveFrames(size_t left) { frames.erase(frames.begin() + left, frames.end()); }
  Value returned;
  diagnostics::Diagnostic unsaid{Code::ValueMismatch, {}, ""};
  /// What is being raised while statements end early on the way to a handler, and
  /// the engine's size before it was reported.
  Exception *raised = nullptr;
  size_t raisedMark = 0;
  /// Whether the last report is what is being raised.
  bool isNewlyRaised = false;
  /// Whether an error value takes its place if no handler does: it was no `raise`.
  bool raisedByReport = false;
  /// What the handler around takes care of, for a bare `raise`.
  Exception *handled = nullptr;
  /// `try` statements around that may take what is raised.
  unsigned attempts = 0;
  Mode currentMode = Mode::Strict;
  bool evaluateMain = false;
  std::string wantedOfMain;
  bool halted = false;
  uint64_t steps = 0;
  unsigned evaluationDepth = 0;
  unsigned callDepth = 0;
};

/// The order of two values for sorted, min, max and `<`; nothing if they have none.
std::optional<int> order(Value a, Value b, unsigned depth = 0);
/// The entries of a dict in the order of their keys.
std::vector<Dict::Entry> sortedItems(const Dict &dict);

/// A float as an integer of any size; nothing for infinities and NaN.
std::optional<Value> toInteger(Heap &heap, double value);

/// What Python calls the type of a value: "int", "NoneType".
std::string pythonType(Value value);

/// A string with typographic care for messages: "1 argument", "2 arguments".
std::string plural(uint64_t count, llvm::StringRef noun);

/// Adds "did you mean `tanh`?" to a message about `word`, with a fix when `place`
/// is that word or a string that holds it.
diagnostics::Diagnostic &suggest(diagnostics::Diagnostic &diagnostic, llvm::StringRef word,
                                 const std::vector<std::string> &candidates, SourceRange place);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_INTERPRETER_H
