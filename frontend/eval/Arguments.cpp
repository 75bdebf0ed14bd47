//===- Arguments.cpp - Calls and parameters -------------------------------===//
//
// Binding of arguments, and signatures from text.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Arguments.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/syntax/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

namespace rondo::eval {

using Kind = ast::Parameter::Kind;

/// Whether something went wrong where the value was made, or an element of it: that is
/// reported already, and nobody has to look for it.
static bool isBroken(Value value) {
  const auto *sequence = value.as<Sequence>();
  return value.isError() || (sequence && llvm::any_of(sequence->elements, [](Value element) {
                               return element.isError();
                             }));
}

const KeywordArgument *Arguments::find(llvm::StringRef name) const {
  auto found = llvm::find_if(keywords, [&](const KeywordArgument &a) { return a.name == name; });
  return found != keywords.end() ? &*found : nullptr;
}

KeywordArgument *Arguments::find(llvm::StringRef name) {
  return const_cast<KeywordArgument *>(std::as_const(*this).find(name));
}

void Arguments::drop(llvm::StringRef name) {
  llvm::erase_if(keywords, [&](const KeywordArgument &a) { return a.name == name; });
}

bool Arguments::hasError() const {
  return llvm::any_of(positional, [](const PlacedValue &a) { return isBroken(a.value); }) ||
         llvm::any_of(keywords, [](const KeywordArgument &a) { return isBroken(a.value); });
}

const Opaque *Arguments::firstOpaque() const {
  for (const PlacedValue &argument : positional)
    if (const Opaque *opaque = argument.value.as<Opaque>())
      return opaque;
  for (const KeywordArgument &argument : keywords)
    if (const Opaque *opaque = argument.value.as<Opaque>())
      return opaque;
  return nullptr;
}

/// The first value, inside of lists and dicts, for which `test` holds.
static std::optional<Value> findInside(Value value, llvm::function_ref<bool(Value)> test,
                                       unsigned depth = 0) {
  constexpr unsigned maxDepth = 4;
  if (test(value))
    return value;
  if (depth >= maxDepth)
    return std::nullopt;
  if (const auto *sequence = value.as<Sequence>()) {
    for (Value element : sequence->elements)
      if (auto found = findInside(element, test, depth + 1))
        return found;
  } else if (const auto *dict = value.as<Dict>()) {
    for (const Dict::Entry &entry : dict->items())
      if (auto found = findInside(entry.value, test, depth + 1))
        return found;
  }
  return std::nullopt;
}

const Opaque *opaqueIn(Value value) {
  auto found = findInside(value, [](Value part) { return part.as<Opaque>() != nullptr; });
  return found ? found->as<Opaque>() : nullptr;
}

bool holdsError(Value value) {
  return findInside(value, [](Value part) { return part.isError(); }).has_value();
}

bool holdsTensor(Value value) {
  return findInside(value,
                    [](Value part) {
                      return part.getObject() && part.getObject()->typeName() == "Tensor";
                    })
      .has_value();
}

std::optional<Arguments::PlacedOpaque> Arguments::findOpaque() const {
  for (const PlacedValue &argument : positional)
    if (const Opaque *opaque = opaqueIn(argument.value))
      return PlacedOpaque{opaque, argument.place};
  for (const KeywordArgument &argument : keywords)
    if (const Opaque *opaque = opaqueIn(argument.value))
      return PlacedOpaque{opaque, argument.place};
  return std::nullopt;
}

bool Arguments::holdTensor() const {
  return llvm::any_of(positional, [](const PlacedValue &a) { return holdsTensor(a.value); }) ||
         llvm::any_of(keywords, [](const KeywordArgument &a) { return holdsTensor(a.value); });
}

BoundArguments::BoundArguments(const Signature &signature, SourceRange place,
                               SourceRange calleePlace)
    : signature(signature), place(place), calleePlace(calleePlace) {
  for (const Signature::Parameter &parameter : signature.parameters)
    slots.push_back({parameter.defaultValue.value_or(Value()), place, false});
}

bool Signature::has(llvm::StringRef parameter) const {
  return llvm::any_of(parameters, [&](const Parameter &p) { return p.name == parameter; });
}

bool BoundArguments::has(llvm::StringRef name) const { return signature.has(name); }

size_t BoundArguments::indexOf(llvm::StringRef name) const {
  for (size_t i = 0; i < signature.parameters.size(); ++i)
    if (signature.parameters[i].name == name)
      return i;
  llvm::report_fatal_error(llvm::Twine("no parameter ") + name + " in the signature of " +
                           signature.callee);
}

namespace {

bool takesPosition(const Signature::Parameter &parameter) {
  return parameter.kind == Kind::Positional || parameter.kind == Kind::PositionalOnly;
}

bool takesKeyword(const Signature::Parameter &parameter) {
  return parameter.kind == Kind::Positional || parameter.kind == Kind::KeywordOnly;
}

bool hasKind(const Signature &signature, Kind kind) {
  return llvm::any_of(signature.parameters,
                      [&](const Signature::Parameter &p) { return p.kind == kind; });
}

/// Python's words for too many arguments by position.
void sayTooMany(Interpreter &in, const Signature &signature, size_t limit, size_t given) {
  size_t needed = 0;
  for (size_t i = 0; i < limit; ++i)
    needed += !signature.parameters[i].defaultValue;
  std::string takes =
      needed < limit ? fmt::format("from {} to {}", needed, limit) : std::to_string(limit);
  in.pythonSays("{}() takes {} positional argument{} but {} {} given", signature.callee, takes,
                limit == 1 ? "" : "s", given, given == 1 ? "was" : "were");
}

void bindPositional(Interpreter &in, const Signature &signature, const Arguments &arguments,
                    BoundArguments &bound) {
  size_t limit = 0;
  while (limit < signature.parameters.size() && takesPosition(signature.parameters[limit]))
    ++limit;
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    const PlacedValue &argument = arguments.positional[i];
    if (i < limit) {
      bound.slots[i] = {argument.value, argument.place, true};
    } else if (hasKind(signature, Kind::VarArgs)) {
      bound.rest.push_back(argument);
    } else {
      diagnostics::Diagnostic &diagnostic =
          in.report(Code::TooManyArguments, argument.place, "`{}` takes {} by position, got {}",
                    signature.callee,
                    limit <= arguments.implicit ? std::string("no arguments")
                                                : plural(limit - arguments.implicit, "argument"),
                    arguments.positional.size() - arguments.implicit);
      if (limit < signature.parameters.size())
        diagnostic.help("the others are passed by keyword");
      sayTooMany(in, signature, limit, arguments.positional.size());
      return;
    }
  }
}

/// Evaluation goes on with what was most likely meant.
void reportUnknown(Interpreter &in, const Signature &signature, const KeywordArgument &argument,
                   BoundArguments &bound) {
  std::vector<std::string> names;
  for (const Signature::Parameter &parameter : signature.parameters)
    if (takesKeyword(parameter))
      names.push_back(parameter.name);
  diagnostics::Diagnostic &diagnostic =
      in.report(Code::UnknownArgument, argument.namePlace, "`{}` has no argument `{}`",
                signature.callee, argument.name);
  suggest(diagnostic, argument.name, names, argument.namePlace);
  in.pythonSays("{}() got an unexpected keyword argument '{}'", signature.callee, argument.name);
  std::optional<std::string> meant = diagnostics::closestMatch(argument.name, names);
  // `state` for `initial_state`, `pool` for `pool_size`, `eps` for `epsilon`.
  auto longer = llvm::find_if(names, [&](llvm::StringRef name) {
    return (argument.name.size() > 3 && name.ends_with("_" + argument.name)) ||
           (argument.name.size() > 2 && name.starts_with(argument.name));
  });
  if (!meant && longer != names.end()) {
    meant = *longer;
    diagnostic.help("did you mean `{}`?", *meant);
    if (argument.namePlace.text() == argument.name)
      diagnostic.fix(argument.namePlace, *meant);
  }
  if (meant) {
    auto parameter = llvm::find_if(signature.parameters, [&](const Signature::Parameter &each) {
      return each.name == *meant && takesKeyword(each);
    });
    BoundArguments::Slot &slot = bound.slots[parameter - signature.parameters.begin()];
    if (!slot.given)
      slot = {argument.value, argument.place, true, /*isGuess=*/true};
  }
}

void bindKeywords(Interpreter &in, const Signature &signature, const Arguments &arguments,
                  BoundArguments &bound) {
  std::vector<const KeywordArgument *> unknown;
  for (const KeywordArgument &argument : arguments.keywords) {
    size_t i = 0;
    while (i < signature.parameters.size() && !(signature.parameters[i].name == argument.name &&
                                                takesKeyword(signature.parameters[i])))
      ++i;
    if (i < signature.parameters.size()) {
      if (bound.slots[i].given) {
        in.report(Code::RepeatedArgument, argument.place, "`{}` of `{}` is given twice",
                  argument.name, signature.callee)
            .note(bound.slots[i].place, "already given here");
        in.pythonSays("{}() got multiple values for argument '{}'", signature.callee,
                      argument.name);
      } else
        bound.slots[i] = {argument.value, argument.place, true};
    } else if (hasKind(signature, Kind::VarKeywords)) {
      bound.restKeywords.push_back(argument);
    } else {
      unknown.push_back(&argument);
    }
  }
  for (const KeywordArgument *argument : unknown)
    reportUnknown(in, signature, *argument, bound);
}

} // namespace

std::optional<BoundArguments> bind(Interpreter &in, const Signature &signature,
                                   Arguments &arguments) {
  BoundArguments bound(signature, arguments.place, arguments.calleePlace);
  bindPositional(in, signature, arguments, bound);
  bindKeywords(in, signature, arguments, bound);
  std::string missing;
  std::vector<std::string> names;
  for (size_t i = 0; i < bound.slots.size(); ++i) {
    const Signature::Parameter &parameter = signature.parameters[i];
    if (!bound.slots[i].given && !parameter.defaultValue && parameter.kind != Kind::VarArgs &&
        parameter.kind != Kind::VarKeywords) {
      missing += (missing.empty() ? "`" : ", `") + parameter.name + "`";
      names.push_back("'" + parameter.name + "'");
    }
  }
  if (missing.empty())
    return bound;
  in.report(Code::MissingArgument, arguments.place, "`{}` needs {}", signature.callee, missing);
  std::string last = names.size() > 1 ? (names.size() > 2 ? ", and " : " and ") + names.back() : "";
  size_t count = names.size();
  if (count > 1)
    names.pop_back();
  in.pythonSays("{}() missing {} required positional argument{}: {}{}", signature.callee, count,
                count == 1 ? "" : "s", llvm::join(names, ", "), last);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Signatures from text
//===----------------------------------------------------------------------===//

namespace {

Value literalValue(Heap &heap, const ast::Expr &expr) {
  switch (expr.kind) {
  case ast::Expr::Kind::None:
    return Value();
  case ast::Expr::Kind::Bool:
    return Value::boolean(llvm::cast<ast::Bool>(expr).value);
  case ast::Expr::Kind::Int:
    return Value::integer(llvm::cast<ast::Int>(expr).value);
  case ast::Expr::Kind::Float:
    return Value::real(llvm::cast<ast::Float>(expr).value);
  case ast::Expr::Kind::String:
    return heap.str(llvm::cast<ast::String>(expr).value);
  case ast::Expr::Kind::Unary: {
    Value value = literalValue(heap, *llvm::cast<ast::Unary>(expr).operand);
    return value.isInt() ? Value::integer(-*value.asInteger()) : Value::real(-*value.asReal());
  }
  case ast::Expr::Kind::Tuple: {
    std::vector<Value> elements;
    for (const ast::ExprPtr &element : llvm::cast<ast::Tuple>(expr).elements)
      elements.push_back(literalValue(heap, *element));
    return heap.tuple(std::move(elements));
  }
  default:
    llvm::report_fatal_error("a default in a signature of ours is no literal");
  }
}

/// For text of ours: a mistake in it is a defect.
Signature parseSignature(Heap &heap, llvm::StringRef callee, llvm::StringRef parameters) {
  diagnostics::Engine engine;
  const diagnostics::SourceFile &file =
      engine.addFile("signature", fmt::format("lambda {}: 0\n", parameters));
  std::unique_ptr<ast::Module> module = syntax::parse(file, engine);
  if (engine.hasErrors())
    llvm::report_fatal_error(llvm::Twine("signature of ") + callee + ": " + engine.render());
  const auto &lambda =
      llvm::cast<ast::Lambda>(*llvm::cast<ast::ExprStmt>(*module->body.front()).value);
  Signature signature{callee.str(), {}};
  for (const ast::Parameter &parameter : lambda.parameters) {
    std::optional<Value> defaultValue;
    if (parameter.defaultValue)
      defaultValue = literalValue(heap, *parameter.defaultValue);
    signature.parameters.push_back({parameter.kind, parameter.name, defaultValue});
  }
  return signature;
}

} // namespace

const Signature &Heap::signature(const std::string &callee, const std::string &parameters) {
  auto [place, isNew] = signatures.try_emplace({callee, parameters});
  if (isNew)
    place->second = parseSignature(*this, callee, parameters);
  return place->second;
}

} // namespace rondo::eval
