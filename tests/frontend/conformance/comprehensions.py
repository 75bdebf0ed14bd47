# --- lists
print([x for x in range(5)], [x * 2 for x in range(5) if x % 2], [c.upper() for c in "abc"])
# --- several conditions
print([x for x in range(30) if x % 2 == 0 if x % 3 == 0], [x for x in range(10) if x > 2 and x < 6 or x == 9])
# --- several loops
print([(i, j) for i in range(3) for j in range(i)], [a + b for a in "xy" for b in "12"])
# --- nested
print([[i * j for j in range(3)] for i in range(3)], [y for x in [[1, 2], [3]] for y in x])
# --- dicts
print({k: v for k, v in [("a", 1), ("b", 2)]}, {i: i * i for i in range(4)}, {v: k for k, v in {"x": 1}.items()})
# --- sets
print({i % 3 for i in range(10)}, sorted({w.lower() for w in ("A", "a", "B")}))
# --- conditional elements
print(["even" if i % 2 == 0 else "odd" for i in range(4)], [x if x else None for x in (0, 1)])
# --- unpacking targets
print([a + b for a, b in [(1, 2), (3, 4)]], [x for x, *_ in [(1, 2, 3), (4,)]], [k for k, (a, b) in {"p": (1, 2)}.items()])
# --- generator in sum
print(sum(x * x for x in range(10)), sum(1 for c in "banana" if c == "a"), max(len(w) for w in ["a", "bbb"]))
# --- generator in join, list, tuple, dict, set, sorted
print(",".join(str(i) for i in range(3)), list(i for i in "ab"), tuple(i * 2 for i in (1, 2)), dict((k, 1) for k in "ab"), sorted(-x for x in [1, 3, 2]))
# --- generators are lazy
log = []
def note(x):
    log.append(x)
    return x > 1
print(any(note(x) for x in range(10)), log)
log.clear()
print(all(note(x) for x in [5, 0, 7]), log)
# --- next on a generator
g = (x * x for x in range(3))
print(next(g), next(g), list(g), next(g, "end"))
# --- first match
xs = [4, 8, 15, 16]
print(next((x for x in xs if x > 10), None), next((x for x in xs if x > 100), "none"), next(i for i, x in enumerate(xs) if x == 15))
# --- a generator is used up
g = (i for i in range(3))
print(sum(g), sum(g))
# --- the first iterable is evaluated at once
n = [1, 2]
g = (x for x in n)
n = [9]
print(list(g))
# --- flat and filtered
matrix = [[1, 2, 3], [4, 5, 6]]
print([x for row in matrix for x in row if x % 2], [[row[i] for row in matrix] for i in range(3)])
# --- with enumerate and zip
print([f"{i}:{c}" for i, c in enumerate("ab")], [a * b for a, b in zip([1, 2], [3, 4])], {n: i for i, n in enumerate(["x", "y"])})
# --- star unpacking of generators
print([*(i for i in range(3))], (*(c for c in "ab"),), max(*(x for x in (1, 5))))
# --- names of layers
print([f"dense_{i}" if i else "dense" for i in range(3)])
# --- primes
print([n for n in range(2, 40) if all(n % d for d in range(2, int(n ** 0.5) + 1))])
# --- walrus
print([y for x in range(5) if (y := x * x) > 3], [(t := t0 + 1) for t0 in (1, 2)], t)
# --- nested generators
print(sum(sum(j for j in range(i)) for i in range(5)), list(list(range(k)) for k in range(3)))
# --- in operator on generators
print(3 in (x for x in range(5)), 9 in (x for x in range(5)))
