//===- Artifact.cpp - Loading compiled models -------------------------------===//
//
// Looks for the one symbol of a compiled model in the library's ELF symbol
// table, loads the library, and shakes hands.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Artifact.h"
#include "runtime/host/File.h"
#include "runtime/host/Weights.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

constexpr StringRef kQuerySuffix = "_rondo_model";

/// The name of the function that a compiled model exports.
Expected<std::string> findQuery(const std::string &path) {
  llvm::file_magic magic;
  if (std::error_code code = llvm::identify_magic(path, magic))
    return error("cannot read `{}`: {}", path, code.message());
  if (magic != llvm::file_magic::elf_shared_object)
    return error("`{}` is not a shared library", path);
  auto binary = llvm::object::ObjectFile::createObjectFile(path);
  if (!binary)
    return error("`{}` is a damaged library: {}", path, llvm::toString(binary.takeError()));
  auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(binary->getBinary());
  if (!elf || elf->getArch() != llvm::Triple::x86_64)
    return error("`{}` is a library for another kind of machine", path);

  std::string found;
  for (llvm::object::ELFSymbolRef symbol : elf->getDynamicSymbolIterators()) {
    Expected<StringRef> name = symbol.getName();
    Expected<uint32_t> flags = symbol.getFlags();
    if (!name || !flags) {
      Error problem = llvm::joinErrors(name.takeError(), flags.takeError());
      return error("`{}` is a damaged library: {}", path, llvm::toString(std::move(problem)));
    }
    if (symbol.getELFType() != llvm::ELF::STT_FUNC || !name->ends_with(kQuerySuffix) ||
        (*flags & llvm::object::SymbolRef::SF_Undefined))
      continue;
    if (!found.empty())
      return error("`{}` holds several compiled models, `{}` and `{}`", path, found, name->str());
    found = name->str();
  }
  if (found.empty())
    return error("`{}` is a library, but not one that `rondo compile` made", path);
  return found;
}

} // namespace

void Artifact::Close::operator()(void *library) const { dlclose(library); }

Expected<Artifact> Artifact::open(const std::string &path) {
  Expected<std::string> query = findQuery(path);
  if (!query)
    return query.takeError();
  // A path without a slash would make dlopen search the system's folders.
  llvm::SmallString<256> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  std::unique_ptr<void, Close> library(dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library)
    return error("cannot load `{}`: {}", path, dlerror());
  auto function = reinterpret_cast<rondo_model_query>(dlsym(library.get(), query->c_str()));
  if (!function)
    return error("cannot load `{}`: {}", path, dlerror());
  const rondo_model *model = function(RONDO_ABI_VERSION);
  if (!model && function(UINT32_MAX))
    return error("`{}` was compiled by a newer version of Rondo than this one", path);
  if (!model)
    return error("`{}` was compiled for instruction sets that this processor lacks, or that "
                 "RONDO_MAX_ISA excludes",
                 path);
  if (model->abi_version != RONDO_ABI_VERSION || model->struct_size < sizeof(rondo_model))
    return error("`{}` was compiled by an older version of Rondo; compile it again", path);
  return Artifact(path, std::move(library), model);
}

bool isLibrary(const std::string &path) {
  llvm::file_magic magic;
  return !llvm::identify_magic(path, magic) && magic == llvm::file_magic::elf_shared_object;
}

StringRef statusText(rondo_status status) {
  switch (status) {
#define RONDO_STATUS_TEXT(name, value, text)                                                       \
  case name:                                                                                       \
    return text;
    RONDO_STATUS_LIST(RONDO_STATUS_TEXT)
#undef RONDO_STATUS_TEXT
  }
  return "an unknown status";
}

Expected<Executor> Executor::create(const rondo_model &model, int threads) {
  rondo_executor *executor = nullptr;
  rondo_status status = model.executor_create(threads, &executor);
  if (status == RONDO_INVALID_ARGUMENT && threads == 0)
    return error("RONDO_NUM_THREADS is not a number of threads from 1 to 1024");
  if (status == RONDO_INVALID_ARGUMENT)
    return error("{} is not a number of threads from 1 to 1024", threads);
  if (status != RONDO_OK)
    return error("cannot start {} threads: {}", threads, statusText(status).str());
  return Executor(std::unique_ptr<rondo_executor, Destroy>(executor, Destroy{&model}));
}

int Executor::threads() const { return handle.get_deleter().model->executor_threads(get()); }

Expected<Context> Context::create(const rondo_model &model, const FlatWeights &weights,
                                  const Executor *executor, bool training) {
  rondo_weights *shared = nullptr;
  rondo_context *context = nullptr;
  rondo_status status =
      model.weights_create(&model, weights.trainable.data(), weights.state.data(), &shared);
  if (status == RONDO_OK) {
    auto create = training ? model.training_context_create : model.context_create;
    status = create(&model, shared, executor ? executor->get() : nullptr, &context);
    model.weights_release(shared);
  }
  if (status != RONDO_OK)
    return error("cannot set up the model `{}`: {}", model.name, statusText(status).str());
  return Context(std::unique_ptr<rondo_context, Destroy>(context, Destroy{&model}));
}

Error Context::check(rondo_status status) const {
  if (status == RONDO_OK)
    return Error::success();
  StringRef message = model().last_message(get());
  return error("{}", message.empty() ? statusText(status).str() : message.str());
}

} // namespace rondo::host
