//===- ProductOps.cpp - Reductions and products ---------------------------===//
//
// The functions of keras.ops that sum: along axes, and over what two tensors
// have in common. Einstein's notation is below.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Einsum.h"
#include "frontend/keras/Ops.h"
#include "llvm/ADT/MapVector.h"

namespace rondo::keras {

Tensor *buildNormalized(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes,
                        double epsilon) {
  x = graph.numbers(x);
  Tensor *squares = graph.reduce(ReduceKind::sum, graph.binary<MulOp>(x, x), axes, /*keep=*/true);
  // The bound comes before the root, which has no slope at 0.
  Tensor *bounded = graph.binary<MaximumOp>(squares, graph.scalar(epsilon * epsilon));
  return graph.binary<MulOp>(x,
                             graph.binary<DivOp>(graph.scalar(1.0), graph.unary<SqrtOp>(bounded)));
}

namespace {

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// `initial=` and its like: what is not None is refused. False after a report.
bool isNone(OpCall &call, BoundArguments &args, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = args[parameter];
  if (slot.value.isNone())
    return true;
  call.graph.session.in.report(Code::NotSupportedYet, slot.place,
                               "`{}={}` of {} is not supported yet", parameter,
                               slot.value.inWords(), call.graph.callee);
  return false;
}

/// Reductions with `x`, `axis` and `keepdims`.
template <Tensor *(*compute)(GraphBuilder &, Tensor *, llvm::ArrayRef<int64_t>, bool),
          bool isSum = false>
Tensor *reduction(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes || (args.has("initial") && !isNone(call, args, "initial")))
    return nullptr;
  checkReduction(call.graph, x, *axes, args["axis"], isSum);
  return compute(call.graph, x, *axes, call.boolean(args["keepdims"]));
}

template <ReduceKind kind>
Tensor *reduce(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  // The largest and the smallest of bools is one of them.
  bool isBool = kind != ReduceKind::sum && x->element == ElementKind::Bool;
  Tensor *result = graph.reduce(kind, x, axes, keep);
  return isBool ? graph.toBool(result) : result;
}

Tensor *mean(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.mean(x, axes, keep);
}

/// Deviations from the mean, squared, averaged.
Tensor *variance(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  Tensor *deviation = graph.binary<SubOp>(x, graph.mean(x, axes, /*keep=*/true));
  return graph.mean(graph.binary<MulOp>(deviation, deviation), axes, keep);
}

Tensor *deviation(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.unary<SqrtOp>(variance(graph, x, axes, keep));
}

/// ln Σ exp(x), from differences to the largest so that nothing overflows.
Tensor *logSumExp(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  x = graph.numbers(x);
  Tensor *largest = graph.reduce(ReduceKind::max, x, axes, /*keep=*/true);
  Tensor *powers = graph.unary<ExpOp>(graph.binary<SubOp>(x, largest));
  Tensor *sum = graph.reduce(ReduceKind::sum, powers, axes, /*keep=*/true);
  Tensor *result = graph.binary<AddOp>(graph.unary<LogOp>(sum), largest);
  return keep || !result ? result : graph.squeeze(result, axes);
}

/// From the smallest to the largest.
Tensor *peakToPeak(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  x = graph.numbers(x);
  return graph.binary<SubOp>(graph.reduce(ReduceKind::max, x, axes, keep),
                             graph.reduce(ReduceKind::min, x, axes, keep));
}

/// How many are not zero.
Tensor *countNonzero(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  checkReduction(call.graph, x, *axes, args["axis"], /*isSum=*/true);
  Tensor *ones = call.graph.toFloat(call.graph.toBool(x));
  return call.graph.toInt(call.graph.reduce(ReduceKind::sum, ones, *axes));
}

template <bool isAll>
Tensor *quantifier(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  ReduceKind kind = isAll ? ReduceKind::min : ReduceKind::max;
  return graph.toBool(graph.reduce(kind, graph.toFloat(graph.toBool(x)), axes, keep));
}

/// The L2 norm: `ord` is None or 2.
Tensor *norm(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  const BoundArguments::Slot &order = args["ord"];
  bool isL2 = order.value.isNone() || (order.value.asReal() == 2.0 && axes->size() == 1);
  if (!isL2) {
    call.graph.session.in.report(Code::NotSupportedYet, order.place,
                                 "`ord={}` of {} is not supported yet, only the L2 norm",
                                 order.value.inWords(), call.graph.callee);
    return nullptr;
  }
  Tensor *squares = call.graph.binary<MulOp>(x, x);
  return call.graph.unary<SqrtOp>(
      call.graph.reduce(ReduceKind::sum, squares, *axes, call.boolean(args["keepdims"])));
}

Tensor *normalize(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  const BoundArguments::Slot &order = args["order"], &epsilon = args["epsilon"];
  auto least = epsilon.value.isNone() ? 1e-7 : call.number(args, "epsilon");
  if (!axes || !least)
    return nullptr;
  if (order.value.asInteger() == 2)
    return buildNormalized(call.graph, x, *axes, *least);
  call.graph.session.in.report(Code::NotSupportedYet, order.place,
                               "`order={}` of {} is not supported yet, only 2",
                               order.value.inWords(), call.graph.callee);
  return nullptr;
}

/// Of the largest, or of the smallest: the largest of the negative ones.
template <bool isSmallest> Tensor *argmax(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.toFloat(call.tensor(args["x"]));
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  Tensor *result = call.graph.argmax(isSmallest ? call.graph.unary<NegOp>(x) : x, *axis);
  return call.boolean(args["keepdims"]) ? call.graph.expandDims(result, *axis) : result;
}

Tensor *oneHot(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &classes = args["num_classes"];
  if (!x)
    return nullptr;
  auto depth = classes.value.isInt() ? classes.value.asInteger() : std::nullopt;
  if (!depth || *depth <= 0) {
    call.reject(classes, "num_classes", "a positive integer");
    return nullptr;
  }
  auto axis = call.axis(args["axis"], x->rank() + 1);
  if (!axis)
    return nullptr;
  // The new axis comes last, and is moved.
  Tensor *result = call.graph.oneHot(call.graph.toInt(x), *depth);
  AxisList order = GraphBuilder::allAxes(x);
  order.insert(order.begin() + *axis, x->rank());
  result = call.graph.transpose(result, order);
  return args["dtype"].value.isNone() ? result : castTo(call, args["dtype"], result);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Tensor *matmul(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  return call.graph.matmul(x, y);
}

/// Sums over pairs of axes; the others follow each other.
Tensor *contractPairs(OpCall &call, Tensor *x, Tensor *y, llvm::ArrayRef<int64_t> axesOfX,
                      llvm::ArrayRef<int64_t> axesOfY) {
  Session &session = call.graph.session;
  for (auto [i, j] : llvm::zip_equal(axesOfX, axesOfY)) {
    const Axis &a = x->axes[i], &b = y->axes[j];
    if (session.unify(a.size, b.size)) {
      checkContraction(call.graph, x, i, y, j);
      continue;
    }
    session.in.report(Code::ShapeMismatch, call.graph.place,
                      "{} of shapes {} and {}: axis {} of '{}' ({}) meets axis {} of '{}' ({})",
                      call.graph.callee, x->shape(), y->shape(), i, x->origin,
                      session.resolve(a.size).str(), j, y->origin, session.resolve(b.size).str());
    return nullptr;
  }
  return call.graph.contract(x, y, {}, {}, axesOfX, axesOfY);
}

/// NumPy's dot: the last axis of one with the last but one of the other.
Tensor *dot(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  if (!x || !y)
    return nullptr;
  if (x->rank() == 0 || y->rank() == 0)
    return call.graph.binary<MulOp>(x, y);
  int64_t last = int64_t(x->rank()) - 1, other = std::max<int64_t>(int64_t(y->rank()) - 2, 0);
  return contractPairs(call, x, y, {last}, {other});
}

/// The last axes of both with each other.
Tensor *inner(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  if (!x || !y)
    return nullptr;
  if (x->rank() == 0 || y->rank() == 0)
    return call.graph.binary<MulOp>(x, y);
  return contractPairs(call, x, y, {lastOf(x)}, {lastOf(y)});
}

/// The sum of the products of all elements.
Tensor *vdot(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  if (!x || !y)
    return nullptr;
  AxisList all = GraphBuilder::allAxes(x);
  if (x->rank() == y->rank())
    return contractPairs(call, x, y, all, all);
  call.graph.session.in.report(Code::ShapeMismatch, call.graph.place,
                               "{} of shapes {} and {}, which differ", call.graph.callee,
                               x->shape(), y->shape());
  return nullptr;
}

/// `axes` is a number n, the last n of one with the first n of the other, or a
/// pair of axes or lists of axes.
Tensor *tensordot(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  const BoundArguments::Slot &slot = args["axes"];
  if (!x || !y)
    return nullptr;
  const auto *pair = slot.value.as<eval::Sequence>();
  if (auto count = slot.value.isInt() ? slot.value.asInteger() : std::nullopt) {
    int64_t most = std::min(x->rank(), y->rank());
    if (*count >= 0 && *count <= most)
      return contractPairs(call, x, y,
                           llvm::to_vector(llvm::seq<int64_t>(x->rank() - *count, x->rank())),
                           llvm::to_vector(llvm::seq<int64_t>(0, *count)));
    call.reject(slot, "axes", fmt::format("at most {}, the axes of the smaller tensor", most));
    return nullptr;
  }
  if (!pair || pair->elements.size() != 2) {
    call.reject(slot, "axes", "a number of axes, or a pair of axes");
    return nullptr;
  }
  auto axesOfX = call.orderedAxes({pair->elements[0], slot.place, true}, x);
  auto axesOfY = call.orderedAxes({pair->elements[1], slot.place, true}, y);
  if (!axesOfX || !axesOfY)
    return nullptr;
  if (axesOfX->size() == axesOfY->size())
    return contractPairs(call, x, y, *axesOfX, *axesOfY);
  call.reject(slot, "axes", "two lists of one length");
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Einstein's notation
//===----------------------------------------------------------------------===//

/// A tensor with a letter for each axis. The axes of `...` are digits, counted
/// from the last.
struct Labelled {
  Tensor *tensor;
  std::string letters;

  int64_t axisOf(char letter) const { return int64_t(letters.find(letter)); }
  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

class Einsum {
public:
  Einsum(OpCall &call, const BoundArguments::Slot &subscripts)
      : call(call), graph(call.graph), slot(subscripts) {}

  /// Products from left to right; what nothing later needs is summed at once.
  Tensor *build(llvm::StringRef text, std::vector<Tensor *> tensors) {
    if (!parse(text, std::move(tensors)) || !unifySizes())
      return nullptr;
    Labelled result = sumUnneeded(operands.front(), 1);
    for (size_t i = 1; i < operands.size() && result.tensor; ++i)
      result = multiply(result, operands[i], i + 1);
    if (!result.tensor)
      return nullptr;
    AxisList order;
    for (char letter : output)
      order.push_back(result.axisOf(letter));
    return graph.transpose(result.tensor, order);
  }

private:
  template <typename... Args>
  bool refuse(Code code, fmt::format_string<Args...> format, Args &&...args) {
    graph.session.in.report(code, slot.place, format, std::forward<Args>(args)...);
    return false;
  }

  bool parse(llvm::StringRef text, std::vector<Tensor *> tensors) {
    std::string compact = text.str();
    llvm::erase(compact, ' ');
    // TensorFlow skips spaces, but Keras infers the shape of a symbolic result first.
    if (graph.session.currentTrace() == 0 && text.split("->").first.contains(' ')) {
      graph.session.in
          .report(Code::InvalidArgument, slot.place,
                  "Keras takes no spaces among the subscripts of {}, got {}", graph.callee,
                  slot.value.inWords())
          .fix(slot.place, fmt::format("\"{}\"", compact));
      return false;
    }
    auto [left, right] = llvm::StringRef(compact).split("->");
    bool hasOutput = llvm::StringRef(compact).contains("->");
    llvm::SmallVector<llvm::StringRef> terms;
    left.split(terms, ',');
    if (terms.size() != tensors.size())
      return refuse(Code::InvalidArgument, "{} has subscripts for {}, got {}", graph.callee,
                    eval::plural(terms.size(), "tensor"), tensors.size());
    size_t ellipsisRank = 0;
    for (auto [term, tensor] : llvm::zip_equal(terms, tensors)) {
      auto letters = expand(term, tensor->rank());
      if (!letters)
        return refuse(
            Code::RankMismatch, "the subscripts `{}` of {} do not fit '{}' of shape {}: {}", term,
            graph.callee, tensor->origin, tensor->shape(), "one letter for each axis, or `...`");
      for (char letter : *letters)
        if (llvm::count(*letters, letter) > 1)
          return refuse(Code::NotSupportedYet,
                        "`{}` names an axis of '{}' twice, which takes a diagonal: that is not "
                        "supported yet",
                        term, tensor->origin);
      if (term.contains("..."))
        ellipsisRank = std::max(ellipsisRank, tensor->rank() - (term.size() - 3));
      operands.push_back({graph.toFloat(tensor), *letters});
    }
    return parseOutput(hasOutput, right, ellipsisRank);
  }

  /// Without `->` the output has what occurs once, in alphabetical order.
  bool parseOutput(bool isGiven, llvm::StringRef term, size_t ellipsisRank) {
    if (isGiven) {
      auto letters = expand(term, term.size() - (term.contains("...") ? 3 : 0) +
                                      (term.contains("...") ? ellipsisRank : 0));
      if (!letters)
        return refuse(Code::InvalidArgument, "`{}` are no subscripts for the result of {}", term,
                      graph.callee);
      output = *letters;
    } else {
      for (const Labelled &operand : operands)
        for (char letter : operand.letters)
          if (occurrences(letter) == 1 || (llvm::isDigit(letter) && !has(output, letter)))
            output += letter;
      llvm::sort(output, [](char a, char b) {
        bool isDigit = llvm::isDigit(a);
        return isDigit != llvm::isDigit(b) ? isDigit : isDigit ? a > b : a < b;
      });
    }
    for (char letter : output) {
      if (llvm::count(output, letter) > 1)
        return refuse(Code::InvalidArgument, "the result of {} has the subscript `{}` twice",
                      graph.callee, letter);
      if (occurrences(letter) == 0)
        return refuse(Code::InvalidArgument,
                      "the result of {} has the subscript `{}`, which no operand has", graph.callee,
                      letter);
    }
    return true;
  }

  /// The letters of a term for a tensor of this rank; `...` becomes digits.
  static std::optional<std::string> expand(llvm::StringRef term, size_t rank) {
    auto [before, after] = term.split("...");
    bool hasEllipsis = term.contains("...");
    size_t named = before.size() + after.size();
    bool isSound = llvm::all_of(before, llvm::isAlpha) && llvm::all_of(after, llvm::isAlpha) &&
                   (hasEllipsis ? named <= rank && rank - named <= 10 : named == rank);
    if (!isSound)
      return std::nullopt;
    std::string letters = before.str();
    for (size_t i = rank - named; hasEllipsis && i > 0; --i)
      letters += char('0' + (i - 1));
    return letters + after.str();
  }

  static bool has(const std::string &letters, char letter) {
    return letters.find(letter) != std::string::npos;
  }

  size_t occurrences(char letter) const {
    return llvm::count_if(operands, [&](const Labelled &each) { return each.has(letter); });
  }

  /// A letter is one size.
  bool unifySizes() {
    std::map<char, std::pair<const Tensor *, DimExpr>> sizes;
    Session &session = graph.session;
    for (const Labelled &operand : operands)
      for (auto [letter, axis] : llvm::zip_equal(operand.letters, operand.tensor->axes)) {
        auto [entry, isNew] = sizes.try_emplace(letter, operand.tensor, axis.size);
        const auto &[first, size] = entry->second;
        if (!isNew && !session.unify(size, axis.size))
          return refuse(Code::ShapeMismatch,
                        "`{}` of {} is {} in '{}' of shape {} and {} in '{}' of shape {}",
                        llvm::isDigit(letter) ? "..." : std::string(1, letter), graph.callee,
                        session.resolve(size).str(), first->origin, first->shape(),
                        session.resolve(axis.size).str(), operand.tensor->origin,
                        operand.tensor->shape());
      }
    return true;
  }

  /// Whether the result or an operand from `next` on has the letter.
  bool isNeeded(char letter, size_t next) const {
    return has(output, letter) ||
           llvm::any_of(llvm::ArrayRef(operands).drop_front(std::min(next, operands.size())),
                        [&](const Labelled &later) { return later.has(letter); });
  }

  Labelled sumUnneeded(Labelled x, size_t next) {
    AxisList summed;
    std::string kept;
    for (char letter : x.letters)
      if (isNeeded(letter, next))
        kept += letter;
      else
        summed.push_back(x.axisOf(letter));
    return summed.empty() ? x : Labelled{graph.reduce(ReduceKind::sum, x.tensor, summed), kept};
  }

  Labelled multiply(const Labelled &left, const Labelled &right, size_t next) {
    // What only one side has and nothing needs is summed before.
    Labelled y = right;
    AxisList summed;
    for (char letter : right.letters)
      if (!left.has(letter) && !isNeeded(letter, next))
        summed.push_back(right.axisOf(letter));
    if (!summed.empty()) {
      llvm::erase_if(y.letters,
                     [&](char letter) { return !left.has(letter) && !isNeeded(letter, next); });
      y.tensor = graph.reduce(ReduceKind::sum, right.tensor, summed);
    }
    std::string batch, contracted, letters;
    for (char letter : left.letters)
      if (y.has(letter))
        (isNeeded(letter, next) ? batch : contracted) += letter;
    letters = batch;
    for (const Labelled *operand : {&left, static_cast<const Labelled *>(&y)})
      for (char letter : operand->letters)
        if (!has(batch, letter) && !has(contracted, letter))
          letters += letter;
    if (contracted.empty())
      return {graph.binary<MulOp>(aligned(left, letters), aligned(y, letters)), letters};
    auto axes = [](const Labelled &operand, const std::string &chosen) {
      AxisList result;
      for (char letter : chosen)
        result.push_back(operand.axisOf(letter));
      return result;
    };
    for (char letter : contracted)
      checkContraction(graph, left.tensor, left.axisOf(letter), y.tensor, y.axisOf(letter));
    return {graph.contract(left.tensor, y.tensor, axes(left, batch), axes(y, batch),
                           axes(left, contracted), axes(y, contracted)),
            letters};
  }

  /// The axes in the order of `letters`, with 1 for those that are missing.
  Tensor *aligned(const Labelled &operand, const std::string &letters) {
    AxisList order;
    for (char letter : letters)
      if (operand.has(letter))
        order.push_back(operand.axisOf(letter));
    Tensor *result = graph.transpose(operand.tensor, order);
    for (auto [axis, letter] : llvm::enumerate(letters))
      if (!operand.has(letter))
        result = graph.expandDims(result, axis);
    return result;
  }

  OpCall &call;
  GraphBuilder &graph;
  const BoundArguments::Slot &slot;
  std::vector<Labelled> operands;
  std::string output;
};

Tensor *einsum(OpCall &call, BoundArguments &args) {
  const BoundArguments::Slot &slot = args["subscripts"];
  const auto *text = slot.value.as<eval::Str>();
  if (!text) {
    call.reject(slot, "subscripts", "text such as \"bij,bjk->bik\"");
    return nullptr;
  }
  std::vector<Tensor *> tensors;
  for (const PlacedValue &operand : args.rest) {
    tensors.push_back(call.tensor(operand.value, operand.place));
    if (!tensors.back())
      return nullptr;
  }
  bool areBools = llvm::all_of(
      tensors, [](const Tensor *tensor) { return tensor->element == ElementKind::Bool; });
  if (areBools && !call.graph.numbers(tensors.front()))
    return nullptr;
  return buildEinsum(call, slot, text->text, std::move(tensors));
}

template <ReduceKind kind> constexpr auto plain = reduction<reduce<kind>, kind == ReduceKind::sum>;

const OpEntry table[] = {
    {"sum", "Sum", "x, axis=None, keepdims=False", plain<ReduceKind::sum>},
    {"max", "Max", "x, axis=None, keepdims=False, initial=None", plain<ReduceKind::max>},
    {"min", "Min", "x, axis=None, keepdims=False, initial=None", plain<ReduceKind::min>},
    {"amax", "Amax", "x, axis=None, keepdims=False", plain<ReduceKind::max>},
    {"amin", "Amin", "x, axis=None, keepdims=False", plain<ReduceKind::min>},
    {"mean", "Mean", "x, axis=None, keepdims=False", reduction<mean>},
    {"var", "Var", "x, axis=None, keepdims=False", reduction<variance>},
    {"std", "Std", "x, axis=None, keepdims=False", reduction<deviation>},
    {"logsumexp", "Logsumexp", "x, axis=None, keepdims=False", reduction<logSumExp>},
    {"any", "Any", "x, axis=None, keepdims=False", reduction<quantifier<false>>},
    {"all", "All", "x, axis=None, keepdims=False", reduction<quantifier<true>>},
    {"norm", "Norm", "x, ord=None, axis=None, keepdims=False", norm},
    {"normalize", "Normalize", "x, axis=-1, order=2, epsilon=None", normalize},
    {"ptp", "Ptp", "x, axis=None, keepdims=False", reduction<peakToPeak>},
    {"count_nonzero", "CountNonzero", "x, axis=None", countNonzero},
    {"argmax", "Argmax", "x, axis=None, keepdims=False", argmax<false>},
    {"argmin", "Argmin", "x, axis=None, keepdims=False", argmax<true>},
    {"one_hot", "OneHot", "x, num_classes, axis=-1, dtype=None, sparse=False", oneHot},
    {"matmul", "Matmul", "x1, x2", matmul},
    {"dot", "Dot", "x1, x2", dot},
    {"inner", "Inner", "x1, x2", inner},
    {"vdot", "Vdot", "x1, x2", vdot},
    {"tensordot", "Tensordot", "x1, x2, axes=2", tensordot},
    {"einsum", "Einsum", "subscripts, *operands", einsum},
};

} // namespace

Tensor *buildEinsum(OpCall &call, const BoundArguments::Slot &subscripts, llvm::StringRef text,
                    std::vector<Tensor *> tensors) {
  return Einsum(call, subscripts).build(text, std::move(tensors));
}

llvm::ArrayRef<OpEntry> productOps() { return table; }

} // namespace rondo::keras
