//===- ReferenceLstm.h - A plain LSTM in double precision --------*- C++ -*-===//
//
// Forward and backward as the formulas say, time-major, gates i, f, c̃, o; what
// the oneDNN shim is compared with.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_RUNTIME_REFERENCELSTM_H
#define RONDO_TESTS_RUNTIME_REFERENCELSTM_H

#include <cmath>
#include <cstdint>
#include <ostream>
#include <vector>

namespace rondo::test {

using Numbers = std::vector<double>;

struct LstmSizes {
  int64_t steps, batch, features, units;
};

/// How tests name sizes.
inline std::ostream &operator<<(std::ostream &stream, const LstmSizes &s) {
  return stream << "T" << s.steps << "B" << s.batch << "D" << s.features << "H" << s.units;
}

struct LstmParameters {
  Numbers kernel;    // (D, 4H)
  Numbers recurrent; // (H, 4H)
  Numbers bias;      // (4H)
};

/// What forward leaves for backward.
struct LstmTrace {
  Numbers gates;    // (T, B, 4H), after their activations
  Numbers cells;    // (T + 1, B, H), the first is c0
  Numbers sequence; // (T + 1, B, H), the first is h0
};

struct LstmGradients {
  Numbers input, kernel, recurrent, bias, h0, c0;
};

inline LstmTrace referenceForward(const LstmSizes &s, const LstmParameters &p, const Numbers &x,
                                  const Numbers &h0, const Numbers &c0) {
  auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  const int64_t H = s.units, state = s.batch * H;
  LstmTrace trace{Numbers(s.steps * state * 4), c0, h0};
  trace.cells.resize((s.steps + 1) * state);
  trace.sequence.resize((s.steps + 1) * state);
  for (int64_t t = 0; t < s.steps; ++t)
    for (int64_t b = 0; b < s.batch; ++b) {
      const double *in = &x[(t * s.batch + b) * s.features];
      const double *h = &trace.sequence[t * state + b * H], *c = &trace.cells[t * state + b * H];
      double *gate = &trace.gates[(t * s.batch + b) * 4 * H];
      for (int64_t j = 0; j < 4 * H; ++j) {
        double sum = p.bias[j];
        for (int64_t k = 0; k < s.features; ++k)
          sum += in[k] * p.kernel[k * 4 * H + j];
        for (int64_t k = 0; k < H; ++k)
          sum += h[k] * p.recurrent[k * 4 * H + j];
        gate[j] = j / H == 2 ? std::tanh(sum) : sigmoid(sum);
      }
      for (int64_t j = 0; j < H; ++j) {
        double next = gate[H + j] * c[j] + gate[j] * gate[2 * H + j];
        trace.cells[(t + 1) * state + b * H + j] = next;
        trace.sequence[(t + 1) * state + b * H + j] = gate[3 * H + j] * std::tanh(next);
      }
    }
  return trace;
}

/// `dSequence` (T, B, H); `dLastH`, `dLastC` (B, H) come on top at the end.
inline LstmGradients referenceBackward(const LstmSizes &s, const LstmParameters &p,
                                       const Numbers &x, const LstmTrace &trace,
                                       const Numbers &dSequence, const Numbers &dLastH,
                                       const Numbers &dLastC) {
  const int64_t H = s.units, state = s.batch * H;
  LstmGradients d{Numbers(x.size()),
                  Numbers(p.kernel.size()),
                  Numbers(p.recurrent.size()),
                  Numbers(4 * H),
                  dLastH,
                  dLastC};
  for (int64_t t = s.steps - 1; t >= 0; --t)
    for (int64_t b = 0; b < s.batch; ++b) {
      const double *gate = &trace.gates[(t * s.batch + b) * 4 * H];
      double *dh = &d.h0[b * H], *dc = &d.c0[b * H];
      Numbers dz(4 * H);
      for (int64_t j = 0; j < H; ++j) {
        double i = gate[j], f = gate[H + j], g = gate[2 * H + j], o = gate[3 * H + j];
        double tanhC = std::tanh(trace.cells[(t + 1) * state + b * H + j]);
        dh[j] += dSequence[t * state + b * H + j];
        dc[j] += dh[j] * o * (1 - tanhC * tanhC);
        dz[j] = dc[j] * g * i * (1 - i);
        dz[H + j] = dc[j] * trace.cells[t * state + b * H + j] * f * (1 - f);
        dz[2 * H + j] = dc[j] * i * (1 - g * g);
        dz[3 * H + j] = dh[j] * tanhC * o * (1 - o);
        dc[j] *= f;
        dh[j] = 0;
      }
      for (int64_t j = 0; j < 4 * H; ++j) {
        d.bias[j] += dz[j];
        for (int64_t k = 0; k < s.features; ++k) {
          int64_t at = (t * s.batch + b) * s.features + k;
          d.kernel[k * 4 * H + j] += x[at] * dz[j];
          d.input[at] += p.kernel[k * 4 * H + j] * dz[j];
        }
        for (int64_t k = 0; k < H; ++k) {
          d.recurrent[k * 4 * H + j] += trace.sequence[t * state + b * H + k] * dz[j];
          dh[k] += p.recurrent[k * 4 * H + j] * dz[j];
        }
      }
    }
  return d;
}

} // namespace rondo::test

#endif // RONDO_TESTS_RUNTIME_REFERENCELSTM_H
