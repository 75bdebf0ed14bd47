//===- Summary.cpp - What a model consists of -----------------------------===//
//
// Follows keras/src/utils/summary_utils.py, print_summary.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Summary.h"
#include "frontend/keras/Layer.h"
#include "frontend/keras/Model.h"
#include <set>

namespace rondo {

static int64_t elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t frontend::ModelSummary::countParameters(bool trainableOnly) const {
  int64_t count = 0;
  for (const Row &row : rows)
    for (const Variable &variable : row.variables)
      if (variable.trainable || !trainableOnly)
        count += elementCount(variable.shape);
  return count;
}

namespace keras {
namespace {

using frontend::ModelSummary;

/// The uses of operations between the model's inputs and outputs.
std::set<const Node *> nodesOf(const Model &model) {
  std::set<const Node *> nodes;
  std::vector<const Node *> pending;
  for (const Model::Output &output : model.outputs)
    pending.push_back(output.tensor->node);
  for (const Tensor *input : model.inputs)
    pending.push_back(input->node);
  while (!pending.empty()) {
    const Node *node = pending.back();
    pending.pop_back();
    if (!nodes.insert(node).second)
      continue;
    for (const Tensor *input : node->inputs)
      pending.push_back(input->node);
  }
  return nodes;
}

/// Whether each use has one input at most, no two share theirs, and no layer is
/// used twice: then they stand in one line.
bool isChain(const std::set<const Node *> &nodes) {
  std::set<const Node *> sources;
  std::set<const Operation *> operations;
  unsigned starts = 0;
  for (const Node *node : nodes) {
    if (node->inputs.size() > 1 || !operations.insert(node->operation).second)
      return false;
    starts += node->inputs.empty();
    if (!node->inputs.empty() && !sources.insert(node->inputs.front()->node).second)
      return false;
  }
  return starts == 1;
}

/// "lstm[0][1]": output 1 of the first use of `lstm`.
std::string connection(const Tensor &tensor) {
  const Operation &operation = *tensor.node->operation;
  auto use = llvm::find(operation.uses, tensor.node) - operation.uses.begin();
  return fmt::format("{}[{}][{}]", operation.name, use, tensor.outputIndex);
}

ModelSummary::Row rowOf(const Model &model, const Operation &operation,
                        const std::set<const Node *> &nodes) {
  ModelSummary::Row row;
  row.name = operation.name;
  row.type = operation.className;
  for (const Tensor *output : operation.uses.back()->outputs) {
    std::vector<int64_t> &shape = row.outputShapes.emplace_back();
    for (const Axis &axis : output->axes)
      shape.push_back(axis.size.getConstant().value_or(-1));
  }
  for (const Node *use : operation.uses)
    if (nodes.count(use))
      for (const Tensor *input : use->inputs)
        row.connectedTo.push_back(connection(*input));
  for (const Variable *variable : operation.variables) {
    row.variables.push_back({variable->path, variable->shape, model.isTrainable(*variable)});
    row.parameters += elementCount(variable->shape);
  }
  return row;
}

void addShapes(ModelSummary::Row &row, llvm::ArrayRef<Tensor *> outputs) {
  for (const Tensor *output : outputs) {
    std::vector<int64_t> &shape = row.outputShapes.emplace_back();
    for (size_t axis = 0; axis < output->rank(); ++axis)
      shape.push_back(output->size(axis).getConstant().value_or(-1));
  }
}

/// The rows of a model of a class of the file: its layers in the order in which it got them,
/// as Keras lists them, and what it computes with besides.
void addOwnLayers(ModelSummary &summary, const Model &model) {
  std::set<const Variable *> seen;
  auto addRow = [&](const Operation &operation, llvm::ArrayRef<Variable *> variables) {
    ModelSummary::Row row{operation.name, operation.className, {}, 0, {}, {}};
    bool isCalledOutside = operation.innerOutputs.empty() && !operation.uses.empty();
    addShapes(row, isCalledOutside ? operation.uses.back()->outputs : operation.innerOutputs);
    for (const Variable *variable : variables) {
      row.parameters += elementCount(variable->shape);
      if (seen.insert(variable).second)
        row.variables.push_back({variable->path, variable->shape, model.isTrainable(*variable)});
    }
    summary.rows.push_back(std::move(row));
  };
  for (Value part : model.root->ownLayers()) {
    if (const auto *layer = part.as<Layer>())
      addRow(*layer->operation, layer->weights());
    else if (auto *inner = part.as<Model>())
      addRow(*inner->asOperation(), inner->weights);
  }
  std::vector<Variable *> rest;
  for (Variable *variable : model.weights)
    if (!seen.count(variable))
      rest.push_back(variable);
  if (!rest.empty())
    addRow(*model.root->operation, rest);
  summary.isChain = true;
}

} // namespace

ModelSummary summarize(const Model &model) {
  ModelSummary summary;
  summary.name = model.name;
  std::set<const Node *> nodes = nodesOf(model);
  bool isSequential = model.isSequential();
  summary.isChain = isSequential || isChain(nodes);
  if (model.root && !model.root->ownLayers().empty()) {
    addOwnLayers(summary, model);
    return summary;
  }
  for (const Operation *operation : model.operations)
    if (!isSequential || !operation->isInput)
      summary.rows.push_back(rowOf(model, *operation, nodes));
  return summary;
}

} // namespace keras
} // namespace rondo
