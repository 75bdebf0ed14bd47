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

BoundArguments::BoundArguments(const Signature &signature, SourceRange place,
                               SourceRange calleePlace)
    : signature(signature), place(place), calleePlace(calleePlace) {
  for (const Signature::Parameter &parameter : signature.parameters)
    slots.push_back({parameter.defaultValue.value_or(Value()), place, false});
}

bool BoundArguments::has(llvm::StringRef name) const {
  return llvm::any_of(signature.parameters,
                      [&](const Signature::Parameter &p) { return p.name == name; });
}

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
      return;
    }
  }
}

void bindKeywords(Interpreter &in, const Signature &signature, const Arguments &arguments,
                  BoundArguments &bound) {
  for (const KeywordArgument &argument : arguments.keywords) {
    size_t i = 0;
    while (i < signature.parameters.size() && !(signature.parameters[i].name == argument.name &&
                                                takesKeyword(signature.parameters[i])))
      ++i;
    if (i < signature.parameters.size()) {
      if (bound.slots[i].given)
        in.report(Code::RepeatedArgument, argument.place, "`{}` of `{}` is given twice",
                  argument.name, signature.callee)
            .note(bound.slots[i].place, "already given here");
      else
        bound.slots[i] = {argument.value, argument.place, true};
    } else if (hasKind(signature, Kind::VarKeywords)) {
      bound.restKeywords.push_back(argument);
    } else {
      std::vector<std::string> names;
      for (const Signature::Parameter &parameter : signature.parameters)
        if (takesKeyword(parameter))
          names.push_back(parameter.name);
      suggest(in.report(Code::UnknownArgument, argument.namePlace, "`{}` has no argument `{}`",
                        signature.callee, argument.name),
              argument.name, names, argument.namePlace);
    }
  }
}

} // namespace

std::optional<BoundArguments> bind(Interpreter &in, const Signature &signature,
                                   Arguments &arguments) {
  BoundArguments bound(signature, arguments.place, arguments.calleePlace);
  bindPositional(in, signature, arguments, bound);
  bindKeywords(in, signature, arguments, bound);
  std::string missing;
  for (size_t i = 0; i < bound.slots.size(); ++i) {
    const Signature::Parameter &parameter = signature.parameters[i];
    if (!bound.slots[i].given && !parameter.defaultValue && parameter.kind != Kind::VarArgs &&
        parameter.kind != Kind::VarKeywords)
      missing += (missing.empty() ? "`" : ", `") + parameter.name + "`";
  }
  if (missing.empty())
    return bound;
  in.report(Code::MissingArgument, arguments.place, "`{}` needs {}", signature.callee, missing);
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
