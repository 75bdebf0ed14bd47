//===- Hover.cpp - What is under the pointer ------------------------------===//
//
// Hovers on layers, tensors and other values, on arguments, on names in strings, and
// on what is wrong.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Facts.h"
#include "compiler/tools/lsp/Features.h"
#include "compiler/tools/lsp/Lookup.h"
#include "compiler/tools/lsp/Syntax.h"
#include "llvm/ADT/STLExtras.h"

namespace rondo::lsp {

using diagnostics::SourceRange;
using eval::Value;

namespace {

/// Words about a place.
struct Finding {
  std::string text;
  SourceRange place;
};

class HoverText {
public:
  HoverText(const Document &document, uint32_t offset)
      : document(document), check(*document.check), offset(offset),
        path(pathTo(*check.evaluation()->tree, offset)) {}

  Finding find() const;

private:
  Finding onExpression(size_t index) const;
  Finding onArgument(const ast::Call &call) const;
  Finding onString(size_t index) const;
  Finding onStatement(const ast::Stmt &stmt) const;
  Finding onNames(const std::vector<ast::ImportedName> &names) const;
  Finding onValue(SourceRange place) const;
  /// What the name or attribute at `index` is, as far as it is called at once:
  /// `Dense` of `Dense(8)(x)` is that layer, in that use.
  Finding onCallee(size_t index, SourceRange name) const;
  Value valueAt(SourceRange place) const {
    const auto *occurrence = check.at(place);
    return occurrence ? occurrence->value : Value::error();
  }

  const Document &document;
  const Check &check;
  const uint32_t offset;
  const Path path;
};

Finding HoverText::find() const {
  for (size_t i = path.expressions.size(); i-- > 0;) {
    Finding finding = onExpression(i);
    if (!finding.text.empty())
      return finding;
    // A place inside of a name, number or string says nothing of what is around it.
    if (!llvm::isa<ast::Call>(path.expressions[i]))
      return {};
  }
  return path.statements.empty() ? Finding{} : onStatement(*path.statements.back());
}

Finding HoverText::onExpression(size_t index) const {
  const ast::Expr &expr = *path.expressions[index];
  if (llvm::isa<ast::Name>(expr))
    return onCallee(index, expr.range);
  if (const auto *attribute = llvm::dyn_cast<ast::Attribute>(&expr))
    return touches(attribute->nameRange, offset) ? onCallee(index, attribute->nameRange)
                                                 : Finding{};
  if (const auto *call = llvm::dyn_cast<ast::Call>(&expr))
    return onArgument(*call);
  if (llvm::isa<ast::String>(expr))
    return onString(index);
  return {};
}

Finding HoverText::onCallee(size_t index, SourceRange name) const {
  Value value = valueAt(name);
  Value called = value;
  bool isMadeHere = false;
  for (size_t i = index; i-- > 0;) {
    const auto *call = llvm::dyn_cast<ast::Call>(path.expressions[i]);
    if (!call || call->callee.get() != path.expressions[i + 1])
      break;
    Value result = valueAt(call->range);
    if (result.isError())
      break;
    // What a layer gives when it is called, and the layer that is made here; what
    // other functions return is theirs.
    isMadeHere |= result.as<keras::Layer>() || called.as<keras::Layer>();
    called = result;
  }
  if (!isMadeHere)
    return onValue(name);
  std::string text = describeValue(name.text(), called);
  // The class with its parameters, where the layer is made.
  if (value.as<eval::Native>() || value.as<eval::Class>())
    text += "\n" + describeValue(name.text(), value);
  return {text, name};
}

Finding HoverText::onValue(SourceRange place) const {
  const auto *occurrence = check.at(place);
  if (!occurrence)
    return {};
  std::string text = describeValue(place.text(), occurrence->value);
  if (!text.empty() && occurrence->count > 1 && !callableOf(occurrence->value) &&
      !occurrence->value.as<eval::Module>())
    text += fmt::format("\n\nthe last of {} times", occurrence->count);
  return {text, place};
}

/// Where the value of a callee is recorded.
static SourceRange placeOf(const ast::Expr &callee) {
  const auto *attribute = llvm::dyn_cast<ast::Attribute>(&callee);
  return attribute ? attribute->nameRange : callee.range;
}

Finding HoverText::onArgument(const ast::Call &call) const {
  for (const ast::Argument &argument : call.arguments) {
    if (!touches(argument.keywordRange, offset))
      continue;
    auto callable = callableOf(valueAt(placeOf(*call.callee)));
    const Callable::Parameter *parameter = callable ? callable->find(argument.keyword) : nullptr;
    if (!parameter)
      return {};
    std::string text = fmt::format("`{}` of `{}`", parameter->str(), callable->name);
    llvm::StringRef words = wordsOfParameter(callable->name, argument.keyword);
    if (!words.empty())
      text += fmt::format(": {}", words);
    return {text, argument.keywordRange};
  }
  return {};
}

Finding HoverText::onString(size_t index) const {
  const auto &string = llvm::cast<ast::String>(*path.expressions[index]);
  for (size_t i = index; i-- > 0;) {
    const auto *call = llvm::dyn_cast<ast::Call>(path.expressions[i]);
    if (!call)
      continue;
    // The argument that the string is in, perhaps in a list.
    auto argument = llvm::find_if(call->arguments, [&](const ast::Argument &candidate) {
      return touches(candidate.value->range, offset);
    });
    if (argument == call->arguments.end())
      return {};
    llvm::StringRef parameter = argument->keyword;
    auto callable = callableOf(valueAt(placeOf(*call->callee)));
    size_t position = argument - call->arguments.begin();
    if (parameter.empty() && callable && position < callable->parameters.size())
      parameter = callable->parameters[position].name;
    NameKind kind = nameKind(parameter);
    if (kind == NameKind::None || !llvm::is_contained(namesOf(document, kind), string.value))
      return {};
    llvm::StringRef words = wordsOfName(kind, string.value);
    return {
        fmt::format("{} `{}`{}{}", describe(kind), string.value, words.empty() ? "" : ": ", words),
        string.range};
  }
  return {};
}

Finding HoverText::onNames(const std::vector<ast::ImportedName> &names) const {
  for (const ast::ImportedName &name : names)
    for (SourceRange place : {name.nameRange, name.aliasRange})
      if (touches(place, offset))
        return {onValue(name.nameRange).text, place};
  return {};
}

Finding HoverText::onStatement(const ast::Stmt &stmt) const {
  if (const auto *import = llvm::dyn_cast<ast::Import>(&stmt))
    return onNames(import->names);
  if (const auto *import = llvm::dyn_cast<ast::ImportFrom>(&stmt))
    return touches(import->moduleRange, offset) ? onValue(import->moduleRange)
                                                : onNames(import->names);
  if (const auto *function = llvm::dyn_cast<ast::FunctionDef>(&stmt))
    return touches(function->nameRange, offset) ? onValue(function->nameRange) : Finding{};
  return {};
}

/// What is wrong at the place, and where to read more.
std::string explanations(const Check &check, uint32_t offset) {
  std::string text;
  std::vector<diagnostics::Code> said;
  for (const diagnostics::Diagnostic *finding : check.findings()) {
    if (!touches(finding->range, offset) || llvm::is_contained(said, finding->code))
      continue;
    said.push_back(finding->code);
    llvm::StringRef code = diagnostics::codeName(finding->code);
    text += fmt::format("{}: {}. `rondo explain {}` says more\n",
                        diagnostics::severityName(finding->severity()),
                        diagnostics::codeTitle(finding->code), code);
  }
  return text;
}

/// For clients that show no Markdown.
std::string plainText(llvm::StringRef markdown) {
  std::string text;
  llvm::SmallVector<llvm::StringRef> lines;
  markdown.split(lines, '\n');
  for (llvm::StringRef line : lines) {
    if (line.starts_with("```"))
      continue;
    for (char c : line)
      if (c != '`' && c != '*')
        text += c;
    text += '\n';
  }
  return llvm::StringRef(text).rtrim().str();
}

} // namespace

Json hover(const Document &document, const Json &parameters) {
  uint32_t offset = document.offset(parameters.at("position"));
  const Check &check = *document.check;
  if (!check.evaluation())
    return nullptr;
  Finding finding = HoverText(document, offset).find();
  std::string wrong = explanations(check, offset);
  std::string text = finding.text;
  if (!wrong.empty())
    text += (text.empty() ? "" : "\n\n---\n\n") + wrong;
  if (text.empty())
    return nullptr;
  text = shortened(text, 10000);
  bool isMarkdown = document.client.showsMarkdown;
  Json result = {{"contents",
                  {{"kind", isMarkdown ? "markdown" : "plaintext"},
                   {"value", isMarkdown ? text : plainText(text)}}}};
  if (finding.place)
    result["range"] = document.range(finding.place);
  return result;
}

} // namespace rondo::lsp
