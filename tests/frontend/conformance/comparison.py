# --- chains
x = 5
print(1 < x < 10, 1 < x > 3, 10 > x <= 5, 1 < 2 < 3 < 4, 1 < 3 < 2, 1 == 1 == 1, 1 != 2 != 1)
# --- chains evaluate once
log = []
def f(v):
    log.append(v)
    return v
print(f(1) < f(5) < f(3), log)
log.clear()
print(f(3) < f(1) < f(9), log)
# --- equality of types
print(1 == "1", [1] == (1,), {} == set(), None == 0, None == False, 0 == False, 1 == True, "a" == "a", 1 == 1.0)
# --- identity
a = [1]
b = [1]
c = a
print(a == b, a is b, a is c, a is not b, None is None, True is True)
# --- ordering of sequences
print([1, 2] < [1, 2, 3], "abc" < "abd", (1, "b") > (1, "a"), [] < [1], [[1], 2] < [[2], 0])
# --- membership
print(2 in [1, 2], "a" in {"a": 1}, 5 in range(10), "bc" in "abc", 3 not in (1, 2), None in [None])
# --- membership in chains
print(1 in [1] == True, (1 in [1]) == True, 1 < 2 in [2])
# --- comparisons of mixed numbers
print(1 < 1.5, 2 >= 2.0, True < 2, 0.1 + 0.2 == 0.3, abs(0.1 + 0.2 - 0.3) < 1e-9, 3 == 3.0000000000000001)
# --- equality of nested structures
print({"a": [1, (2, 3)]} == {"a": [1, (2, 3)]}, [1, [2, {3}]] == [1, [2, {3}]], ({},) == ({},))
# --- equality of functions
def f(): pass
g = f
print(f == g, f == (lambda: None), f is g, len == len)
# --- comparisons with not equal
print(1 != 1, "a" != "b", [1] != [1], (1,) != (1, 2), {1: 2} != {1: 2})
# --- sorting mixed numbers
print(sorted([3, 1.5, True, -2, 0.0]), max(1, 1.5, True), min(0, -0.5))
# --- nan in comparisons
nan = float("nan")
print(nan == nan, nan in [nan], [nan] == [nan], nan is nan, nan > 0, not nan < 0)
