# --- texts of floats
print(0.1, 1.0, 1e16, 1e15, 123456789.123, 1e-4, 1e-5, 1.5e300, 5e-324)
print(0.1 + 0.2, 1 / 3, 2 / 3, 100.0, -0.0, 1e22, 1e23)
# --- infinities and nan
inf = float("inf")
nan = float("nan")
print(inf, -inf, nan, inf - inf, inf > 10 ** 400, nan == nan, nan != nan, nan < 1, inf == inf)
# --- floor division and modulo of floats
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, 1.0 // 0.1, 1.0 % 0.1)
print(-0.5 // 1, 0.0 // 5, 5.5 // 5.5)
# --- round half to even
print(round(0.5), round(1.5), round(2.5), round(-0.5), round(-1.5), round(2.675, 2), round(1.005, 2))
print(round(3.14159, 3), round(2.5, 0), round(1234.5678, -2), round(5, -1), round(15, -1), round(25, -1), round(1250, -2))
print(type(round(2.5)).__name__, type(round(2.5, 1)).__name__, round(7), round(True))
# --- rounding to digits
for d in range(5):
    print(round(2.71828182, d), round(-0.0005, d), round(1e10 / 3, d))
# --- float of text
print(float("1.5"), float("-2"), float(" 3e2 "), float("inf"), float("-Infinity"), float("1_0.5"), float(".5"), float("5."))
# --- comparisons across types
print(1 == 1.0, 1 < 1.5, 2 > 1.9, 0.5 == 1 / 2, True == 1.0, 0 == -0.0)
# --- is_integer
print((2.0).is_integer(), (2.5).is_integer(), float("inf").is_integer(), (1e300).is_integer())
# --- as_integer_ratio
print((0.75).as_integer_ratio(), (3.0).as_integer_ratio(), (-0.1).as_integer_ratio())
# --- float powers
print(2.0 ** 0.5, 4 ** 0.5, 2 ** -2, 0.0 ** 0, (-8.0) ** 3, 1e200 ** 1)
# --- mixed arithmetic
print(1 + 0.5, 3 * 0.1, 10 - 2.5, 7 / 2.0, 2 ** 0.5 * 2 ** 0.5, True * 0.5)
# --- sums of floats
print(sum([0.1] * 3), sum([0.25, 0.5]), sum([1, 2.5]), sum([], 0.0))
# --- min and max of mixed numbers
print(min(1, 0.5), max(2, 2.0), max(2.0, 2), min(3, 1.5, -0.5))
# --- truth of numbers
print(bool(0.0), bool(-0.0), bool(1e-300), bool(float("nan")), bool(0), bool(-1))
# --- learning rate schedules
lr = 1e-3
for epoch in range(5):
    lr *= 0.95
    print(epoch, lr, f"{lr:.6f}")
# --- harmonic numbers
h = 0.0
for i in range(1, 21):
    h += 1 / i
print(h)
