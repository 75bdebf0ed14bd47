//===- Modules.h - Modules of Python's library ------------------*- C++ -*-===//
//
// What the evaluator has of Python's own library and of numpy: what model files
// compute sizes and constants with. One function for each file of modules.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_MODULES_H
#define RONDO_FRONTEND_EVAL_MODULES_H

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

void addStandardModules(Interpreter &in);
void addMath(Interpreter &in);
void addClassModules(Interpreter &in);
void addEnum(Interpreter &in);
void addCollections(Interpreter &in);
/// `typing.NamedTuple`
Class *makeDeclaredTuple(Interpreter &in);
void addNumpy(Interpreter &in);
void addNumpyRandom(Interpreter &in);
/// Lets the functions of numpy take arrays of which only the shape is known.
void takeUnknownArrays(Interpreter &in, Module *numpy);
void addArgparse(Interpreter &in);
void addSmallModules(Interpreter &in);
void addLibraryModules(Interpreter &in);

/// A module by its dotted name: whoever adds "a.b" has added "a".
template <typename T = Module> T *addModule(Interpreter &in, llvm::StringRef name) {
  T *module = in.heap.make<T>(name.str());
  in.standardModules[name] = module;
  auto [parent, last] = name.rsplit('.');
  if (!last.empty())
    if (Module *package = in.standardModules.lookup(parent))
      package->members[last] = module;
  return module;
}

inline void addFunction(Interpreter &in, Module *module, const char *name, const char *parameters,
                        Native::Body body) {
  module->members[name] =
      in.heap.make<Native>(name, parameters, std::move(body), Native::Opaques::SwallowInside);
}

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_MODULES_H
