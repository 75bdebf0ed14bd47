//===- Frontend.h - Model files to rondo IR ---------------------*- C++ -*-===//
//
// Reads a model file (a restricted Python file that also runs under Keras 3)
// and builds a module at the rondo level: @forward, and @evaluate where the
// model is compiled. What is wrong with the file goes to the diagnostics.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_FRONTEND_H
#define RONDO_FRONTEND_FRONTEND_H

#include "frontend/keras/Summary.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rondo::diagnostics {
class Engine;
}

namespace rondo::frontend {

/// An input, an output or a variable of a model has at most so many axes: there is no
/// place for more in the C interface (RONDO_MAX_RANK).
constexpr size_t kMaxRank = 8;

struct LoadOptions {
  /// The variable that holds the model.
  std::string modelVariable = "model";
  /// Evaluate the body of `if __name__ == "__main__":` leniently, to see
  /// model.compile(...) and model.fit(...). See docs/contracts.md, section 7.
  bool evaluateMain = false;
  /// Where the file's print(…) writes; nowhere when null.
  llvm::raw_ostream *output = nullptr;
};

/// What `model.fit(...)` in the file asked for.
struct FitOptions {
  std::optional<int64_t> epochs;
  std::optional<int64_t> batchSize;
  std::optional<bool> shuffle;
};

/// An optimizer that is none of Keras'.
inline constexpr const char *kOwnOptimizer = "optimizer";

struct LoadedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Whether model.compile(...) was seen: the module then has @evaluate.
  bool isCompiled = false;
  /// What the file has of its own that training would need: a method, "train_step", or
  /// `kOwnOptimizer`; or empty.
  std::string ownTraining;
  ModelSummary summary;
  FitOptions fit;
};

/// Loads `path` (or `text`, when given, under the name `path`). Returns nothing
/// after an error has been reported to `diagnostics`.
std::optional<LoadedModel> loadModelFile(mlir::MLIRContext &context, const std::string &path,
                                         const LoadOptions &options,
                                         diagnostics::Engine &diagnostics,
                                         std::optional<std::string> text = std::nullopt);

} // namespace rondo::frontend

#endif // RONDO_FRONTEND_FRONTEND_H
