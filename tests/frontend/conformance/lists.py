# --- making lists
print([], [1], [1, "a", None, 2.5], list("ab"), list(range(3)), list((1, 2)), [[]] * 2, [0] * 4)
# --- indexing
a = [10, 20, 30, 40]
print(a[0], a[-1], a[1:3], a[::-1], a[::2], a[-2:], a[:-1], a[5:], a[True])
# --- append, extend, insert
a = [1]
a.append(2)
a.extend([3, 4])
a.extend("xy")
a.insert(0, 0)
a.insert(-1, "i")
a.insert(100, "end")
print(a, len(a))
# --- pop, remove, clear
a = list(range(6))
print(a.pop(), a.pop(0), a.pop(-2), a)
a.remove(2)
print(a)
a.clear()
print(a, a == [])
# --- index and count
a = [1, 2, 3, 2, 1]
print(a.index(2), a.index(2, 2), a.count(1), a.count(9), a.index(1, -1))
# --- sort
a = [3, 1, 2]
a.sort()
print(a)
a.sort(reverse=True)
print(a)
words = ["pear", "fig", "apple", "kiwi"]
words.sort(key=len)
print(words)
words.sort(key=lambda w: (-len(w), w))
print(words)
# --- sorted is stable
pairs = [(1, "b"), (0, "x"), (1, "a"), (0, "y")]
print(sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True))
print(sorted(pairs), sorted("bca"), sorted([3, 1.5, True]), sorted({"b": 1, "a": 2}))
# --- reverse and copy
a = [1, 2, 3]
b = a
c = a.copy()
d = a[:]
a.reverse()
print(a, b, c, d, b is a, c is a, list(reversed(a)))
# --- concatenation and repetition
a = [1, 2]
print(a + [3], a * 2, 2 * a, a + [], a)
a += (3, 4)
a *= 2
print(a)
# --- aliasing
a = [1]
b = a
b += [2]
print(a, b, a is b)
b = b + [3]
print(a, b, a is b)
grid = [[0] * 2] * 2
grid[0][0] = 1
print(grid)
# --- comparison
print([1, 2] == [1, 2], [1, 2] < [1, 3], [1] < [1, 0], [] < [0], [1, 2] != [2, 1], [1, "a"] == [1, "a"], [1] == (1,))
# --- membership
a = [1, "x", None, [2]]
print(1 in a, "x" in a, None in a, [2] in a, 2 in a, 1.0 in a, True in a, 5 not in a)
# --- nested lists
m = [[1, 2, 3], [4, 5, 6]]
print(m[1][2], [row[0] for row in m], list(zip(*m)), [x for row in m for x in row], sum(map(sum, m)))
# --- recursive list
a = [1]
a.append(a)
print(a)
# --- in place element operations
a = [1, 2, 3]
a[0] += 10
a[-1] *= 2
a[1], a[2] = a[2], a[1]
print(a)
# --- evaluating a subscript once
calls = []
def index():
    calls.append(1)
    return 0
a = [5]
a[index()] += 1
print(a, len(calls))
# --- lists change while iterated
a = [1, 2, 3]
for x in a:
    if x < 3:
        a.append(x + 2)
print(a)
# --- long lists are written whole
print(list(range(300)))
# --- stack and queue
stack = []
for i in range(4):
    stack.append(i)
while stack:
    print(stack.pop(), end=" ")
print()
# --- list as a function argument
def add(x, to=[]):
    to.append(x)
    return to
print(add(1), add(2), add(3, []))
# --- flatten
def flatten(x):
    return [z for y in x for z in flatten(y)] if isinstance(x, list) else [x]
print(flatten([1, [2, [3, [4]], 5], [], [[6]]]))
# --- transposition
m = [[1, 2], [3, 4], [5, 6]]
print([list(r) for r in zip(*m)], list(map(list, zip(*m))))
# --- min, max, sum, len, any, all
a = [3, -1, 4]
print(min(a), max(a), sum(a), len(a), any(a), all(a), all([]), any([]), all([1, 0]), max(a, key=abs), min(a, key=lambda v: -v))
# --- enumerate and zip
print(list(enumerate("ab")), list(enumerate("ab", 5)), list(zip([1, 2, 3], "ab")), list(zip()), dict(zip("ab", [1, 2])))
# --- sort by several keys
layers = [("dense", 10), ("lstm", 64), ("dense", 2), ("conv", 64)]
print(sorted(layers, key=lambda l: (l[1], l[0])), max(layers, key=lambda l: l[1]))
