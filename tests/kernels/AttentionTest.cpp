//===- AttentionTest.cpp - kernel.attention and kernel.attention_grad -----===//
//
// Queries on both sides of a block, keys and features on both sides of tiles,
// with weights kept and without.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"

#include "compiler/kernels/IR/KernelDialect.h"

namespace rondo::test {
namespace {

using Doubles = std::vector<double>;

constexpr int64_t kRows = kernel::AttentionOp::kRows;

struct Sizes {
  int64_t count, queries, keys, features, values;
  int64_t blocks() const { return (queries + kRows - 1) / kRows; }
  std::vector<int64_t> dims(int64_t chunks) const {
    return {count, queries, keys, features, values, chunks, count * chunks};
  }
};

/// What attention makes of numbers, and its derivative, in double precision.
struct Attention {
  Attention(const Sizes &s, unsigned seed)
      : s(s), query(randomFloats(s.count * s.queries * s.features, seed)),
        key(randomFloats(s.count * s.keys * s.features, seed + 1)),
        value(randomFloats(s.count * s.keys * s.values, seed + 2)),
        dContext(randomFloats(s.count * s.queries * s.values, seed + 3)),
        dSums(randomFloats(s.count * s.keys, seed + 4)), weights(s.count * s.queries * s.keys),
        context(s.count * s.queries * s.values), sums(s.count * s.keys) {
    for (int64_t n = 0; n < s.count; ++n)
      for (int64_t q = 0; q < s.queries; ++q) {
        double *row = &weights[(n * s.queries + q) * s.keys], total = 0;
        for (int64_t k = 0; k < s.keys; ++k) {
          for (int64_t d = 0; d < s.features; ++d)
            row[k] += double(query[(n * s.queries + q) * s.features + d]) *
                      key[(n * s.keys + k) * s.features + d];
          total += std::exp(row[k]);
        }
        for (int64_t k = 0; k < s.keys; ++k) {
          row[k] = std::exp(row[k]) / total;
          sums[n * s.keys + k] += row[k];
          for (int64_t e = 0; e < s.values; ++e)
            context[(n * s.queries + q) * s.values + e] +=
                row[k] * value[(n * s.keys + k) * s.values + e];
        }
      }
  }

  /// Of the scores, from cotangents of the context or of the column sums.
  Doubles scoreCotangents(bool fromContext) const {
    Doubles result(weights.size());
    for (int64_t n = 0; n < s.count; ++n)
      for (int64_t q = 0; q < s.queries; ++q) {
        const int64_t row = n * s.queries + q;
        double weighted = 0;
        Doubles dWeights(s.keys);
        for (int64_t k = 0; k < s.keys; ++k) {
          dWeights[k] = fromContext ? 0 : dSums[n * s.keys + k];
          for (int64_t e = 0; fromContext && e < s.values; ++e)
            dWeights[k] +=
                double(dContext[row * s.values + e]) * value[(n * s.keys + k) * s.values + e];
          weighted += weights[row * s.keys + k] * dWeights[k];
        }
        for (int64_t k = 0; k < s.keys; ++k)
          result[row * s.keys + k] = weights[row * s.keys + k] * (dWeights[k] - weighted);
      }
    return result;
  }

  /// The sum over queries of lhs[n, q, k] * rhs[n, q, column].
  Doubles overQueries(const Doubles &lhs, const Floats &rhs, int64_t columns) const {
    Doubles result(s.count * s.keys * columns);
    for (int64_t n = 0; n < s.count; ++n)
      for (int64_t q = 0; q < s.queries; ++q)
        for (int64_t k = 0; k < s.keys; ++k)
          for (int64_t c = 0; c < columns; ++c)
            result[(n * s.keys + k) * columns + c] +=
                lhs[(n * s.queries + q) * s.keys + k] * rhs[(n * s.queries + q) * columns + c];
    return result;
  }

  Doubles queryCotangents(const Doubles &dScores) const {
    Doubles result(query.size());
    for (int64_t n = 0; n < s.count; ++n)
      for (int64_t q = 0; q < s.queries; ++q)
        for (int64_t k = 0; k < s.keys; ++k)
          for (int64_t d = 0; d < s.features; ++d)
            result[(n * s.queries + q) * s.features + d] +=
                dScores[(n * s.queries + q) * s.keys + k] * key[(n * s.keys + k) * s.features + d];
    return result;
  }

  Floats floatWeights() const { return Floats(weights.begin(), weights.end()); }

  Sizes s;
  Floats query, key, value, dContext, dSums;
  Doubles weights, context, sums;
};

const std::vector<std::string> kSymbols = {"N", "Q", "K", "D", "E", "C", "S"};
const std::string kShape = "memref<?x?x?xf32>", kVector = "memref<?x?xf32>";
const std::string kScratch = "memref<?x" + std::to_string(kRows) + "x?xf32>";

Kernel forwardKernel(Isa isa, bool hasValue, bool keepsWeights) {
  const std::string second = keepsWeights ? kShape : kScratch;
  return Kernel(isa, kSymbols,
                {{"q", kShape, {"N", "Q", "D"}},
                 {"k", kShape, {"N", "K", "D"}},
                 {"v", kShape, {"N", "K", "E"}}},
                {{"r", kShape,
                  hasValue ? std::vector<std::string>{"N", "Q", "E"}
                           : std::vector<std::string>{"N", "C", "K"}},
                 {"w", second,
                  keepsWeights ? std::vector<std::string>{"N", "Q", "K"}
                               : std::vector<std::string>{"S", "K"}}},
                std::string("kernel.attention ") + (keepsWeights ? "keeps_weights " : "") +
                    "ins(%q, %k" + (hasValue ? ", %v" : "") + " : " + kShape + ", " + kShape +
                    (hasValue ? ", " + kShape : "") + ") outs(%r, %w : " + kShape + ", " + second +
                    ")");
}

/// Queries around a block, keys and features around vectors.
const std::vector<Sizes> kSizes = {{1, 1, 1, 1, 1},     {2, 3, 5, 4, 7},    {1, 71, 16, 8, 9},
                                   {2, 72, 17, 16, 33}, {1, 73, 31, 7, 16}, {1, 97, 40, 33, 8},
                                   {3, 145, 3, 17, 1},  {17, 2, 24, 3, 5}};

/// Those, and up to 40 of everything.
std::vector<Sizes> sizesOfAllKinds() {
  std::vector<Sizes> all = kSizes;
  for (const auto &sizes : sizesUpTo40(40, 5, 1))
    all.push_back({sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]});
  return all;
}

class AttentionKernel : public IsaTest {};

TEST_P(AttentionKernel, ContextsWithAndWithoutWeights) {
  Kernel keeping = forwardKernel(GetParam(), true, true);
  Kernel plain = forwardKernel(GetParam(), true, false);
  for (const Sizes &s : sizesOfAllKinds()) {
    Attention x(s, 7);
    Floats weights(x.weights.size(), NAN), context(x.context.size(), NAN);
    keeping.run(s.dims(1), {x.query.data(), x.key.data(), x.value.data()},
                {context.data(), weights.data()});
    expectClose(context, x.context, 2e-6);
    expectClose(weights, x.weights, 2e-6);
    for (int64_t chunks = 1; chunks <= s.blocks(); ++chunks) {
      Floats again(x.context.size(), NAN), scratch(s.count * chunks * kRows * s.keys, NAN);
      plain.run(s.dims(chunks), {x.query.data(), x.key.data(), x.value.data()},
                {again.data(), scratch.data()});
      EXPECT_EQ(again, context) << s.queries << " queries in " << chunks << " chunks";
    }
  }
}

TEST_P(AttentionKernel, ColumnSumsOfChunks) {
  for (bool keepsWeights : {true, false}) {
    Kernel kernel = forwardKernel(GetParam(), false, keepsWeights);
    for (const Sizes &s : sizesOfAllKinds())
      for (int64_t chunks = 1; chunks <= s.blocks(); ++chunks) {
        Attention x(s, 7);
        Floats sums(s.count * chunks * s.keys, NAN);
        Floats second(keepsWeights ? x.weights.size() : s.count * chunks * kRows * s.keys, NAN);
        kernel.run(s.dims(chunks), {x.query.data(), x.key.data(), x.value.data()},
                   {sums.data(), second.data()});
        Floats total(x.sums.size());
        for (int64_t n = 0; n < s.count; ++n)
          for (int64_t c = 0; c < chunks; ++c)
            for (int64_t k = 0; k < s.keys; ++k)
              total[n * s.keys + k] += sums[(n * chunks + c) * s.keys + k];
        expectClose(total, x.sums, 2e-6);
        if (keepsWeights)
          expectClose(second, x.weights, 2e-6);
      }
  }
}

TEST_P(AttentionKernel, SameBitsOnAnySchedule) {
  Kernel kernel = forwardKernel(GetParam(), true, false);
  const Sizes s{2, 150, 40, 9, 10};
  Attention x(s, 3);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats context(x.context.size(), NAN), scratch(s.count * 3 * kRows * s.keys, NAN);
    kernel.run(s.dims(3), {x.query.data(), x.key.data(), x.value.data()},
               {context.data(), scratch.data()}, schedule);
    return std::vector<Floats>{context};
  });
}

TEST_P(AttentionKernel, NanOfAQueryStaysInItsRow) {
  Kernel kernel = forwardKernel(GetParam(), true, false);
  const Sizes s{1, 50, 10, 3, 4};
  Attention x(s, 3);
  x.query[2 * s.features] = NAN;
  Floats context(x.context.size()), scratch(kRows * s.keys);
  kernel.run(s.dims(1), {x.query.data(), x.key.data(), x.value.data()},
             {context.data(), scratch.data()});
  for (int64_t i = 0; i < int64_t(context.size()); ++i)
    EXPECT_EQ(std::isnan(context[i]), i / s.values == 2) << i;
}

/// What a gradient kernel is told: whether weights are kept, whether it has the cotangents of
/// contexts, and which gradients it makes.
struct GradForm {
  bool keptWeights, hasContext;
  std::vector<bool> wanted;
};

std::string gradBody(const GradForm &form) {
  std::string operands = "%q, %k", types = kShape + ", " + kShape;
  auto add = [&](const char *name, const std::string &type) {
    operands += std::string(", ") + name;
    types += ", " + type;
  };
  if (form.keptWeights)
    add("%w", kShape);
  if (form.hasContext) {
    add("%v", kShape);
    add("%dc", kShape);
  } else {
    add("%ds", kVector);
  }
  add("%s0", kScratch);
  int outs = 1;
  if (!form.keptWeights) {
    add("%s1", kScratch);
    ++outs;
  }
  const char *names[] = {"%dq", "%dk", form.hasContext ? "%dv" : "%sums"};
  std::string flags;
  for (int i = 0; i < 3; ++i) {
    flags += (i ? ", " : "") + std::string(form.wanted[i] ? "true" : "false");
    if (!form.wanted[i])
      continue;
    add(names[i], i == 2 && !form.hasContext ? kVector : kShape);
    ++outs;
  }
  auto flag = [](bool value) { return value ? "1, " : "0, "; };
  std::string segments = std::string("1, 1, ") + flag(form.keptWeights) + flag(form.hasContext) + flag(form.hasContext) + flag(!form.hasContext) +
                         std::to_string(outs);
  return "kernel.attention_grad(" + operands + ") {operandSegmentSizes = array<i32: " + segments +
         ">, wanted = array<i1: " + flags + ">} : (" + types + ") -> ()";
}

TEST_P(AttentionKernel, Gradients) {
  const std::vector<GradForm> forms = {
      {true, true, {true, true, true}},    {false, true, {true, true, true}},
      {true, false, {true, true, true}},   {false, false, {true, true, true}},
      {true, true, {true, false, false}},  {false, true, {false, true, false}},
      {true, false, {false, false, true}}, {false, true, {false, false, true}}};
  for (const GradForm &form : forms) {
    Kernel kernel(GetParam(), kSymbols,
                  {{"q", kShape, {"N", "Q", "D"}},
                   {"k", kShape, {"N", "K", "D"}},
                   {"w", kShape, {"N", "Q", "K"}},
                   {"v", kShape, {"N", "K", "E"}},
                   {"dc", kShape, {"N", "Q", "E"}},
                   {"ds", kVector, {"N", "K"}}},
                  {{"s0", kScratch, {"N", "K"}},
                   {"s1", kScratch, {"N", "K"}},
                   {"dq", kShape, {"N", "Q", "D"}},
                   {"dk", kShape, {"N", "K", "D"}},
                   {"dv", kShape, {"N", "K", "E"}},
                   {"sums", kVector, {"N", "K"}}},
                  gradBody(form));
    for (const Sizes &s : sizesOfAllKinds()) {
      Attention x(s, 11);
      Floats weights = x.floatWeights();
      expectSameBits([&](Kernel::Schedule schedule) {
        Floats s0(s.count * kRows * s.keys, NAN),
            s1 = s0, dQuery(x.query.size(), NAN), dKey(x.key.size(), NAN),
            dValue(x.value.size(), NAN), sums(x.sums.size(), NAN);
        kernel.run(s.dims(1),
                   {x.query.data(), x.key.data(), weights.data(), x.value.data(), x.dContext.data(),
                    x.dSums.data()},
                   {s0.data(), s1.data(), dQuery.data(), dKey.data(), dValue.data(), sums.data()},
                   schedule);
        Doubles dScores = x.scoreCotangents(form.hasContext);
        // Relative to the largest element, which is small where one key has all the weight.
        if (form.wanted[0] && s.keys > 1)
          expectClose(dQuery, x.queryCotangents(dScores), 1e-5);
        if (form.wanted[1] && s.keys > 1)
          expectClose(dKey, x.overQueries(dScores, x.query, s.features), 1e-5);
        if (form.wanted[2] && form.hasContext)
          expectClose(dValue, x.overQueries(x.weights, x.dContext, s.values), 2e-6);
        if (form.wanted[2] && !form.hasContext)
          expectClose(sums, x.sums, 2e-6);
        return std::vector<Floats>{form.wanted[0] ? dQuery : Floats(),
                                   form.wanted[1] ? dKey : Floats()};
      });
    }
  }
}

RONDO_FOR_EACH_ISA(AttentionKernel);

} // namespace
} // namespace rondo::test
