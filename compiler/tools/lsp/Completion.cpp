//===- Completion.cpp - What may be typed next ----------------------------===//
//
// Members of modules and other values, keyword arguments, names in strings, names of
// the file; and the parameters of the call that is being typed.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Facts.h"
#include "compiler/tools/lsp/Features.h"
#include "compiler/tools/lsp/Lookup.h"
#include "compiler/tools/lsp/Syntax.h"
#include "frontend/syntax/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

namespace rondo::lsp {

using eval::Value;

namespace {

/// The protocol's CompletionItemKind.
enum class ItemKind {
  Function = 3,
  Variable = 6,
  Class = 7,
  Module = 9,
  Property = 10,
  Keyword = 14,
  EnumMember = 20,
  Constant = 21,
};

ItemKind kindOf(llvm::StringRef name, Value value) {
  if (value.as<eval::Module>())
    return ItemKind::Module;
  if (value.as<eval::Native>() || value.as<eval::Function>())
    return llvm::isUpper(name.front()) ? ItemKind::Class : ItemKind::Function;
  if (value.as<eval::Class>())
    return ItemKind::Class;
  bool isVariable =
      value.as<keras::Tensor>() || value.as<keras::Layer>() || value.as<keras::Model>();
  return isVariable ? ItemKind::Variable : ItemKind::Constant;
}

class Completion {
public:
  Completion(const Document &document, size_t offset)
      : document(document), text(document.text.str()), offset(offset), cursor(text, offset) {}

  Json items();

private:
  void add(llvm::StringRef label, ItemKind kind, llvm::StringRef detail = "",
           llvm::StringRef words = "", llvm::StringRef insert = "");
  void addMembers(const eval::Module &module);
  bool addImports();
  void addAttributes(llvm::StringRef owner);
  void addStrings();
  void addKeywordArguments();
  void addNames();
  void addLocals();

  const Document &document;
  const llvm::StringRef text;
  const size_t offset;
  const Cursor cursor;
  Json found = Json::array();
  llvm::StringSet<> seen;
};

void Completion::add(llvm::StringRef label, ItemKind kind, llvm::StringRef detail,
                     llvm::StringRef words, llvm::StringRef insert) {
  if (!seen.insert(label).second)
    return;
  // Groups stay in the order in which they are added.
  Json item = {{"label", label.str()},
               {"kind", static_cast<int>(kind)},
               {"sortText", fmt::format("{:05}", found.size())}};
  if (!detail.empty())
    item["detail"] = shortened(detail, 1000);
  if (!words.empty())
    item["documentation"] = words.str();
  if (!insert.empty())
    item["insertText"] = insert.str();
  found.push_back(std::move(item));
}

void Completion::addMembers(const eval::Module &module) {
  std::vector<std::string> names = module.attributeNames();
  llvm::sort(names);
  for (const std::string &name : names) {
    Value value = module.members.lookup(name);
    add(name, kindOf(name, value), summarize(value), wordsOfCallable(name));
  }
}

/// Inside of an import: module names, or what is in the module.
bool Completion::addImports() {
  llvm::StringRef statement = cursor.statement().ltrim();
  bool isFrom = statement.consume_front("from ");
  if (!isFrom && !statement.consume_front("import "))
    return false;
  auto [module, names] = statement.split(" import");
  if (isFrom && statement.contains(" import")) {
    // `from keras import layers as` names something new.
    if (!names.rtrim().ends_with(" as"))
      if (const eval::Module *found = findModule(document, module.trim()))
        addMembers(*found);
    return true;
  }
  llvm::StringRef before = statement.rsplit(',').second;
  llvm::StringRef prefix = (before.empty() ? statement : before).trim();
  frontend::Evaluation *evaluation = document.check->evaluation();
  if (!evaluation)
    return true;
  // What follows the dots that are there.
  for (const std::string &name : evaluation->catalogue.moduleNames()) {
    llvm::StringRef rest = name;
    if (rest.consume_front(prefix) && !rest.contains('.'))
      add(rest, ItemKind::Module, name);
  }
  return true;
}

void Completion::addAttributes(llvm::StringRef owner) {
  std::optional<Value> value = lookUp(document, owner);
  if (!value)
    return;
  if (const auto *module = value->as<eval::Module>())
    return addMembers(*module);
  if (const eval::Object *object = value->getObject())
    for (const std::string &name : object->attributeNames())
      add(name, ItemKind::Property);
}

void Completion::addStrings() {
  std::optional<Cursor::Argument> argument = cursor.argument();
  if (!argument)
    return;
  llvm::StringRef method = argument->callee.name.rsplit('.').second;
  if (method == "get_layer") {
    auto model = lookUp(document, argument->callee.name.rsplit('.').first);
    if (const keras::Model *found = model ? keras::asModel(*model) : nullptr)
      for (const keras::Operation *layer : found->layers())
        add(layer->name, ItemKind::EnumMember, layer->className);
    return;
  }
  std::optional<CallTarget> target = targetOf(document, argument->callee);
  // Where the callee is not known, a keyword says enough.
  llvm::StringRef parameter = target ? parameterOf(target->callable, *argument) : argument->keyword;
  NameKind kind = nameKind(parameter);
  for (const std::string &name : namesOf(document, kind))
    add(name, ItemKind::EnumMember, describe(kind), wordsOfName(kind, name));
}

void Completion::addKeywordArguments() {
  std::optional<Cursor::Argument> argument = cursor.argument();
  // After `name=` comes a value.
  if (!argument || argument->isNested || !argument->keyword.empty())
    return;
  std::optional<CallTarget> target = targetOf(document, argument->callee);
  if (!target)
    return;
  const std::vector<Callable::Parameter> &parameters = target->callable.parameters;
  size_t positional = 0;
  for (llvm::StringRef keyword : argument->keywords)
    positional += keyword.empty();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Callable::Parameter &parameter = parameters[i];
    bool isGiven = (i < positional && parameter.takesPosition()) ||
                   llvm::is_contained(argument->keywords, parameter.name);
    if (parameter.takesKeyword() && !isGiven)
      add(parameter.name + "=", ItemKind::Property, parameter.str(),
          wordsOfParameter(target->callable.name, parameter.name));
  }
}

/// The names of the functions around the cursor, as their indentation shows: the
/// line that is being typed is part of no sound statement.
void Completion::addLocals() {
  frontend::Evaluation *evaluation = document.check->evaluation();
  if (!evaluation)
    return;
  auto indentation = [](llvm::StringRef line) { return line.size() - line.ltrim(" \t").size(); };
  llvm::StringRef rest = text.take_front(offset);
  auto [before, line] =
      rest.contains('\n') ? rest.rsplit('\n') : std::pair(llvm::StringRef(), rest);
  size_t depth = indentation(line);
  while (!before.empty() && depth > 0) {
    auto [above, header] =
        before.contains('\n') ? before.rsplit('\n') : std::pair(llvm::StringRef(), before);
    before = above;
    if (header.trim().empty() || indentation(header) >= depth)
      continue;
    depth = indentation(header);
    uint32_t start = header.ltrim(" \t").data() - text.data();
    Path path = pathTo(*evaluation->tree, start);
    const auto *function = path.statements.empty()
                               ? nullptr
                               : llvm::dyn_cast<ast::FunctionDef>(path.statements.back());
    if (!function || function->range.begin != start)
      continue;
    for (const ast::Parameter &parameter : function->parameters)
      add(parameter.name, ItemKind::Variable, "parameter of " + function->name);
    for (const Binding &binding : bindingsOf(function->body))
      add(binding.name, ItemKind::Variable, "in " + function->name);
  }
}

void Completion::addNames() {
  addLocals();
  for (const Check *check : {document.check.get(), document.lastParsed.get()}) {
    if (!check || !check->evaluation())
      continue;
    const eval::Interpreter &interpreter = check->evaluation()->interpreter;
    std::vector<std::string> names = interpreter.globalNames();
    // What the file did not make is nothing that one would type.
    llvm::erase_if(names, [](llvm::StringRef name) { return name.starts_with("__"); });
    llvm::sort(names);
    for (const std::string &name : names) {
      Value value = *interpreter.global(name);
      add(name, kindOf(name, value), summarize(value), wordsOfCallable(name));
    }
  }
  for (llvm::StringRef keyword : syntax::keywords())
    add(keyword, ItemKind::Keyword);
}

Json Completion::items() {
  if (cursor.isInComment)
    return std::move(found);
  if (cursor.isInString) {
    addStrings();
  } else if (!addImports()) {
    if (auto owner = cursor.owner()) {
      addAttributes(*owner);
    } else {
      addKeywordArguments();
      addNames();
    }
  }
  return std::move(found);
}

} // namespace

Json completion(const Document &document, const Json &parameters) {
  size_t offset = document.offset(parameters.at("position"));
  return {{"isIncomplete", false}, {"items", Completion(document, offset).items()}};
}

Json signatureHelp(const Document &document, const Json &parameters) {
  size_t offset = document.offset(parameters.at("position"));
  Cursor cursor(document.text.str(), offset);
  std::optional<Cursor::Argument> argument = cursor.argument();
  if (!argument || cursor.isInComment)
    return nullptr;
  std::optional<CallTarget> target = targetOf(document, argument->callee);
  if (!target)
    return nullptr;
  const Callable &callable = target->callable;
  SignatureText signature = signatureText(callable);
  Json all = Json::array();
  for (size_t i = 0; i < callable.parameters.size(); ++i) {
    const Callable::Parameter &parameter = callable.parameters[i];
    Json item = {{"label", parameter.str()}};
    llvm::StringRef words = wordsOfParameter(callable.name, parameter.name);
    if (!words.empty())
      item["documentation"] = words.str();
    all.push_back(std::move(item));
  }
  Json shown = {{"label", signature.text}, {"parameters", all}};
  llvm::StringRef words = wordsOfCallable(callable.name);
  if (!words.empty())
    shown["documentation"] = words.str();
  Json result = {{"signatures", Json::array({shown})}, {"activeSignature", 0}};
  // Beyond the last one where the argument is for none.
  llvm::StringRef active = parameterOf(callable, *argument);
  const Callable::Parameter *parameter = callable.find(active);
  result["activeParameter"] =
      parameter ? parameter - callable.parameters.data() : callable.parameters.size();
  return result;
}

} // namespace rondo::lsp
