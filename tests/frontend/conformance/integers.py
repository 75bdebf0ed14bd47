# --- floor division takes the floor
print(7 // 2, -7 // 2, 7 // -2, -7 // -2)
print(0 // 5, -1 // 1000, 1 // 1000)
# --- modulo has the sign of the divisor
print(7 % 3, -7 % 3, 7 % -3, -7 % -3)
for a in (-5, -1, 0, 1, 5):
    for b in (-3, 3):
        print(a, b, a // b, a % b, (a // b) * b + a % b == a)
# --- true division gives floats
print(4 / 2, 1 / 3, -7 / 2, 10 / 5)
print(type(4 / 2).__name__)
# --- powers
print(2 ** 10, 2 ** -1, (-2) ** 3, -2 ** 2, 2 ** 3 ** 2, 0 ** 0)
# --- big powers
print(2 ** 64, 2 ** 100, -(2 ** 70), 10 ** 40)
print((-3) ** 51)
# --- beyond 64 bits and back
x = 9223372036854775807
print(x + 1, x + 1 - 1, (x + 1) - (x + 1))
print(-x - 2, -x - 2 + 2)
y = x * x
print(y, y // x == x, y % 1000)
# --- big products and quotients
a = 123456789012345678901234567890
b = 987654321098765432109876543210
print(a * b, b // a, b % a, -b // a, -b % a)
print(a - b, a + b, a // 7, a % -7)
# --- big integers compare
big = 10 ** 30
print(big > 10 ** 29, big == 10 ** 30, big != 10 ** 30 + 1, -big < 5 < big)
print(sorted([big, 1, -big, 0]), max(big, 3), min(-big, 3))
# --- big integers against floats
print(2 ** 70 == float(2 ** 70), 2 ** 70 + 1 == float(2 ** 70), 10 ** 30 > 1e29, 10 ** 30 < float("inf"))
print(9007199254740993 == 9007199254740992.0, 9007199254740993 > 9007199254740992.0)
# --- division of big integers
print(10 ** 40 / 10 ** 39, (10 ** 400) / (10 ** 399), 1 / 10 ** 25, 2 ** 80 / 3)
print(12345678901234567890 / 12345678901234567891, 9007199254740993 / 2)
# --- shifts
print(1 << 10, 1 << 62, 1 << 63, 1 << 100, 5 << 0)
print(1024 >> 3, -1 >> 5, -1024 >> 3, 1 >> 100, (1 << 100) >> 98, -(1 << 100) >> 99)
# --- bit operators
print(12 & 10, 12 | 10, 12 ^ 10, ~12, ~-1, ~0)
print(-12 & 10, -12 | 10, -12 ^ 10, 0xFF & ~0xF)
# --- bit operators on big integers
m = (1 << 80) - 1
print(m & 0xFFFF, (m + 1) | 1, m ^ (m >> 1), ~m)
print(-(1 << 80) & m, -(1 << 80) | 5)
# --- bools are integers
print(True + True, True * 5, False - 1, True / 2, -True, ~True, +False)
print(True & False, True | False, True ^ True, True & 3, True == 1, True is 1 == 1)
print(sum([True, False, True]), int(True), True + 0.5)
# --- bit_length and friends
print((0).bit_length(), (1).bit_length(), (255).bit_length(), (-256).bit_length(), (2 ** 100).bit_length())
print((5).numerator, (5).denominator, (7).real, (7).imag, (7).conjugate(), (13).bit_count())
# --- divmod
print(divmod(17, 5), divmod(-17, 5), divmod(17, -5), divmod(10 ** 30, 7))
print(divmod(7.5, 2), divmod(-7.5, 2))
# --- pow with a modulus
print(pow(3, 4), pow(3, 4, 5), pow(2, 100, 1000007), pow(-3, 3, 7), pow(10, 0, 1), pow(2, -2))
print(pow(123456789, 10 ** 20, 10 ** 9 + 7))
# --- hex, oct, bin
print(hex(255), oct(8), bin(10), hex(-255), bin(-5), bin(0), hex(2 ** 70))
# --- int of text
print(int("42"), int("-7"), int("  12  "), int("+5"), int("1_000"), int("0"))
print(int("123456789012345678901234567890"))
# --- int with a base
print(int("ff", 16), int("0xFF", 16), int("1010", 2), int("0b11", 0), int("0o17", 0), int("z", 36), int("777", 8))
# --- int of floats truncates
print(int(3.9), int(-3.9), int(0.0), int(1e20), int(-1e25))
# --- text of integers and back
for n in (0, -1, 10 ** 18, 10 ** 19, -(10 ** 50)):
    assert int(str(n)) == n
    print(str(n), repr(n), len(str(n)))
# --- factorials grow
f = 1
for i in range(1, 31):
    f *= i
print(f)
# --- fibonacci
a, b = 0, 1
for _ in range(120):
    a, b = b, a + b
print(a)
# --- in place operators
n = 100
n += 7; n -= 2; n *= 3; n //= 4; n %= 50; n **= 2; n <<= 3; n >>= 1; n |= 1; n &= 0xFF; n ^= 5
print(n)
x = 7
x /= 2
print(x)
# --- abs and sign
print(abs(-5), abs(5), abs(-10 ** 30), abs(True), -(-3), +(-3))
# --- hash of integers
print(hash(5), hash(-1), hash(0), hash(2 ** 61 - 1), hash(2 ** 61), hash(10 ** 30), hash(True), hash(5.0), hash(0.5))
