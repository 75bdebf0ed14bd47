//===- Math.h - Elementary functions in generated code ----------*- C++ -*-===//
//
// Elementary functions as straight-line f32 code for a scalar or a vector of lanes. NaN in gives
// NaN out; the results saturate as the mathematical functions do. Denormal results and arguments
// may count as zero. Error bounds are in units in the last place over the whole f32 range, as
// tests/kernels measures them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_MATH_H
#define RONDO_COMPILER_CODEGEN_MATH_H

#include "compiler/codegen/Emitter.h"
#include "dialect/IR/RondoDialect.h"

namespace rondo::codegen {

/// e^x, within 1 ulp.
Value emitExp(Emitter &e, Value x);
/// The natural logarithm, within 1 ulp; -inf at zero, NaN below.
Value emitLog(Emitter &e, Value x);
/// e^x - 1, within 2 ulp, also near zero.
Value emitExpm1(Emitter &e, Value x);
/// log(1 + x), within 2 ulp, also near zero; -inf at -1, NaN below.
Value emitLog1p(Emitter &e, Value x);
/// tanh x, within 3 ulp, also near zero.
Value emitTanh(Emitter &e, Value x);
/// 1 / (1 + e^-x), within 3 ulp.
Value emitSigmoid(Emitter &e, Value x);

/// The error function, within 2 ulp.
Value emitErf(Emitter &e, Value x);
/// x^y, within 1 ulp; signs, infinities and NaN as in C.
Value emitPow(Emitter &e, Value x, Value y);
/// The sine and the cosine, within 1 ulp for all floats; NaN of infinity.
Value emitSin(Emitter &e, Value x);
Value emitCos(Emitter &e, Value x);

/// Vectors of elements of `rondo.random`: the counter's words `position` and `counter`, all i32.
Value emitRandom(Emitter &e, Value position, Value key, Value counter);
/// The same where they are normal, within 2e-6.
Value emitRandomNormal(Emitter &e, Value position, Value key, Value counter);

/// 2^x = scale + scale * minusOne, within 1 ulp, where x lies within ±60, else as there.
struct PowerOfTwo {
  Value scale, minusOne;
};
PowerOfTwo emitExp2(Emitter &e, Value x);

// Activations, as dialect/Activations.h has them.
Value emitActivation(Emitter &e, Activation activation, Value x);
/// The derivative at x.
Value emitDerivative(Emitter &e, Activation activation, Value x);
/// The derivative where the result is y, for those that have it
/// (`activations::hasDerivativeOfResult`).
Value emitDerivativeOfResult(Emitter &e, Activation activation, Value y);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_MATH_H
