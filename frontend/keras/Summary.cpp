//===- Summary.cpp - What a model consists of -----------------------------===//
//
// Follows keras/src/utils/summary_utils.py, print_summary.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Summary.h"
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

} // namespace

ModelSummary summarize(const Model &model) {
  ModelSummary summary;
  summary.name = model.name;
  std::set<const Node *> nodes = nodesOf(model);
  bool isSequential = model.typeName() == "Sequential";
  summary.isChain = isSequential || isChain(nodes);
  for (const Operation *operation : model.operations)
    if (!isSequential || !operation->isInput)
      summary.rows.push_back(rowOf(model, *operation, nodes));
  return summary;
}

} // namespace keras
} // namespace rondo
