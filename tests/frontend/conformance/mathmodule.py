# --- constants
import math
print(math.pi, math.e, math.tau, math.inf, math.nan)
# --- rounding
import math
print(math.floor(2.7), math.floor(-2.7), math.ceil(2.1), math.ceil(-2.1), math.trunc(2.9), math.trunc(-2.9), math.floor(5), math.ceil(1e20))
# --- roots and powers
from math import sqrt, pow, exp, hypot, isqrt, cbrt
print(sqrt(16), sqrt(2), pow(2, 3), exp(1), exp(0), hypot(3, 4), isqrt(17), isqrt(10 ** 40), isqrt(0), cbrt(27.0))
# --- logarithms
import math
print(math.log(math.e), math.log(8, 2), math.log2(8), math.log10(1000), math.log(10), math.log1p(1e-10), math.log(10 ** 400), math.log2(2 ** 2000), math.expm1(1e-10))
# --- trigonometry
import math
print(math.sin(0), math.cos(0), math.tan(0.5), math.asin(1), math.acos(1), math.atan(1), math.atan2(1, -1), math.degrees(math.pi), math.radians(180))
# --- hyperbolic
import math
print(math.sinh(1), math.cosh(1), math.tanh(0.5), math.asinh(1), math.acosh(2), math.atanh(0.5))
# --- whole numbers
import math
print(math.gcd(12, 18), math.gcd(0, 5), math.gcd(12, 18, 27), math.lcm(4, 6), math.lcm(), math.gcd(), math.gcd(-4, 6), math.factorial(10), math.factorial(0), math.factorial(25))
# --- combinations
import math
print(math.comb(5, 2), math.comb(5, 0), math.comb(5, 9), math.comb(50, 25), math.perm(5, 2), math.perm(5), math.comb(100, 3))
# --- products and sums
import math
print(math.prod([1, 2, 3, 4]), math.prod([]), math.prod([2, 0.5], start=10), math.fsum([0.1] * 10), math.fsum([1e100, 1.0, -1e100]), math.prod((10, 20)), math.dist((0, 0), (3, 4)))
# --- tests
import math
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1.0), math.isclose(0.1 + 0.2, 0.3), math.isclose(1, 1.1), math.isclose(1, 1.05, rel_tol=0.1), math.isclose(0, 1e-10), math.isclose(0, 1e-10, abs_tol=1e-9))
# --- parts of floats
import math
print(math.modf(2.5), math.modf(-2.5), math.frexp(8.0), math.ldexp(0.5, 4), math.fabs(-3), math.copysign(3, -0.0), math.fmod(-7, 3), math.remainder(7, 4))
# --- special functions
import math
print(math.erf(0.5), math.erfc(0.5), math.gamma(5))
# --- with an alias
import math as m
from math import pi as PI, floor
print(m.sqrt(9), PI, floor(3.5))
# --- domain errors are ValueErrors
import math
for f, x in ((math.sqrt, -1), (math.log, 0), (math.acos, 2), (math.factorial, -1)):
    try:
        print(f(x))
    except ValueError:
        print("ValueError")
# --- positional encodings by hand
import math
def encoding(position, d):
    return [round(math.sin(position / 10000 ** (i / d)) if i % 2 == 0 else math.cos(position / 10000 ** ((i - 1) / d)), 6) for i in range(d)]
for p in range(3):
    print(encoding(p, 4))
# --- glorot limits
import math
fan_in, fan_out = 64, 128
print(f"{math.sqrt(6 / (fan_in + fan_out)):.6f}", round(math.sqrt(2 / fan_in), 6), math.ceil(100 / 32), math.floor(math.log2(1000)))
