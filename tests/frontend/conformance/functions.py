# --- defaults and keywords
def f(a, b=2, c=3):
    return (a, b, c)
print(f(1), f(1, 5), f(1, c=7), f(c=1, a=2), f(a=1, b=2, c=3))
# --- a function without return gives None
def f():
    pass
def g():
    return
print(f(), g(), f() is None)
# --- default values are evaluated once
log = []
def make():
    log.append("made")
    return []
def f(x, to=make()):
    to.append(x)
    return to
f(1)
print(f(2), log)
# --- functions are values
def square(x):
    return x * x
def twice(f, x):
    return f(f(x))
functions = [square, abs, lambda v: v + 1]
print(twice(square, 3), [f(-2) for f in functions], square.__name__)
# --- docstrings
def f(x):
    """What it does.

    More."""
    return x
print(f.__doc__.splitlines()[0], f(1))
# --- early return
def sign(x):
    if x > 0:
        return 1
    elif x < 0:
        return -1
    return 0
print(sign(5), sign(-5), sign(0))
# --- several results
def stats(xs):
    return len(xs), sum(xs) / len(xs), max(xs)
n, mean, top = stats([1, 2, 6])
print(n, mean, top)
# --- nested functions
def outer(x):
    def inner(y):
        return x + y
    return inner(10) + inner(20)
print(outer(1))
# --- recursion through a helper
def is_even(n):
    return True if n == 0 else is_odd(n - 1)
def is_odd(n):
    return False if n == 0 else is_even(n - 1)
print(is_even(10), is_odd(7))
# --- annotations are ignored
def f(a: int, b: "str" = "x", *args: float, c: list[int] = None, **kw: dict) -> tuple:
    return a, b, args, c, kw
x: int = 5
y: "unknown[name]"
print(f(1), f(1, "y", 2.0, c=[1], d=4), x)
# --- functions in dicts and lists
table = {"inc": lambda x: x + 1, "dec": lambda x: x - 1}
print(table["inc"](5), table["dec"](5), [f(3) for f in table.values()])
# --- a function that is redefined
def f():
    return 1
g = f
def f():
    return 2
print(g(), f())
# --- conditional definition
debug = False
if debug:
    def log(x):
        return "debug"
else:
    def log(x):
        return f"log {x}"
print(log(1))
# --- building blocks
def block(x, units, repeat=2):
    for i in range(repeat):
        x = x + [units * (i + 1)]
    return x
print(block(block([], 2), 5, repeat=3))
# --- callable
print(callable(print), callable(lambda: 0), callable(5), callable("x"), callable(len), callable(int))
# --- one line bodies
def f(x): return x + 1
def g(x): y = x * 2; return y
print(f(1), g(2))
# --- function composition
def compose(*fs):
    def run(x):
        for f in fs:
            x = f(x)
        return x
    return run
print(compose(lambda x: x + 1, lambda x: x * 10, str)(4))
