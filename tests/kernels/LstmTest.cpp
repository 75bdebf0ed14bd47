//===- LstmTest.cpp - kernel.lstm_pack, lstm_forward, lstm_backward -------===//
//
// Against the recurrence in double precision, and the derivative against the
// chain rule written out: units and inputs on both sides of a vector, batches
// on both sides of a tile, with and without initial state and cotangents.
//
//===----------------------------------------------------------------------===//

#include "dialect/Activations.h"
#include "tests/kernels/KernelTest.h"

namespace rondo::test {
namespace {

using Doubles = std::vector<double>;

struct Case {
  int64_t B, T, D, H;
  bool bias = true, initial = false;
  Activation activation = Activation::tanh, recurrent = Activation::sigmoid;

  /// The activation of gate i, f, g or o.
  Activation of(int64_t gate) const { return gate == 2 ? activation : recurrent; }
};

struct Data {
  Floats x, kernel, recurrent, bias, h0, c0;
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

class Lstm : public IsaTest {
protected:
  /// Packs, then runs forward, in the training form if `training`.
  Kernel forward(const Case &c, bool training) {
    const int64_t lanes = isaLanes(GetParam());
    const std::string D = std::to_string(c.D), H = std::to_string(c.H),
                      H4 = std::to_string(4 * c.H);
    const std::string packed = buffer({std::to_string((c.H + lanes - 1) / lanes),
                                       std::to_string(c.D + c.H + 1), "4", std::to_string(lanes)});
    const std::string x = buffer({"?", "?", D}), kernel = buffer({D, H4}),
                      recurrent = buffer({H, H4}), bias = buffer({H4}), state = buffer({"?", H}),
                      sequence = buffer({"?", "?", H}), gates = buffer({"?", "?", H4});
    std::vector<Argument> ins = {{"x", x, {"B", "T"}},         {"kernel", kernel, {}},
                                 {"recurrent", recurrent, {}}, {"bias", bias, {}},
                                 {"h0", state, {"B"}},         {"c0", state, {"B"}}};
    std::vector<Argument> outs = {{"packed", packed, {}},
                                  {"sequence", sequence, {"B", "T"}},
                                  {"last_h", state, {"B"}},
                                  {"last_c", state, {"B"}}};
    std::string operands = "%x, %packed, ", types = x + ", " + packed + ", ";
    if (c.initial) {
      operands += "%h0, %c0, ";
      types += state + ", " + state + ", ";
    }
    operands += "%sequence, %last_h, %last_c";
    types += sequence + ", " + state + ", " + state;
    if (training) {
      outs.push_back({"gates", gates, {"B", "T"}});
      outs.push_back({"cells", sequence, {"B", "T"}});
      operands += ", %gates, %cells";
      types += ", " + gates + ", " + sequence;
    }
    std::string body = "kernel.lstm_pack ins(%kernel, %recurrent";
    body += c.bias ? ", %bias" : "";
    body += " : " + kernel + ", " + recurrent + (c.bias ? ", " + bias : "") +
            ") outs(%packed : " + packed + ")\n";
    body += "kernel.lstm_forward(" + operands + ") {" + attributes(c) +
            ", operandSegmentSizes = array<i32: 1, 1, " + (c.initial ? "1, 1, " : "0, 0, ") +
            (training ? "5" : "3") + ">} : (" + types + ") -> ()";
    return Kernel(GetParam(), {"B", "T"}, ins, outs, body);
  }

  /// Everything the kernel writes but the packed weights.
  std::vector<Floats> run(const Kernel &kernel, const Case &c, const Data &data,
                          Kernel::Schedule schedule = Kernel::Schedule::Whole) {
    const int64_t lanes = isaLanes(GetParam()), blocks = (c.H + lanes - 1) / lanes;
    Floats packed(blocks * (c.D + c.H + 1) * 4 * lanes, NAN), sequence(c.B * c.T * c.H, NAN),
        lastH(c.B * c.H, NAN), lastC(c.B * c.H, NAN), gates(c.B * c.T * 4 * c.H, NAN),
        cells(c.B * c.T * c.H, NAN);
    kernel.run(
        {c.B, c.T},
        {data.x.data(), data.kernel.data(), data.recurrent.data(), data.bias.data(), data.h0.data(),
         data.c0.data()},
        {packed.data(), sequence.data(), lastH.data(), lastC.data(), gates.data(), cells.data()},
        schedule);
    return {sequence, lastH, lastC, gates, cells};
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

TEST_P(Lstm, SameBitsHoweverDivided) {
  Case c{37, 20, 12, 40};
  Kernel kernel = forward(c, true);
  Data data(c);
  expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, c, data, schedule); });
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

struct Cotangents {
  bool sequence, lastH, lastC;
};

class LstmBackward : public IsaTest {
protected:
  Kernel backward(const Case &c, Cotangents given) {
    const std::string H = std::to_string(c.H), H4 = std::to_string(4 * c.H);
    const std::string state = buffer({"?", H}), sequence = buffer({"?", "?", H}),
                      gates = buffer({"?", "?", H4});
    std::vector<Argument> ins = {{"recurrent_t", buffer({H4, H}), {}},
                                 {"gates", gates, {"B", "T"}},
                                 {"cells", sequence, {"B", "T"}},
                                 {"c0", state, {"B"}},
                                 {"d_sequence", sequence, {"B", "T"}},
                                 {"d_last_h", state, {"B"}},
                                 {"d_last_c", state, {"B"}}};
    const bool present[] = {true, true, true, c.initial, given.sequence, given.lastH, given.lastC};
    std::string operands, types, segments;
    for (size_t index = 0; index < ins.size(); ++index) {
      segments += present[index] ? "1, " : "0, ";
      if (!present[index])
        continue;
      operands += "%" + ins[index].name + ", ";
      types += ins[index].type + ", ";
    }
    return Kernel(GetParam(), {"B", "T"}, ins,
                  {{"dz", gates, {"B", "T"}}, {"dh", state, {"B"}}, {"dc", state, {"B"}}},
                  "kernel.lstm_backward(" + operands + "%dz, %dh, %dc) {" + attributes(c) +
                      ", operandSegmentSizes = array<i32: " + segments + "3>} : (" + types + gates +
                      ", " + state + ", " + state + ") -> ()");
  }

  void check(const Kernel &kernel, const Case &c, Cotangents given) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " H " << c.H);
    Data data(c);
    Floats transposed(4 * c.H * c.H), gates(data.kept.begin(), data.kept.end()),
        cells(data.cells.begin(), data.cells.end()),
        dSequence = randomFloats(c.B * c.T * c.H, 7), dLastH = randomFloats(c.B * c.H, 8),
        dLastC = randomFloats(c.B * c.H, 9), dz(c.B * c.T * 4 * c.H, NAN), dh(c.B * c.H, NAN),
        dc(c.B * c.H, NAN);
    for (int64_t u = 0; u < c.H; ++u)
      for (int64_t g = 0; g < 4 * c.H; ++g)
        transposed[g * c.H + u] = data.recurrent[u * 4 * c.H + g];
    kernel.run({c.B, c.T},
               {transposed.data(), gates.data(), cells.data(), data.c0.data(), dSequence.data(),
                dLastH.data(), dLastC.data()},
               {dz.data(), dh.data(), dc.data()});

    Doubles edz(dz.size()), edh(dh.size()), edc(dc.size());
    for (int64_t b = 0; b < c.B; ++b) {
      double *runningH = &edh[b * c.H], *runningC = &edc[b * c.H];
      for (int64_t u = 0; u < c.H; ++u) {
        runningH[u] = given.lastH ? dLastH[b * c.H + u] : 0;
        runningC[u] = given.lastC ? dLastC[b * c.H + u] : 0;
      }
      for (int64_t t = c.T; t-- > 0;) {
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
            runningH[u] += step[k] * transposed[k * c.H + u];
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

RONDO_FOR_EACH_ISA(Lstm);
RONDO_FOR_EACH_ISA(LstmBackward);

} // namespace
} // namespace rondo::test
