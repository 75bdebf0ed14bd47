# --- as a key
print(sorted([-3, 1, -2], key=lambda x: abs(x)), max(["a", "bbb", "cc"], key=lambda s: len(s)))
# --- called at once
print((lambda: 5)(), (lambda x, y: x * y)(3, 4), (lambda *a: a)(1, 2))
# --- in data
ops = [lambda x: x + 1, lambda x: x * 2]
print([f(5) for f in ops], {"f": ops[0]}["f"](1))
# --- with conditions
relu = lambda x: x if x > 0 else 0
print([relu(v) for v in (-2, 0, 3)])
# --- nested
curried = lambda a: lambda b: lambda c: a + b + c
print(curried(1)(2)(3))
# --- map and filter
print(list(map(lambda x: x ** 2, range(5))), list(filter(lambda x: x % 2, range(6))), list(map(lambda a, b: a + b, [1, 2], [3, 4])))
# --- default and star
f = lambda x, *rest, scale=1, **kw: (x, rest, scale, kw)
print(f(1), f(1, 2, scale=3, z=4))
# --- without parameters, tuple results
f = lambda: (1, 2)
a, b = f()
print(a, b, (lambda: None)() is None)
# --- capturing variables
k = 3
f = lambda x: x + k
k = 10
print(f(1))
# --- sorting by several fields
rows = [("b", 2), ("a", 2), ("c", 1)]
rows.sort(key=lambda r: (-r[1], r[0]))
print(rows)
