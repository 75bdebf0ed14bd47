//===- Lookup.cpp - What names of a document stand for --------------------===//
//
// Dotted names, callees, and names in strings.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Lookup.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace rondo::lsp {

using eval::Value;

eval::Module *findModule(const Document &document, llvm::StringRef name) {
  frontend::Evaluation *evaluation = document.check->evaluation();
  return evaluation ? dynamic_cast<eval::Module *>(evaluation->catalogue.findModule(name))
                    : nullptr;
}

static std::optional<Value> attributeOf(eval::Interpreter &interpreter, Value value,
                                        llvm::StringRef name) {
  // Not by attribute(), which reports what is not supported.
  if (const auto *module = value.as<eval::Module>())
    return module->members.contains(name) ? std::optional(module->members.lookup(name))
                                          : std::nullopt;
  eval::Object *object = value.getObject();
  // Of objects of the file only what is there: a property would run.
  if (const auto *instance = value.as<eval::Instance>())
    return instance->attributes.contains(name) ? std::optional(instance->attributes.lookup(name))
                                               : std::nullopt;
  if (!object || !llvm::is_contained(object->attributeNames(), name))
    return std::nullopt;
  return object->attribute(interpreter, name, {});
}

static std::optional<Value> lookUp(eval::Interpreter &interpreter, llvm::StringRef name) {
  auto [first, rest] = name.split('.');
  std::optional<Value> value = interpreter.global(first);
  while (value && !value->isError() && !rest.empty()) {
    std::tie(first, rest) = rest.split('.');
    value = attributeOf(interpreter, *value, first);
  }
  return value && !value->isError() ? value : std::nullopt;
}

std::optional<Value> lookUp(const Document &document, llvm::StringRef name) {
  for (const Check *check : {document.check.get(), document.lastParsed.get()})
    if (check && check->evaluation())
      if (auto value = lookUp(check->evaluation()->interpreter, name))
        return value;
  return std::nullopt;
}

/// The call of a layer that is made in place: which one is not known while it is being
/// typed, but its class is.
static std::optional<CallTarget> layerCall(const Document &document, Value value) {
  const auto *native = value.as<eval::Native>();
  frontend::Evaluation *evaluation = document.check->evaluation();
  if (!native || !evaluation ||
      evaluation->catalogue.layers->members.lookup(native->name).getObject() != native)
    return std::nullopt;
  constexpr auto positional = ast::Parameter::Kind::Positional;
  Callable callable{native->name, {{"inputs", "", positional}}};
  if (llvm::StringRef(native->parameters).contains("return_state"))
    callable.parameters.push_back({"initial_state", "None", positional});
  return CallTarget{value, std::move(callable)};
}

std::optional<CallTarget> targetOf(const Document &document, const Callee &callee) {
  std::optional<Value> value = lookUp(document, callee.name);
  if (!value)
    return std::nullopt;
  if (callee.isResult)
    return layerCall(document, *value);
  auto callable = callableOf(*value);
  if (!callable)
    return std::nullopt;
  return CallTarget{*value, std::move(*callable)};
}

llvm::StringRef parameterOf(const Callable &callable, const Cursor::Argument &argument) {
  if (!argument.keyword.empty())
    return argument.keyword;
  // An argument by position comes before all keywords.
  for (llvm::StringRef keyword : argument.keywords)
    if (!keyword.empty())
      return "";
  if (argument.index < callable.parameters.size() &&
      callable.parameters[argument.index].takesPosition())
    return callable.parameters[argument.index].name;
  return "";
}

std::vector<std::string> namesOf(const Document &document, NameKind kind) {
  auto membersOf = [&](llvm::StringRef module) {
    std::vector<std::string> names;
    if (const eval::Module *found = findModule(document, module))
      names = found->attributeNames();
    return names;
  };
  auto isClass = [](llvm::StringRef name) { return llvm::isUpper(name.front()); };
  std::vector<std::string> names;
  switch (kind) {
  case NameKind::None:
    return {};
  case NameKind::Type:
    return {"float32", "int32"};
  case NameKind::Activation:
    names = membersOf("keras.activations");
    llvm::erase_if(names, [&](llvm::StringRef name) { return name == "get" || isClass(name); });
    break;
  case NameKind::Initializer:
    names = membersOf("keras.initializers");
    llvm::erase_if(names, isClass);
    break;
  case NameKind::Loss:
    names = membersOf("keras.losses");
    llvm::erase_if(names, isClass);
    break;
  case NameKind::Metric:
    names = membersOf("keras.metrics");
    llvm::erase_if(names, isClass);
    names.insert(names.begin(), {"accuracy", "acc"});
    break;
  case NameKind::Optimizer:
    for (const std::string &name : membersOf("keras.optimizers"))
      if (isClass(name))
        names.push_back(llvm::StringRef(name).lower());
    break;
  }
  llvm::sort(names);
  return names;
}

} // namespace rondo::lsp
