//===- Findings.cpp - Diagnostics and their mends for editors -------------===//
//
// The findings of a check as the protocol has them, and their fixes as code
// actions.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Features.h"
#include "frontend/diagnostics/Fixes.h"
#include "llvm/ADT/STLExtras.h"

namespace rondo::lsp {

using diagnostics::Diagnostic;
using diagnostics::Severity;

namespace {

constexpr llvm::StringLiteral quickFix = "quickfix", fixAll = "source.fixAll";

int severityNumber(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return 1;
  case Severity::Warning:
    return 2;
  case Severity::Note:
    return 3;
  }
  return 1;
}

Json toJson(const Document &document, const Diagnostic &finding) {
  std::string message = finding.message;
  for (const std::string &help : finding.helps)
    message += "\nhelp: " + help;
  Json result = {{"range", document.range(finding.range)},
                 {"severity", severityNumber(finding.severity())},
                 {"code", diagnostics::codeName(finding.code).str()},
                 {"source", "rondo"}};
  Json related = Json::array();
  for (const Diagnostic::Note &note : finding.notes) {
    if (!note.range) {
      message += "\nnote: " + note.message;
      continue;
    }
    Json place = {{"uri", document.uri}, {"range", document.range(note.range)}};
    related.push_back({{"location", place}, {"message", shortened(note.message, 1000)}});
  }
  result["message"] = shortened(message, 4000);
  if (!related.empty())
    result["relatedInformation"] = related;
  return result;
}

/// The edit that makes `fixed` of the document: all between what is equal at both ends.
Diagnostic::Fix editTo(llvm::StringRef fixed, const diagnostics::SourceFile &file) {
  llvm::StringRef text = file.text();
  size_t most = std::min(text.size(), fixed.size()), begin = 0, atEnd = 0;
  // Whole characters only: lines.
  for (size_t i = 0; i < most && text[i] == fixed[i]; ++i)
    if (text[i] == '\n')
      begin = i + 1;
  for (size_t i = 0; i < most - begin && text.drop_back(i).back() == fixed.drop_back(i).back(); ++i)
    if (text.drop_back(i).back() == '\n')
      atEnd = i;
  return {{&file, uint32_t(begin), uint32_t(text.size() - atEnd)},
          fixed.drop_front(begin).drop_back(atEnd).str()};
}

Json edits(const Document &document, const std::vector<Diagnostic::Fix> &fixes) {
  Json edits = Json::array();
  for (const Diagnostic::Fix &fix : fixes)
    edits.push_back({{"range", document.range(fix.range)}, {"newText", fix.replacement}});
  if (!document.client.takesVersionedEdits)
    return {{"changes", {{document.uri, edits}}}};
  Json identifier = {{"uri", document.uri}, {"version", document.version}};
  Json change = {{"textDocument", identifier}, {"edits", edits}};
  return {{"documentChanges", Json::array({change})}};
}

/// What a mend does, in a line.
std::string titleOf(const Diagnostic &finding) {
  if (finding.fixes.size() == 1) {
    const Diagnostic::Fix &fix = finding.fixes.front();
    llvm::StringRef old = fix.range.text(), replacement = fix.replacement;
    bool isShort = old.size() <= 40 && replacement.size() <= 40 && !old.contains('\n') &&
                   !replacement.trim().contains('\n');
    if (isShort && old.empty())
      return fmt::format("insert `{}`", replacement.trim());
    if (isShort && replacement.empty())
      return fmt::format("remove `{}`", old);
    if (isShort)
      return fmt::format("replace `{}` by `{}`", old, replacement);
  }
  return "mend: " + (finding.helps.empty() ? finding.message : finding.helps.front());
}

/// Whether an action of this kind is among those asked for: all, or some kinds with
/// what they contain.
bool isWanted(const Json &context, llvm::StringRef kind) {
  auto only = context.find("only");
  if (only == context.end() || only->is_null())
    return true;
  return llvm::any_of(*only, [&](const Json &wanted) {
    std::string name = wanted.get<std::string>();
    return name.empty() || kind == name || kind.starts_with(name + ".");
  });
}

} // namespace

Json diagnosticsOf(const Document &document) {
  Json result = Json::array();
  for (const Diagnostic *finding : document.check->findings())
    result.push_back(toJson(document, *finding));
  return result;
}

Json codeActions(const Document &document, const Json &parameters) {
  const Json &range = parameters.at("range");
  size_t begin = document.offset(range.at("start")), end = document.offset(range.at("end"));
  const Json &context = parameters.at("context");
  const Check &check = *document.check;
  Json actions = Json::array();
  bool mendsAnything = false;
  for (const Diagnostic *finding : check.findings()) {
    if (finding->fixes.empty())
      continue;
    mendsAnything = true;
    bool isInRange = finding->range.begin <= end && finding->range.end >= begin;
    if (isInRange && isWanted(context, quickFix))
      actions.push_back({{"title", titleOf(*finding)},
                         {"kind", quickFix.str()},
                         {"diagnostics", Json::array({toJson(document, *finding)})},
                         {"isPreferred", true},
                         {"edit", edits(document, finding->fixes)}});
  }
  if (mendsAnything && isWanted(context, fixAll)) {
    diagnostics::FixedText fixed = diagnostics::fixedText(*check.file(), check.engine);
    actions.push_back(
        {{"title", fixed.applied == 1
                       ? std::string("mend the one finding that can be")
                       : fmt::format("mend all {} findings that can be", fixed.applied)},
         {"kind", fixAll.str()},
         {"edit", edits(document, {editTo(fixed.text, *check.file())})}});
  }
  return actions;
}

} // namespace rondo::lsp
