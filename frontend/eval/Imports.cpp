//===- Imports.cpp - Evaluates imports ------------------------------------===//
//
// Modules of Python's library and of Keras are objects; any other package is a
// value about which nothing is known.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

/// Whether the nearest module around a missing one is a part of a package that only exists when the
/// file runs under Python: `keras.preprocessing.text`.
static bool isInForeign(const Interpreter::ModuleFinder &find, llvm::StringRef name) {
  if (!find || find(name))
    return false;
  Object *around = nullptr;
  while (!around && name.contains('.')) {
    name = name.rsplit('.').first;
    around = find(name);
  }
  return name.contains('.') && dynamic_cast<ForeignModule *>(around);
}

Value Interpreter::importModule(llvm::StringRef name, SourceRange place) {
  if (Module *module = standardModules.lookup(name))
    return module;
  auto today =
      todaysModule && !(findModule && findModule(name)) ? todaysModule(name) : std::nullopt;
  if (isInForeign(findModule, today ? *today : name))
    return heap.make<Opaque>(name.str());
  if (today) {
    diagnostics::Diagnostic &diagnostic =
        report(Code::OldKerasName, place, "`{}` is `{}` in Keras 3", name, *today);
    if (place.text() == name)
      diagnostic.fix(place, *today);
    return importModule(*today, place);
  }
  if (findModule)
    if (Object *module = findModule(name))
      return module;
  // A misspelt or missing part of a known package is a mistake, an unknown
  // package is only useless here.
  llvm::StringRef package = name.split('.').first;
  Object *known = findModule && package != name ? findModule(package) : nullptr;
  if (known && !dynamic_cast<Opaque *>(known)) {
    if (currentMode == Mode::Lenient)
      return heap.make<Opaque>(name.str());
    suggest(report(Code::UnknownModule, place, "there is no module `{}` that Rondo knows", name),
            name, moduleNames ? moduleNames() : std::vector<std::string>(), place);
    pythonSays("No module named '{}'", name);
    return Value::error();
  }
  // A slip with the package itself: few others have names like these.
  if (findModule && currentMode == Mode::Strict)
    for (const char *meant : {"keras", "tensorflow", "numpy"}) {
      // `tensorflow_text` is a package of its own.
      bool isClose = package.equals_insensitive(meant) ||
                     (meant[0] != 'n' && llvm::toLower(package.front()) == meant[0] &&
                      !package.starts_with(std::string(meant) + "_") && package != meant &&
                      diagnostics::closestMatch(package, llvm::ArrayRef(llvm::StringRef(meant))));
      if (!isClose || package == meant)
        continue;
      diagnostics::Diagnostic &diagnostic =
          report(Code::UnknownModule, place, "there is no module `{}`", name)
              .help("did you mean `{}`?", meant + name.drop_front(package.size()).str());
      if (place.text() == name)
        diagnostic.fix({place.file, place.begin, place.begin + uint32_t(package.size())}, meant);
      pythonSays("No module named '{}'", name);
      return Value::error();
    }
  // Where the file has another way, it is taken.
  if (attempts > 0)
    return mistake(Code::UnknownModule, place, "there is no module `{}` when a model is compiled",
                   name);
  return heap.make<Opaque>(name.str());
}

void Interpreter::executeImport(const ast::Import &stmt) {
  for (const ast::ImportedName &name : stmt.names) {
    importPlaces.push_back(stmt.range);
    Value module = record(name.nameRange, importModule(name.name, name.nameRange));
    if (!name.alias.empty())
      setName(name.alias, module);
    else if (llvm::StringRef(name.name).contains('.'))
      setName(llvm::StringRef(name.name).split('.').first,
              importModule(llvm::StringRef(name.name).split('.').first, name.nameRange));
    else
      setName(name.name, module);
  }
}

void Interpreter::executeImportFrom(const ast::ImportFrom &stmt) {
  // Nothing may come before an import from __future__.
  if (stmt.module != "__future__")
    importPlaces.push_back(stmt.range);
  if (stmt.level != 0 || stmt.module == "__future__") {
    for (const ast::ImportedName &name : stmt.names)
      setName(name.alias.empty() ? name.name : name.alias, heap.make<Opaque>(name.name));
    return;
  }
  Value module = record(stmt.moduleRange, importModule(stmt.module, stmt.moduleRange));
  Module *owner = module.as<Module>();
  if (stmt.names.empty()) {
    if (Object *object = module.getObject())
      for (const std::string &name : object->attributeNames())
        if (auto member = object->attribute(*this, name, stmt.range))
          setName(name, *member);
    if (owner)
      for (const std::string &name : owner->knownNames())
        if (owner->isUnsupported(name))
          setName(name, heap.make<UnsupportedImport>(owner, name));
    return;
  }
  for (const ast::ImportedName &name : stmt.names) {
    Value value;
    if (const Opaque *opaque = module.as<Opaque>())
      value = heap.make<Opaque>(opaque->origin + "." + name.name);
    else if (Module *inner = standardModules.lookup(stmt.module + "." + name.name))
      value = inner;
    else if (Object *inner = findModule
                                 ? findModule((owner ? owner->name : stmt.module) + "." + name.name)
                                 : nullptr)
      value = inner;
    else if (owner && owner->isUnsupported(name.name))
      value = heap.make<UnsupportedImport>(owner, name.name);
    else
      value = attribute(module, name.name, name.nameRange);
    record(name.nameRange, value);
    setName(name.alias.empty() ? name.name : name.alias, value);
  }
}

} // namespace rondo::eval
