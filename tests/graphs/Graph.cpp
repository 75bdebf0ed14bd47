//===- Graph.cpp - A model file as a list of statements -------------------===//
//
// How a graph is written down.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Graph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cassert>
#include <fmt/format.h>
#include <set>

namespace rondo::test {

static std::string tensorName(unsigned number) { return fmt::format("t{}", number); }
static std::string layerName(int number) { return fmt::format("layer{}", number); }

static std::string join(const std::vector<std::string> &texts) { return llvm::join(texts, ", "); }

/// `text` with the operands and the layer in it.
static std::string substitute(const Statement &statement) {
  std::string result;
  llvm::StringRef rest = statement.text;
  while (!rest.empty()) {
    auto [before, after] = rest.split('$');
    result += before;
    if (before.size() == rest.size())
      break;
    unsigned operand = 0;
    if (after.consume_front("layer"))
      result += layerName(statement.layer);
    else if (bool failed = after.consumeInteger(10, operand); !failed)
      result += tensorName(statement.operands.at(operand));
    rest = after;
  }
  return result;
}

int64_t Graph::sizeOf(const DimExpr &dim, unsigned run) const {
  SymbolSizes sizes = known;
  sizes.insert(runs[run].begin(), runs[run].end());
  std::optional<int64_t> size = dim.evaluate(sizes);
  assert(size && "a dimension of unknown symbols");
  return *size;
}

bool Graph::hasElements() const {
  for (unsigned run = 0; run < runs.size(); ++run)
    for (const Statement &statement : statements)
      for (unsigned result : statement.results)
        for (const DimExpr &dim : tensors[result].dims)
          if (sizeOf(dim, run) < 1)
            return false;
  return true;
}

std::string Graph::inputText(llvm::ArrayRef<DimExpr> dims, bool isLabels) {
  if (dims.empty() || dims.front() != DimExpr::symbol(kBatch))
    return "";
  std::string shape;
  for (const DimExpr &dim : dims.drop_front()) {
    bool open = llvm::any_of(dim.getSymbols(), [](const std::string &symbol) {
      return symbol == kBatch || symbol == kSteps || symbol == kOtherSteps;
    });
    if (open && dim != DimExpr::symbol(kSteps) && dim != DimExpr::symbol(kOtherSteps))
      return "";
    shape += (open ? "None" : dim.str()) + ", ";
  }
  return fmt::format("keras.Input(({}){})", llvm::StringRef(shape).rtrim(' ').str(),
                     isLabels ? ", dtype=\"int32\"" : "");
}

std::vector<unsigned> Graph::inputs() const {
  std::vector<unsigned> numbers;
  for (const Statement &statement : statements)
    if (statement.isInput())
      numbers.push_back(statement.results.front());
  return numbers;
}

void Graph::removeDead(bool keepInputs) {
  std::set<unsigned> needed;
  for (const GraphOutput &output : outputs)
    needed.insert(output.tensor);
  std::vector<Statement> live;
  for (Statement &statement : llvm::reverse(statements)) {
    bool isNeeded = llvm::any_of(statement.results, [&](unsigned t) { return needed.count(t); });
    if (!isNeeded && !(keepInputs && statement.isInput()))
      continue;
    needed.insert(statement.operands.begin(), statement.operands.end());
    live.push_back(std::move(statement));
  }
  statements.assign(std::make_move_iterator(live.rbegin()), std::make_move_iterator(live.rend()));
}

std::string Graph::str() const {
  std::string text = fmt::format("# Random graph, seed {}. It runs with", seed);
  for (const SymbolSizes &run : runs) {
    text += &run == &runs.front() ? "" : " and with";
    for (const auto &[symbol, size] : run)
      text += fmt::format(" {}={}", symbol, size);
  }
  text += ".\nimport keras\nfrom keras import layers, ops\n\n";
  std::string body;
  std::set<int> defined;
  for (const Statement &statement : statements) {
    if (statement.layer >= 0 && defined.insert(statement.layer).second)
      body += fmt::format("{} = {}\n", layerName(statement.layer), layers[statement.layer].text);
    std::vector<std::string> names;
    for (unsigned result : statement.results)
      names.push_back(tensorName(result));
    body += fmt::format("{} = {}\n", join(names), substitute(statement));
  }
  for (const auto &[name, size] : known)
    if (body.find(name) != std::string::npos)
      text += fmt::format("{} = {}\n", name, size);

  std::vector<std::string> inputNames, outputNames, losses, weights;
  for (unsigned input : inputs())
    inputNames.push_back(tensorName(input));
  for (auto [i, output] : llvm::enumerate(outputs)) {
    outputNames.push_back(tensorName(output.tensor));
    losses.push_back('"' + output.loss + '"');
    weights.push_back(fmt::format("{}", 1 + 0.5 * i));
  }
  return text + "\n" + body +
         fmt::format("model = keras.Model([{}], [{}])\n"
                     "model.compile(\n    optimizer=keras.optimizers.SGD(0.25),\n    loss=[{}],\n"
                     "    loss_weights=[{}],\n)\n",
                     join(inputNames), join(outputNames), join(losses), join(weights));
}

} // namespace rondo::test
