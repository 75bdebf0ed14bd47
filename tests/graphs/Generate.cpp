//===- Generate.cpp - Random graphs ---------------------------------------===//
//
// A graph grows by statements: each picks tensors that suit it and states the
// shape and the range of its result. What would be too large, in elements or in
// numbers, is dropped and something else is tried.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Generate.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace rondo::test {
namespace {

constexpr double kLargestNumber = 40;
constexpr int64_t kMostElements = 900;
constexpr size_t kHighestRank = 4;

//===----------------------------------------------------------------------===//
// Functions of one number
//===----------------------------------------------------------------------===//

Range unit(Range) { return {0, 1}; }
Range around(Range) { return {-1, 1}; }
Range same(Range x) { return x; }
/// As large as x on either side.
Range symmetric(Range x) { return {-x.magnitude(), x.magnitude()}; }
/// Like relu, perhaps with a dip below zero.
Range rectified(Range x) { return {-2, std::max(0.0, x.high) + 1}; }
/// Like softplus.
Range positive(Range x) { return {0, std::max(0.0, x.high) + 2}; }

template <double (*function)(double)> Range growing(Range x) {
  return {function(x.low), function(x.high)};
}
Range reciprocal(Range x) { return {1 / x.high, 1 / x.low}; }
Range squared(Range x) {
  double m = x.magnitude();
  return {x.low > 0 ? x.low * x.low : 0, m * m};
}

/// A function of one number, and where it is smooth and small enough.
struct Unary {
  const char *text;
  Range (*range)(Range);
  double low = -kLargestNumber, high = kLargestNumber;
};

Range sum(Range x, Range y) { return {x.low + y.low, x.high + y.high}; }
Range either(Range x, Range y) { return {std::min(x.low, y.low), std::max(x.high, y.high)}; }
Range scaled(Range x, double factor) { return {x.low * factor, x.high * factor}; }

const std::vector<Unary> unaries = {
    {"ops.tanh($0)", around},
    {"ops.sigmoid($0)", unit},
    {"ops.exp($0)", growing<std::exp>, -20, 3},
    {"ops.expm1($0)", growing<std::expm1>, -20, 3},
    {"ops.sin($0)", around},
    {"ops.cos($0)", around},
    {"ops.tan($0)", growing<std::tan>, -1, 1},
    {"ops.erf($0)", around},
    {"ops.arctan($0)", [](Range) { return Range{-1.6, 1.6}; }},
    {"ops.log($0)", growing<std::log>, 0.2},
    {"ops.log1p($0)", growing<std::log1p>, -0.7},
    {"ops.log2($0)", growing<std::log2>, 0.2},
    {"ops.log10($0)", growing<std::log10>, 0.2},
    {"ops.sqrt($0)", growing<std::sqrt>, 0.2},
    {"ops.rsqrt($0)", [](Range x) { return reciprocal(growing<std::sqrt>(x)); }, 0.2},
    {"ops.reciprocal($0)", reciprocal, 0.25},
    {"1 / $0", reciprocal, 0.25},
    {"ops.square($0)", squared},
    {"$0 ** 2", squared},
    {"$0 ** 3", [](Range x) { return Range{std::pow(x.low, 3), std::pow(x.high, 3)}; }, -3, 3},
    {"$0 ** 1.7", [](Range x) { return Range{std::pow(x.low, 1.7), std::pow(x.high, 1.7)}; }, 0.2},
    {"2.0 ** $0", growing<std::exp2>, -10, 4},
    {"-$0", [](Range x) { return Range{-x.high, -x.low}; }},
    {"abs($0)", [](Range x) { return Range{x.low > 0 ? x.low : 0, x.magnitude()}; }},
    {"ops.sign($0) * $0", symmetric},
    {"ops.floor(3 * $0) * 0.25 + $0", [](Range x) { return Range{2 * x.low - 1, 2 * x.high + 1}; }},
    // Differences see through it, unless what they see is flat.
    {"ops.stop_gradient(ops.floor(3 * $0)) * 0.25 + $0",
     [](Range x) { return Range{2 * x.low - 1, 2 * x.high + 1}; }},
    {"$0 % 0.9", unit},
    {"2 * $0 - 0.5", [](Range x) { return Range{2 * x.low - 0.5, 2 * x.high - 0.5}; }},
    {"1.5 - $0", [](Range x) { return Range{1.5 - x.high, 1.5 - x.low}; }},
    {"$0 / 3", [](Range x) { return Range{x.low / 3, x.high / 3}; }},
    {"$0 + 1.25", [](Range x) { return Range{x.low + 1.25, x.high + 1.25}; }},
    {"$0 + 1.25", [](Range x) { return Range{x.low + 1.25, x.high + 1.25}; }, -1},
    {"ops.softplus($0) + 0.3", [](Range x) { return Range{0.3, std::max(0.0, x.high) + 1}; }},
    {"ops.clip($0, -0.7, 0.9)", around},
    {"ops.maximum($0, 0.3)", [](Range x) { return Range{0.3, std::max(0.3, x.high)}; }},
    {"ops.minimum(0.4, $0)", [](Range x) { return Range{x.low, std::min(0.4, x.high)}; }},
    {"ops.where($0 > 0.1, $0, -0.5 * $0)", symmetric},
    {"ops.where(($0 > -0.4) & ($0 <= 0.6), ops.square($0), 0.25)", squared},
    {"layers.Lambda(lambda t: 0.5 * ops.tanh(t) + t * t)($0)",
     [](Range x) { return Range{-0.5, squared(x).high + 0.5}; }},
    {"layers.Dropout(0.3)($0)", [](Range x) { return either({0, 0}, scaled(x, 1.5)); }},
    {"layers.GaussianNoise(0.1)($0)", [](Range x) { return sum(x, {-0.6, 0.6}); }},
    {"layers.Activation(\"relu\")($0)", rectified},
    {"layers.Activation(\"relu6\")($0)", rectified},
    {"layers.ReLU(max_value=1.5, negative_slope=0.2)($0)", symmetric},
    {"layers.LeakyReLU(0.1)($0)", symmetric},
    {"layers.ELU()($0)", rectified},
    {"layers.Activation(\"selu\")($0)", [](Range x) { return Range{-2, 2 * std::abs(x.high)}; }},
    {"layers.Activation(\"celu\")($0)", rectified},
    {"layers.Activation(\"gelu\")($0)", rectified},
    {"layers.Activation(\"silu\")($0)", rectified},
    {"layers.Activation(\"hard_silu\")($0)", rectified},
    {"layers.Activation(\"mish\")($0)", rectified},
    {"layers.Activation(\"tanh_shrink\")($0)", symmetric},
    {"layers.Activation(\"soft_shrink\")($0)", symmetric},
    {"layers.Activation(\"hard_tanh\")($0)", around},
    {"layers.Activation(\"hard_sigmoid\")($0)", unit},
    {"layers.Activation(\"sparse_sigmoid\")($0)", unit},
    {"layers.Activation(\"sparse_plus\")($0)", positive},
    {"layers.Activation(\"softplus\")($0)", positive},
    {"layers.Activation(\"squareplus\")($0)", positive},
    {"layers.Activation(\"softsign\")($0)", around},
    {"layers.Activation(\"log_sigmoid\")($0)",
     [](Range x) { return Range{-x.magnitude() - 1, 0}; }},
};

/// Functions of two numbers, of tensors of equal shape or as operators broadcast.
struct Binary {
  const char *text;
  bool broadcasts;
  Range (*range)(Range, Range);
};

Range difference(Range x, Range y) { return {x.low - y.high, x.high - y.low}; }
Range product(Range x, Range y) {
  auto [low, high] = std::minmax({x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high});
  return {low, high};
}
Range larger(Range x, Range y) { return {std::max(x.low, y.low), std::max(x.high, y.high)}; }
Range smaller(Range x, Range y) { return {std::min(x.low, y.low), std::min(x.high, y.high)}; }
Range half(Range x) { return {x.low / 2, x.high / 2}; }

const std::vector<Binary> binaries = {
    {"$0 + $1", true, sum},
    {"$0 - $1", true, difference},
    {"$0 * $1", true, product},
    {"ops.maximum($0, $1)", true, larger},
    {"ops.minimum($0, $1)", true, smaller},
    {"layers.Add()([$0, $1])", false, sum},
    {"layers.Subtract()([$0, $1])", false, difference},
    {"layers.Multiply()([$0, $1])", false, product},
    {"layers.Average()([$0, $1])", false, [](Range x, Range y) { return half(sum(x, y)); }},
    {"layers.Maximum()([$0, $1])", false, larger},
    {"layers.Minimum()([$0, $1])", false, smaller},
    {"layers.Lambda(lambda p: p[0] - p[1] / 3)([$0, $1])", false,
     [](Range x, Range y) { return difference(x, {y.low / 3, y.high / 3}); }},
    {"ops.where($0 > $1, $0, 0.5 * $1)", true, [](Range x, Range y) { return either(x, half(y)); }},
    {"ops.where(ops.logical_or($0 >= 0.2, $1 < 0), $1, 1.0)", true,
     [](Range, Range y) { return either(y, {1, 1}); }},
    {"ops.cast($0 > $1, \"float32\") * $0", true, [](Range x, Range) { return either(x, {0, 0}); }},
};

//===----------------------------------------------------------------------===//
// The generator
//===----------------------------------------------------------------------===//

class Generator {
public:
  explicit Generator(uint64_t seed) : random(seed) { graph.seed = seed; }

  Graph run() {
    drawSizes();
    addInputs();
    const std::vector<std::pair<unsigned, bool (Generator::*)()>> makers = {
        {22, &Generator::addUnary},     {16, &Generator::addBinary},
        {4, &Generator::addDivision},   {9, &Generator::addDense},
        {7, &Generator::addRecurrent},  {6, &Generator::addDot},
        {7, &Generator::addProduct},    {6, &Generator::addConcat},
        {10, &Generator::addReduction}, {6, &Generator::addSoftmax},
        {8, &Generator::addSubscript},  {9, &Generator::addMovement},
        {3, &Generator::addSelection},  {2, &Generator::addPRelu},
        {4, &Generator::addAttention},  {3, &Generator::addEmbedding},
    };
    std::vector<bool (Generator::*)()> bag;
    for (auto [weight, maker] : makers)
      bag.insert(bag.end(), weight, maker);
    for (size_t wanted = graph.statements.size() + 5 + random.below(16), tries = 0;
         graph.statements.size() < wanted && tries < 300; ++tries)
      (this->*random.pick(bag))();
    addOutputs();
    graph.removeDead(/*keepInputs=*/random.chance(15));
    return std::move(graph);
  }

private:
  //===--------------------------------------------------------------------===//
  // Sizes
  //===--------------------------------------------------------------------===//

  static DimExpr sym(llvm::StringRef name) { return DimExpr::symbol(name); }

  void drawSizes() {
    // Below, at and above the width of a vector, and sizes of one.
    const std::vector<int64_t> usual = {1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 17};
    for (size_t i = 0, count = 2 + random.below(3); i < count; ++i)
      graph.known[fmt::format("w{}", i)] = random.pick(usual);
    SymbolSizes first = {{kBatch, 2 + random.below(3)}, {kSteps, 3 + random.below(4)}};
    SymbolSizes second = {{kBatch, 1 + random.below(6)}, {kSteps, 1 + random.below(8)}};
    twoLengths = random.chance(40);
    if (twoLengths) {
      first[kOtherSteps] = 2 + random.below(4);
      second[kOtherSteps] = 1 + random.below(6);
    }
    graph.runs = {first, second};
  }

  DimExpr width() {
    auto it = graph.known.begin();
    std::advance(it, random.below(graph.known.size()));
    return sym(it->first);
  }

  bool isOpen(const DimExpr &dim) const {
    return llvm::any_of(dim.getSymbols(),
                        [&](const std::string &symbol) { return !graph.known.count(symbol); });
  }

  int64_t largest(const DimExpr &dim) const {
    return std::max(graph.sizeOf(dim, 0), graph.sizeOf(dim, 1));
  }
  int64_t smallest(const DimExpr &dim) const {
    return std::min(graph.sizeOf(dim, 0), graph.sizeOf(dim, 1));
  }

  //===--------------------------------------------------------------------===//
  // Statements
  //===--------------------------------------------------------------------===//

  const GraphTensor &at(unsigned tensor) const { return graph.tensors[tensor]; }
  const Dims &dims(unsigned tensor) const { return at(tensor).dims; }
  Range range(unsigned tensor) const { return at(tensor).range; }
  size_t rank(unsigned tensor) const { return dims(tensor).size(); }

  /// Whether a tensor is small enough in every respect.
  bool isFine(const GraphTensor &tensor) const {
    if (tensor.dims.size() > kHighestRank || !(tensor.range.magnitude() <= kLargestNumber))
      return false;
    for (const DimExpr &dim : tensor.dims)
      if (smallest(dim) < 1)
        return false;
    return largest(numElements(tensor.dims)) <= kMostElements;
  }

  /// Adds a statement, unless a result of it is too large.
  bool emit(std::string text, std::vector<unsigned> operands, std::vector<GraphTensor> results,
            int layer = -1) {
    if (!llvm::all_of(results, [&](const GraphTensor &tensor) { return isFine(tensor); }))
      return false;
    Statement statement{std::move(text), std::move(operands), {}, layer};
    for (GraphTensor &result : results) {
      statement.results.push_back(graph.tensors.size());
      graph.tensors.push_back(std::move(result));
    }
    used.insert(statement.operands.begin(), statement.operands.end());
    graph.statements.push_back(std::move(statement));
    return true;
  }
  bool emit(std::string text, std::vector<unsigned> operands, Dims dims, Range range,
            int layer = -1) {
    return emit(std::move(text), std::move(operands), {GraphTensor{std::move(dims), range}}, layer);
  }

  /// A tensor of numbers that satisfies the condition; those that nothing uses yet
  /// come more often, so that graphs grow deep.
  std::optional<unsigned> find(llvm::function_ref<bool(unsigned)> condition) {
    std::vector<unsigned> suitable;
    for (unsigned i = 0; i < graph.tensors.size(); ++i)
      if (!at(i).isLabels && condition(i))
        suitable.insert(suitable.end(), used.count(i) ? 1 : 3, i);
    if (suitable.empty())
      return std::nullopt;
    return random.pick(suitable);
  }
  std::optional<unsigned> findOfRank(size_t low, size_t high = kHighestRank) {
    return find([&](unsigned i) { return rank(i) >= low && rank(i) <= high; });
  }
  unsigned any() { return *findOfRank(1); }
  unsigned last() const { return graph.tensors.size() - 1; }

  //===--------------------------------------------------------------------===//
  // Inputs and outputs
  //===--------------------------------------------------------------------===//

  void addInputs() {
    // An input may be too large; one is needed.
    for (size_t left = 1 + random.below(3); left > 0 || graph.tensors.empty(); left -= left > 0) {
      Dims dims = {sym(kBatch)};
      if (graph.tensors.empty() || random.chance(70)) {
        bool isOpen = random.chance(75);
        const char *steps = isOpen && twoLengths && random.chance(50) ? kOtherSteps : kSteps;
        dims.push_back(isOpen ? sym(steps) : width());
      }
      if (random.chance(10))
        dims.push_back(random.chance(50) ? DimExpr(1) : width());
      dims.push_back(random.chance(6) ? DimExpr(1) : width());
      emit(Graph::inputText(dims, false), {}, dims, Range{-1, 1});
    }
    if (random.chance(15)) {
      Dims dims = {sym(kBatch), sym(kSteps)};
      DimExpr depth = width();
      emit(Graph::inputText(dims, true), {},
           {GraphTensor{dims, {0, double(largest(depth))}, true}});
      unsigned labels = last();
      Dims hot = dims;
      hot.push_back(depth);
      if (random.chance(50))
        emit(fmt::format("ops.one_hot($0, {})", depth.str()), {labels}, hot, Range{0, 1});
      else
        embed(labels, "$0", depth);
    }
  }

  /// Something that every sample has a fixed number of.
  unsigned pooled(unsigned tensor) {
    Dims result;
    std::vector<std::string> axes;
    for (auto [axis, dim] : llvm::enumerate(dims(tensor)))
      if (axis > 0 && isOpen(dim))
        axes.push_back(fmt::format("{}", axis));
      else
        result.push_back(dim);
    if (!axes.empty() && emit(fmt::format("ops.mean($0, axis=({},))", llvm::join(axes, ", ")),
                              {tensor}, result, range(tensor)))
      tensor = last();
    if (rank(tensor) == 1)
      emit("ops.expand_dims($0, -1)", {tensor}, {dims(tensor)[0], 1}, range(tensor));
    else if (rank(tensor) > 2)
      emit("layers.Flatten()($0)", {tensor},
           {dims(tensor)[0], numElements(llvm::ArrayRef(dims(tensor)).drop_front())},
           range(tensor));
    else
      return tensor;
    return last();
  }

  void addOutputs() {
    // What nothing uses becomes outputs; when there is more of it than that, joined.
    std::vector<unsigned> ends;
    for (unsigned i = 0; i < graph.tensors.size(); ++i)
      if (!used.count(i) && !at(i).isLabels && !isInput(i))
        ends.push_back(i);
    if (ends.empty())
      ends.push_back(any());
    size_t single = random.below(3);
    while (ends.size() > 1 && single-- > 0) {
      size_t which = random.below(ends.size());
      addOutput(ends[which]);
      ends.erase(ends.begin() + which);
    }
    std::vector<unsigned> parts;
    std::string text;
    DimExpr size;
    Range bounds = {0, 0};
    for (unsigned end : ends) {
      unsigned part = pooled(end);
      text += fmt::format("{}${}", parts.empty() ? "" : ", ", parts.size());
      parts.push_back(part);
      size += dims(part)[1];
      bounds = either(bounds, range(part));
    }
    unsigned joined = parts.front();
    if (parts.size() > 1 &&
        emit(fmt::format("layers.Concatenate()([{}])", text), parts, {sym(kBatch), size}, bounds))
      joined = last();
    addOutput(joined);
  }

  bool isInput(unsigned tensor) const { return llvm::is_contained(graph.inputs(), tensor); }

  /// Makes a tensor an output, behind a layer that suits a loss.
  void addOutput(unsigned tensor) {
    size_t lastAxis = rank(tensor) - 1;
    bool takesDense = rank(tensor) >= 2 && !isOpen(dims(tensor)[lastAxis]);
    // A model has weights, and an output is not an input.
    bool needsLayer = graph.layers.empty() || isInput(tensor);
    size_t kind = random.below(takesDense ? 10 : 4);
    if (takesDense && needsLayer)
      kind = 4 + random.below(6);
    if (kind < 4) {
      unsigned output = tensor;
      if (needsLayer || range(tensor).magnitude() > 8) {
        emit("ops.tanh($0)", {tensor}, dims(tensor), {-1, 1});
        output = last();
      }
      static const std::vector<const char *> losses = {"mse", "mse", "mae", "huber", "log_cosh"};
      used.insert(output);
      graph.outputs.push_back({output, random.pick(losses), {-1, 1}, std::nullopt, false});
      return;
    }
    struct Head {
      const char *activation, *loss;
      Range range, targets;
    };
    static const std::vector<Head> heads = {
        {"softmax", "sparse_categorical_crossentropy", {0, 1}, {0, 1}},
        {"softmax", "categorical_crossentropy", {0, 1}, {0.1, 1}},
        {"softmax", "kl_divergence", {0, 1}, {0.1, 1}},
        {"sigmoid", "binary_crossentropy", {0, 1}, {0, 1}},
        {"softplus", "poisson", {0, 20}, {0, 2}},
        {"softplus", "msle", {0, 20}, {0, 2}},
        {"tanh", "cosine_similarity", {-1, 1}, {-1, 1}},
        {"linear", "squared_hinge", {-20, 20}, {-1, 1}},
        {"linear", "mse", {-20, 20}, {-1, 1}},
        {"linear", "categorical_hinge", {-20, 20}, {0, 1}},
    };
    DimExpr units = width();
    // One share of one is always 1, and one number has no direction: no gradients.
    auto needsSeveral = [](const Head &head) {
      return llvm::StringRef(head.activation) == "softmax" ||
             llvm::StringRef(head.loss) == "cosine_similarity";
    };
    const Head *drawn = &random.pick(heads);
    while (smallest(units) == 1 && needsSeveral(*drawn))
      drawn = &random.pick(heads);
    const Head &head = *drawn;
    Dims result = dims(tensor);
    result.back() = units;
    int layer = graph.layers.size();
    graph.layers.push_back(
        {fmt::format("layers.Dense({}, activation=\"{}\")", units.str(), head.activation),
         dims(tensor)[lastAxis], units});
    if (!emit("$layer($0)", {tensor}, result, head.range, layer)) {
      graph.layers.pop_back();
      graph.outputs.push_back({tensor, "mse", {-1, 1}, std::nullopt, false});
      return;
    }
    GraphOutput output{last(), head.loss, head.targets, std::nullopt, false};
    llvm::StringRef loss = head.loss;
    if (loss.starts_with("sparse"))
      output.classes = units;
    output.sharesSumToOne = loss == "categorical_crossentropy" || loss == "kl_divergence";
    used.insert(output.tensor);
    graph.outputs.push_back(std::move(output));
  }

  //===--------------------------------------------------------------------===//
  // Elementwise
  //===--------------------------------------------------------------------===//

  bool addUnary() {
    const Unary &unary = random.pick(unaries);
    std::optional<unsigned> x = find([&](unsigned i) {
      return range(i).low >= unary.low && range(i).high <= unary.high &&
             // A layer takes samples of some size.
             (rank(i) > 1 || !llvm::StringRef(unary.text).contains("layers."));
    });
    return x && emit(unary.text, {*x}, dims(*x), unary.range(range(*x)));
  }

  /// The shape that NumPy broadcasts two to; none if they do not fit.
  static std::optional<Dims> broadcast(llvm::ArrayRef<DimExpr> x, llvm::ArrayRef<DimExpr> y) {
    if (x.size() < y.size())
      std::swap(x, y);
    Dims result(x.begin(), x.end());
    for (size_t i = 1; i <= y.size(); ++i) {
      DimExpr &dim = result[x.size() - i];
      const DimExpr &other = y[y.size() - i];
      if (dim == DimExpr(1))
        dim = other;
      else if (other != DimExpr(1) && other != dim)
        return std::nullopt;
    }
    // A batch stays in front.
    if (result.front() != sym(kBatch) || x.front() != sym(kBatch) ||
        (y.size() == x.size() && y.front() != sym(kBatch)))
      return std::nullopt;
    return result;
  }

  bool addBinary() {
    const Binary &binary = random.pick(binaries);
    unsigned x = any();
    bool twice = random.chance(10);
    std::optional<unsigned> y = find([&](unsigned i) {
      return (twice || i != x) && (binary.broadcasts ? broadcast(dims(x), dims(i)).has_value()
                                                     : dims(x) == dims(i) && rank(i) > 1);
    });
    if (!y)
      return false;
    if (random.chance(50))
      std::swap(x, *y);
    return emit(binary.text, {x, *y}, *broadcast(dims(x), dims(*y)),
                binary.range(range(x), range(*y)));
  }

  bool addDivision() {
    bool isPower = random.chance(30);
    std::optional<unsigned> y = isPower
                                    ? find([&](unsigned i) { return range(i).magnitude() <= 2; })
                                    : find([&](unsigned i) { return range(i).low >= 0.25; });
    if (!y)
      return false;
    std::optional<unsigned> x = find([&](unsigned i) {
      return broadcast(dims(i), dims(*y)) &&
             (!isPower || (range(i).low >= 0.25 && range(i).high <= 4));
    });
    if (!x)
      return false;
    Dims result = *broadcast(dims(*x), dims(*y));
    if (isPower)
      return emit("ops.power($0, $1)", {*x, *y}, result, Range{1.0 / 16, 16});
    return emit("$0 / $1", {*x, *y}, result, product(range(*x), reciprocal(range(*y))));
  }

  /// Choices that look at more than one element.
  bool addSelection() {
    std::optional<unsigned> x =
        find([&](unsigned i) { return rank(i) >= 2 && !isOpen(dims(i).back()); });
    if (!x)
      return false;
    switch (random.below(3)) {
    case 0:
      return emit(
          fmt::format("ops.one_hot(ops.argmax($0, axis=-1), {}) * $0", dims(*x).back().str()), {*x},
          dims(*x), either(range(*x), {0, 0}));
    case 1:
      return emit("layers.Lambda(lambda t: ops.where(t == ops.max(t, axis=-1, keepdims=True), t, "
                  "0.1 * t))($0)",
                  {*x}, dims(*x), symmetric(range(*x)));
    default:
      return emit("ops.where(ops.any($0 > 0.5, axis=1, keepdims=True), $0, 0.25)", {*x}, dims(*x),
                  either(range(*x), {0.25, 0.25}));
    }
  }

  bool addSoftmax() {
    std::optional<unsigned> x = findOfRank(2);
    if (!x)
      return false;
    int axis = 1 + random.below(rank(*x) - 1);
    static const std::vector<const char *> texts = {
        "ops.softmax($0, axis={})", "layers.Softmax(axis={})($0)", "ops.log_softmax($0, axis={})"};
    const char *text = random.pick(texts);
    bool isLog = llvm::StringRef(text).contains("log");
    double n = largest(dims(*x)[axis]);
    return emit(fmt::format(fmt::runtime(text), axis), {*x}, dims(*x),
                isLog ? Range{-2 * range(*x).magnitude() - std::log(n), 0} : Range{0, 1});
  }

  //===--------------------------------------------------------------------===//
  // Layers with weights
  //===--------------------------------------------------------------------===//

  /// A layer that is there already and takes this last axis.
  std::optional<int> sharedLayer(const DimExpr &inputSize, bool recurrent) {
    std::vector<int> suitable;
    for (auto [i, layer] : llvm::enumerate(graph.layers))
      if (layer.inputSize == inputSize && (recurrent ? layer.recurrent : activationRanges.count(i)))
        suitable.push_back(i);
    if (suitable.empty() || !random.chance(40))
      return std::nullopt;
    return random.pick(suitable);
  }

  bool addDense() {
    std::optional<unsigned> x =
        find([&](unsigned i) { return rank(i) >= 2 && !isOpen(dims(i).back()); });
    if (!x)
      return false;
    const DimExpr &features = dims(*x).back();
    struct Activation {
      const char *name;
      Range (*range)(Range);
    };
    static const std::vector<Activation> activations = {
        {"linear", same},       {"tanh", around},    {"relu", rectified},
        {"sigmoid", unit},      {"gelu", rectified}, {"softmax", unit},
        {"softplus", positive}, {"elu", rectified},  {"linear", symmetric}};
    int number;
    if (std::optional<int> shared = sharedLayer(features, false)) {
      number = *shared;
    } else {
      number = graph.layers.size();
      DimExpr units = width();
      const Activation &activation = random.pick(activations);
      graph.layers.push_back(
          {fmt::format("layers.Dense({}, activation=\"{}\"{})", units.str(), activation.name,
                       random.chance(20) ? ", use_bias=False" : ""),
           features, units});
      activationRanges[number] = activation.range;
    }
    const GraphLayer &layer = graph.layers[number];
    Dims result = dims(*x);
    result.back() = layer.units;
    // As GraphArguments draws them, weights are at most 1.2 / sqrt(rows), biases 0.6.
    double m = range(*x).magnitude() * 1.2 * std::sqrt(largest(features)) + 0.6;
    Range bounds = activationRanges.at(number)({-m, m});
    if (emit("$layer($0)", {*x}, result, bounds, number))
      return true;
    dropUnusedLayer(number);
    return false;
  }

  /// Takes back a layer whose first call did not come about.
  void dropUnusedLayer(int number) {
    bool isUsed =
        llvm::any_of(graph.statements, [&](const Statement &s) { return s.layer == number; });
    if (!isUsed) {
      graph.layers.pop_back();
      activationRanges.erase(number);
    }
  }

  bool addPRelu() {
    std::optional<unsigned> x =
        find([&](unsigned i) { return rank(i) >= 2 && !isOpen(dims(i).back()); });
    if (!x)
      return false;
    std::vector<std::string> shared;
    for (size_t axis = 1; axis < rank(*x); ++axis)
      if (isOpen(dims(*x)[axis]))
        shared.push_back(fmt::format("{}", axis));
    int number = graph.layers.size();
    graph.layers.push_back(
        {shared.empty() ? std::string("layers.PReLU()")
                        : fmt::format("layers.PReLU(shared_axes=[{}])", llvm::join(shared, ", ")),
         dims(*x).back(), dims(*x).back()});
    if (emit("$layer($0)", {*x}, dims(*x), symmetric(range(*x)), number))
      return true;
    dropUnusedLayer(number);
    return false;
  }

  /// Rows of a table of so many; `ids` is a text of the tensor.
  bool embed(unsigned x, const std::string &ids, const DimExpr &rows) {
    int number = graph.layers.size();
    DimExpr units = width();
    graph.layers.push_back(
        {fmt::format("layers.Embedding({}, {})", rows.str(), units.str()), rows, units});
    Dims result = dims(x);
    result.push_back(units);
    if (emit(fmt::format("$layer({})", ids), {x}, result, Range{-1.2, 1.2}, number))
      return true;
    dropUnusedLayer(number);
    return false;
  }

  /// Ids that are floats, some of them outside the table.
  bool addEmbedding() {
    std::optional<unsigned> x = findOfRank(2, 3);
    return x && embed(*x, "2.3 * $0", DimExpr(2 + random.below(4)));
  }

  /// An LSTM, or one of the layers with one state.
  bool addRecurrent() {
    std::optional<unsigned> x =
        find([&](unsigned i) { return rank(i) == 3 && !isOpen(dims(i).back()); });
    if (!x)
      return false;
    const DimExpr &features = dims(*x).back();
    int number;
    if (std::optional<int> shared = sharedLayer(features, true)) {
      number = *shared;
    } else {
      number = graph.layers.size();
      DimExpr units = width();
      graph.layers.push_back({recurrentLayer(units), features, units, true});
    }
    const GraphLayer &layer = graph.layers[number];
    llvm::StringRef text = layer.text;
    const bool isLstm = text.contains("LSTM");
    // What is not bounded by one grows with every step: a guess, which only keeps
    // functions with poles away.
    bool bounded = !text.contains("elu");
    Range states = {-6, 6}, outputs = bounded ? Range{-1, 1} : states;
    Dims state = {sym(kBatch), layer.units}, sequence = dims(*x);
    sequence.back() = layer.units;
    std::vector<GraphTensor> results = {
        {text.contains("return_sequences") ? sequence : state, outputs}};
    if (text.contains("return_state")) {
      results.push_back({state, outputs});
      if (isLstm)
        results.push_back({state, states});
    }
    auto isState = [&](unsigned i) {
      return rank(i) == 2 && dims(i)[1] == layer.units && range(i).magnitude() <= 6;
    };
    std::optional<unsigned> h, c;
    if (random.chance(40) && (h = find(isState)))
      c = find(isState);
    std::vector<unsigned> operands{*x};
    std::string call = "$layer($0";
    if (c) {
      operands.push_back(*h);
      call += ", initial_state=";
      call += isLstm ? "[$1, $2]" : "$1";
      if (isLstm)
        operands.push_back(*c);
    }
    // Holes, padding in front or behind, nothing or everything, as the numbers are.
    static const std::vector<const char *> masks = {
        "$0[:, :, 0] > 0.1", "ops.max($0, axis=-1) <= 0.3", "$0[:, :, -1] * $0[:, :, 0] <= 0.2",
        "ops.cumsum(ops.ones_like($0[:, :, 0]), axis=1) < 2.5"};
    // Without a draw, which would make other graphs of the same seeds.
    const size_t choice = (graph.seed * 7 + graph.tensors.size() * 3 + number) % 11;
    const bool isSequence = text.contains("return_sequences");
    if (choice < masks.size() && !(isSequence && results.size() > 1)) {
      // Of numbers with an error, a mask may be another one.
      call += fmt::format(", mask={}", isInput(*x) ? masks[choice] : masks.back());
      // The mask ends at an operator: layers behind it may refuse it.
      if (isSequence)
        call = "1.0 * " + call;
    }
    const bool done = emit(call + ")", operands, results, number);
    if (!done)
      dropUnusedLayer(number);
    return done;
  }

  std::string recurrentLayer(const DimExpr &units) {
    const std::string kind =
        random.pick(std::vector<std::string>{"LSTM", "LSTM", "LSTM", "GRU", "GRU", "SimpleRNN"});
    std::string text = fmt::format("layers.{}({}", kind, units.str());
    static const std::vector<const char *> activations = {
        "\"softsign\"", "\"hard_tanh\"", "\"sigmoid\"", "\"elu\"", "\"gelu\"", "\"relu\""};
    // Not known elementwise functions: such a layer becomes a loop.
    static const std::vector<const char *> others = {
        "\"softmax\"", "\"sparsemax\"", "lambda t: ops.sin(2 * t)",
        "lambda t: ops.tanh(t - ops.max(t, axis=-1, keepdims=True) / 2)"};
    if (random.chance(30))
      text += fmt::format(", activation={}", random.pick(activations));
    else if (random.chance(25))
      text += fmt::format(", activation={}", random.pick(others));
    if (kind != "SimpleRNN") {
      if (random.chance(20))
        text += ", recurrent_activation=\"hard_sigmoid\"";
      else if (random.chance(8))
        text += ", recurrent_activation=\"softmax\"";
    }
    if (kind == "GRU" && random.chance(20))
      text += ", reset_after=False";
    for (auto [option, percent] :
         {std::pair(", return_sequences=True", 60), std::pair(", return_state=True", 30),
          std::pair(", go_backwards=True", 20), std::pair(", use_bias=False", 15)})
      if (random.chance(percent))
        text += option;
    return text + ")";
  }

  /// The recipe: every step asks for all steps of the same sequence.
  bool addAttention() {
    std::optional<unsigned> h = find([&](unsigned i) {
      return rank(i) == 3 && !isOpen(dims(i).back()) && range(i).magnitude() <= 2 &&
             largest(dims(i)[1] * dims(i)[1]) * largest(dims(i)[0]) <= kMostElements;
    });
    if (!h)
      return false;
    Dims shape = dims(*h), scores = {shape[0], shape[1], shape[1]};
    Range bounds = range(*h);
    int number = graph.layers.size();
    graph.layers.push_back(
        {fmt::format("layers.Dense({}, activation=\"tanh\")", shape[2].str()), shape[2], shape[2]});
    if (!emit("$layer($0)", {*h}, shape, Range{-1, 1}, number)) {
      dropUnusedLayer(number);
      return false;
    }
    unsigned query = last();
    double m = bounds.magnitude() * largest(shape[2]);
    if (!emit("layers.Dot(axes=(2, 2))([$0, $1])", {query, *h}, scores, Range{-m, m}) ||
        !emit("layers.Activation(\"softmax\")($0)", {last()}, scores, Range{0, 1}) ||
        !emit("layers.Dot(axes=(2, 1))([$0, $1])", {last(), *h}, shape, bounds))
      return false;
    double steps = largest(shape[1]);
    Range pooled = {steps * std::min(0.0, bounds.low), steps * std::max(0.0, bounds.high)};
    return random.chance(30) || emit("layers.Lambda(lambda t: ops.sum(t, axis=1))($0)", {last()},
                                     Dims{shape[0], shape[2]}, pooled);
  }

  //===--------------------------------------------------------------------===//
  // Products
  //===--------------------------------------------------------------------===//

  /// Bounds of a sum of products of `x` and `y` over `dim`.
  Range summedProduct(unsigned x, unsigned y, const DimExpr &dim) const {
    double m = range(x).magnitude() * range(y).magnitude() * largest(dim);
    return {-m, m};
  }

  bool addDot() {
    std::optional<unsigned> x = findOfRank(2, 3);
    if (!x)
      return false;
    size_t xAxis = 1 + random.below(rank(*x) - 1);
    const DimExpr &summed = dims(*x)[xAxis];
    std::optional<unsigned> y = find([&](unsigned i) {
      return rank(i) >= 2 && rank(i) <= 3 &&
             llvm::is_contained(llvm::ArrayRef(dims(i)).drop_front(), summed);
    });
    if (!y)
      return false;
    size_t yAxis = dims(*y)[1] == summed ? 1 : 2;
    Dims result;
    for (size_t axis = 0; axis < rank(*x); ++axis)
      if (axis != xAxis)
        result.push_back(dims(*x)[axis]);
    for (size_t axis = 1; axis < rank(*y); ++axis)
      if (axis != yAxis)
        result.push_back(dims(*y)[axis]);
    if (result.size() == 1)
      result.push_back(1);
    return emit(fmt::format("layers.Dot(axes=({}, {}))([$0, $1])", xAxis, yAxis), {*x, *y}, result,
                summedProduct(*x, *y, summed));
  }

  bool addProduct() {
    std::optional<unsigned> x = findOfRank(3, 3);
    if (!x)
      return false;
    // Letters: batch, the other two axes of x, a new axis of y.
    struct Product {
      const char *text, *y, *result; // axes of y and of the result
    };
    static const std::vector<Product> products = {
        {"$0 @ $1", "bjk", "bik"},
        {"ops.matmul($0, ops.transpose($1, (0, 2, 1)))", "bkj", "bik"},
        {"ops.einsum(\"bij,bkj->bki\", $0, $1)", "bkj", "bki"},
        {"ops.einsum(\"bij,bij->bi\", $0, $1)", "bij", "bi"},
        {"ops.einsum(\"bij,bik->bkj\", $0, $1)", "bik", "bkj"},
        {"ops.einsum(\"bij,bj->bi\", $0, $1)", "bj", "bi"},
        {"ops.einsum(\"bij,bik->bjk\", $0, $1)", "bik", "bjk"},
        {"ops.einsum(\"bij,bi->bij\", $0, $1)", "bi", "bij"},
    };
    const Product &product = random.pick(products);
    std::map<char, DimExpr> sizes = {{'b', dims(*x)[0]}, {'i', dims(*x)[1]}, {'j', dims(*x)[2]}};
    llvm::StringRef axes = product.y;
    auto fits = [&](char letter, const DimExpr &dim) {
      return letter == 'k' || sizes[letter] == dim;
    };
    std::optional<unsigned> y = find([&](unsigned i) {
      return rank(i) == axes.size() && llvm::all_of_zip(axes, dims(i), fits);
    });
    if (!y)
      return false;
    DimExpr summed = 1;
    for (auto [letter, dim] : llvm::zip(axes, dims(*y))) {
      if (letter == 'k')
        sizes['k'] = dim;
    }
    Dims result;
    for (char letter : llvm::StringRef(product.result))
      result.push_back(sizes[letter]);
    for (auto &[letter, size] : sizes)
      if (!llvm::StringRef(product.result).contains(letter))
        summed *= size;
    return emit(product.text, {*x, *y}, result, summedProduct(*x, *y, summed));
  }

  //===--------------------------------------------------------------------===//
  // Shapes
  //===--------------------------------------------------------------------===//

  bool addConcat() {
    std::optional<unsigned> x = findOfRank(2);
    if (!x)
      return false;
    int axis = 1 + random.below(rank(*x) - 1);
    auto fits = [&](unsigned i) {
      if (rank(i) != rank(*x))
        return false;
      for (size_t d = 0; d < rank(i); ++d)
        if (int(d) != axis && dims(i)[d] != dims(*x)[d])
          return false;
      return true;
    };
    std::vector<unsigned> parts = {*x};
    std::string text = "$0";
    Dims result = dims(*x);
    Range bounds = range(*x);
    for (size_t n = 1 + random.below(2); n > 0; --n) {
      unsigned y = *find(fits); // x itself fits
      text += fmt::format(", ${}", parts.size());
      parts.push_back(y);
      result[axis] += dims(y)[axis];
      bounds = either(bounds, range(y));
    }
    bool isStack =
        llvm::all_of(parts, [&](unsigned i) { return dims(i) == dims(*x); }) && random.chance(50);
    if (isStack) {
      result = dims(*x);
      result.insert(result.begin() + axis, DimExpr(parts.size()));
      return emit(fmt::format("ops.stack([{}], axis={})", text, axis), parts, result, bounds);
    }
    return emit(random.chance(60) ? fmt::format("layers.Concatenate(axis={})([{}])", axis, text)
                                  : fmt::format("ops.concatenate([{}], axis={})", text, axis),
                parts, result, bounds);
  }

  bool addReduction() {
    std::optional<unsigned> x = findOfRank(2);
    if (!x)
      return false;
    std::set<size_t> axes = {1 + random.below(rank(*x) - 1)};
    if (random.chance(20))
      axes.insert(1 + random.below(rank(*x) - 1));
    bool keep = random.chance(35);
    Dims result;
    double count = 1;
    std::vector<std::string> names;
    for (size_t axis = 0; axis < rank(*x); ++axis) {
      if (!axes.count(axis)) {
        result.push_back(dims(*x)[axis]);
        continue;
      }
      // Also counted from the end.
      names.push_back(random.chance(30) ? fmt::format("-{}", rank(*x) - axis)
                                        : fmt::format("{}", axis));
      count *= largest(dims(*x)[axis]);
      if (keep)
        result.push_back(1);
    }
    Range bounds = range(*x);
    struct Reduction {
      const char *name;
      int kind; // 0: as large as x, 1: count times as large, 2: logsumexp, 3: var
    };
    static const std::vector<Reduction> reductions = {{"sum", 1},       {"sum", 1}, {"mean", 0},
                                                      {"mean", 0},      {"max", 0}, {"amin", 0},
                                                      {"logsumexp", 2}, {"var", 3}};
    const Reduction &reduction = random.pick(reductions);
    if (reduction.kind == 1)
      bounds = either(bounds, {count * bounds.low, count * bounds.high});
    else if (reduction.kind == 2)
      bounds = {bounds.low, bounds.high + std::log(count)};
    else if (reduction.kind == 3)
      bounds = {0, squared(bounds).high};
    return emit(fmt::format("ops.{}($0, axis={}{})", reduction.name,
                            names.size() == 1 ? names.front()
                                              : fmt::format("({})", llvm::join(names, ", ")),
                            keep ? ", keepdims=True" : ""),
                {*x}, result, bounds);
  }

  bool addSubscript() {
    std::optional<unsigned> x = findOfRank(2);
    if (!x)
      return false;
    size_t axis = 1 + random.below(rank(*x) - 1);
    const DimExpr &dim = dims(*x)[axis];
    std::string before = ":";
    for (size_t i = 1; i < axis; ++i)
      before += ", :";
    Dims result = dims(*x);
    auto kept = [&](DimExpr size, const char *subscript) {
      result[axis] = size;
      return emit(fmt::format("$0[{}, {}]", before, subscript), {*x}, result, range(*x));
    };
    switch (random.below(9)) {
    case 0:
    case 1:
      result.erase(result.begin() + axis);
      return emit(fmt::format("$0[{}, {}]", before, random.chance(50) ? "-1" : "0"), {*x}, result,
                  range(*x));
    case 2:
      return kept(dim - 1, "1:");
    case 3:
      return kept(dim - 1, ":-1");
    case 4:
      return kept(dim - 2, "1:-1");
    case 5:
      return kept(dim, "::-1");
    case 6:
      return smallest(dim) >= 1 && kept(1, ":1");
    case 7:
      return smallest(dim) >= 2 && kept(2, "-2:");
    default:
      result.insert(result.begin() + axis, 1);
      return emit(fmt::format("$0[{}, None]", before), {*x}, result, range(*x));
    }
  }

  bool addMovement() {
    std::optional<unsigned> x = findOfRank(2);
    if (!x)
      return false;
    Dims result = dims(*x);
    size_t axis = 1 + random.below(rank(*x) - 1);
    auto give = [&](std::string text) { return emit(std::move(text), {*x}, result, range(*x)); };
    bool inner = llvm::none_of(llvm::ArrayRef(result).drop_front(),
                               [&](const DimExpr &dim) { return isOpen(dim); });
    switch (random.below(13)) {
    case 0: // Permute all but the batch.
    case 1: {
      if (rank(*x) < 3)
        return false;
      std::vector<size_t> order;
      for (size_t i = 1; i < rank(*x); ++i)
        order.insert(order.begin() + random.below(order.size() + 1), i);
      std::string text =
          random.chance(50) ? "layers.Permute(({}))($0)" : "ops.transpose($0, (0, {}))";
      std::vector<std::string> names;
      for (auto [i, from] : llvm::enumerate(order)) {
        result[i + 1] = dims(*x)[from];
        names.push_back(fmt::format("{}", from));
      }
      return give(fmt::format(fmt::runtime(text), llvm::join(names, ", ")));
    }
    case 2:
      if (!inner || rank(*x) < 3)
        return false;
      result = {result[0], numElements(llvm::ArrayRef(result).drop_front())};
      return give("layers.Flatten()($0)");
    case 3: { // Exchange the sizes of the last two axes.
      if (!inner || rank(*x) < 3)
        return false;
      std::swap(result[1], result[2]);
      std::string shape;
      for (const DimExpr &dim : llvm::drop_begin(result))
        shape += dim.str() + ", ";
      return give(fmt::format("layers.Reshape(({}))($0)", llvm::StringRef(shape).rtrim(' ').str()));
    }
    case 4:
      result.insert(result.begin() + axis, 1);
      return give(fmt::format("ops.expand_dims($0, {})", axis));
    case 5:
      if (result[axis] != DimExpr(1))
        return false;
      result.erase(result.begin() + axis);
      return give(fmt::format("ops.squeeze($0, {})", axis));
    case 6:
      if (rank(*x) != 2 || isOpen(result[1]))
        return false;
      result.insert(result.begin() + 1, 3);
      return give("layers.RepeatVector(3)($0)");
    case 7:
      return give(fmt::format("ops.flip($0, {})", axis));
    case 8:
      result[axis] *= 2;
      return give(fmt::format("ops.repeat($0, 2, axis={})", axis));
    case 9: {
      std::string repeats = "1";
      for (size_t i = 1; i < rank(*x); ++i)
        repeats += i == axis ? ", 2" : ", 1";
      result[axis] *= 2;
      return give(fmt::format("ops.tile($0, ({}))", repeats));
    }
    case 10:
      result[axis] = 2;
      return give(fmt::format("ops.take($0, [-1, 0], axis={})", axis));
    case 11: {
      if (isOpen(dims(*x)[axis]))
        return false;
      result[axis] = 11;
      std::string size = dims(*x)[axis].str();
      return give(
          fmt::format("ops.take($0, [5 * i % ({}) for i in range(11)], axis={})", size, axis));
    }
    default: { // Both halves of an axis of even size.
      if (isOpen(result[axis]) || result[axis].getConstant())
        return false;
      DimExpr size = result[axis];
      if (graph.sizeOf(size, 0) != 2)
        return false;
      result[axis] = 1;
      GraphTensor part{result, range(*x)};
      return emit(fmt::format("ops.split($0, {}, axis={})", size.str(), axis), {*x}, {part, part});
    }
    }
  }

  Random random;
  Graph graph;
  bool twoLengths = false;
  std::map<int, Range (*)(Range)> activationRanges; // of layers that may be shared
  std::set<unsigned> used;
};

} // namespace

Graph generate(uint64_t seed) { return Generator(seed).run(); }

} // namespace rondo::test
