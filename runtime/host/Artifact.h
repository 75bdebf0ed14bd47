//===- Artifact.h - Loading compiled models ----------------------*- C++ -*-===//
//
// Opens a library that `rondo compile` made, and the handles of its interface
// as objects that clean up after themselves.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_ARTIFACT_H
#define RONDO_RUNTIME_HOST_ARTIFACT_H

#include "rondo/rondo.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace rondo::host {

struct FlatWeights; // Weights.h

/// A loaded library; closed with this object, which must outlive every handle.
class Artifact {
public:
  /// Loads `path`. Its symbols are read before it is loaded, so that a foreign
  /// library is refused without running its initialisers. Errors: no compiled
  /// model, a newer interface, a processor that it was not compiled for.
  static llvm::Expected<Artifact> open(const std::string &path);

  const rondo_model &model() const { return *table; }
  const std::string &path() const { return file; }

private:
  struct Close {
    void operator()(void *library) const;
  };
  Artifact(std::string file, std::unique_ptr<void, Close> library, const rondo_model *table)
      : file(std::move(file)), library(std::move(library)), table(table) {}

  std::string file;
  std::unique_ptr<void, Close> library;
  const rondo_model *table;
};

/// Whether a file is an ELF shared library, by its first bytes: how tools tell
/// OUT.so from MODEL.py.
bool isLibrary(const std::string &path);

/// An executor of `model`'s library.
class Executor {
public:
  /// `threads` as in the C interface: 0 takes RONDO_NUM_THREADS or else 1.
  static llvm::Expected<Executor> create(const rondo_model &model, int threads);
  rondo_executor *get() const { return handle.get(); }
  int threads() const;

private:
  struct Destroy {
    const rondo_model *model;
    void operator()(rondo_executor *executor) const { model->executor_destroy(executor); }
  };
  explicit Executor(std::unique_ptr<rondo_executor, Destroy> handle) : handle(std::move(handle)) {}
  std::unique_ptr<rondo_executor, Destroy> handle;
};

/// A context of a model, for inference or for training.
class Context {
public:
  /// `executor` may be null. Weights are copied.
  static llvm::Expected<Context> create(const rondo_model &model, const FlatWeights &weights,
                                        const Executor *executor, bool training = false);
  rondo_context *get() const { return handle.get(); }
  const rondo_model &model() const { return *handle.get_deleter().model; }

  /// Turns a status of a call on this context into an error with its message.
  llvm::Error check(rondo_status status) const;

private:
  struct Destroy {
    const rondo_model *model;
    void operator()(rondo_context *context) const { model->context_destroy(context); }
  };
  explicit Context(std::unique_ptr<rondo_context, Destroy> handle) : handle(std::move(handle)) {}
  std::unique_ptr<rondo_context, Destroy> handle;
};

/// The meaning of a status, from RONDO_STATUS_LIST.
llvm::StringRef statusText(rondo_status status);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_ARTIFACT_H
