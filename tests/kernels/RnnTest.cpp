//===- RnnTest.cpp - The kernels of recurrent layers with one state -------===//
//
// Against the recurrence in double precision, and the derivative against the chain rule written
// out: units on both sides of a vector, batches on both sides of a tile and of what is divided by
// units, with and without bias, mask and cotangents.
//
//===----------------------------------------------------------------------===//

#include "dialect/Activations.h"
#include "tests/kernels/KernelTest.h"
#include <cstring>

namespace rondo::test {
namespace {

using Doubles = std::vector<double>;

struct Case {
  RnnCell cell;
  int64_t B, T, H;
  bool bias = true;
  Activation activation = Activation::tanh, recurrent = Activation::sigmoid;
  bool mask = false;

  /// Whether a step counts: padding behind, in front, holes, nothing, everything.
  bool counts(int64_t b, int64_t t) const {
    const bool each[] = {t < (T + b) / 2, t >= (T + b) / 3, (3 * b + 5 * t) % 7 > 2, false, true};
    return !mask || each[(b + T) % 5];
  }

  int64_t gates() const { return numGates(cell); }
  int64_t kept() const { return numKept(cell); }
};

constexpr RnnCell kCells[] = {RnnCell::simple, RnnCell::gru};

double keep(Activation activation, double sum) {
  return activations::hasDerivativeOfResult(activation) ? activations::apply(activation, sum) : sum;
}

/// What goes in, and what comes out in double precision.
struct Data {
  Floats sums, recurrent, bias, h0;
  std::vector<uint8_t> mask;
  Doubles sequence, lastH, kept;

  explicit Data(const Case &c)
      : sums(randomFloats(c.B * c.T * c.gates() * c.H, 1)),
        recurrent(randomFloats(c.H * c.gates() * c.H, 2)), bias(randomFloats(c.gates() * c.H, 3)),
        h0(randomFloats(c.B * c.H, 4)) {
    for (float &weight : recurrent)
      weight *= 0.3f;
    if (!c.bias)
      bias.assign(bias.size(), 0);
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t) {
        mask.push_back(c.counts(b, t));
        // Whatever padding holds must not matter.
        const int64_t width = c.gates() * c.H;
        if (!mask.back())
          std::fill_n(sums.begin() + (b * c.T + t) * width, width, NAN);
      }
    compute(c);
  }

  void compute(const Case &c) {
    lastH.assign(h0.begin(), h0.end());
    sequence.assign(c.B * c.T * c.H, 0);
    kept.assign(c.B * c.T * c.kept() * c.H, 0);
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = 0; t < c.T; ++t)
        step(c, b, t);
  }

  double before(const Case &c, int64_t b, int64_t t, int64_t u) const {
    return t ? sequence[(b * c.T + t - 1) * c.H + u] : h0[b * c.H + u];
  }

  void step(const Case &c, int64_t b, int64_t t) {
    if (!c.counts(b, t)) {
      std::copy_n(lastH.begin() + b * c.H, c.H, sequence.begin() + (b * c.T + t) * c.H);
      return;
    }
    Doubles next(c.H);
    for (int64_t u = 0; u < c.H; ++u) {
      double x[3], s[3];
      for (int64_t g = 0; g < c.gates(); ++g) {
        x[g] = sums[((b * c.T + t) * c.gates() + g) * c.H + u];
        s[g] = bias[g * c.H + u];
        for (int64_t k = 0; k < c.H; ++k)
          s[g] += lastH[b * c.H + k] * recurrent[(k * c.gates() + g) * c.H + u];
      }
      double *keeps = &kept[(b * c.T + t) * c.kept() * c.H + u];
      if (c.cell == RnnCell::simple) {
        next[u] = activations::apply(c.activation, x[0] + s[0]);
        keeps[0] = keep(c.activation, x[0] + s[0]);
      } else {
        double z = activations::apply(c.recurrent, x[0] + s[0]);
        double r = activations::apply(c.recurrent, x[1] + s[1]);
        double n = activations::apply(c.activation, x[2] + r * s[2]);
        next[u] = z * lastH[b * c.H + u] + (1 - z) * n;
        keeps[0] = keep(c.recurrent, x[0] + s[0]);
        keeps[c.H] = keep(c.recurrent, x[1] + s[1]);
        keeps[2 * c.H] = keep(c.activation, x[2] + r * s[2]);
        keeps[3 * c.H] = s[2];
      }
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
    for (RnnCell cell : kCells)
      cases.push_back({cell, 3, grows ? 1 : 3, 10, true, activation, recurrent});
  }
  return cases;
}

std::string attributes(const Case &c) {
  return "cell = #rondo.rnn_cell<" + stringifyRnnCell(c.cell).str() +
         ">, activation = #rondo.activation<" + stringifyActivation(c.activation).str() +
         ">, recurrent_activation = #rondo.activation<" + stringifyActivation(c.recurrent).str() +
         ">";
}

const char *const kMaskType = "memref<?x?xi8>";

/// Shapes, some of which depend on the instruction set; -1 is a dynamic size.
class RnnKernel : public IsaTest {
protected:
  int64_t lanes() const { return isaLanes(GetParam()); }
  int64_t blocks(int64_t H) const { return (H + lanes() - 1) / lanes(); }
  int64_t strips(int64_t H) const { return (H + 2 * lanes() - 1) / (2 * lanes()); }

  static std::string shape(const std::vector<int64_t> &sizes) {
    std::string text = "memref<";
    for (int64_t size : sizes)
      text += (size < 0 ? "?" : std::to_string(size)) + "x";
    return text + "f32>";
  }
  static std::string state(const Case &c) { return shape({-1, c.H}); }
  static std::string rows(const Case &c, int64_t width) { return shape({-1, -1, width * c.H}); }
  static std::string recurrent(const Case &c) { return shape({c.H, c.gates() * c.H}); }
};

class Rnn : public RnnKernel {
protected:
  /// Packs, then runs forward, in the training form if `training`.
  Kernel forward(const Case &c, bool training) {
    const std::string sums = rows(c, c.gates()), bias = shape({c.gates() * c.H}),
                      packed = shape({blocks(c.H), c.H + 1, c.gates(), lanes()}),
                      sequence = rows(c, 1), gates = rows(c, c.kept());
    const std::vector<std::string> all = {"B", "T"};
    std::vector<Argument> outs = {
        {"packed", packed, {}}, {"sequence", sequence, all}, {"last_h", state(c), {"B"}}};
    std::string operands = "%sums, %packed, %h0, ",
                types = sums + ", " + packed + ", " + state(c) + ", ";
    if (c.mask) {
      operands += "%mask, ";
      types += std::string(kMaskType) + ", ";
    }
    operands += "%sequence, %last_h";
    types += sequence + ", " + state(c);
    if (training) {
      outs.push_back({"gates", gates, all});
      operands += ", %gates";
      types += ", " + gates;
    }
    return Kernel(GetParam(), all,
                  {{"sums", sums, all},
                   {"recurrent", recurrent(c), {}},
                   {"bias", bias, {}},
                   {"h0", state(c), {"B"}},
                   {"mask", kMaskType, all}},
                  outs,
                  "kernel.rnn_pack ins(%recurrent" + std::string(c.bias ? ", %bias" : "") + " : " +
                      recurrent(c) + (c.bias ? ", " + bias : "") + ") outs(%packed : " + packed +
                      ")\nkernel.rnn_forward(" + operands + ") {" + attributes(c) +
                      ", operandSegmentSizes = array<i32: 1, 1, 1, " + (c.mask ? "1, " : "0, ") +
                      (training ? "3" : "2") + ">} : (" + types + ") -> ()");
  }

  /// Everything the kernel writes but the packed weights.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    Floats packed(blocks(c.H) * (c.H + 1) * c.gates() * lanes(), NAN),
        sequence(c.B * c.T * c.H, NAN), lastH(c.B * c.H, NAN),
        gates(c.B * c.T * c.kept() * c.H, NAN);
    kernel.run({c.B, c.T},
               {data.sums.data(), data.recurrent.data(), data.bias.data(), data.h0.data(),
                data.mask.data()},
               {packed.data(), sequence.data(), lastH.data(), gates.data()}, schedule);
    return {sequence, lastH, gates};
  }

  void check(const Kernel &kernel, const Case &c, bool training, double tolerance = 3e-6) {
    SCOPED_TRACE(testing::Message()
                 << stringifyRnnCell(c.cell).str() << " B " << c.B << " T " << c.T << " H " << c.H);
    Data data(c);
    std::vector<Floats> results = run(kernel, c, data);
    // Relative to the largest number: sums of up to 40 products, one rounding each.
    expectClose(results[0], data.sequence, tolerance);
    expectClose(results[1], data.lastH, tolerance);
    if (training)
      expectClose(results[2], data.kept, tolerance);
  }
};

TEST_P(Rnn, ForwardOfAllSizes) {
  for (RnnCell cell : kCells)
    for (int64_t H : {1, 5, 8, 16, 23, 24, 40, 66}) {
      bool training = H % 2 == 0;
      Kernel kernel = forward({cell, 1, 1, H}, training);
      for (int64_t B = 1; B <= 13; ++B)
        check(kernel, {cell, B, 1 + B % 5, H}, training);
    }
}

TEST_P(Rnn, ForwardUpTo40) {
  for (RnnCell cell : kCells)
    for (bool training : {false, true})
      for (const auto &sizes : sizesUpTo40(40, 3, training)) {
        Case c{cell, sizes[0], sizes[1], sizes[2], sizes[0] % 2 == 0};
        check(forward(c, training), c, training);
      }
}

TEST_P(Rnn, ForwardWithOtherActivations) {
  for (const Case &c : otherActivations())
    check(forward(c, true), c, true, 1e-5); // x - tanh(x) loses a digit
}

TEST_P(Rnn, NoStepsLeaveTheStateAlone) {
  for (RnnCell cell : kCells)
    for (int64_t batch : {0, 3, 14}) {
      Case c{cell, batch, 0, 10};
      check(forward(c, false), c, false);
    }
}

TEST_P(Rnn, MaskedUpTo40) {
  for (RnnCell cell : kCells)
    for (bool training : {false, true})
      for (const auto &sizes : sizesUpTo40(40, 3, training)) {
        Case c{cell, sizes[0], sizes[1], sizes[2], sizes[0] % 2 == 0};
        c.mask = true;
        check(forward(c, training), c, training);
      }
}

TEST_P(Rnn, MaskedAtOddSizes) {
  for (RnnCell cell : kCells)
    for (int64_t H : {1, 5, 16, 23, 40}) {
      Case c{cell, 1, 1, H, true, H == 5 ? Activation::relu : Activation::tanh};
      c.mask = true;
      Kernel kernel = forward(c, true);
      for (c.B = 1; c.B <= 27; ++c.B)
        for (int64_t T : {0, 1, 5, 18}) {
          c.T = T;
          check(kernel, c, true);
        }
    }
}

TEST_P(Rnn, MaskedSameBitsHoweverDivided) {
  for (RnnCell cell : kCells)
    for (Case c : {Case{cell, 37, 20, 40}, Case{cell, 11, 20, 80}, Case{cell, 1, 20, 240}}) {
      c.mask = true;
      Kernel kernel = forward(c, true);
      Data data(c);
      expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, data, schedule); });
    }
}

TEST_P(Rnn, AMaskOfOnesChangesNoBit) {
  for (RnnCell cell : kCells)
    for (int64_t B : {1, 2, 7, 12, 13, 30}) {
      Case c{cell, B, 19, 20};
      Data data(c);
      std::vector<Floats> expected = run(forward(c, true), c, data);
      c.mask = true;
      data.mask.assign(data.mask.size(), 1);
      EXPECT_EQ(run(forward(c, true), c, data), expected) << B;
    }
}

TEST_P(Rnn, ExtremeInputsStayWhereTheyAre) {
  for (RnnCell cell : kCells)
    for (int64_t B : {1, 3, 15}) {
      Case c{cell, B, 6, 20};
      Kernel kernel = forward(c, true);
      Data data(c);
      Floats usual = run(kernel, c, data)[0];
      for (float extreme : {1e30f, -INFINITY, 1e-45f, std::nanf("")}) {
        const int64_t sequence = B / 2, step = 3;
        Data changed = data;
        changed.sums[(sequence * c.T + step) * c.gates() * c.H + 1] = extreme;
        Floats result = run(kernel, c, changed)[0];
        for (int64_t b = 0; b < c.B; ++b)
          for (int64_t t = 0; t < c.T; ++t)
            for (int64_t u = 0; u < c.H; ++u) {
              int64_t at = (b * c.T + t) * c.H + u;
              if (b != sequence || t < step)
                ASSERT_EQ(result[at], usual[at]) << "sequence " << b << ", step " << t;
              else if (std::isnan(extreme) && (t > step || u == 1))
                ASSERT_TRUE(std::isnan(result[at])) << "step " << t;
              else
                ASSERT_LE(std::abs(result[at]), 1) << "step " << t;
            }
      }
    }
}

TEST_P(Rnn, SameBitsHoweverDivided) {
  // By sequences; by units, with steps that are long enough for a second thread.
  for (RnnCell cell : kCells)
    for (const Case &c : {Case{cell, 37, 20, 40}, Case{cell, 11, 20, 80}, Case{cell, 1, 20, 240}}) {
      Kernel kernel = forward(c, true);
      Data data(c);
      expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, data, schedule); });
    }
}

TEST_P(Rnn, SameBitsHoweverLargeTheBatch) {
  // A sequence alone, among few and among many: in other tiles, with the same sums.
  for (RnnCell cell : kCells) {
    Case many{cell, 30, 9, 20};
    Kernel kernel = forward(many, true);
    Data data(many);
    Floats all = run(kernel, many, data)[0];
    for (int64_t batch : {1, 2, 5, 12, 13}) {
      Case some = many;
      some.B = batch;
      Floats actual = run(kernel, some, data)[0];
      EXPECT_EQ(std::memcmp(actual.data(), all.data(), actual.size() * sizeof(float)), 0) << batch;
    }
  }
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

struct Cotangents {
  bool sequence = true, lastH = false;
};

class RnnBackward : public RnnKernel {
protected:
  Kernel backward(const Case &c, Cotangents given) {
    const std::vector<std::string> all = {"B", "T"};
    const std::string transposed =
                          shape({strips(c.H), blocks(c.H), c.gates(), lanes(), 2 * lanes()}),
                      sums = rows(c, c.gates()), gates = rows(c, c.kept()), sequence = rows(c, 1),
                      now = shape({2, -1, blocks(c.H), c.gates(), lanes()});
    std::vector<Argument> ins = {{"recurrent", recurrent(c), {}}, {"gates", gates, all},
                                 {"sequence", sequence, all},     {"h0", state(c), {"B"}},
                                 {"mask", kMaskType, all},        {"d_sequence", sequence, all},
                                 {"d_last_h", state(c), {"B"}}};
    std::vector<Argument> outs = {{"recurrent_t", transposed, {}},
                                  {"d_sums", sums, all},
                                  {"dh0", state(c), {"B"}},
                                  {"d_now", now, {"B"}}};
    std::string operands = "%recurrent_t, %gates, %sequence, %h0, ",
                types = transposed + ", " + gates + ", " + sequence + ", " + state(c) + ", ";
    if (c.mask) {
      operands += "%mask, ";
      types += std::string(kMaskType) + ", ";
    }
    if (given.sequence) {
      operands += "%d_sequence, ";
      types += sequence + ", ";
    }
    if (given.lastH) {
      operands += "%d_last_h, ";
      types += state(c) + ", ";
    }
    operands += "%d_sums, %dh0, %d_now";
    types += sums + ", " + state(c) + ", " + now;
    if (c.cell == RnnCell::gru) {
      outs.push_back({"d_state_sums", sums, all});
      operands += ", %d_state_sums";
      types += ", " + sums;
    }
    std::string segments = std::string("1, 1, 1, 1, ") + (c.mask ? "1, " : "0, ") +
                           (given.sequence ? "1, " : "0, ") + (given.lastH ? "1, " : "0, ") +
                           (c.cell == RnnCell::gru ? "4" : "3");
    return Kernel(GetParam(), all, ins, outs,
                  "kernel.pack_transposed ins(%recurrent : " + recurrent(c) +
                      ") outs(%recurrent_t : " + transposed + ")\nkernel.rnn_backward(" + operands +
                      ") {" + attributes(c) + ", d_initial, operandSegmentSizes = array<i32: " +
                      segments + ">} : (" + types + ") -> ()");
  }

  static Floats dSequence(const Case &c) { return randomFloats(c.B * c.T * c.H, 7); }
  static Floats dLastH(const Case &c) { return randomFloats(c.B * c.H, 8); }

  /// d_sums, d_initial_h and, of a gru, d_state_sums.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    Floats gates(data.kept.begin(), data.kept.end()),
        sequence(data.sequence.begin(), data.sequence.end()), given = dSequence(c),
                                                              last = dLastH(c);
    Floats transposed(strips(c.H) * blocks(c.H) * c.gates() * 2 * lanes() * lanes(), NAN),
        dSums(c.B * c.T * c.gates() * c.H, NAN), dh(c.B * c.H, NAN),
        now(2 * c.B * blocks(c.H) * c.gates() * lanes(), NAN), dStateSums(dSums);
    kernel.run({c.B, c.T},
               {data.recurrent.data(), gates.data(), sequence.data(), data.h0.data(),
                data.mask.data(), given.data(), last.data()},
               {transposed.data(), dSums.data(), dh.data(), now.data(), dStateSums.data()},
               schedule);
    return {dSums, dh, dStateSums};
  }

  void check(const Kernel &kernel, const Case &c, Cotangents given) {
    SCOPED_TRACE(testing::Message()
                 << stringifyRnnCell(c.cell).str() << " B " << c.B << " T " << c.T << " H " << c.H);
    Data data(c);
    Floats fromSequence = dSequence(c), fromLast = dLastH(c);
    Doubles dSums(c.B * c.T * c.gates() * c.H), dState(dSums.size()), dh(c.B * c.H);
    if (given.lastH)
      dh.assign(fromLast.begin(), fromLast.end());
    auto valueAndSlope = [](Activation activation, double kept) {
      if (activations::hasDerivativeOfResult(activation))
        return std::pair(kept, activations::derivativeOfResult(activation, kept));
      return std::pair(activations::apply(activation, kept),
                       activations::derivative(activation, kept));
    };
    for (int64_t b = 0; b < c.B; ++b)
      for (int64_t t = c.T; t-- > 0;) {
        const int64_t row = b * c.T + t;
        double *ofSums = &dSums[row * c.gates() * c.H], *ofState = &dState[row * c.gates() * c.H];
        if (!c.counts(b, t)) {
          for (int64_t u = 0; u < c.H && given.sequence; ++u)
            dh[b * c.H + u] += fromSequence[row * c.H + u];
          continue;
        }
        for (int64_t u = 0; u < c.H; ++u) {
          const double *kept = &data.kept[row * c.kept() * c.H + u];
          double &running = dh[b * c.H + u];
          double h = running + (given.sequence ? fromSequence[row * c.H + u] : 0);
          if (c.cell == RnnCell::simple) {
            ofSums[u] = ofState[u] = h * valueAndSlope(c.activation, kept[0]).second;
            running = 0;
            continue;
          }
          auto [z, zSlope] = valueAndSlope(c.recurrent, kept[0]);
          auto [r, rSlope] = valueAndSlope(c.recurrent, kept[c.H]);
          auto [n, nSlope] = valueAndSlope(c.activation, kept[2 * c.H]);
          double dN = h * (1 - z) * nSlope;
          ofSums[u] = ofState[u] = h * (data.before(c, b, t, u) - n) * zSlope;
          ofSums[c.H + u] = ofState[c.H + u] = dN * kept[3 * c.H] * rSlope;
          ofSums[2 * c.H + u] = dN;
          ofState[2 * c.H + u] = dN * r;
          running = h * z;
        }
        for (int64_t u = 0; u < c.H; ++u)
          for (int64_t k = 0; k < c.gates() * c.H; ++k)
            dh[b * c.H + u] += ofState[k] * data.recurrent[u * c.gates() * c.H + k];
      }
    std::vector<Floats> results = run(kernel, c, data);
    // As in the forward pass, with the roundings of several steps on top of each other.
    expectClose(results[0], dSums, 5e-6);
    expectClose(results[1], dh, 5e-6);
    if (c.cell == RnnCell::gru)
      expectClose(results[2], dState, 5e-6);
  }
};

TEST_P(RnnBackward, AllSizes) {
  for (RnnCell cell : kCells)
    for (int64_t H : {1, 8, 16, 23, 40}) {
      Kernel kernel = backward({cell, 1, 1, H}, {});
      for (int64_t B = 1; B <= 13; ++B)
        check(kernel, {cell, B, 1 + B % 5, H}, {});
    }
}

TEST_P(RnnBackward, SizesUpTo40) {
  for (RnnCell cell : kCells)
    for (const auto &sizes : sizesUpTo40(40, 3, 5)) {
      Case c{cell, sizes[0], sizes[1], sizes[2]};
      Cotangents given{sizes[1] % 3 != 0, sizes[1] % 3 != 1};
      check(backward(c, given), c, given);
    }
}

TEST_P(RnnBackward, MaskedAtOddSizes) {
  for (RnnCell cell : kCells)
    for (int64_t H : {1, 16, 23, 40})
      for (Cotangents given : {Cotangents{true, true}, Cotangents{false, true}}) {
        Case c{cell, 1, 1, H, true, H == 16 ? Activation::relu : Activation::tanh};
        c.mask = true;
        Kernel kernel = backward(c, given);
        for (c.B = 1; c.B <= 27; ++c.B)
          for (int64_t T : {0, 1, 5, 18}) {
            c.T = T;
            check(kernel, c, given);
          }
      }
}

TEST_P(RnnBackward, OtherActivations) {
  for (const Case &c : otherActivations())
    check(backward(c, {true, true}), c, {true, true});
}

TEST_P(RnnBackward, NoStepsPassTheCotangentOn) {
  for (RnnCell cell : kCells)
    for (int64_t batch : {0, 3, 14}) {
      Case c{cell, batch, 0, 10};
      check(backward(c, {true, true}), c, {true, true});
    }
}

TEST_P(RnnBackward, SameBitsHoweverDivided) {
  for (RnnCell cell : kCells)
    for (Case c : {Case{cell, 37, 10, 40}, Case{cell, 11, 10, 80}, Case{cell, 1, 10, 240}})
      for (bool mask : {false, true}) {
        c.mask = mask;
        Kernel kernel = backward(c, {true, true});
        Data data(c);
        expectSameBits([&](Kernel::Schedule schedule) {
          std::vector<Floats> results = run(kernel, c, data, schedule);
          results.resize(c.cell == RnnCell::gru ? 3 : 2); // NaN, which nothing has written
          return results;
        });
      }
}

RONDO_FOR_EACH_ISA(Rnn);
RONDO_FOR_EACH_ISA(RnnBackward);

} // namespace
} // namespace rondo::test
