# --- for over everything
for x in [1, 2]: print(x, end=" ")
for x in (3, 4): print(x, end=" ")
for x in "ab": print(x, end=" ")
for x in {"k": 1}: print(x, end=" ")
for x in range(2): print(x, end=" ")
for x in {7}: print(x, end=" ")
print()
# --- range with start, stop, step
print(list(range(5)), list(range(2, 5)), list(range(0, 10, 3)), list(range(5, 0, -1)), list(range(5, 5)), list(range(0, -6, -2)))
# --- range as a value
r = range(2, 20, 4)
print(r, len(r), r[1], r[-1], 6 in r, 7 in r, r == range(2, 19, 4), r.start, r.stop, r.step, range(3) == range(0, 3), bool(range(0)))
# --- break and continue
for i in range(10):
    if i % 2:
        continue
    if i > 6:
        break
    print(i, end=" ")
print("last", i)
# --- for with else
for n in (4, 7):
    for d in range(2, n):
        if n % d == 0:
            print(n, "is divisible by", d)
            break
    else:
        print(n, "is prime")
# --- while with else
n = 3
while n:
    n -= 1
else:
    print("done", n)
while True:
    break
else:
    print("never")
# --- nested loops
for i in range(3):
    for j in range(3):
        if j == 2:
            break
        if i == 1:
            continue
        print(i, j)
# --- while with a condition that changes
n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
print(steps)
# --- loop variables survive
for i in range(3):
    pass
print(i)
for j in []:
    pass
print("no j")
# --- unpacking in for
for a, b in [(1, 2), (3, 4)]:
    print(a * b)
for i, (name, size) in enumerate([("x", 1), ("y", 2)]):
    print(i, name, size)
for first, *rest in [(1, 2, 3), (4,)]:
    print(first, rest)
# --- return from a loop
def find(xs, f):
    for i, x in enumerate(xs):
        if f(x):
            return i
    return -1
print(find([1, 5, 9], lambda x: x > 3), find([], bool))
# --- zip of unequal lengths
for a, b in zip([1, 2, 3], "xy"):
    print(a, b)
# --- reversed
for i in reversed(range(3)):
    print(i, end=" ")
for c in reversed("abc"):
    print(c, end=" ")
print(list(reversed([1, 2])), list(reversed(range(0, 10, 3))))
# --- modifying while iterating a copy
a = [1, 2, 3, 4]
for x in a[:]:
    if x % 2:
        a.remove(x)
print(a)
# --- loop over dict items sorted
for k, v in sorted({"b": 1, "a": 2}.items()):
    print(k, v)
# --- accumulate shapes
shape = (32, 100, 8)
for stride in (2, 5):
    shape = (shape[0], (shape[1] - 1) // stride + 1, shape[2] * 2)
    print(shape)
# --- starred iteration
for x in *[1, 2], 3:
    print(x, end=" ")
print()
# --- assignment to elements in for
a = [0, 0]
for a[0] in range(3):
    pass
print(a)
# --- bubble sort
a = [5, 2, 4, 1, 3]
for i in range(len(a)):
    for j in range(len(a) - 1 - i):
        if a[j] > a[j + 1]:
            a[j], a[j + 1] = a[j + 1], a[j]
print(a)
# --- sieve
limit = 50
sieve = [True] * (limit + 1)
for p in range(2, int(limit ** 0.5) + 1):
    if sieve[p]:
        for m in range(p * p, limit + 1, p):
            sieve[m] = False
print([i for i in range(2, limit + 1) if sieve[i]])
