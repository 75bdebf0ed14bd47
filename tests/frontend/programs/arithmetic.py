# Numbers and operators, as Python has them.
assert 7 // 2 == 3 and -7 // 2 == -4 and 7 // -2 == -4 and -7 // -2 == 3
assert 7 % 3 == 1 and -7 % 3 == 2 and 7 % -3 == -2 and -7 % -3 == -1
assert 7.5 // 2 == 3.0 and -7.5 % 2 == 0.5
assert 2 ** 10 == 1024 and 2 ** -1 == 0.5 and 2 ** 0.5 > 1.41
assert 1 / 2 == 0.5 and 4 / 2 == 2.0
assert 1 + 2 * 3 - 4 == 3 and (1 + 2) * 3 == 9 and -2 ** 2 == -4
assert 0x10 == 16 and 1_000 == 1000 and 1e3 == 1000.0
assert 5 & 3 == 1 and 5 | 3 == 7 and 5 ^ 3 == 6 and 1 << 4 == 16 and 256 >> 4 == 16 and ~5 == -6
assert True + True == 2 and not False and (1 == 1.0) is True
assert 1 < 2 < 3 and not 1 < 3 < 2 and 1 != 2 >= 2
assert abs(-3) == 3 and abs(-3.5) == 3.5 and round(2.5) == 2 and round(3.5) == 4 and round(1.26, 1) == 1.3
assert min(3, 1, 2) == 1 and max([3, 1, 2]) == 3 and max("a", "bb", key=len) == "bb"
assert sum([1, 2, 3]) == 6 and sum([1.5, 2], 1) == 4.5
assert int("12") == 12 and int(3.9) == 3 and int(-3.9) == -3 and float("1.5") == 1.5 and bool([]) is False
assert 9223372036854775807 + 0 == 9223372036854775807
n = 3
n += 4
n *= 2
n -= 1
n //= 3
assert n == 4
assert (None is None) and (1 if n > 3 else 2) == 1 and (0 or "x") == "x" and (1 and 0) == 0

import math

assert math.sqrt(16) == 4.0 and math.floor(2.7) == 2 and math.ceil(2.1) == 3 and 3.1 < math.pi < 3.2
