//===- EvaluateRecurrent.cpp - Reference values of recurrent layers -------===//
//
// The LSTM equations and backpropagation through time, step by step. The
// backward pass computes the forward pass again and ignores the cache.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Scalars.h"
#include "dialect/reference/Tensor.h"

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Environment;
using rondo::reference::Shape;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;

static double activate(Activation kind, double x) {
  switch (kind) {
  case Activation::linear:
    return x;
  case Activation::tanh:
    return std::tanh(x);
  case Activation::sigmoid:
    return reference::sigmoid(x);
  case Activation::relu:
    return reference::relu(x);
  }
  llvm_unreachable("every activation is above");
}

/// The derivative where the activation's value is `y`.
static double derivative(Activation kind, double y) {
  switch (kind) {
  case Activation::linear:
    return 1;
  case Activation::tanh:
    return 1 - y * y;
  case Activation::sigmoid:
    return y * (1 - y);
  case Activation::relu:
    return y > 0;
  }
  llvm_unreachable("every activation is above");
}

namespace {

/// The primal operands of an LSTM; absent ones are null.
struct LstmPrimals {
  const Tensor *input, *kernel, *recurrentKernel, *bias, *initialH, *initialC;
  Activation activation, recurrentActivation;

  int64_t batch() const { return input->shape[0]; }
  int64_t steps() const { return input->shape[1]; }
  int64_t features() const { return input->shape[2]; }
  int64_t units() const { return recurrentKernel->shape[0]; }

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
  Tensor sequence, gates, cells; // h; i, f, g, o after activation; c
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
  primals.activation = op.getActivation();
  primals.recurrentActivation = op.getRecurrentActivation();
  return primals;
}

static LstmTrace runForward(const LstmPrimals &p) {
  const int64_t units = p.units();
  LstmTrace trace;
  trace.sequence = Tensor(Dtype::Float, {p.batch(), p.steps(), units});
  trace.gates = Tensor(Dtype::Float, {p.batch(), p.steps(), 4 * units});
  trace.cells = Tensor(Dtype::Float, {p.batch(), p.steps(), units});
  for (int64_t b = 0; b < p.batch(); ++b)
    for (int64_t t = 0; t < p.steps(); ++t) {
      for (int64_t j = 0; j < 4 * units; ++j) {
        double z = p.bias ? p.bias->at({j}) : 0;
        for (int64_t d = 0; d < p.features(); ++d)
          z += p.input->at({b, t, d}) * p.kernel->at({d, j});
        for (int64_t u = 0; u < units; ++u)
          z += p.before(trace.sequence, p.initialH, b, t, u) * p.recurrentKernel->at({u, j});
        bool isCandidate = j / units == 2; // i, f, g, o
        trace.gates.at({b, t, j}) = activate(isCandidate ? p.activation : p.recurrentActivation, z);
      }
      for (int64_t u = 0; u < units; ++u) {
        double i = trace.gates.at({b, t, u}), f = trace.gates.at({b, t, units + u});
        double g = trace.gates.at({b, t, 2 * units + u}), o = trace.gates.at({b, t, 3 * units + u});
        double c = f * p.before(trace.cells, p.initialC, b, t, u) + i * g;
        trace.cells.at({b, t, u}) = c;
        trace.sequence.at({b, t, u}) = o * activate(p.activation, c);
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
    results.push_back(std::move(trace.gates));
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
      for (int64_t u = 0; u < units; ++u) {
        double i = trace.gates.at({b, t, u}), f = trace.gates.at({b, t, units + u});
        double g = trace.gates.at({b, t, 2 * units + u}), o = trace.gates.at({b, t, 3 * units + u});
        double a = activate(p.activation, trace.cells.at({b, t, u}));
        double dh = dH.at({b, u}) + (dSequence ? dSequence->at({b, t, u}) : 0);
        double dc = dC.at({b, u}) + dh * o * derivative(p.activation, a);
        dZ[u] = dc * g * derivative(p.recurrentActivation, i);
        dZ[units + u] =
            dc * p.before(trace.cells, p.initialC, b, t, u) * derivative(p.recurrentActivation, f);
        dZ[2 * units + u] = dc * i * derivative(p.activation, g);
        dZ[3 * units + u] = dh * a * derivative(p.recurrentActivation, o);
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

} // namespace rondo
