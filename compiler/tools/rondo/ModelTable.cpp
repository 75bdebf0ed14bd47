//===- ModelTable.cpp - The table of a model without a library --*- C++ -*-===//
//
// Fills the descriptive half of rondo_model.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/ModelTable.h"
#include "runtime/src/Internal.h"
#include "llvm/ADT/STLExtras.h"
#include <nlohmann/json.hpp>

namespace rondo::tool {

ModelTable::ModelTable(ModelSignature signature) : what(std::move(signature)) {
  symbols = keepAll(what.symbols);
  for (const MetricSignature &metric : what.metrics) {
    metrics.push_back(keep(metric.name));
    metricInfos.push_back({static_cast<int32_t>(metric.rule),
                           static_cast<int32_t>(metric.numbers.size()), metric.numbers.data(),
                           metric.offset, metric.size});
  }
  inputs = describe(what.inputs, RONDO_INPUT);
  outputs = describe(what.outputs, RONDO_OUTPUT);
  targets = describe(what.targets, RONDO_TARGET);
  sampleWeights = describe(what.sampleWeights, RONDO_SAMPLE_WEIGHT);
  nlohmann::json stored = nlohmann::json::array();
  for (const ParameterSignature &parameter : what.parameters) {
    rondo_parameter_info &info = parameters.emplace_back();
    info = {parameter.path.c_str(),
            parameter.trainable,
            static_cast<int32_t>(parameter.shape.size()),
            {},
            parameter.offset,
            parameter.size,
            parameter.initializerJson.c_str()};
    llvm::copy(parameter.shape, info.dims);
    stored.push_back(parameter.stored);
  }

  table.abi_version = RONDO_ABI_VERSION;
  table.struct_size = sizeof(rondo_model);
  table.name = what.name.c_str();
  table.isa = "";
  table.build_info = keep(nlohmann::json{{"stored", stored}}.dump());
  table.num_symbols = symbols.size();
  table.symbols = symbols.data();
  table.num_inputs = inputs.size();
  table.inputs = inputs.data();
  table.num_outputs = outputs.size();
  table.outputs = outputs.data();
  table.num_targets = targets.size();
  table.targets = targets.data();
  table.sample_weights = sampleWeights.data();
  table.num_metrics = metrics.size();
  table.metrics = metrics.data();
  table.num_parameters = parameters.size();
  table.parameters = parameters.data();
  table.trainable_size = what.trainableSize;
  table.state_size = what.stateSize;
  table.wrt = RONDO_WRT_PARAMETERS | RONDO_WRT_INPUTS;
  table.metrics_size = what.metricsSize();
  table.metric_infos = metricInfos.data();
  table.metric_value = rt::metricValue;
  table.layer_state_offset = what.layerStateOffset;
  if (what.optimizer) {
    for (const OptimizerSlot &slot : what.optimizer->slots)
      slots.push_back(keep(slot.name));
    table.optimizer = what.optimizer->json.c_str();
    table.num_slots = slots.size();
    table.slot_names = slots.data();
    table.learning_rate = what.optimizer->learningRate;
  }
}

std::vector<const char *> ModelTable::keepAll(const std::vector<std::string> &names) {
  std::vector<const char *> kept;
  for (const std::string &name : names)
    kept.push_back(keep(name));
  return kept;
}

std::vector<rondo_tensor_info> ModelTable::describe(const std::vector<TensorSignature> &tensors,
                                                    rondo_role role) {
  std::vector<rondo_tensor_info> infos;
  for (const TensorSignature &tensor : tensors) {
    rondo_tensor_info &info = infos.emplace_back();
    info = {};
    info.name = tensor.name.c_str();
    info.role = role;
    info.dtype = tensor.dtype == Dtype::F32 ? RONDO_F32 : RONDO_I32;
    info.rank = tensor.dims.size();
    info.label_limit = tensor.labelLimit;
    for (auto [axis, dim] : llvm::enumerate(tensor.dims)) {
      std::optional<int64_t> size = dim.getConstant();
      info.dims[axis] = size.value_or(-1);
      info.symbols[axis] = size ? nullptr : keep(dim.str());
    }
  }
  return infos;
}

} // namespace rondo::tool
