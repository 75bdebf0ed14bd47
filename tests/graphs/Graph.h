//===- Graph.h - A model file as a list of statements -----------*- C++ -*-===//
//
// What random graphs are made of. A graph prints as a model file in Keras'
// functional style; everything else about it (shapes, ranges, how arguments are
// drawn) is kept beside the text, so that a graph can be grown and shrunk.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_GRAPHS_GRAPH_H
#define RONDO_TESTS_GRAPHS_GRAPH_H

#include "dialect/IR/DimExpr.h"

#include <random>
#include <string>
#include <vector>

namespace rondo::test {

/// Reproducible on every platform: mt19937_64 is specified, distributions are not.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  size_t below(size_t bound) { return engine() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// From [low, high), with 24 bits, so that single precision holds it where the
  /// bounds are of its size.
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine() >> 40) / (1 << 24);
  }
  template <typename T> const T &pick(const std::vector<T> &from) {
    return from[below(from.size())];
  }

private:
  std::mt19937_64 engine;
};

/// Bounds of the numbers of a tensor, in every run.
struct Range {
  double low = -1, high = 1;
  double magnitude() const { return std::max(std::abs(low), std::abs(high)); }
};

using Dims = llvm::SmallVector<DimExpr, 4>;

/// The names of open sizes in `Dims`; other symbols are known sizes.
constexpr const char *kBatch = "B";
constexpr const char *kSteps = "T";
constexpr const char *kOtherSteps = "S";

/// A tensor of the file, by its number the variable `t0`, `t1`…
struct GraphTensor {
  Dims dims;
  Range range;
  bool isLabels = false; ///< whole numbers below `range.high`
};

/// A layer with weights, defined in front of its first call.
struct GraphLayer {
  std::string text;    ///< `layers.Dense(A)`
  DimExpr inputSize;   ///< the last axis that it is made for
  DimExpr units;       ///< and that it gives
  bool recurrent = false;
};

/// `t3, t4 = TEXT`. In the text `$0`, `$1`… are operands and `$layer` is the layer's
/// variable. An input has no operands.
struct Statement {
  std::string text;
  std::vector<unsigned> operands;
  std::vector<unsigned> results;
  int layer = -1;
  bool isInput() const { return operands.empty(); }
};

/// An output of the model and how it is measured.
struct GraphOutput {
  unsigned tensor;
  std::string loss;                   ///< a name that Keras knows
  Range targets;                      ///< what targets are drawn from
  std::optional<DimExpr> classes;     ///< set where targets are labels
  bool sharesSumToOne = false;        ///< targets are distributions over the last axis
};

struct Graph {
  uint64_t seed = 0;
  /// Known sizes; the file gives them their names.
  SymbolSizes known;
  /// The open sizes of each run; the second is another shape for the same artifact.
  std::vector<SymbolSizes> runs;
  std::vector<GraphTensor> tensors;
  std::vector<GraphLayer> layers;
  std::vector<Statement> statements;
  std::vector<GraphOutput> outputs;

  /// The model file.
  std::string str() const;

  /// The value of a dimension in run `run`.
  int64_t sizeOf(const DimExpr &dim, unsigned run) const;

  /// Whether each tensor has elements in each run.
  bool hasElements() const;

  /// `Input` for a tensor of these dims; empty where there is none, as for `T-1`.
  static std::string inputText(llvm::ArrayRef<DimExpr> dims, bool isLabels);

  /// The numbers of the inputs' tensors, in order.
  std::vector<unsigned> inputs() const;

  /// Removes statements that no output depends on; inputs too unless `keepInputs`.
  void removeDead(bool keepInputs);
};

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_GRAPH_H
