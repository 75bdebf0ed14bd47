//===- Symbols.cpp - Where names are defined ------------------------------===//
//
// The outline of a file, and the way from a name to its definition.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Facts.h"
#include "compiler/tools/lsp/Features.h"
#include "compiler/tools/lsp/Syntax.h"
#include "llvm/ADT/STLExtras.h"

namespace rondo::lsp {

using diagnostics::SourceRange;

namespace {

/// The protocol's SymbolKind.
enum class SymbolKind {
  Class = 5,
  Method = 6,
  Function = 12,
  Variable = 13,
  Constant = 14,
  Object = 19,
};

class Outline {
public:
  explicit Outline(const Document &document) : document(document), check(*document.check) {}

  Json of(const ast::Block &block, bool isInClass = false) const;

private:
  void add(Json &symbols, llvm::StringRef name, const std::string &detail, SymbolKind kind,
           SourceRange whole, SourceRange place, Json children = Json::array()) const;
  void addAssignment(Json &symbols, const ast::Assign &assign) const;

  const Document &document;
  const Check &check;
};

void Outline::add(Json &symbols, llvm::StringRef name, const std::string &detail, SymbolKind kind,
                  SourceRange whole, SourceRange place, Json children) const {
  Json symbol = {{"name", name.str()}, {"kind", static_cast<int>(kind)}};
  if (document.client.nestsSymbols) {
    symbol["range"] = document.range(whole);
    symbol["selectionRange"] = document.range(place);
    if (!detail.empty())
      symbol["detail"] = shortened(detail, 200);
    symbol["children"] = std::move(children);
    symbols.push_back(std::move(symbol));
    return;
  }
  symbol["location"] = {{"uri", document.uri}, {"range", document.range(whole)}};
  symbols.push_back(std::move(symbol));
  for (Json &child : children)
    symbols.push_back(std::move(child));
}

void Outline::addAssignment(Json &symbols, const ast::Assign &assign) const {
  std::vector<Binding> bindings;
  for (const ast::ExprPtr &target : assign.targets)
    bindTarget(*target, bindings);
  for (const Binding &binding : bindings) {
    const auto *occurrence = check.at(binding.range);
    eval::Value value = occurrence ? occurrence->value : eval::Value::error();
    bool isModel = keras::asModel(value) != nullptr;
    bool isLayer = value.as<keras::Layer>() || value.as<keras::Tensor>();
    add(symbols, binding.name, occurrence ? summarize(value) : "",
        isModel                      ? SymbolKind::Object
        : isLayer || value.isError() ? SymbolKind::Variable
                                     : SymbolKind::Constant,
        assign.range, binding.range);
  }
}

Json Outline::of(const ast::Block &block, bool isInClass) const {
  Json symbols = Json::array();
  for (const ast::StmtPtr &stmt : block) {
    if (const auto *function = llvm::dyn_cast<ast::FunctionDef>(stmt.get())) {
      std::string parameters;
      for (const ast::Parameter &parameter : function->parameters)
        parameters += (parameters.empty() ? "" : ", ") + parameter.name;
      add(symbols, function->name, "(" + parameters + ")",
          isInClass ? SymbolKind::Method : SymbolKind::Function, stmt->range, function->nameRange,
          of(function->body));
    } else if (const auto *type = llvm::dyn_cast<ast::ClassDef>(stmt.get())) {
      add(symbols, type->name, "", SymbolKind::Class, stmt->range, type->nameRange,
          of(type->body, /*isInClass=*/true));
    } else if (const auto *assign = llvm::dyn_cast<ast::Assign>(stmt.get())) {
      addAssignment(symbols, *assign);
    } else {
      forEachBlock(*stmt, [&](const ast::Block &inner) {
        for (Json &symbol : of(inner, isInClass))
          symbols.push_back(std::move(symbol));
      });
    }
  }
  return symbols;
}

/// The parameter `keyword` of the function of the file that `function` is.
SourceRange parameterPlace(const ast::Module &module, const eval::Function &function,
                           llvm::StringRef keyword) {
  Path path = pathTo(module, function.place.begin);
  for (const ast::Stmt *stmt : llvm::reverse(path.statements)) {
    const auto *definition = llvm::dyn_cast<ast::FunctionDef>(stmt);
    if (!definition || definition->nameRange != function.place)
      continue;
    for (const ast::Parameter &parameter : definition->parameters)
      if (parameter.name == keyword)
        return parameter.range;
  }
  return {};
}

/// Where the name at the place gets the value that it has there.
SourceRange definitionOf(const ast::Module &module, SourceRange name) {
  for (const std::vector<Binding> &scope : scopesAround(module, name.begin)) {
    SourceRange last;
    for (const Binding &binding : scope) {
      if (binding.name != name.text())
        continue;
      if (binding.range == name)
        return name;
      if (!last || binding.since <= name.begin)
        last = binding.range;
    }
    if (last)
      return last;
  }
  return {};
}

SourceRange findDefinition(const Check &check, uint32_t offset) {
  const ast::Module &module = *check.evaluation()->tree;
  Path path = pathTo(module, offset);
  if (path.expressions.empty())
    return {};
  const ast::Expr *expr = path.expressions.back();
  if (llvm::isa<ast::Name>(expr))
    return definitionOf(module, expr->range);
  const auto *call = llvm::dyn_cast<ast::Call>(expr);
  if (!call)
    return {};
  const auto *occurrence = check.at(call->callee->range);
  const auto *function = occurrence ? occurrence->value.as<eval::Function>() : nullptr;
  for (const ast::Argument &argument : call->arguments)
    if (function && touches(argument.keywordRange, offset))
      return parameterPlace(module, *function, argument.keyword);
  return {};
}

} // namespace

Json documentSymbols(const Document &document, const Json &) {
  const frontend::Evaluation *evaluation = document.check->evaluation();
  return evaluation ? Outline(document).of(evaluation->tree->body) : Json::array();
}

Json definition(const Document &document, const Json &parameters) {
  uint32_t offset = document.offset(parameters.at("position"));
  if (!document.check->evaluation())
    return nullptr;
  SourceRange place = findDefinition(*document.check, offset);
  if (!place)
    return nullptr;
  return {{"uri", document.uri}, {"range", document.range(place)}};
}

} // namespace rondo::lsp
