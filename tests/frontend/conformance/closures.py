# --- counters
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
a, b = counter(), counter()
print(a(), a(), b(), a())
# --- late binding in loops
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
# --- early binding by defaults
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
# --- shared state
def pair():
    value = [0]
    def get():
        return value[0]
    def put(x):
        value[0] = x
    return get, put
get, put = pair()
put(7)
print(get())
# --- closures over parameters
def adder(n):
    return lambda x: x + n
add2, add10 = adder(2), adder(10)
print(add2(1), add10(1), adder(1)(1))
# --- nonlocal through two levels
def outer():
    x = 1
    def middle():
        def inner():
            nonlocal x
            x += 10
        inner()
    middle()
    return x
print(outer())
# --- decorators by hand
def logged(f):
    def wrapper(*args, **kwargs):
        result = f(*args, **kwargs)
        return ("called", args, kwargs, result)
    return wrapper
def area(w, h=1):
    return w * h
area = logged(area)
print(area(3), area(3, h=2))
# --- memoization
cache = {}
def fib(n):
    if n not in cache:
        cache[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return cache[n]
print(fib(80))
# --- a variable defined after the closure
def outer():
    def inner():
        return later
    later = 5
    return inner()
print(outer())
# --- closures in comprehensions
print([f(10) for f in [lambda x, k=k: x * k for k in range(3)]])
