//===- Reference.h - Model files on the reference interpreter ---*- C++ -*-===//
//
// What commands with --reference run instead of compiled code: the same entries,
// op by op in double precision, on the same data and weights.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_REFERENCE_H
#define RONDO_COMPILER_TOOLS_RONDO_REFERENCE_H

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/ModelTable.h"
#include "dialect/reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/host/Run.h"
#include "runtime/host/Weights.h"
#include "llvm/ADT/StringMap.h"
#include <memory>

namespace rondo::tool {

class ReferenceModel {
public:
  /// Takes a module at the rondo level through algebra and differentiation.
  static llvm::Expected<ReferenceModel> create(mlir::ModuleOp module,
                                               const CompileOptions &options);

  /// What weights and data are read for.
  const rondo_model &model() const { return table->get(); }
  void setWeights(host::FlatWeights values) { weights = std::move(values); }
  /// What random numbers follow from, as in a context.
  void setSeed(uint64_t value) { seed = value; }

  /// As the functions of runtime/host/Run.h, with arrays of f64.
  llvm::Expected<std::vector<host::Array>> predict(const host::Dataset &data,
                                                   int64_t batchSize) const;
  llvm::Expected<host::Scores> evaluate(const host::Dataset &data, int64_t batchSize) const;
  llvm::Expected<std::vector<host::Array>> gradients(const host::Dataset &data) const;
  llvm::Expected<std::vector<host::Array>>
  vjp(const host::Dataset &data, const std::vector<host::BoundTensor> &cotangents) const;
  llvm::Expected<std::vector<host::Array>> hessianVector(const host::Dataset &data,
                                                         llvm::ArrayRef<float> vector) const;

private:
  /// A result of an entry: its value, and what the entry says of it.
  struct Result {
    mlir::DictionaryAttr attributes;
    reference::Tensor value;
  };

  ReferenceModel(mlir::OwningOpRef<mlir::ModuleOp> module, std::unique_ptr<ModelTable> table)
      : module(std::move(module)), table(std::move(table)) {}

  /// What stateful layers keep from run to run, by path.
  using Moved = llvm::StringMap<reference::Tensor>;

  /// The arguments of one run besides the weights.
  struct Arguments {
    const host::Batch &batch;
    int64_t step; ///< as in `rondo_random_key`
    llvm::ArrayRef<host::BoundTensor> cotangents = {};
    llvm::ArrayRef<float> vector = {};
    Moved *moved = nullptr; ///< null where the run starts afresh
  };

  llvm::Expected<std::vector<Result>> run(llvm::StringRef entry, const Arguments &arguments) const;
  /// The results of `entry` as a file holds them, the data being one batch.
  llvm::Expected<std::vector<host::Array>>
  differentiated(llvm::StringRef entry, const host::Dataset &data,
                 llvm::ArrayRef<host::BoundTensor> cotangents, llvm::ArrayRef<float> vector) const;
  llvm::Expected<reference::Tensor> argument(mlir::DictionaryAttr attributes,
                                             const Arguments &arguments) const;
  const ParameterSignature &parameter(llvm::StringRef path) const;

  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<ModelTable> table;
  host::FlatWeights weights;
  uint64_t seed = 0;
};

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_REFERENCE_H
