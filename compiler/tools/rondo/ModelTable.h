//===- ModelTable.h - The table of a model without a library ----*- C++ -*-===//
//
// What an artifact's table says of its model, made from the signature: readers of
// weights and data ask nothing else of a model. There is no code behind it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_MODELTABLE_H
#define RONDO_COMPILER_TOOLS_RONDO_MODELTABLE_H

#include "compiler/signature/ModelSignature.h"
#include "rondo/rondo.h"
#include <deque>
#include <string>
#include <vector>

namespace rondo::tool {

class ModelTable {
public:
  explicit ModelTable(ModelSignature signature);
  ModelTable(const ModelTable &) = delete;

  const ModelSignature &signature() const { return what; }
  /// Its functions are null, but for `metric_value`.
  const rondo_model &get() const { return table; }

private:
  std::vector<rondo_tensor_info> describe(const std::vector<TensorSignature> &tensors,
                                          rondo_role role);
  const char *keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
  std::vector<const char *> keepAll(const std::vector<std::string> &names);

  const ModelSignature what;
  std::deque<std::string> texts;
  std::vector<const char *> symbols, metrics, slots;
  std::vector<rondo_tensor_info> inputs, outputs, targets, sampleWeights;
  std::vector<rondo_parameter_info> parameters;
  std::vector<rondo_metric_info> metricInfos;
  rondo_model table = {};
};

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_MODELTABLE_H
