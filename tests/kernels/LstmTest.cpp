//===- LstmTest.cpp - The kernels of an LSTM and its derivative -----------===//
//
// Against the recurrence in double precision, and the derivative against the
// chain rule written out: units and inputs on both sides of a vector, batches
// on both sides of a tile and of what is divided by units, with and without initial
// state, mask and cotangents.
//
//===----------------------------------------------------------------------===//

#include "dialect/Activations.h"
#include "tests/kernels/KernelTest.h"
#include <cstring>

namespace rondo::test {
namespace {

using Doubles = std::vector<double>;

struct Case {
  int64_t B, T, D, H;
  bool bias = true, initial = false;
  Activation activation = Activation::tanh, recurrent = Activation::sigmoid;
  bool mask = false;

  /// Whether a step counts: padding behind, in front, holes, nothing, everything.
  bool counts(int64_t b, int64_t t) const {
    const bool each[] = {t < (T + b) / 2, t >= (T + b) / 3, (3 * b + 5 * t) % 7 > 2, false, true};
    return !mask || each[(b + T) % 5];
  }

  /// The activation of gate i, f, g or o.
  Activation of(int64_t gate) const { return gate == 2 ? activation : recurrent; }
};

struct Data {
  Floats x, kernel, recurrent, bias, h0, c0;
  std::vector<uint8_t> mask;
  /// `gates` after activation, `sums` before, `kept` as kernels keep them.
  Doubles sequence, lastH, lastC, gates, sums, kept, cells;

  explicit Data(const Case &c)
      : x(randomFloats(c.B * c.T * c.D, 1)), kernel(randomFloats(c.D * 4 * c.H, 2)),
        recurrent(randomFloats(c.H * 4 * c.H, 3)), bias(randomFloats(4 * c.H, 4)),
        h0(randomFloats(c.B * c.H, 5)), c0(randomFloats(c.B * c.H, 6)) {
    for (Floats *weights : {&kernel, &recurrent})
      for (float &weight : *weights)
        weight *= 0.3f;
    if (!c.bias)
      bias.assign(bias.size(), 0);
    if (!c.initial) {
      h0.assign(h0.size(), 0);
      c0.assign(c0.size(), 0);
    }
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t) {
        mask.push_back(c.counts(b, t));
        // Whatever padding holds must not matter.
        if (!mask.back())
          std::fill_n(x.begin() + (b * c.T + t) * c.D, c.D, NAN);
      }
    lastH.assign(h0.begin(), h0.end());
    lastC.assign(c0.begin(), c0.end());
    sequence.resize(c.B * c.T * c.H);
    cells.resize(c.B * c.T * c.H);
    for (Doubles *each : {&gates, &sums, &kept})
      each->resize(c.B * c.T * 4 * c.H);
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t)
        step(c, b, t);
  }

  void step(const Case &c, int64_t b, int64_t t) {
    if (!c.counts(b, t)) {
      std::copy_n(lastH.begin() + b * c.H, c.H, sequence.begin() + (b * c.T + t) * c.H);
      std::copy_n(lastC.begin() + b * c.H, c.H, cells.begin() + (b * c.T + t) * c.H);
      return;
    }
    Doubles next(c.H);
    for (int64_t u = 0; u < c.H; ++u) {
      double gate[4];
      for (int64_t g = 0; g < 4; ++g) {
        double sum = bias[g * c.H + u];
        for (int64_t k = 0; k < c.D; ++k)
          sum += double(x[(b * c.T + t) * c.D + k]) * kernel[k * 4 * c.H + g * c.H + u];
        for (int64_t k = 0; k < c.H; ++k)
          sum += lastH[b * c.H + k] * recurrent[k * 4 * c.H + g * c.H + u];
        gate[g] = activations::apply(c.of(g), sum);
        int64_t at = ((b * c.T + t) * 4 + g) * c.H + u;
        gates[at] = gate[g];
        sums[at] = sum;
        kept[at] = activations::hasDerivativeOfResult(c.of(g)) ? gate[g] : sum;
      }
      double &cell = lastC[b * c.H + u];
      cell = gate[1] * cell + gate[0] * gate[2];
      cells[(b * c.T + t) * c.H + u] = cell;
      next[u] = gate[3] * activations::apply(c.activation, cell);
      sequence[(b * c.T + t) * c.H + u] = next[u];
    }
    std::copy(next.begin(), next.end(), lastH.begin() + b * c.H);
  }
};

/// Each activation once inside and once on the gates.
std::vector<Case> otherActivations() {
  std::vector<Case> cases;
  const uint32_t count = getMaxEnumValForActivation() + 1;
  for (uint32_t value = 0; value < count; ++value) {
    auto activation = static_cast<Activation>(value);
    auto recurrent = static_cast<Activation>((value + 1) % count);
    // An exponential of exponentials is infinite after a few steps.
    bool grows = activation == Activation::exponential || recurrent == Activation::exponential;
    cases.push_back({3, grows ? 1 : 3, 6, 10, true, value % 2 == 0, activation, recurrent});
  }
  return cases;
}

std::string attributes(const Case &c) {
  return "activation = #rondo.activation<" + stringifyActivation(c.activation).str() +
         ">, recurrent_activation = #rondo.activation<" + stringifyActivation(c.recurrent).str() +
         ">";
}

/// A buffer of these sizes; "?" is a dynamic one.
std::string buffer(const std::vector<std::string> &sizes) {
  std::string text = "memref<";
  for (const std::string &size : sizes)
    text += size + "x";
  return text + "f32>";
}

const char *const kMaskType = "memref<?x?xi8>";

/// Shapes and layouts that depend on the instruction set.
class LstmKernel : public IsaTest {
protected:
  int64_t lanes() const { return isaLanes(GetParam()); }
  int64_t blocks(int64_t H) const { return (H + lanes() - 1) / lanes(); }
  std::string shape(const std::vector<int64_t> &sizes) const {
    std::vector<std::string> text;
    for (int64_t size : sizes)
      text.push_back(size < 0 ? "?" : std::to_string(size));
    return buffer(text);
  }
  std::string tape(int64_t H) const { return shape({2 * blocks(H), -1, -1, 2, lanes()}); }
  std::string now(int64_t H) const { return shape({2, -1, blocks(H), 4, lanes()}); }
  std::string projection(int64_t H) const { return shape({blocks(H), 16, 4, lanes()}); }
  std::string transposed(int64_t rows, int64_t H) const {
    return shape({(rows + 2 * lanes() - 1) / (2 * lanes()), blocks(H), 4, lanes(), 2 * lanes()});
  }
  size_t tapeSize(const Case &c) const { return blocks(c.H) * c.B * c.T * 4 * lanes(); }
  size_t nowSize(const Case &c) const { return 2 * c.B * blocks(c.H) * 4 * lanes(); }
  size_t projectionSize(const Case &c) const { return blocks(c.H) * 16 * 4 * lanes(); }
  size_t transposedSize(int64_t rows, int64_t H) const {
    return (rows + 2 * lanes() - 1) / (2 * lanes()) * blocks(H) * 8 * lanes() * lanes();
  }

  /// Where a tape has gate `g` of unit `u` in row `row` of `rows`.
  int64_t inTape(int64_t rows, int64_t row, int64_t g, int64_t u) const {
    int64_t pair = u / lanes() * 2 + g / 2;
    return ((pair * rows + row) * 2 + g % 2) * lanes() + u % lanes();
  }
  /// Gates (B, T, 4H) as a tape; lanes without units hold `filler`.
  template <typename Number>
  Floats toTape(const Case &c, const std::vector<Number> &gates, float filler) const {
    Floats result(tapeSize(c), filler);
    const int64_t rows = c.B * c.T;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t g = 0; g < 4; ++g)
        for (int64_t u = 0; u < c.H; ++u)
          result[inTape(rows, row, g, u)] = float(gates[(row * 4 + g) * c.H + u]);
    return result;
  }
  Floats fromTape(const Case &c, const Floats &tape) const {
    Floats result(c.B * c.T * 4 * c.H);
    const int64_t rows = c.B * c.T;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t g = 0; g < 4; ++g)
        for (int64_t u = 0; u < c.H; ++u)
          result[(row * 4 + g) * c.H + u] = tape[inTape(rows, row, g, u)];
    return result;
  }
};

class Lstm : public LstmKernel {
protected:
  /// Packs, then runs forward, in the training form if `training`.
  Kernel forward(const Case &c, bool training, bool bf16 = false) {
    const std::string D = std::to_string(c.D), H = std::to_string(c.H),
                      H4 = std::to_string(4 * c.H);
    std::string packed = shape({blocks(c.H), c.D + c.H + 1, 4, lanes()});
    if (bf16)
      packed = "memref<" + std::to_string(blocks(c.H)) + "x" + std::to_string(2 * (c.D + c.H) + 4) +
               "x" + std::to_string(lanes()) + "xi32>";
    const std::string x = buffer({"?", "?", D}), kernel = buffer({D, H4}),
                      recurrent = buffer({H, H4}), bias = buffer({H4}), state = buffer({"?", H}),
                      sequence = buffer({"?", "?", H}), gates = tape(c.H);
    std::vector<Argument> ins = {{"x", x, {"B", "T"}},           {"kernel", kernel, {}},
                                 {"recurrent", recurrent, {}},   {"bias", bias, {}},
                                 {"h0", state, {"B"}},           {"c0", state, {"B"}},
                                 {"mask", kMaskType, {"B", "T"}}};
    std::vector<Argument> outs = {{"packed", packed, {}},
                                  {"sequence", sequence, {"B", "T"}},
                                  {"last_h", state, {"B"}},
                                  {"last_c", state, {"B"}},
                                  {"projection", projection(c.H), {}}};
    std::string operands = "%x, %packed, ", types = x + ", " + packed + ", ";
    if (c.initial) {
      operands += "%h0, %c0, ";
      types += state + ", " + state + ", ";
    }
    if (c.mask) {
      operands += "%mask, ";
      types += std::string(kMaskType) + ", ";
    }
    operands += "%sequence, %last_h, %last_c, %projection";
    types += sequence + ", " + state + ", " + state + ", " + projection(c.H);
    if (training) {
      outs.push_back({"gates", gates, {"B", "T"}});
      outs.push_back({"cells", sequence, {"B", "T"}});
      operands += ", %gates, %cells";
      types += ", " + gates + ", " + sequence;
    }
    std::string body = "kernel.lstm_pack ins(%kernel, %recurrent";
    body += c.bias ? ", %bias" : "";
    body += " : " + kernel + ", " + recurrent + (c.bias ? ", " + bias : "") +
            ") outs(%packed : " + packed + ") {" + attributes(c) + "}\n";
    body += "kernel.lstm_forward(" + operands + ") {" + attributes(c) +
            ", operandSegmentSizes = array<i32: 1, 1, " + (c.initial ? "1, 1, " : "0, 0, ") +
            (c.mask ? "1, " : "0, ") + (training ? "6" : "4") + ">} : (" + types + ") -> ()";
    return Kernel(GetParam(), {"B", "T"}, ins, outs, body);
  }

  /// Everything the kernel writes but the packed weights.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    Floats packed(blocks(c.H) * (c.D + c.H + 1) * 4 * lanes(), NAN), sequence(c.B * c.T * c.H, NAN),
        lastH(c.B * c.H, NAN), lastC(c.B * c.H, NAN), projected(projectionSize(c), NAN),
        gates(tapeSize(c), NAN), cells(c.B * c.T * c.H, NAN);
    kernel.run({c.B, c.T},
               {data.x.data(), data.kernel.data(), data.recurrent.data(), data.bias.data(),
                data.h0.data(), data.c0.data(), data.mask.data()},
               {packed.data(), sequence.data(), lastH.data(), lastC.data(), projected.data(),
                gates.data(), cells.data()},
               schedule);
    return {sequence, lastH, lastC, fromTape(c, gates), cells};
  }

  void checkForward(const Kernel &kernel, const Case &c, bool training, double tolerance = 3e-6) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " D " << c.D << " H " << c.H);
    Data data(c);
    std::vector<Floats> results = run(kernel, c, data);
    expectClose(results[0], data.sequence, tolerance);
    expectClose(results[1], data.lastH, tolerance);
    expectClose(results[2], data.lastC, tolerance);
    if (training) {
      expectClose(results[3], data.kept, tolerance);
      expectClose(results[4], data.cells, tolerance);
    }
  }
};

TEST_P(Lstm, ForwardOfAllSizes) {
  for (int64_t H : {1, 5, 8, 16, 23, 40}) {
    bool training = H % 2 == 0;
    Kernel kernel = forward({1, 1, 3 + H % 3, H}, training);
    for (int64_t B = 1; B <= 13; ++B)
      checkForward(kernel, {B, 1 + B % 5, 3 + H % 3, H}, training);
  }
}

/// Sizes of weights, each with four batches and numbers of steps, up to 40 of everything.
std::vector<std::pair<Case, std::vector<std::vector<int64_t>>>> casesUpTo40(unsigned seed) {
  std::vector<std::pair<Case, std::vector<std::vector<int64_t>>>> cases;
  auto weights = sizesUpTo40(40, 2, seed), rows = sizesUpTo40(160, 2, seed + 1);
  for (size_t i = 0; i < weights.size(); ++i)
    cases.push_back({{1, 1, weights[i][0], weights[i][1], i % 2 == 0, i % 3 == 0},
                     {rows.begin() + 4 * i, rows.begin() + 4 * (i + 1)}});
  return cases;
}

TEST_P(Lstm, TrainingUpTo40) {
  for (auto &[c, rows] : casesUpTo40(1)) {
    Kernel kernel = forward(c, true);
    for (const auto &row : rows)
      checkForward(kernel, {row[0], row[1], c.D, c.H, c.bias, c.initial}, true);
  }
}

TEST_P(Lstm, InferenceUpTo40) {
  for (auto &[c, rows] : casesUpTo40(3)) {
    Kernel kernel = forward(c, false);
    for (const auto &row : rows)
      checkForward(kernel, {row[0], row[1], c.D, c.H, c.bias, c.initial}, false);
  }
}

TEST_P(Lstm, Bfloat16WeightsUpTo40) {
  for (auto &[c, rows] : casesUpTo40(5)) {
    Kernel kernel = forward(c, false, /*bf16=*/true);
    // The errors of 80 weights add up, and are large beside results near zero.
    for (const auto &row : rows)
      checkForward(kernel, {row[0], row[1], c.D, c.H, c.bias, c.initial}, false, 1.0 / 64);
  }
}

TEST_P(Lstm, ForwardWithInitialStateWithoutBias) {
  for (bool training : {false, true})
    for (bool bias : {false, true}) {
      Case c{5, 7, 3, 20, bias, true};
      Kernel kernel = forward(c, training);
      checkForward(kernel, c, training);
      c.B = c.T = 1;
      checkForward(kernel, c, training);
    }
}

TEST_P(Lstm, ForwardWithOtherActivations) {
  for (const Case &c : otherActivations())
    checkForward(forward(c, true), c, true, 1e-5); // x - tanh(x) loses a digit
}

TEST_P(Lstm, ForwardWithBfloat16Weights) {
  for (Activation activation : {Activation::tanh, Activation::softsign})
    for (int64_t H : {5, 16, 40})
      for (int64_t B : {1, 2, 5, 14}) {
        Case c{B, 9, 6, H, true, H == 16, activation};
        // A weight has 8 bits: each is off by up to 1/512 of itself.
        checkForward(forward(c, false, /*bf16=*/true), c, false, 1.0 / 256);
      }
}

TEST_P(Lstm, Bfloat16WeightsThatNeedNoMoreBitsLoseNothing) {
  // With relu and a sigmoid nothing is scaled before it is rounded.
  Case c{3, 6, 6, 20, true, false, Activation::relu};
  Data data(c);
  for (Floats *weights : {&data.kernel, &data.recurrent})
    for (float &weight : *weights)
      weight = std::round(weight * 64) / 64;
  Floats exact = run(forward(c, false), c, data)[0];
  EXPECT_EQ(run(forward(c, false, /*bf16=*/true), c, data)[0], exact);
  // Halfway cases go to the even neighbour; what is not a number stays so.
  for (float &weight : data.kernel)
    weight = 1 + 1.0f / 256;
  Floats up = run(forward(c, false, /*bf16=*/true), c, data)[0];
  for (float &weight : data.kernel)
    weight = 1;
  EXPECT_EQ(run(forward(c, false), c, data)[0], up);
  data.kernel[0] = std::nanf("");
  EXPECT_TRUE(std::isnan(run(forward(c, false, /*bf16=*/true), c, data)[0][0]));
}

TEST_P(Lstm, ExtremeInputsStayWhereTheyAre) {
  const float infinity = INFINITY, smallest = 1e-45f;
  for (int64_t B : {1, 3, 15}) {
    Case c{B, 6, 4, 20};
    Kernel kernel = forward(c, true);
    Data plain(c);
    Floats usual = run(kernel, c, plain)[0];
    for (float extreme : {1e30f, -1e30f, infinity, -infinity, smallest, 0.0f, std::nanf("")}) {
      SCOPED_TRACE(testing::Message() << "B " << B << ", " << extreme);
      Data data = plain;
      const int64_t sequence = B / 2, step = 3;
      data.x[(sequence * c.T + step) * c.D + 1] = extreme;
      Floats result = run(kernel, c, data)[0];
      for (int64_t b = 0; b < B; ++b)
        for (int64_t t = 0; t < c.T; ++t)
          for (int64_t u = 0; u < c.H; ++u) {
            int64_t at = (b * c.T + t) * c.H + u;
            if (b != sequence || t < step) {
              ASSERT_EQ(result[at], usual[at]) << "sequence " << b << ", step " << t;
            } else if (std::isnan(extreme)) {
              ASSERT_TRUE(std::isnan(result[at])) << "step " << t;
            } else {
              ASSERT_LE(std::abs(result[at]), 1) << "step " << t;
            }
          }
    }
    // As large as it may be, against the recurrence itself.
    Data large(c);
    for (size_t i = 0; i < large.x.size(); i += 7)
      large.x[i] *= 1e30f;
    Data expected(c);
    expected.x = large.x;
    expected.lastH.assign(c.B * c.H, 0);
    expected.lastC.assign(c.B * c.H, 0);
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t)
        expected.step(c, b, t);
    expectClose(run(kernel, c, large)[0], expected.sequence, 3e-6);
  }
}

TEST_P(Lstm, SameBitsHoweverDivided) {
  Case c{37, 20, 12, 40};
  Kernel kernel = forward(c, true);
  // Divided by sequences; by units; so few that the input's products come first. Long enough steps
  // for a second thread.
  Case units{11, 20, 12, 40}, few{2, 20, 12, 120};
  Kernel wide = forward(few, true);
  for (auto &[kernel, c] :
       {std::pair(&kernel, c), std::pair(&kernel, units), std::pair(&wide, few)}) {
    Data data(c);
    expectSameBits([&, kernel = kernel, c = c](Kernel::Schedule schedule) {
      return run(*kernel, c, data, schedule);
    });
  }
}

TEST_P(Lstm, SameBitsHoweverLargeTheBatch) {
  // A sequence alone, among few and among many: three ways through the kernel.
  Case many{30, 9, 6, 20};
  Kernel kernel = forward(many, true);
  Data data(many);
  Floats expected = run(kernel, many, data)[0];
  for (int64_t batch : {1, 2, 5, 12, 13}) {
    Case some = many;
    some.B = batch;
    Floats actual = run(kernel, some, data)[0];
    expected.resize(actual.size());
    EXPECT_EQ(std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(float)), 0)
        << batch;
    expected = run(kernel, many, data)[0];
  }
}

TEST_P(Lstm, NoStepsLeaveTheStateAlone) {
  for (bool initial : {false, true})
    for (int64_t batch : {0, 3, 14}) {
      Case c{batch, 0, 3, 10, true, initial};
      checkForward(forward(c, false), c, false);
    }
}

TEST_P(Lstm, MaskedUpTo40) {
  for (bool training : {false, true})
    for (auto [c, rows] : casesUpTo40(13)) {
      c.mask = true;
      Kernel kernel = forward(c, training);
      for (const auto &row : rows) {
        c.B = row[0];
        c.T = row[1];
        checkForward(kernel, c, training);
      }
    }
}

TEST_P(Lstm, MaskedAtOddSizes) {
  // With one unit and one row there is nothing that tells how small a number may be by chance.
  for (int64_t H : {3, 5, 16, 23})
    for (bool initial : {false, true}) {
      Case c{1, 1, 3, H, true, initial, H == 5 ? Activation::relu : Activation::tanh};
      c.mask = true;
      Kernel kernel = forward(c, true);
      for (c.B = 1; c.B <= 27; ++c.B)
        for (int64_t T : {0, 1, 5, 18}) {
          c.T = T;
          checkForward(kernel, c, true);
        }
    }
}

TEST_P(Lstm, MaskedSameBitsHoweverDivided) {
  for (Case c : {Case{37, 20, 12, 40}, Case{11, 20, 12, 40}, Case{2, 20, 12, 120}}) {
    c.mask = true;
    Kernel kernel = forward(c, true);
    Data data(c);
    expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, data, schedule); });
  }
}

TEST_P(Lstm, AMaskOfOnesChangesNoBit) {
  for (int64_t B : {1, 2, 7, 12, 13, 30}) {
    Case c{B, 19, 6, 20, true, true};
    Data data(c);
    std::vector<Floats> expected = run(forward(c, true), c, data);
    c.mask = true;
    data.mask.assign(data.mask.size(), 1);
    EXPECT_EQ(run(forward(c, true), c, data), expected) << B;
  }
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

struct Cotangents {
  bool sequence, lastH, lastC;
};

class LstmBackward : public LstmKernel {
protected:
  Kernel backward(const Case &c, Cotangents given) {
    const std::string H = std::to_string(c.H), H4 = std::to_string(4 * c.H);
    const std::string state = buffer({"?", H}), sequence = buffer({"?", "?", H}),
                      recurrent = buffer({H, H4}), recurrentT = transposed(c.H, c.H);
    std::vector<Argument> ins = {
        {"recurrent", recurrent, {}},    {"gates", tape(c.H), {"B", "T"}},
        {"cells", sequence, {"B", "T"}}, {"c0", state, {"B"}},
        {"mask", kMaskType, {"B", "T"}}, {"d_sequence", sequence, {"B", "T"}},
        {"d_last_h", state, {"B"}},      {"d_last_c", state, {"B"}}};
    const bool present[] = {true,   true,           true,        c.initial,
                            c.mask, given.sequence, given.lastH, given.lastC};
    std::string operands = "%recurrent_t, ", types = recurrentT + ", ", segments = "1, ";
    for (size_t index = 1; index < ins.size(); ++index) {
      segments += present[index] ? "1, " : "0, ";
      if (!present[index])
        continue;
      operands += "%" + ins[index].name + ", ";
      types += ins[index].type + ", ";
    }
    return Kernel(GetParam(), {"B", "T"}, ins,
                  {{"recurrent_t", recurrentT, {}},
                   {"dz", tape(c.H), {"B", "T"}},
                   {"dh", state, {"B"}},
                   {"dc", state, {"B"}},
                   {"dz_now", now(c.H), {"B"}}},
                  "kernel.pack_transposed ins(%recurrent : " + recurrent +
                      ") outs(%recurrent_t : " + recurrentT + ")\nkernel.lstm_backward(" +
                      operands + "%dz, %dh, %dc, %dz_now) {" + attributes(c) +
                      ", d_initial, operandSegmentSizes = array<i32: " + segments + "4>} : (" +
                      types + tape(c.H) + ", " + state + ", " + state + ", " + now(c.H) +
                      ") -> ()");
  }

  /// dz, dh and dc.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    // What is no unit must not matter.
    Floats gates = toTape(c, data.kept, 0.5f), cells(data.cells.begin(), data.cells.end());
    Floats dSequence = randomFloats(c.B * c.T * c.H, 7), dLastH = randomFloats(c.B * c.H, 8),
           dLastC = randomFloats(c.B * c.H, 9);
    Floats recurrentT(transposedSize(c.H, c.H), NAN), dz(tapeSize(c), NAN), dh(c.B * c.H, NAN),
        dc(c.B * c.H, NAN), now(nowSize(c), NAN);
    kernel.run({c.B, c.T},
               {data.recurrent.data(), gates.data(), cells.data(), data.c0.data(), data.mask.data(),
                dSequence.data(), dLastH.data(), dLastC.data()},
               {recurrentT.data(), dz.data(), dh.data(), dc.data(), now.data()}, schedule);
    return {fromTape(c, dz), dh, dc};
  }

  void check(const Kernel &kernel, const Case &c, Cotangents given) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " H " << c.H);
    Data data(c);
    Floats dSequence = randomFloats(c.B * c.T * c.H, 7), dLastH = randomFloats(c.B * c.H, 8),
           dLastC = randomFloats(c.B * c.H, 9);
    std::vector<Floats> results = run(kernel, c, data);
    const Floats &dz = results[0], &dh = results[1], &dc = results[2];

    Doubles edz(dz.size()), edh(dh.size()), edc(dc.size());
    for (int64_t b = 0; b < c.B; ++b) {
      double *runningH = &edh[b * c.H], *runningC = &edc[b * c.H];
      for (int64_t u = 0; u < c.H; ++u) {
        runningH[u] = given.lastH ? dLastH[b * c.H + u] : 0;
        runningC[u] = given.lastC ? dLastC[b * c.H + u] : 0;
      }
      for (int64_t t = c.T; t-- > 0;) {
        if (!c.counts(b, t)) {
          for (int64_t u = 0; u < c.H && given.sequence; ++u)
            runningH[u] += dSequence[(b * c.T + t) * c.H + u];
          continue;
        }
        const double *gate = &data.gates[(b * c.T + t) * 4 * c.H];
        const double *sum = &data.sums[(b * c.T + t) * 4 * c.H];
        double *step = &edz[(b * c.T + t) * 4 * c.H];
        for (int64_t u = 0; u < c.H; ++u) {
          double i = gate[u], f = gate[c.H + u], g = gate[2 * c.H + u], o = gate[3 * c.H + u];
          double after = data.cells[(b * c.T + t) * c.H + u];
          double before = t ? data.cells[(b * c.T + t - 1) * c.H + u] : data.c0[b * c.H + u];
          double h = runningH[u] + (given.sequence ? dSequence[(b * c.T + t) * c.H + u] : 0);
          double cell = runningC[u] + h * o * activations::derivative(c.activation, after);
          const double cotangents[] = {cell * g, cell * before, cell * i,
                                       h * activations::apply(c.activation, after)};
          for (int64_t k = 0; k < 4; ++k)
            step[k * c.H + u] = cotangents[k] * activations::derivative(c.of(k), sum[k * c.H + u]);
          runningC[u] = cell * f;
        }
        for (int64_t u = 0; u < c.H; ++u) {
          runningH[u] = 0;
          for (int64_t k = 0; k < 4 * c.H; ++k)
            runningH[u] += step[k] * data.recurrent[u * 4 * c.H + k];
        }
      }
    }
    expectClose(dz, edz, 5e-6);
    expectClose(dh, edh, 5e-6);
    expectClose(dc, edc, 5e-6);
  }
};

TEST_P(LstmBackward, AllSizes) {
  Cotangents given{true, false, false};
  for (int64_t H : {1, 8, 16, 23, 40}) {
    Kernel kernel = backward({1, 1, 2, H}, given);
    for (int64_t B = 1; B <= 13; ++B)
      check(kernel, {B, 1 + B % 5, 2, H}, given);
  }
}

TEST_P(LstmBackward, SizesUpTo40) {
  int bits = 0;
  for (auto &[c, rows] : casesUpTo40(7)) {
    bits = bits % 7 + 1;
    Cotangents given{bool(bits & 1), bool(bits & 2), bool(bits & 4)};
    Kernel kernel = backward(c, given);
    for (const auto &row : rows)
      check(kernel, {row[0], row[1], c.D, c.H, c.bias, c.initial}, given);
  }
}

TEST_P(LstmBackward, MaskedUpTo40) {
  int bits = 0;
  for (auto [c, rows] : casesUpTo40(15)) {
    bits = bits % 7 + 1;
    Cotangents given{bool(bits & 1), bool(bits & 2), bool(bits & 4)};
    c.mask = true;
    Kernel kernel = backward(c, given);
    for (const auto &row : rows) {
      c.B = row[0];
      c.T = row[1];
      check(kernel, c, given);
    }
  }
}

TEST_P(LstmBackward, MaskedAtOddSizes) {
  Cotangents given{true, true, true};
  for (int64_t H : {3, 5, 16, 23}) {
    Case c{1, 1, 2, H, true, H % 2 == 0, H == 5 ? Activation::relu : Activation::tanh};
    c.mask = true;
    Kernel kernel = backward(c, given);
    for (c.B = 1; c.B <= 27; ++c.B)
      for (int64_t T : {1, 5, 18}) {
        c.T = T;
        check(kernel, c, given);
      }
  }
}

TEST_P(LstmBackward, EveryChoiceOfCotangents) {
  for (bool initial : {false, true})
    for (int bits = 1; bits < 8; ++bits) {
      Cotangents given{bool(bits & 1), bool(bits & 2), bool(bits & 4)};
      Case c{5, 6, 2, 20, true, initial};
      check(backward(c, given), c, given);
    }
}

TEST_P(LstmBackward, OtherActivations) {
  Cotangents given{true, true, false};
  for (const Case &c : otherActivations())
    check(backward(c, given), c, given);
}

TEST_P(LstmBackward, SameBitsHoweverDivided) {
  for (Case c : {Case{37, 10, 2, 40}, Case{11, 10, 2, 40}, Case{1, 10, 2, 120}, Case{36, 10, 2, 40},
                 Case{11, 11, 2, 40}}) {
    c.mask = c.B == 36 || c.T == 11;
    Kernel kernel = backward(c, {true, true, true});
    Data data(c);
    expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, data, schedule); });
  }
}

//===----------------------------------------------------------------------===//
// Gradients of weights and input
//===----------------------------------------------------------------------===//

class LstmGradients : public LstmKernel {
protected:
  Kernel gradients(const Case &c) {
    const std::string D = std::to_string(c.D), H = std::to_string(c.H),
                      H4 = std::to_string(4 * c.H);
    const std::string x = buffer({"?", "?", D}), sequence = buffer({"?", "?", H}),
                      state = buffer({"?", H}), kernel = buffer({D, H4}),
                      recurrent = buffer({H, H4}), bias = buffer({H4}),
                      kernelT = transposed(c.D, c.H), dz = tape(c.H);
    std::vector<std::string> all = {"B", "T"};
    std::string initial = c.initial ? "%h0, " : "", initialType = c.initial ? state + ", " : "",
                mask = c.mask ? ", %mask" : "",
                maskType = c.mask ? std::string(", ") + kMaskType : "";
    if (c.mask) {
      initial += "%mask, ";
      initialType += std::string(kMaskType) + ", ";
    }
    return Kernel(
        GetParam(), {"B", "T"},
        {{"x", x, all},
         {"sequence", sequence, all},
         {"h0", state, {"B"}},
         {"dz", dz, all},
         {"kernel", kernel, {}},
         {"mask", kMaskType, all}},
        {{"kernel_t", kernelT, {}},
         {"d_input", x, all},
         {"d_kernel", kernel, {}},
         {"d_recurrent", recurrent, {}},
         {"d_bias", bias, {}}},
        "kernel.pack_transposed ins(%kernel : " + kernel + ") outs(%kernel_t : " + kernelT +
            ")\nkernel.lstm_input_gradient ins(%kernel_t, %dz" + mask + " : " + kernelT + ", " +
            dz + maskType + ") outs(%d_input : " + x +
            ")\nkernel.lstm_weight_gradient(%x, %sequence, " + initial +
            "%dz, %d_kernel, %d_recurrent, %d_bias) {operandSegmentSizes = array<i32: 1, "
            "1, " +
            (c.initial ? "1" : "0") + (c.mask ? ", 1" : ", 0") +
            ", 1, 3>, wanted = array<i1: true, true, true>} : (" + x + ", " + sequence + ", " +
            initialType + dz + ", " + kernel + ", " + recurrent + ", " + bias + ") -> ()");
  }

  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          const Floats &sequence, const Floats &dz,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    Floats tape = toTape(c, dz, 0), kernelT(transposedSize(c.D, c.H), NAN),
           dInput(c.B * c.T * c.D, NAN), dKernel(c.D * 4 * c.H, NAN),
           dRecurrent(c.H * 4 * c.H, NAN), dBias(4 * c.H, NAN);
    kernel.run({c.B, c.T},
               {data.x.data(), sequence.data(), data.h0.data(), tape.data(), data.kernel.data(),
                data.mask.data()},
               {kernelT.data(), dInput.data(), dKernel.data(), dRecurrent.data(), dBias.data()},
               schedule);
    return {dInput, dKernel, dRecurrent, dBias};
  }

  void check(const Kernel &kernel, const Case &c) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " D " << c.D << " H " << c.H);
    Data data(c);
    Floats sequence = randomFloats(c.B * c.T * c.H, 10), dz = randomFloats(c.B * c.T * 4 * c.H, 11);
    std::vector<Floats> results = run(kernel, c, data, sequence, dz);
    Doubles dInput(c.B * c.T * c.D), dKernel(c.D * 4 * c.H), dRecurrent(c.H * 4 * c.H),
        dBias(4 * c.H);
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t)
        for (int64_t g = 0; g < 4 * c.H && c.counts(b, t); ++g) {
          int64_t row = b * c.T + t;
          double cotangent = dz[row * 4 * c.H + g];
          dBias[g] += cotangent;
          for (int64_t k = 0; k < c.D; ++k) {
            dKernel[k * 4 * c.H + g] += data.x[row * c.D + k] * cotangent;
            dInput[row * c.D + k] += data.kernel[k * 4 * c.H + g] * cotangent;
          }
          for (int64_t k = 0; k < c.H; ++k) {
            double before = t ? sequence[(row - 1) * c.H + k] : data.h0[b * c.H + k];
            dRecurrent[k * 4 * c.H + g] += before * cotangent;
          }
        }
    expectClose(results[0], dInput, 3e-6);
    expectClose(results[1], dKernel, 3e-6);
    expectClose(results[2], dRecurrent, 3e-6);
    expectClose(results[3], dBias, 3e-6);
  }
};

TEST_P(LstmGradients, AllSizes) {
  for (int64_t H : {1, 7, 8, 16, 23, 40})
    for (int64_t D : {1, 6, 17}) {
      Case c{1, 1, D, H, true, H % 2 == 0};
      Kernel kernel = gradients(c);
      // One row, some, and more than a block of them.
      for (auto [B, T] : {std::pair(1, 1), std::pair(3, 5), std::pair(2, 60), std::pair(9, 61)}) {
        c.B = B;
        c.T = T;
        check(kernel, c);
      }
    }
}

TEST_P(LstmGradients, SizesUpTo40) {
  for (auto &[c, rows] : casesUpTo40(9)) {
    Kernel kernel = gradients(c);
    for (const auto &row : rows)
      check(kernel, {row[0], row[1], c.D, c.H, c.bias, c.initial});
  }
}

TEST_P(LstmGradients, MaskedUpTo40) {
  for (auto [c, rows] : casesUpTo40(17)) {
    c.mask = true;
    Kernel kernel = gradients(c);
    for (const auto &row : rows) {
      c.B = row[0];
      c.T = row[1];
      check(kernel, c);
    }
  }
}

TEST_P(LstmGradients, MaskedWithSeveralPanels) {
  // A block of rows of which none counts is the second one, then the first.
  for (auto [B, T] : {std::pair(5, 70), std::pair(3, 300), std::pair(3, 303)}) {
    Case c{B, T, 300, 150, true, true};
    c.mask = true;
    check(gradients(c), c);
  }
}

TEST_P(LstmGradients, SeveralPanels) {
  Case c{5, 70, 300, 150, true, true};
  check(gradients(c), c);
}

TEST_P(LstmGradients, NoSteps) {
  Case c{2, 0, 3, 10, true, true};
  check(gradients(c), c);
}

TEST_P(LstmGradients, SameBitsHoweverDivided) {
  Case c{6, 60, 20, 70, true, true};
  Kernel kernel = gradients(c);
  Data data(c);
  Floats sequence = randomFloats(c.B * c.T * c.H, 10), dz = randomFloats(c.B * c.T * 4 * c.H, 11);
  expectSameBits(
      [&](Kernel::Schedule schedule) { return run(kernel, c, data, sequence, dz, schedule); });
}

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

/// The whole derivative twice: from a tape, and from states before each segment.
class LstmSegments : public LstmKernel {
protected:
  Kernel both(const Case &c) {
    const std::string D = std::to_string(c.D), H = std::to_string(c.H),
                      H4 = std::to_string(4 * c.H);
    const std::string x = buffer({"?", "?", D}), sequence = buffer({"?", "?", H}),
                      state = buffer({"?", H}),
                      states = buffer({"?", "?", std::to_string(2 * c.H)}),
                      kernel = buffer({D, H4}), recurrent = buffer({H, H4}), bias = buffer({H4}),
                      packed = shape({blocks(c.H), c.D + c.H + 1, 4, lanes()}),
                      kernelT = transposed(c.D, c.H), recurrentT = transposed(c.H, c.H),
                      gates = tape(c.H), lines = projection(c.H), dzNow = now(c.H);
    const std::vector<std::string> all = {"B", "T"}, some = {"B", "N"};
    std::vector<Argument> outs;
    std::string body = "kernel.lstm_pack ins(%kernel, %recurrent, %bias : " + kernel + ", " +
                       recurrent + ", " + bias + ") outs(%packed : " + packed + ") {" +
                       attributes(c) + "}\n";
    for (const std::string &each : {std::string("kernel"), std::string("recurrent")})
      body += "kernel.pack_transposed ins(%" + each + " : " +
              (each == "kernel" ? kernel : recurrent) + ") outs(%" + each +
              "_t : " + (each == "kernel" ? kernelT : recurrentT) + ")\n";
    outs = {{"packed", packed, {}}, {"kernel_t", kernelT, {}}, {"recurrent_t", recurrentT, {}}};

    // An op of `name` with operands that are arguments, the last `made` of them its destinations.
    // Without a mask it is left out.
    const std::string hasMask = c.mask ? "1" : "0";
    auto call = [&](const std::string &name, std::vector<Argument> operands, size_t made,
                    const std::string &segments, const std::string &extra) {
      std::string names, types;
      for (const Argument &operand : operands) {
        if (operand.name == "mask" && !c.mask)
          continue;
        names += (names.empty() ? "%" : ", %") + operand.name;
        types += (types.empty() ? "" : ", ") + operand.type;
      }
      body += "kernel." + name + "(" + names + ") {operandSegmentSizes = array<i32: " + segments +
              ", " + std::to_string(made) + ">" + extra + "} : (" + types + ") -> ()\n";
      outs.insert(outs.end(), operands.end() - made, operands.end());
    };
    const std::string activations = ", " + attributes(c);
    const Argument xs{"x", x, all}, h0{"h0", state, {"B"}}, c0{"c0", state, {"B"}},
        mask{"mask", kMaskType, all}, dSequence{"d_sequence", sequence, all},
        dLastH{"d_last_h", state, {"B"}}, dLastC{"d_last_c", state, {"B"}};
    call("lstm_forward",
         {xs,
          outs[0],
          h0,
          c0,
          mask,
          {"h", sequence, all},
          {"last_h", state, {"B"}},
          {"last_c", state, {"B"}},
          {"lines", lines, {}},
          {"gates", gates, all},
          {"cells", sequence, all}},
         6, "1, 1, 1, 1, " + hasMask, activations);
    call("lstm_backward",
         {outs[2],
          {"gates", gates, all},
          {"cells", sequence, all},
          c0,
          mask,
          dSequence,
          dLastH,
          dLastC,
          {"dz", gates, all},
          {"dh", state, {"B"}},
          {"dc", state, {"B"}},
          {"dz_now", dzNow, {"B"}}},
         4, "1, 1, 1, 1, " + hasMask + ", 1, 1, 1", ", d_initial" + activations);
    body += "kernel.lstm_input_gradient ins(%kernel_t, %dz" +
            std::string(c.mask ? ", %mask : " : " : ") + kernelT + ", " + gates +
            (c.mask ? std::string(", ") + kMaskType : "") + ") outs(%d_input : " + x + ")\n";
    outs.push_back({"d_input", x, all});
    call("lstm_weight_gradient",
         {xs,
          {"h", sequence, all},
          h0,
          mask,
          {"dz", gates, all},
          {"d_kernel", kernel, {}},
          {"d_recurrent", recurrent, {}},
          {"d_bias", bias, {}}},
         3, "1, 1, 1, " + hasMask + ", 1", ", wanted = array<i1: true, true, true>");

    call("lstm_forward",
         {xs,
          outs[0],
          h0,
          c0,
          mask,
          {"h2", sequence, all},
          {"last_h2", state, {"B"}},
          {"last_c2", state, {"B"}},
          {"lines2", lines, {}},
          {"states", states, {"B", "S"}}},
         5, "1, 1, 1, 1, " + hasMask, activations);
    call("lstm_segments",
         {xs,
          outs[0],
          outs[1],
          outs[2],
          {"states", states, {"B", "S"}},
          mask,
          dSequence,
          dLastH,
          dLastC,
          {"dh2", state, {"B"}},
          {"dc2", state, {"B"}},
          {"part", sequence, some},
          {"part_h", state, {"B"}},
          {"part_c", state, {"B"}},
          {"part_lines", lines, {}},
          {"part_gates", gates, some},
          {"part_cells", sequence, some},
          {"part_dz", gates, some},
          {"part_now", dzNow, {"B"}},
          {"d_input2", x, all},
          {"d_kernel2", kernel, {}},
          {"d_recurrent2", recurrent, {}},
          {"d_bias2", bias, {}}},
         14, "1, 1, 1, 1, 1, " + hasMask + ", 1, 1, 1",
         ", wanted = array<i1: true, true, true, true>" + activations);
    return Kernel(GetParam(), {"B", "T", "S", "N"},
                  {xs,
                   {"kernel", kernel, {}},
                   {"recurrent", recurrent, {}},
                   {"bias", bias, {}},
                   h0,
                   c0,
                   mask,
                   dSequence,
                   dLastH,
                   dLastC},
                  outs, body);
  }

  /// From the tape, then from segments: h, dh, dc and the gradients of input, kernel, recurrent
  /// kernel and bias.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, int64_t S,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    Data data(c);
    const int64_t N = (c.T + S - 1) / S;
    Case part = c;
    part.T = N;
    Floats dSequence = randomFloats(c.B * c.T * c.H, 7), dLastH = randomFloats(c.B * c.H, 8),
           dLastC = randomFloats(c.B * c.H, 9);
    const size_t rows = c.B * c.T * c.H, state = c.B * c.H, input = c.B * c.T * c.D,
                 lines = projectionSize(c), weights = 4 * c.H;
    const size_t packed = blocks(c.H) * (c.D + c.H + 1) * 4 * lanes(), ofParts = c.B * N * c.H,
                 states = c.B * S * 2 * c.H;
    const std::vector<size_t> sizes = {packed,
                                       transposedSize(c.D, c.H),
                                       transposedSize(c.H, c.H),
                                       rows,
                                       state,
                                       state,
                                       lines,
                                       tapeSize(c),
                                       rows,
                                       tapeSize(c),
                                       state,
                                       state,
                                       nowSize(c),
                                       input,
                                       c.D * weights,
                                       c.H * weights,
                                       weights,
                                       rows,
                                       state,
                                       state,
                                       lines,
                                       states,
                                       state,
                                       state,
                                       ofParts,
                                       state,
                                       state,
                                       lines,
                                       tapeSize(part),
                                       ofParts,
                                       tapeSize(part),
                                       nowSize(c),
                                       input,
                                       c.D * weights,
                                       c.H * weights,
                                       weights};
    std::vector<Floats> outs;
    std::vector<void *> pointers;
    for (size_t size : sizes)
      pointers.push_back(outs.emplace_back(size, NAN).data());
    kernel.run({c.B, c.T, S, N},
               {data.x.data(), data.kernel.data(), data.recurrent.data(), data.bias.data(),
                data.h0.data(), data.c0.data(), data.mask.data(), dSequence.data(), dLastH.data(),
                dLastC.data()},
               pointers, schedule);
    std::vector<Floats> results;
    for (size_t index : {3, 10, 11, 13, 14, 15, 16, 17, 22, 23, 32, 33, 34, 35})
      results.push_back(outs[index]);
    return results;
  }

  void check(const Kernel &kernel, const Case &c, int64_t S) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " D " << c.D << " H " << c.H
                                    << " segments " << S);
    std::vector<Floats> results = run(kernel, c, S);
    for (size_t index = 0; index < results.size() / 2; ++index) {
      const Floats &kept = results[index], &again = results[index + results.size() / 2];
      expectClose(again, Doubles(kept.begin(), kept.end()), 3e-6);
    }
  }
};

TEST_P(LstmSegments, AgreeWithATape) {
  for (auto &[c, rows] : casesUpTo40(11)) {
    Case each = c;
    each.bias = each.initial = true;
    Kernel kernel = both(each);
    for (const auto &row : rows) {
      each.B = row[0];
      each.T = row[1];
      // One, as many as make segments about as long as they are many, and one for each step.
      check(kernel, each, 1);
      check(kernel, each, int64_t(std::ceil(std::sqrt(each.T))));
      check(kernel, each, each.T);
    }
  }
}

TEST_P(LstmSegments, MaskedAgreeWithATape) {
  for (auto [c, rows] : casesUpTo40(19)) {
    c.bias = c.initial = c.mask = true;
    Kernel kernel = both(c);
    for (const auto &row : rows) {
      c.B = row[0];
      c.T = row[1];
      check(kernel, c, 1);
      check(kernel, c, int64_t(std::ceil(std::sqrt(c.T))));
    }
  }
}

TEST_P(LstmSegments, SameBitsHoweverDivided) {
  for (const Case &c : {Case{30, 10, 6, 40, true, true}, Case{2, 10, 6, 120, true, true}}) {
    Kernel kernel = both(c);
    expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, 3, schedule); });
  }
}

RONDO_FOR_EACH_ISA(Lstm);
RONDO_FOR_EACH_ISA(LstmBackward);
RONDO_FOR_EACH_ISA(LstmGradients);
RONDO_FOR_EACH_ISA(LstmSegments);

} // namespace
} // namespace rondo::test
