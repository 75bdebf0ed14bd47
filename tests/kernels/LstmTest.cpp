//===- LstmTest.cpp - kernel.lstm_pack, lstm_forward, lstm_backward -------===//
//
// Against the recurrence in double precision, and the derivative against the
// chain rule written out: units and inputs on both sides of a vector, batches
// on both sides of a tile, with and without initial state and cotangents.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"

namespace rondo::test {
namespace {

using Doubles = std::vector<double>;

double activate(const std::string &name, double x) {
  return name == "tanh"      ? std::tanh(x)
         : name == "sigmoid" ? 1 / (1 + std::exp(-x))
         : name == "relu"    ? std::max(x, 0.0)
                             : x;
}

double derivative(const std::string &name, double y) {
  return name == "tanh"      ? 1 - y * y
         : name == "sigmoid" ? y * (1 - y)
         : name == "relu"    ? double(y > 0)
                             : 1;
}

struct Case {
  int64_t B, T, D, H;
  bool bias = true, initial = false;
  std::string activation = "tanh", recurrent = "sigmoid";
};

struct Data {
  Floats x, kernel, recurrent, bias, h0, c0;
  Doubles sequence, lastH, lastC, gates, cells;

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
    gates.resize(c.B * c.T * 4 * c.H);
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
        gate[g] = activate(g == 2 ? c.activation : c.recurrent, sum);
        gates[((b * c.T + t) * 4 + g) * c.H + u] = gate[g];
      }
      double &cell = lastC[b * c.H + u];
      cell = gate[1] * cell + gate[0] * gate[2];
      cells[(b * c.T + t) * c.H + u] = cell;
      next[u] = gate[3] * activate(c.activation, cell);
      sequence[(b * c.T + t) * c.H + u] = next[u];
    }
    std::copy(next.begin(), next.end(), lastH.begin() + b * c.H);
  }
};

std::string attributes(const Case &c) {
  return "activation = #rondo.activation<" + c.activation +
         ">, recurrent_activation = #rondo.activation<" + c.recurrent + ">";
}

class Lstm : public IsaTest {
protected:
  /// Packs, then runs forward, in the training form if `training`.
  Kernel forward(const Case &c, bool training) {
    const int64_t lanes = isaLanes(GetParam());
    const std::string packed = "memref<" + std::to_string((c.H + lanes - 1) / lanes) + "x" +
                               std::to_string(c.D + c.H + 1) + "x4x" + std::to_string(lanes) +
                               "xf32>";
    const std::string D = std::to_string(c.D), H = std::to_string(c.H),
                      H4 = std::to_string(4 * c.H);
    const std::string kernel = "memref<" + D + "x" + H4 + "xf32>",
                      recurrent = "memref<" + H + "x" + H4 + "xf32>",
                      bias = "memref<" + H4 + "xf32>", state = "memref<?x" + H + "xf32>",
                      x = "memref<?x?x" + D + "xf32>", sequence = "memref<?x?x" + H + "xf32>",
                      gates = "memref<?x?x" + H4 + "xf32>";
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

  void checkForward(const Case &c, bool training) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " D " << c.D << " H " << c.H
                                    << (training ? ", training" : ""));
    Kernel kernel = forward(c, training);
    Data data(c);
    const int64_t lanes = isaLanes(GetParam());
    Floats packed((c.H + lanes - 1) / lanes * (c.D + c.H + 1) * 4 * lanes, NAN),
        sequence(c.B * c.T * c.H, NAN), lastH(c.B * c.H, NAN), lastC(c.B * c.H, NAN),
        gates(c.B * c.T * 4 * c.H, NAN), cells(c.B * c.T * c.H, NAN);
    kernel.run(
        {c.B, c.T},
        {data.x.data(), data.kernel.data(), data.recurrent.data(), data.bias.data(), data.h0.data(),
         data.c0.data()},
        {packed.data(), sequence.data(), lastH.data(), lastC.data(), gates.data(), cells.data()});
    expectClose(sequence, data.sequence, 3e-6);
    expectClose(lastH, data.lastH, 3e-6);
    expectClose(lastC, data.lastC, 3e-6);
    if (training) {
      expectClose(gates, data.gates, 3e-6);
      expectClose(cells, data.cells, 3e-6);
    }
  }
};

TEST_P(Lstm, ForwardOfAllSizes) {
  for (int64_t H : {1, 5, 8, 16, 23, 40})
    for (int64_t B : {1, 2, 5, 11})
      checkForward({B, 1 + H % 4, 3 + B, H}, H % 2 == 0);
}

TEST_P(Lstm, ForwardWithInitialStateWithoutBias) {
  for (bool training : {false, true}) {
    checkForward({5, 7, 3, 20, false, true}, training);
    checkForward({1, 1, 1, 3, true, true}, training);
  }
}

TEST_P(Lstm, ForwardWithOtherActivations) {
  checkForward({3, 4, 6, 10, true, false, "relu", "sigmoid"}, true);
  checkForward({3, 4, 6, 10, true, false, "linear", "tanh"}, true);
}

TEST_P(Lstm, SameBitsHoweverDivided) {
  Case c{37, 20, 12, 40};
  Kernel kernel = forward(c, true);
  Data data(c);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats packed(5 * 53 * 4 * 16, NAN), sequence(c.B * c.T * c.H, NAN), lastH(c.B * c.H, NAN),
        lastC(c.B * c.H, NAN), gates(c.B * c.T * 4 * c.H, NAN), cells(c.B * c.T * c.H, NAN);
    kernel.run(
        {c.B, c.T},
        {data.x.data(), data.kernel.data(), data.recurrent.data(), data.bias.data(), data.h0.data(),
         data.c0.data()},
        {packed.data(), sequence.data(), lastH.data(), lastC.data(), gates.data(), cells.data()},
        schedule);
    return std::vector<Floats>{sequence, lastH, lastC, gates, cells};
  });
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
    const std::string H = std::to_string(c.H), H4 = std::to_string(4 * c.H),
                      state = "memref<?x" + H + "xf32>", sequence = "memref<?x?x" + H + "xf32>",
                      gates = "memref<?x?x" + H4 + "xf32>",
                      recurrent = "memref<" + H4 + "x" + H + "xf32>";
    std::vector<Argument> ins = {{"recurrent_t", recurrent, {}},
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

  void check(const Case &c, Cotangents given) {
    SCOPED_TRACE(testing::Message() << "B " << c.B << " T " << c.T << " H " << c.H);
    Data data(c);
    Floats transposed(4 * c.H * c.H), gates(data.gates.begin(), data.gates.end()),
        cells(data.cells.begin(), data.cells.end()),
        dSequence = randomFloats(c.B * c.T * c.H, 7), dLastH = randomFloats(c.B * c.H, 8),
        dLastC = randomFloats(c.B * c.H, 9), dz(c.B * c.T * 4 * c.H, NAN), dh(c.B * c.H, NAN),
        dc(c.B * c.H, NAN);
    for (int64_t u = 0; u < c.H; ++u)
      for (int64_t g = 0; g < 4 * c.H; ++g)
        transposed[g * c.H + u] = data.recurrent[u * 4 * c.H + g];
    backward(c, given).run({c.B, c.T},
                           {transposed.data(), gates.data(), cells.data(), data.c0.data(),
                            dSequence.data(), dLastH.data(), dLastC.data()},
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
        double *step = &edz[(b * c.T + t) * 4 * c.H];
        for (int64_t u = 0; u < c.H; ++u) {
          double i = gate[u], f = gate[c.H + u], g = gate[2 * c.H + u], o = gate[3 * c.H + u];
          double state = activate(c.activation, data.cells[(b * c.T + t) * c.H + u]);
          double before = t ? data.cells[(b * c.T + t - 1) * c.H + u] : data.c0[b * c.H + u];
          double h = runningH[u] + (given.sequence ? dSequence[(b * c.T + t) * c.H + u] : 0);
          double cell = runningC[u] + h * o * derivative(c.activation, state);
          step[u] = cell * g * derivative(c.recurrent, i);
          step[c.H + u] = cell * before * derivative(c.recurrent, f);
          step[2 * c.H + u] = cell * i * derivative(c.activation, g);
          step[3 * c.H + u] = h * state * derivative(c.recurrent, o);
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
  for (int64_t H : {1, 8, 16, 23, 40})
    for (int64_t B : {1, 5, 11})
      check({B, 1 + H % 5, 2, H}, {true, false, false});
}

TEST_P(LstmBackward, EveryChoiceOfCotangents) {
  for (bool initial : {false, true})
    for (int given = 1; given < 8; ++given)
      check({5, 6, 2, 20, true, initial}, {bool(given & 1), bool(given & 2), bool(given & 4)});
}

TEST_P(LstmBackward, OtherActivations) {
  check({3, 4, 2, 10, true, false, "relu", "sigmoid"}, {true, true, false});
  check({3, 4, 2, 10, true, true, "linear", "tanh"}, {true, false, true});
}

RONDO_FOR_EACH_ISA(Lstm);
RONDO_FOR_EACH_ISA(LstmBackward);

} // namespace
} // namespace rondo::test
