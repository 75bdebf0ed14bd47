# --- making tuples
print((), (1,), (1, 2), tuple([1, 2]), tuple("ab"), tuple(range(3)), 1, (1, (2, 3)))
# --- without parentheses
t = 1, 2, 3
u = 4,
print(t, u, len(u))
# --- operations
t = (1, 2, 3)
print(t + (4,), t * 2, 2 * (0,), t[0], t[-1], 2 in t, t.index(2), t.count(1), len(t))
# --- comparison
print((1, 2) < (1, 3), (1,) < (1, 0), () == (), (1, 2) == (1.0, 2.0), (2,) > (1, 9), max([(1, 2), (0, 9)]))
# --- as keys
d = {(1, 2): "a", (3, (4,)): "b"}
print(d[(1, 2)], d[3, (4,)], (1, 2) in d, (1.0, 2.0) in d)
# --- swapping
a, b, c = 1, 2, 3
a, b, c = c, a, b
print(a, b, c)
# --- shape arithmetic
shape = (32, 10, 64)
print((None,) + shape[1:], shape[:-1] + (1,), tuple(d * 2 for d in shape), shape[::-1])
# --- hash of tuples
print(hash((1, 2)) == hash((1, 2)), hash((1, 2)) == hash((1.0, 2.0)), hash(()), hash((1, 2, 3)))
# --- immutability of the tuple but not its elements
t = ([1], 2)
t[0].append(5)
print(t)
# --- returned from functions
def minmax(xs):
    return min(xs), max(xs)
low, high = minmax([3, 1, 2])
print(low, high, minmax([5])[0])
# --- nested unpacking in loops
for (a, b), c in [((1, 2), 3), ((4, 5), 6)]:
    print(a + b + c)
