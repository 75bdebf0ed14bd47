# --- plain
a, b = 1, 2
(c, d) = [3, 4]
[e, f] = "xy"
print(a, b, c, d, e, f)
# --- starred
a, *b = 1, 2, 3
*c, d = "abc"
e, *f, g = range(5)
h, *i = [1]
print(a, b, c, d, e, f, g, h, i)
# --- nested
(a, b), c = (1, 2), 3
a2, (b2, *c2), d2 = 1, (2, 3, 4), 5
[[x], y] = [[1], 2]
print(a, b, c, a2, b2, c2, d2, x, y)
# --- chained assignment
a = b = c = 5
x = y = []
x.append(1)
print(a, b, c, y, x is y)
# --- swap and rotate
a, b, c = 1, 2, 3
a, b = b, a
a, b, c = b, c, a
print(a, b, c)
# --- order of assignment
a = [0, 0]
i = 0
i, a[i] = 1, 9
print(a, i)
# --- from dict and generators
a, b = {"x": 1, "y": 2}
c, d = (v * v for v in (2, 3))
e, f = {"x": 1, "y": 2}.values()
print(a, b, c, d, e, f)
# --- displays
print([*range(3), 9, *"ab"], (*[1], *(2, 3)), {*[1, 2], 3}, {**{"a": 1}, "b": 2, **{"a": 3}}, [*[], *()])
# --- in return and calls
def f():
    t = 2, 3
    return 1, *t
print(f(), print(*f(), sep=","), max(*f(), 9))
# --- ignoring values
_, x, _ = (1, 2, 3)
first, *_, last = "hello"
print(x, first, last)
# --- attributes and items as targets
d = {}
d["a"], d["b"] = 1, 2
l = [0, 0]
l[0], l[1] = "xy"
print(d, l)
# --- shapes
batch, time, features = (32, 10, 8)
*lead, last = (1, 2, 3)
print(batch, time, features, lead, last)
