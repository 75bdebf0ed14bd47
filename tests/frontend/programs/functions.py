# Functions, closures, comprehensions and control flow.
def scale(x, by=2, *rest, offset=0, **options):
    return x * by + offset + sum(rest) + len(options)


assert scale(1) == 2 and scale(1, 3) == 3 and scale(1, 3, 10, 20) == 33
assert scale(1, offset=5) == 7 and scale(x=2, by=5) == 10 and scale(1, a=0, b=0) == 4
arguments = {"by": 4, "offset": 1}
assert scale(*[2], **arguments) == 9


def counter():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


tick = counter()
tick()
assert tick() == 2 and counter()() == 1


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


assert factorial(10) == 3628800

total = 0


def add_to_total(n):
    global total
    total += n


add_to_total(3)
assert total == 3

adders = [lambda x, n=n: x + n for n in range(3)]
assert [f(10) for f in adders] == [10, 11, 12]
assert (lambda *a, **k: (a, k))(1, b=2) == ((1,), {"b": 2})

assert [x * y for x in range(3) for y in range(3) if x != y] == [0, 0, 0, 2, 0, 2]
assert {k: v for k, v in zip("ab", (1, 2))} == {"a": 1, "b": 2}
assert sum(x for x in range(5) if x % 2) == 4

found = []
for i in range(10):
    if i == 2:
        continue
    if i == 5:
        break
    found.append(i)
else:
    found.append("never")
assert found == [0, 1, 3, 4]
for i in []:
    pass
else:
    found.append("else")
assert found[-1] == "else"
n = 0
while True:
    n += 1
    if n > 3:
        break
else:
    n = 100
assert n == 4


def first_even(numbers):
    for number in numbers:
        if number % 2 == 0:
            return number


assert first_even([3, 4, 5]) == 4 and first_even([1]) is None

if n > 100:
    kind = "large"
elif n > 3:
    kind = "medium"
else:
    kind = "small"
assert kind == "medium"
assert factorial.__name__ == "factorial"
x = y = [1]
x.append(2)
assert y == [1, 2] and x is y
