//===- Isolated.h - Work that may crash --------------------------*- C++ -*-===//
//
// Runs a function in a child process: for libraries that do not survive every
// file, where a file must not be able to end the program.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_ISOLATED_H
#define RONDO_RUNTIME_HOST_ISOLATED_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>
#include <string>

namespace rondo::host {

/// What `work` returns, computed in a copy of this process; nothing when the copy
/// crashed, computed for longer than `seconds`, or could not be started.
std::optional<std::string> runIsolated(llvm::function_ref<std::string()> work, unsigned seconds);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_ISOLATED_H
