//===- Shrink.cpp - Small graphs that fail likewise -----------------------===//
//
// Tries every single simplification, the most effective kinds first, and starts again
// from each that still fails, until none does.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Shrink.h"

#include "llvm/ADT/STLExtras.h"
#include <tuple>

namespace rondo::test {
namespace {

class Shrinker {
public:
  Shrinker(Graph graph, llvm::function_ref<bool(const Graph &)> fails, unsigned budget)
      : graph(std::move(graph)), fails(fails), budget(budget) {}

  Graph run() {
    while (budget > 0 && (removeOutput() || removeRun() || moveOutput() || dropOperands() ||
                          replaceResults() || removeInputs() || reduceSize() || simplifyLoss()))
      ;
    return std::move(graph);
  }

private:
  /// Takes a candidate that fails.
  bool accept(Graph candidate) {
    if (budget == 0 || !candidate.hasElements())
      return false;
    --budget;
    if (!fails(candidate))
      return false;
    graph = std::move(candidate);
    return true;
  }

  bool removeOutput() {
    for (size_t i = 0; graph.outputs.size() > 1 && i < graph.outputs.size(); ++i) {
      Graph candidate = graph;
      candidate.outputs.erase(candidate.outputs.begin() + i);
      candidate.removeDead(/*keepInputs=*/true);
      if (accept(std::move(candidate)))
        return true;
    }
    return false;
  }

  bool removeRun() {
    for (size_t i = 0; graph.runs.size() > 1 && i < graph.runs.size(); ++i) {
      Graph candidate = graph;
      candidate.runs.erase(candidate.runs.begin() + i);
      if (accept(std::move(candidate)))
        return true;
    }
    return false;
  }

  /// What is computed on the way to an output in its place; the earliest makes most disappear.
  bool moveOutput() {
    for (size_t i = 0; i < graph.outputs.size(); ++i)
      for (const Statement &statement : graph.statements)
        for (unsigned result : statement.results) {
          Graph candidate = graph;
          candidate.outputs[i] = plainOutput(result);
          candidate.removeDead(/*keepInputs=*/false);
          if (!statement.isInput() && acceptSmaller(std::move(candidate)))
            return true;
        }
    return false;
  }

  static GraphOutput plainOutput(unsigned tensor) {
    return {tensor, "mse", {-1, 1}, std::nullopt, false};
  }

  bool removeInputs() {
    Graph candidate = graph;
    candidate.removeDead(/*keepInputs=*/false);
    return candidate.statements.size() < graph.statements.size() && accept(std::move(candidate));
  }

  /// `candidate` with `by` in the place of a tensor.
  static Graph replaced(Graph candidate, unsigned tensor, unsigned by) {
    for (Statement &statement : candidate.statements)
      std::replace(statement.operands.begin(), statement.operands.end(), tensor, by);
    for (GraphOutput &output : candidate.outputs)
      if (output.tensor == tensor)
        output.tensor = by;
    candidate.removeDead(/*keepInputs=*/true);
    return candidate;
  }

  /// An operand in the place of a result, for what takes other sizes: they are those of the
  /// operand wherever they were those of the result.
  Graph replacedByOperand(unsigned result, unsigned operand) const {
    const Dims &from = graph.tensors[result].dims, &to = graph.tensors[operand].dims;
    Graph candidate = graph;
    for (size_t axis = 0; from.size() == to.size() && axis < from.size(); ++axis)
      for (GraphTensor &tensor : candidate.tensors)
        if (!from[axis].getConstant())
          std::replace(tensor.dims.begin(), tensor.dims.end(), from[axis], to[axis]);
    return replaced(std::move(candidate), result, operand);
  }

  /// Tensors that are there in front of a statement, its operands first: they make
  /// most disappear.
  std::vector<unsigned> earlier(size_t statement) const {
    std::vector<unsigned> tensors = graph.statements[statement].operands;
    for (size_t i = 0; i < statement; ++i)
      llvm::append_range(tensors, graph.statements[i].results);
    return tensors;
  }

  /// Takes what joins a list of tensors (a concatenation, a stack, a sum) one of them less; of
  /// two, one is left in its place. What comes after it may have other shapes then than the
  /// graph says, which only makes some candidates wrong.
  bool dropOperands() {
    for (size_t i = graph.statements.size(); i-- > 0;) {
      const Statement &statement = graph.statements[i];
      size_t count = statement.operands.size();
      if (count < 2 || statement.text.find(listOf(count)) == std::string::npos)
        continue;
      for (size_t dropped = 0; dropped < count; ++dropped) {
        Graph candidate = graph;
        Statement &other = candidate.statements[i];
        if (count == 2) {
          candidate = replacedByOperand(statement.results.front(), statement.operands[1 - dropped]);
        } else {
          other.text.replace(other.text.find(listOf(count)), listOf(count).size(),
                             listOf(count - 1));
          other.operands.erase(other.operands.begin() + dropped);
          candidate.removeDead(/*keepInputs=*/true);
        }
        if (acceptSmaller(std::move(candidate)))
          return true;
      }
    }
    return false;
  }

  /// The first operands as a list: `[$0, $1]`.
  static std::string listOf(size_t count) {
    std::string text = "[$0";
    for (size_t i = 1; i < count; ++i)
      text += ", $" + std::to_string(i);
    return text + "]";
  }

  bool replaceResults() {
    // From the end: what stands there depends on most.
    for (size_t i = graph.statements.size(); i-- > 0;) {
      const Statement &statement = graph.statements[i];
      if (statement.isInput())
        continue;
      for (unsigned result : statement.results) {
        const GraphTensor &tensor = graph.tensors[result];
        for (unsigned other : earlier(i))
          if (graph.tensors[other].dims == tensor.dims && !graph.tensors[other].isLabels &&
              acceptSmaller(replaced(graph, result, other)))
            return true;
        if (acceptSmaller(replacedByInput(i, result)))
          return true;
        for (unsigned other : statement.operands)
          if (graph.tensors[other].dims.size() == tensor.dims.size() &&
              !graph.tensors[other].isLabels && acceptSmaller(replacedByOperand(result, other)))
            return true;
      }
    }
    return false;
  }

  /// Fewer statements, or as many and more inputs among them, or else fewer operands.
  bool acceptSmaller(Graph candidate) {
    auto measure = [](const Graph &g) {
      size_t operands = 0;
      for (const Statement &statement : g.statements)
        operands += statement.operands.size();
      return std::tuple(g.statements.size(), g.statements.size() - g.inputs().size(), operands);
    };
    return measure(candidate) < measure(graph) && accept(std::move(candidate));
  }

  /// An input in the place of a tensor; the graph as it is where inputs have no such shape.
  Graph replacedByInput(size_t statement, unsigned result) const {
    std::string text = Graph::inputText(graph.tensors[result].dims, false);
    if (text.empty())
      return graph;
    Graph candidate = graph;
    unsigned number = candidate.tensors.size();
    candidate.tensors.push_back(candidate.tensors[result]);
    candidate.statements.insert(candidate.statements.begin() + statement,
                                Statement{text, {}, {number}});
    return replaced(std::move(candidate), result, number);
  }

  bool reduceSize() {
    for (size_t run = 0; run <= graph.runs.size(); ++run)
      for (const auto &[name, size] : run == graph.runs.size() ? graph.known : graph.runs[run])
        for (int64_t smaller : {int64_t(1), size / 2, size - 1})
          if (smaller >= 1 && smaller < size) {
            Graph candidate = graph;
            (run == graph.runs.size() ? candidate.known : candidate.runs[run])[name] = smaller;
            if (accept(std::move(candidate)))
              return true;
          }
    return false;
  }

  bool simplifyLoss() {
    for (size_t i = 0; i < graph.outputs.size(); ++i)
      if (graph.outputs[i].loss != "mse") {
        Graph candidate = graph;
        candidate.outputs[i] = plainOutput(graph.outputs[i].tensor);
        if (accept(std::move(candidate)))
          return true;
      }
    return false;
  }

  Graph graph;
  llvm::function_ref<bool(const Graph &)> fails;
  unsigned budget;
};

} // namespace

Graph shrink(Graph graph, llvm::function_ref<bool(const Graph &)> fails, unsigned budget) {
  return Shrinker(std::move(graph), fails, budget).run();
}

} // namespace rondo::test
