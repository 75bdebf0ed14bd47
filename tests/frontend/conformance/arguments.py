# --- star arguments
def f(*args):
    return args
print(f(), f(1), f(1, 2), f(*[1, 2], 3, *(4, 5)), f(*"ab"), f(*range(3)))
# --- double star arguments
def f(**kwargs):
    return kwargs
print(f(), f(a=1), f(**{"b": 2}, c=3), f(**dict(x=1), **dict(y=2)))
# --- all kinds at once
def f(a, b=2, *args, c, d=4, **kwargs):
    return a, b, args, c, d, kwargs
print(f(1, c=3), f(1, 5, 6, 7, c=8, d=9, e=10), f(*[1, 2, 3], **{"c": 4, "z": 5}))
# --- keyword-only
def f(a, *, b, c=3):
    return a, b, c
print(f(1, b=2), f(1, c=5, b=4), f(a=0, b=1))
# --- positional-only
def f(a, b=2, /, c=3, **kw):
    return a, b, c, kw
print(f(1), f(1, 5, c=6), f(1, a=9, b=8))
# --- forwarding
def inner(x, y=0, **kw):
    return x, y, kw
def outer(*args, **kwargs):
    return inner(*args, **kwargs)
print(outer(1), outer(1, y=2), outer(1, 2, z=3))
# --- kwargs with defaults popped
def layer(units, **kwargs):
    activation = kwargs.pop("activation", "linear")
    return units, activation, kwargs
print(layer(1), layer(1, activation="relu", name="x"))
# --- lists are passed by reference
def grow(xs):
    xs.append(len(xs))
    xs = []
a = [5]
grow(a)
grow(a)
print(a)
# --- star in calls of builtins
print(max(*[1, 5, 3]), print(*[1, 2], sep="-"), "{} {}".format(*"ab"), list(zip(*[(1, 2), (3, 4)])))
# --- order of evaluation
log = []
def note(x):
    log.append(x)
    return x
def f(*a, **k):
    return len(a) + len(k)
f(note(1), *[note(2)], k=note(3), **{"m": note(4)})
print(log)
# --- lambdas with all kinds
f = lambda a, b=2, *args, c=3, **kw: (a, b, args, c, kw)
print(f(1), f(1, 5, 6, c=7, d=8))
# --- names of arguments do not collide with variables
units = 5
def f(units, name="x"):
    return units, name
print(f(units=units * 2, name=f"u{units}"))
# --- a default refers to an earlier variable
base = 10
def f(x, y=base):
    return x + y
base = 20
print(f(1))
# --- many arguments
def total(*xs):
    return sum(xs)
print(total(*range(200)))
