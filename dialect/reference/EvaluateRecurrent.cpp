//===- EvaluateRecurrent.cpp - Reference values of recurrent layers -------===//
//
// The equations and backpropagation through time, step by step. The backward pass of the LSTM
// computes the forward pass again and ignores the cache.
//
//===----------------------------------------------------------------------===//

#include "dialect/Activations.h"
#include "dialect/reference/Tensor.h"

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Environment;
using rondo::reference::forEachIndex;
using rondo::reference::Shape;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;

namespace {

/// Whether a step counts; without a mask all do.
bool countsIn(const Tensor *mask, int64_t b, int64_t t) { return !mask || mask->at({b, t}) != 0; }

/// The primal operands of an LSTM; absent ones are null.
struct LstmPrimals {
  const Tensor *input, *kernel, *recurrentKernel, *bias, *initialH, *initialC, *mask;
  Activation activation, recurrentActivation;

  int64_t batch() const { return input->shape[0]; }
  int64_t steps() const { return input->shape[1]; }
  int64_t features() const { return input->shape[2]; }
  int64_t units() const { return recurrentKernel->shape[0]; }

  /// The activation of entry `j` of the gates i, f, g, o.
  Activation activationOf(int64_t j) const {
    return j / units() == 2 ? activation : recurrentActivation;
  }

  /// The state before step t, whose states after each step are `states`.
  double before(const Tensor &states, const Tensor *initial, int64_t b, int64_t t,
                int64_t u) const {
    if (t > 0)
      return states.at({b, t - 1, u});
    return initial ? initial->at({b, u}) : 0;
  }
};

/// What every step of the forward pass yields.
struct LstmTrace {
  Tensor sequence, sums, gates, cells; // h; z; i, f, g, o; c
};

} // namespace

/// Reads the operands that `rondo.lstm` and `rondo.lstm_grad` share.
template <typename Op> static LstmPrimals primalsOf(Op op, Operands operands) {
  // Absent operands have no entry: the present ones follow each other.
  const Tensor *const *next = operands.begin();
  auto take = [&](Value value) { return value ? *next++ : nullptr; };
  LstmPrimals primals;
  primals.input = take(op.getInput());
  primals.kernel = take(op.getKernel());
  primals.recurrentKernel = take(op.getRecurrentKernel());
  primals.bias = take(op.getBias());
  primals.initialH = take(op.getInitialH());
  primals.initialC = take(op.getInitialC());
  primals.mask = take(op.getMask());
  primals.activation = op.getActivation();
  primals.recurrentActivation = op.getRecurrentActivation();
  return primals;
}

static LstmTrace runForward(const LstmPrimals &p) {
  const int64_t units = p.units();
  LstmTrace trace;
  trace.sequence = Tensor(Dtype::Float, {p.batch(), p.steps(), units});
  trace.sums = trace.gates = Tensor(Dtype::Float, {p.batch(), p.steps(), 4 * units});
  trace.cells = Tensor(Dtype::Float, {p.batch(), p.steps(), units});
  for (int64_t b = 0; b < p.batch(); ++b)
    for (int64_t t = 0; t < p.steps(); ++t) {
      if (!countsIn(p.mask, b, t)) {
        for (int64_t u = 0; u < units; ++u) {
          trace.cells.at({b, t, u}) = p.before(trace.cells, p.initialC, b, t, u);
          trace.sequence.at({b, t, u}) = p.before(trace.sequence, p.initialH, b, t, u);
        }
        continue;
      }
      for (int64_t j = 0; j < 4 * units; ++j) {
        double z = p.bias ? p.bias->at({j}) : 0;
        for (int64_t d = 0; d < p.features(); ++d)
          z += p.input->at({b, t, d}) * p.kernel->at({d, j});
        for (int64_t u = 0; u < units; ++u)
          z += p.before(trace.sequence, p.initialH, b, t, u) * p.recurrentKernel->at({u, j});
        trace.sums.at({b, t, j}) = z;
        trace.gates.at({b, t, j}) = activations::apply(p.activationOf(j), z);
      }
      for (int64_t u = 0; u < units; ++u) {
        double i = trace.gates.at({b, t, u}), f = trace.gates.at({b, t, units + u});
        double g = trace.gates.at({b, t, 2 * units + u}), o = trace.gates.at({b, t, 3 * units + u});
        double c = f * p.before(trace.cells, p.initialC, b, t, u) + i * g;
        trace.cells.at({b, t, u}) = c;
        trace.sequence.at({b, t, u}) = o * activations::apply(p.activation, c);
      }
    }
  return trace;
}

/// The states after the last step; the initial ones if there is no step.
static Tensor lastState(const LstmPrimals &p, const Tensor &states, const Tensor *initial) {
  Tensor last(Dtype::Float, {p.batch(), p.units()});
  for (int64_t b = 0; b < p.batch(); ++b)
    for (int64_t u = 0; u < p.units(); ++u)
      last.at({b, u}) = p.before(states, initial, b, p.steps(), u);
  return last;
}

LogicalResult LstmOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  LstmPrimals p = primalsOf(*this, operands);
  LstmTrace trace = runForward(p);
  results.push_back(trace.sequence);
  results.push_back(lastState(p, trace.sequence, p.initialH));
  results.push_back(lastState(p, trace.cells, p.initialC));
  if (getGates()) {
    Tensor kept = trace.sums;
    forEachIndex(kept.shape, [&](llvm::ArrayRef<int64_t> index) {
      if (activations::hasDerivativeOfResult(p.activationOf(index.back())))
        kept.at(index) = trace.gates.at(index);
    });
    results.push_back(std::move(kept));
    results.push_back(std::move(trace.cells));
  }
  return success();
}

LogicalResult LstmGradOp::evaluateReference(const Environment &env, Operands operands,
                                            Results &results) {
  LstmPrimals p = primalsOf(*this, operands);
  LstmTrace trace = runForward(p);
  auto operandOf = [&](Value value) -> const Tensor * {
    for (auto [operand, tensor] : llvm::zip_equal(getOperands(), operands))
      if (operand == value)
        return tensor;
    return nullptr; // absent
  };
  const Tensor *dSequence = operandOf(getDSequence()), *dLastH = operandOf(getDLastH()),
               *dLastC = operandOf(getDLastC());

  const int64_t units = p.units();
  Tensor dInput(Dtype::Float, p.input->shape), dKernel(Dtype::Float, p.kernel->shape);
  Tensor dRecurrentKernel(Dtype::Float, p.recurrentKernel->shape);
  Tensor dBias(Dtype::Float, {4 * units});
  // The cotangents of the state: of the last one, then step by step backwards.
  Tensor dH(Dtype::Float, {p.batch(), units}), dC = dH;
  if (dLastH)
    dH = *dLastH;
  if (dLastC)
    dC = *dLastC;

  std::vector<double> dZ(4 * units); // of the gates before activation
  for (int64_t b = 0; b < p.batch(); ++b)
    for (int64_t t = p.steps() - 1; t >= 0; --t) {
      if (!countsIn(p.mask, b, t)) {
        for (int64_t u = 0; u < units && dSequence; ++u)
          dH.at({b, u}) += dSequence->at({b, t, u});
        continue;
      }
      for (int64_t u = 0; u < units; ++u) {
        double i = trace.gates.at({b, t, u}), f = trace.gates.at({b, t, units + u});
        double g = trace.gates.at({b, t, 2 * units + u}), o = trace.gates.at({b, t, 3 * units + u});
        double c = trace.cells.at({b, t, u});
        double dh = dH.at({b, u}) + (dSequence ? dSequence->at({b, t, u}) : 0);
        double dc = dC.at({b, u}) + dh * o * activations::derivative(p.activation, c);
        const double dGates[] = {dc * g, dc * p.before(trace.cells, p.initialC, b, t, u), dc * i,
                                 dh * activations::apply(p.activation, c)};
        for (int64_t gate = 0; gate < 4; ++gate) {
          int64_t j = gate * units + u;
          dZ[j] =
              dGates[gate] * activations::derivative(p.activationOf(j), trace.sums.at({b, t, j}));
        }
        dC.at({b, u}) = dc * f;
        dH.at({b, u}) = 0;
      }
      for (int64_t j = 0; j < 4 * units; ++j) {
        dBias.at({j}) += dZ[j];
        for (int64_t d = 0; d < p.features(); ++d) {
          dInput.at({b, t, d}) += dZ[j] * p.kernel->at({d, j});
          dKernel.at({d, j}) += dZ[j] * p.input->at({b, t, d});
        }
        for (int64_t u = 0; u < units; ++u) {
          dH.at({b, u}) += dZ[j] * p.recurrentKernel->at({u, j});
          dRecurrentKernel.at({u, j}) += dZ[j] * p.before(trace.sequence, p.initialH, b, t, u);
        }
      }
    }

  results.push_back(std::move(dInput));
  results.push_back(std::move(dKernel));
  results.push_back(std::move(dRecurrentKernel));
  if (getDBias())
    results.push_back(std::move(dBias));
  if (getDInitialH()) {
    results.push_back(std::move(dH));
    results.push_back(std::move(dC));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// rondo.rnn
//===----------------------------------------------------------------------===//

/// h before step t, whose states after each step are `states`.
static double stateBefore(const Tensor &states, const Tensor &initial, int64_t b, int64_t t,
                          int64_t u) {
  return t > 0 ? states.at({b, t - 1, u}) : initial.at({b, u});
}

/// What the training form keeps of an activation at x.
static double keep(Activation activation, double x) {
  return activations::hasDerivativeOfResult(activation) ? activations::apply(activation, x) : x;
}

namespace {
/// An activation and its derivative, from what is kept.
struct Kept {
  double value, slope;
  Kept(Activation activation, double kept)
      : value(activations::hasDerivativeOfResult(activation)
                  ? kept
                  : activations::apply(activation, kept)),
        slope(activations::hasDerivativeOfResult(activation)
                  ? activations::derivativeOfResult(activation, kept)
                  : activations::derivative(activation, kept)) {}
};
} // namespace

LogicalResult RnnOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  const Tensor &sums = *operands[0], &recurrent = *operands[1], &initial = *operands[2];
  const int64_t batch = sums.shape[0], steps = sums.shape[1], units = initial.shape[1];
  const int64_t gates = numGates(getCell()) * units, numKeptUnits = numKept(getCell()) * units;
  const Tensor *mask = getMask() ? operands.back() : nullptr;
  Tensor sequence(Dtype::Float, {batch, steps, units});
  Tensor kept(Dtype::Float, {batch, steps, numKeptUnits});
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < steps; ++t) {
      if (!countsIn(mask, b, t)) {
        for (int64_t u = 0; u < units; ++u)
          sequence.at({b, t, u}) = stateBefore(sequence, initial, b, t, u);
        continue;
      }
      std::vector<double> s(gates); // what the state adds
      for (int64_t j = 0; j < gates; ++j) {
        s[j] = getBias() ? operands[3]->at({j}) : 0;
        for (int64_t u = 0; u < units; ++u)
          s[j] += stateBefore(sequence, initial, b, t, u) * recurrent.at({u, j});
      }
      for (int64_t u = 0; u < units; ++u) {
        auto x = [&](int64_t gate) { return sums.at({b, t, gate * units + u}); };
        if (getCell() == RnnCell::simple) {
          sequence.at({b, t, u}) = activations::apply(getActivation(), x(0) + s[u]);
          kept.at({b, t, u}) = keep(getActivation(), x(0) + s[u]);
          continue;
        }
        double zSum = x(0) + s[u], rSum = x(1) + s[units + u], sN = s[2 * units + u];
        double z = activations::apply(getRecurrentActivation(), zSum);
        double r = activations::apply(getRecurrentActivation(), rSum);
        double nSum = x(2) + r * sN, n = activations::apply(getActivation(), nSum);
        sequence.at({b, t, u}) = z * stateBefore(sequence, initial, b, t, u) + (1 - z) * n;
        kept.at({b, t, u}) = keep(getRecurrentActivation(), zSum);
        kept.at({b, t, units + u}) = keep(getRecurrentActivation(), rSum);
        kept.at({b, t, 2 * units + u}) = keep(getActivation(), nSum);
        kept.at({b, t, 3 * units + u}) = sN;
      }
    }
  Tensor last(Dtype::Float, {batch, units});
  forEachIndex(last.shape, [&](llvm::ArrayRef<int64_t> at) {
    last.at(at) = stateBefore(sequence, initial, at[0], steps, at[1]);
  });
  results.push_back(std::move(sequence));
  results.push_back(std::move(last));
  if (getGates())
    results.push_back(std::move(kept));
  return success();
}

LogicalResult RnnGradOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  const Tensor &recurrent = *operands[0], &initial = *operands[1], &sequence = *operands[2],
               &kept = *operands[3];
  const Tensor *const *next = operands.begin() + 4;
  auto take = [&](Value value) { return value ? *next++ : nullptr; };
  const Tensor *mask = take(getMask()), *dSequence = take(getDSequence());
  const Tensor *dLastH = take(getDLastH());
  const int64_t batch = sequence.shape[0], steps = sequence.shape[1], units = sequence.shape[2];
  const int64_t gates = numGates(getCell()) * units;
  Tensor dSums(Dtype::Float, {batch, steps, gates}), dStateSums = dSums;
  Tensor dH(Dtype::Float, {batch, units}); // of the last state, then step by step backwards
  if (dLastH)
    dH = *dLastH;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = steps - 1; t >= 0; --t) {
      if (!countsIn(mask, b, t)) {
        for (int64_t u = 0; u < units && dSequence; ++u)
          dH.at({b, u}) += dSequence->at({b, t, u});
        continue;
      }
      for (int64_t u = 0; u < units; ++u) {
        auto keptOf = [&](int64_t index, Activation activation) {
          return Kept(activation, kept.at({b, t, index * units + u}));
        };
        double dh = dH.at({b, u}) + (dSequence ? dSequence->at({b, t, u}) : 0);
        if (getCell() == RnnCell::simple) {
          double d = dh * keptOf(0, getActivation()).slope;
          dSums.at({b, t, u}) = dStateSums.at({b, t, u}) = d;
          dH.at({b, u}) = 0;
          continue;
        }
        Kept z = keptOf(0, getRecurrentActivation()), r = keptOf(1, getRecurrentActivation());
        Kept n = keptOf(2, getActivation());
        double sN = kept.at({b, t, 3 * units + u});
        double dN = dh * (1 - z.value) * n.slope;
        double dZ = dh * (stateBefore(sequence, initial, b, t, u) - n.value) * z.slope;
        double dR = dN * sN * r.slope;
        dSums.at({b, t, u}) = dStateSums.at({b, t, u}) = dZ;
        dSums.at({b, t, units + u}) = dStateSums.at({b, t, units + u}) = dR;
        dSums.at({b, t, 2 * units + u}) = dN;
        dStateSums.at({b, t, 2 * units + u}) = dN * r.value;
        dH.at({b, u}) = dh * z.value;
      }
      for (int64_t j = 0; j < gates; ++j)
        for (int64_t u = 0; u < units; ++u)
          dH.at({b, u}) += dStateSums.at({b, t, j}) * recurrent.at({u, j});
    }
  results.push_back(std::move(dSums));
  results.push_back(std::move(dH));
  if (getDStateSums())
    results.push_back(std::move(dStateSums));
  return success();
}

} // namespace rondo
