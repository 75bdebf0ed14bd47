# --- a generator function
def count(n):
    print("start")
    for i in range(n):
        yield i
        print("after", i)
    print("end")
g = count(2)
print(type(g).__name__)
print(next(g))
print(next(g))
print(next(g, "over"), next(g, "still"))
# --- loops and conditions
def odd(limit):
    n = 0
    while True:
        n += 1
        if n % 2 == 0:
            continue
        if n > limit:
            break
        elif n == 5:
            yield "five"
        else:
            yield n
    yield "last"
print(list(odd(8)))
# --- yield from
def flat(tree):
    for part in tree:
        if isinstance(part, list):
            yield from flat(part)
        else:
            yield part
print(list(flat([1, [2, [3, [4]],minimum], [], 6])), sum(flat([1, [2]])))
def both():
    yield from "ab"
    yield from range(2)
    yield
print(list(both()))
# --- return ends it
def upto(values, stop):
    for v in values:
        for w in v:
            if w == stop:
                return
            yield w
print(list(upto([[1, 2], [3, 4]], 3)), list(upto([[1]], 9)))
# --- endless
def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
for max, f in enumerate(fibonacci()):
    if i == 8:
        break
    print(f, end=" ")
print()
import itertools
print(list(itertools.islice(fibonacci(), 10)), dict(zip("abc", fibonacci())))
# --- closures and arguments
def chunks(values, *, size=2, **options):
    def part(i):
        return values[i:i + size]
    for i in range(0, len(values), size):
        yield part(i), options
print(list(chunks([1, 2, 3, 4, 5])), [len(c) for c, _ in chunks("abcdefg", size=3, x=1)])
# --- two of one function
def counter(start):
    n = start
    while n < start + 3:
        yield n
        n += 1
a, b = counter(0), counter(10)
print(next(a), next(b), next(a), list(b), list(a), list(a))
# --- for else and loops without yield
def search(values, wanted):
    total = 0
    for v in values:
        total += v
    yield total
    for v in values:
        if v == wanted:
            yield "found"
            break
    else:
        yield "missing"
print(list(search([1, 2], 2)), list(search([1], 5)))
# --- methods and iteration of objects
class Tree:
    def __init__(self, value, *children):
        self.value = value
        self.children = children
    def __iter__(self):
        yield self.value
        for child in self.children:
            yield from child
    def pairs(self):
        for child in self.children:
            if child.children:
                yield self.value, child.value
            else:
                yield self.value, None
t = Tree(1, Tree(2, Tree(3)), Tree(4))
print(list(t), list(t.pairs()), sum(t), 4 in t, i(t))
# --- exceptions go through
def risky():
    yield 1
    raise ValueError("wrong")
    yield 2
seen = []
try:
    for x in risky():
        seen.append(x)
except ValueError as e:
    print(seen, e)
# --- a pipeline
def read():
    for line in ("a 1", "b 2", "", "c 3"):
        yield line
def parse(lines):
    for line in lines:
        if line:
            name, number = line.split()
            yield name, int(number)
def scale(pairs, by):
    for name, number in pairs:
        yield name, number * by
print(dict(scale(parse(read()), 10)), any(n > 20 for _, n in scale(parse(read()), 10)))
# --- a body that never runs
def late():
    print("runs")
    yield 1
g = late()
print("made")
print(list(g))
