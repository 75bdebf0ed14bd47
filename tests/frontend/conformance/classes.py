# --- definition and attributes
class Point:
    """A place."""
    dimension = 2
    def __init__(self, x, y=0):
        self.x = x
        self.y = y
    def moved(self, by):
        return Point(self.x + by, self.y + by)
p = Point(1).moved(2)
print(p.x, p.y, p.dimension, Point.dimension)
p.dimension = 3
print(p.dimension, Point.dimension, type(p).__name__, Point.__doc__)
# --- inheritance and overriding
class Animal:
    sound = "..."
    def __init__(self, name):
        self.name = name
    def speak(self):
        return f"{self.name} says {self.sound}"
class Dog(Animal):
    sound = "woof"
class Puppy(Dog):
    def speak(self):
        return super().speak() + "!"
for animal in (Animal("it"), Dog("Rex"), Puppy("Bit")):
    print(animal.speak())
# --- several bases and their order
class A:
    def who(self):
        return ["A"]
class B(A):
    def who(self):
        return ["B"] + super().who()
class C(A):
    def who(self):
        return ["C"] + super().who()
class D(B, C):
    def who(self):
        return ["D"] + super().who()
print(D().who())
print([c.__name__ for c in D.__mro__], [c.__name__ for c in D.mro()])
print(D.__bases__ == (B, C), D.__base__ is B)
# --- cooperative init with keywords
class Named:
    def __init__(self, name=None, **kwargs):
        super().__init__(**kwargs)
        self.name = name
class Sized:
    def __init__(self, size=0, **kwargs):
        super().__init__(**kwargs)
        self.size = size
class Both(Named, Sized):
    def __init__(self, extra, **kwargs):
        super().__init__(**kwargs)
        self.extra = extra
b = Both(1, size=3, name="b")
print(b.name, b.size, b.extra, sorted(vars(b)))
# --- class attributes are shared
class Registry:
    items = []
    count = 0
    def add(self, item):
        self.items.append(item)
        Registry.count += 1
        return self
a, b = Registry(), Registry()
a.add(1).add(2)
b.add(3)
print(a.items, b.items is a.items, Registry.count, a.count)
a.count += 10
print(a.count, b.count, Registry.count, a.__dict__)
# --- class and static methods
class Celsius:
    unit = "C"
    def __init__(self, degrees):
        self.degrees = degrees
    @classmethod
    def from_fahrenheit(cls, f):
        return cls((f - 32) * 5 / 9)
    @staticmethod
    def is_cold(degrees):
        return degrees < 10
class Kelvin(Celsius):
    unit = "K"
k = Kelvin.from_fahrenheit(212)
print(k.degrees, k.unit, type(k).__name__, Celsius.is_cold(5), k.is_cold(20))
print(k.from_fahrenheit(32).unit)
# --- properties with a setter
class Box:
    def __init__(self, width):
        self._width = width
    @property
    def width(self):
        return self._width
    @width.setter
    def width(self, value):
        if value < 0:
            raise ValueError(f"negative width: {value}")
        self._width = value
    @property
    def area(self):
        return self.width ** 2
box = Box(2)
box.width = 5
print(box.width, box.area)
box.width += 1
print(box.area)
try:
    box.width = -1
except ValueError as e:
    print("refused", e)
try:
    box.area = 1
except AttributeError:
    print("no setter")
# --- a property deleted and one without decorator
class Cache:
    def __init__(self):
        self._value = 1
    def get(self):
        return self._value
    def set(self, value):
        self._value = value
    def remove(self):
        print("removed")
        self._value = None
    value = property(get, set, remove, "the value")
c = Cache()
c.value = 4
print(c.value)
del c.value
print(c.value)
# --- a call of an object
class Scale:
    def __init__(self, by):
        self.by = by
    def __call__(self, x, *more, offset=0):
        return [self.by * v + offset for v in (x, *more)]
double = Scale(2)
print(double(1), double(1, 2, offset=3), callable(double), callable(3))
print(list(map(Scale(3), [1, 2])))
# --- attributes that are computed
class Lazy:
    def __init__(self):
        self.own = 1
    def __getattr__(self, name):
        if name.startswith("no"):
            raise AttributeError(name)
        return name * 2
lazy = Lazy()
print(lazy.own, lazy.ab, hasattr(lazy, "nothing"), hasattr(lazy, "x"), getattr(lazy, "none", "default"))
# --- attributes that are set by a method
class Strict:
    def __init__(self):
        self.values = {}
    def __setattr__(self, name, value):
        print("set", name)
        super().__setattr__(name, value)
s = Strict()
s.a = 1
setattr(s, "b", 2)
print(s.a + s.b)
# --- repr and str
class Both:
    def __repr__(self):
        return "Both()"
    def __str__(self):
        return "both"
class Repr:
    def __repr__(self):
        return "Repr()"
b, r = Both(), Repr()
print(b, repr(b), str(b), f"{b} {b!r}", [b], {"k": b}, (b,))
print(r, [r], "%s %r" % (b, b), "{} {!r}".format(b, b))
# --- format
class Money:
    def __init__(self, amount):
        self.amount = amount
    def __format__(self, spec):
        return "$" + format(self.amount, spec or ".2f")
print(f"{Money(3)} {Money(2.5):.1f}", format(Money(1)), "{:>8.3f}".format(Money(7)))
# --- equality and hash
class Key:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def __eq__(self, other):
        if not isinstance(other, Key):
            return NotImplemented
        return (self.a, self.b) == (other.a, other.b)
    def __hash__(self):
        return hash((self.a, self.b))
d = {Key(1, 2): "x", Key(1, 3): "y"}
print(d[Key(1, 2)], Key(1, 3) in d, Key(9, 9) in d, len({Key(1, 1), Key(1, 1)}))
print(Key(1, 2) == Key(1, 2), Key(1, 2) != Key(1, 2), Key(1, 2) == 3, Key(1, 2) != 3, [Key(0, 0)].index(Key(0, 0)))
class Unhashable:
    def __eq__(self, other):
        return True
try:
    hash(Unhashable())
except TypeError:
    print("unhashable")
# --- identity without equality
class Plain:
    pass
a, b = Plain(), Plain()
print(a == a, a == b, a != b, a in [b, a], {a: 1}[a], len({a, b, a}))
# --- order
class Version:
    def __init__(self, *parts):
        self.parts = parts
    def __lt__(self, other):
        return self.parts < other.parts
    def __le__(self, other):
        return self.parts <= other.parts
    def __repr__(self):
        return ".".join(map(str, self.parts))
vs = [Version(2, 0), Version(1, 5), Version(1, 10)]
print(sorted(vs), max(vs), min(vs), vs[0] > vs[1], vs[0] >= vs[0], sorted(vs, reverse=True))
vs.sort()
print(vs, vs[0] < vs[1] < vs[2])
try:
    print(object() < 3)
except TypeError:
    print("no order")
# --- total ordering
import functools
@functools.total_ordering
class Grade:
    def __init__(self, n):
        self.n = n
    def __eq__(self, other):
        return self.n == other.n
    def __lt__(self, other):
        return self.n < other.n
print(Grade(1) <= Grade(1), Grade(2) > Grade(1), Grade(2) >= Grade(3), Grade(1) != Grade(2))
# --- length and truth
class Bag:
    def __init__(self, *items):
        self.items = items
    def __len__(self):
        return len(self.items)
class Never(Bag):
    def __bool__(self):
        return False
print(len(Bag(1, 2)), bool(Bag()), bool(Bag(0)), bool(Never(1)), not Bag(), Never(1) or "empty")
if Bag():
    print("wrong")
else:
    print("is empty")
# --- subscripts
class Grid:
    def __init__(self):
        self.cells = {}
    def __getitem__(self, key):
        return self.cells.get(key, ".")
    def __setitem__(self, key, value):
        self.cells[key] = value
    def __delitem__(self, key):
        del self.cells[key]
    def __contains__(self, key):
        return key in self.cells
g = Grid()
g[1, 2] = "x"
g["a"] = "y"
g["a"] += "z"
print(g[1, 2], g["a"], g[0, 0], (1, 2) in g, (2, 1) in g, "b" not in g)
del g["a"]
print("a" in g, g["a"])
# --- slices of objects
class Series:
    def __init__(self, values):
        self.values = values
    def __getitem__(self, index):
        if isinstance(index, slice):
            return Series(self.values[index])
        return self.values[index]
    def __repr__(self):
        return f"Series({self.values})"
s = Series([1, 2, 3, 4])
print(s[1:3], s[::-1], s[0], s[-1], s[:2][1])
print(list(s), sum(s), 3 in s, [v * 2 for v in s])
# --- an iterator of its own
class Countdown:
    def __init__(self, start):
        self.now = start
    def __iter__(self):
        return self
    def __next__(self):
        if self.now <= 0:
            raise StopIteration
        self.now -= 1
        return self.now + 1
print(list(Countdown(3)), sum(Countdown(4)), max(Countdown(5)))
c = Countdown(2)
print(next(c), next(c), next(c, "end"))
for i, x in enumerate(Countdown(2)):
    print(i, x)
a, b = Countdown(2)
print(a, b, *Countdown(3), 2 in Countdown(3))
# --- iter of something else
class Deck:
    def __init__(self, cards):
        self.cards = cards
    def __iter__(self):
        return iter(self.cards)
    def __len__(self):
        return len(self.cards)
d = Deck(["a", "b"])
print(list(d), tuple(d), set(d) == {"a", "b"}, dict(zip(d, range(2))), "-".join(d), sorted(d, reverse=True))
print([x + y for x in d for y in d], {**{c: 1 for c in d}}, "b" in d, [*d, *d])
# --- a generator expression as iter
class Squares:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return (i * i for i in range(self.n))
print(list(Squares(4)), any(x > 5 for x in Squares(3)), list(reversed(list(Squares(3)))))
it = iter(Squares(3))
print(next(it), next(it), list(it))
# --- a missing index ends the iteration
class Old:
    def __getitem__(self, i):
        if i >= 3:
            raise IndexError(i)
        return i * 10
print(list(Old()), 20 in Old(), 25 in Old())
for x in Old():
    print(x)
# --- reversed and length
class Line:
    def __len__(self):
        return 3
    def __getitem__(self, i):
        return "abc"[i]
class Own:
    def __reversed__(self):
        return iter([3, 2, 1])
print(list(reversed(Line())), list(reversed(Own())))
# --- arithmetic
class Vector:
    def __init__(self, *v):
        self.v = v
    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.v, other.v)])
    def __sub__(self, other):
        return Vector(*[a - b for a, b in zip(self.v, other.v)])
    def __mul__(self, k):
        return Vector(*[a * k for a in self.v])
    __rmul__ = __mul__
    def __truediv__(self, k):
        return Vector(*[a / k for a in self.v])
    def __floordiv__(self, k):
        return Vector(*[a // k for a in self.v])
    def __mod__(self, k):
        return Vector(*[a % k for a in self.v])
    def __pow__(self, k):
        return Vector(*[a ** k for a in self.v])
    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.v, other.v))
    def __neg__(self):
        return self * -1
    def __pos__(self):
        return self
    def __abs__(self):
        return (self @ self) ** 0.5
    def __repr__(self):
        return f"Vector{self.v}"
v, w = Vector(3, 4), Vector(1, 2)
print(v + w, v - w, v * 2, 2 * v, v / 2, v // 2, v % 2, v ** 2, v @ w, -v, +v, abs(v))
# --- reflected arithmetic
class Meters:
    def __init__(self, n):
        self.n = n
    def __add__(self, other):
        other = other.n if isinstance(other, Meters) else other
        return Meters(self.n + other)
    def __radd__(self, other):
        return Meters(other + self.n)
    def __rsub__(self, other):
        return Meters(other - self.n)
    def __rtruediv__(self, other):
        return other / self.n
    def __rpow__(self, other):
        return other ** self.n
print((1 + Meters(2)).n, (10 - Meters(4)).n, 1 / Meters(4), 2 ** Meters(3), sum([Meters(1), Meters(2)]).n)
try:
    Meters(1) - 1
except TypeError:
    print("not defined")
# --- not implemented here, perhaps there
class Left:
    def __add__(self, other):
        return NotImplemented
class Right:
    def __radd__(self, other):
        return "right"
print(Left() + Right())
try:
    Left() + 1
except TypeError:
    print("neither")
# --- in place
class Total:
    def __init__(self, n):
        self.n = n
    def __iadd__(self, other):
        self.n += other
        return self
    def __imul__(self, other):
        self.n *= other
        return self
    def __sub__(self, other):
        return Total(self.n - other)
t = same = Total(1)
t += 2
t *= 5
print(t.n, t is same)
t -= 1
print(t.n, same.n, t is same)
class Holder:
    total = Total(1)
Holder.total += 4
l = [Total(1)]
l[0] += 1
print(Holder.total.n, l[0].n)
# --- bits and conversion
class Flags:
    def __init__(self, b):
        self.b = b
    def __or__(self, o):
        return Flags(self.b | o.b)
    def __and__(self, o):
        return Flags(self.b & o.b)
    def __xor__(self, o):
        return Flags(self.b ^ o.b)
    def __invert__(self):
        return Flags(~self.b)
    def __lshift__(self, n):
        return Flags(self.b << n)
    def __rshift__(self, n):
        return Flags(self.b >> n)
    def __int__(self):
        return self.b
    def __float__(self):
        return self.b + 0.5
a, b = Flags(6), Flags(3)
print(int(a | b), int(a & b), int(a ^ b), int(~a), int(a << 1), int(a >> 1), float(a))
# --- rounding
class Number:
    def __init__(self, n):
        self.n = n
    def __round__(self, digits=0):
        return round(self.n, digits)
print(round(Number(2.567), 1), round(Number(2.567)))
# --- with
class Block:
    def __init__(self, name):
        self.name = name
    def __enter__(self):
        print("enter", self.name)
        return self.name.upper()
    def __exit__(self, kind, value, trace):
        print("exit", self.name, kind.__name__ if kind else None, value)
        return self.name == "swallow"
with Block("a") as a:
    print("in", a)
with Block("b"), Block("c") as c:
    print("in", c)
with Block("swallow"):
    raise ValueError("v")
try:
    with Block("d"):
        raise KeyError("k")
except KeyError as e:
    print("caught", e)
def f():
    with Block("e"):
        return 1
print(f())
for i in range(3):
    with Block(str(i)):
        if i == 1:
            break
# --- isinstance, issubclass and type
class A: pass
class B(A): pass
b = B()
print(isinstance(b, A), isinstance(b, (int, B)), isinstance(A(), B), isinstance(b, object), isinstance(3, A))
print(issubclass(B, A), issubclass(A, B), issubclass(B, (int, A)), issubclass(A, object), issubclass(bool, int))
print(type(b) is B, type(b) == A, b.__class__ is B, type(B) is type, isinstance(B, type), type(b).__name__)
# --- getattr, setattr, hasattr, delattr
class Options:
    depth = 1
o = Options()
for name, value in {"width": 3, "depth": 2}.items():
    setattr(o, name, value)
print(o.width, getattr(o, "depth"), getattr(o, "none", 0), hasattr(o, "width"), hasattr(o, "none"))
del o.depth
delattr(o, "width")
print(o.depth, hasattr(o, "width"), vars(o), hasattr(Options, "depth"))
try:
    o.width
except AttributeError:
    print("gone")
# --- name mangling
class Account:
    __secret = 1
    def __init__(self):
        self.__balance = 5
    def read(self):
        return self.__balance + self.__secret
class Sub(Account):
    def __init__(self):
        super().__init__()
        self.__balance = 100
s = Sub()
print(s.read(), s._Sub__balance, s._Account__balance, hasattr(s, "__balance"), sorted(s.__dict__))
# --- nested classes
class Outer:
    class Inner:
        size = 3
        def double(self):
            return self.size * 2
    def make(self):
        return self.Inner()
    class Other(Inner):
        size = 5
print(Outer.Inner.size, Outer().make().double(), Outer.Other().double(), Outer.Other.__name__, Outer.Other.__qualname__)
# --- closures in methods and classes in functions
def make(base):
    class Adder:
        def __init__(self):
            self.calls = 0
        def adder(self, n):
            def add(x):
                self.calls += 1
                return x + n + base
            return add
    return Adder
a = make(100)()
f, g = a.adder(1), a.adder(2)
print(f(1), g(1), f(2), a.calls, make(1) is make(1))
# --- a body with statements
class Table:
    names = ["a", "b"]
    for i, name in enumerate(names):
        if i == 1:
            last = name
    squares = {n: n * n for n in range(3)}
    if len(names) > 1:
        def size(self):
            return "many"
    else:
        def size(self):
            return "one"
    lengths = [len(n) for n in names]
print(Table.last, Table.squares, Table().size(), Table.lengths, Table.i)
# --- bound and unbound methods
class Counter:
    def __init__(self):
        self.n = 0
    def add(self, by=1):
        self.n += by
        return self.n
c = Counter()
add = c.add
print(add(), add(5), Counter.add(c, 10), c.add.__name__, add.__self__ is c, c.add == c.add)
def patched(self):
    return -self.n
Counter.negative = patched
Counter.twice = lambda self: self.n * 2
print(c.negative(), c.twice())
c.own = lambda: "own"
print(c.own())
# --- defaults are made once
class Bag:
    def __init__(self, items=[], *, options=None, **kwargs):
        self.items = items
        self.options = options or {}
        self.kwargs = kwargs
a, b = Bag(), Bag()
a.items.append(1)
print(b.items, Bag([2]).items, Bag(options={"x": 1}, y=2).kwargs, Bag().options)
# --- class decorators
def register(table, name=None):
    def decorate(cls):
        table[name or cls.__name__] = cls
        cls.registered = True
        return cls
    return decorate
table = {}
@register(table)
class One: pass
@register(table, "two")
class Two(One): pass
print(sorted(table), table["two"] is Two, One.registered, table["two"]().registered)
# --- decorators of methods
def logged(function):
    def wrapper(self, *args, **kwargs):
        print("call", function.__name__, args, kwargs)
        return function(self, *args, **kwargs)
    return wrapper
class Service:
    factor = 3
    @logged
    def times(self, x, plus=0):
        return self.factor * x + plus
print(Service().times(2, plus=1))
# --- a subclass hook
class Plugin:
    plugins = []
    def __init_subclass__(cls, tag="none", **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag
        Plugin.plugins.append(cls.__name__)
class First(Plugin): pass
class Second(Plugin, tag="second"): pass
print(Plugin.plugins, First.tag, Second.tag)
# --- an abstract class
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def run(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Done(Base):
    name = "done"
    def run(self):
        return "ran"
try:
    Base()
except TypeError:
    print("abstract")
print(Done().run(), Done().name, isinstance(Done(), Base))
# --- exceptions of the file
class AppError(Exception):
    """Ours."""
class NotFound(AppError, KeyError):
    pass
for e in (AppError("a"), NotFound("b"), AppError("x", 1), AppError()):
    try:
        raise e
    except KeyError as x:
        print("key", repr(x))
    except AppError as x:
        print("app", repr(x), x.args, str(x))
# --- exceptions with an init
class ShapeError(ValueError):
    code = 7
    def __init__(self, name, shape):
        super().__init__(f"{name} has the shape {shape}")
        self.name = name
        self.shape = shape
    def rank(self):
        return len(self.shape)
try:
    raise ShapeError("x", (1, 2))
except ValueError as e:
    print(e, e.name, e.rank(), e.args, e.code, isinstance(e, ShapeError), type(e).__name__, repr(e))
# --- exceptions with text of their own
class Coded(Exception):
    def __init__(self, code, message="unknown"):
        self.code = code
        self.message = message
    def __str__(self):
        return f"[{self.code}] {self.message}"
class Special(Coded):
    def __init__(self):
        super().__init__(404, message="special")
for make in (lambda: Coded(1), lambda: Coded(2, "two"), Special):
    try:
        raise make()
    except Coded as e:
        print(e, e.args, e.code, [e.message])
# --- raise from
class Outer(Exception): pass
try:
    try:
        {}["k"]
    except KeyError as e:
        raise Outer("outer") from e
except Outer as e:
    print(e, type(e.__cause__).__name__, e.__cause__.args)
try:
    raise Outer("none") from None
except Outer as e:
    print(e, e.__cause__)
# --- exceptions as classes and in groups
class Retry(Exception): pass
class Stop(Exception):
    retries = 2
def run(n):
    if n == 0:
        raise Retry
    if n == 1:
        raise Stop()
    return n
for n in range(3):
    try:
        print(run(n))
    except (Retry, Stop) as e:
        print(type(e).__name__, e.args, getattr(e, "retries", None))
    finally:
        print("after", n)
print(issubclass(Stop, Exception), issubclass(Stop, ValueError), Stop.__name__)
# --- super in several forms
class Base:
    def __init__(self):
        self.log = ["base"]
    @classmethod
    def make(cls):
        return cls()
    @property
    def size(self):
        return 10
    @staticmethod
    def helper():
        return "helped"
class Child(Base):
    def __init__(self):
        super(Child, self).__init__()
        self.log.append("child")
    @classmethod
    def make(cls):
        made = super().make()
        made.log.append("made")
        return made
    @property
    def size(self):
        return super().size + 1
    @staticmethod
    def helper():
        return Base.helper() + "!"
c = Child.make()
print(c.log, c.size, Child.helper(), Base.__init__(c), c.log)
# --- objects in a chain of calls
class Builder:
    def __init__(self):
        self.parts = []
    def __getattr__(self, name):
        def add(*args):
            self.parts.append((name, args))
            return self
        return add
    def __lshift__(self, x):
        self.parts.append(x)
        return self
print((Builder().select("a", "b").where(1) << 5 << 6).parts)
# --- objects as keys of sorting and in containers
class Item:
    def __init__(self, name, weight):
        self.name, self.weight = name, weight
    def __repr__(self):
        return self.name
items = [Item("c", 2), Item("a", 3), Item("b", 1)]
print(sorted(items, key=lambda i: i.weight), max(items, key=lambda i: i.weight), sum(i.weight for i in items))
by = {i.name: i for i in items}
print(by, {k: v.weight for k, v in by.items()}, [i.name for i in items if i.weight > 1])
# --- dispatch by name
class Handler:
    def on_start(self):
        return "started"
    def on_stop(self, why="done"):
        return "stopped: " + why
    def handle(self, event, *args):
        method = getattr(self, "on_" + event, None)
        return method(*args) if method else "no " + event
h = Handler()
print(h.handle("start"), h.handle("stop", "tired"), h.handle("pause"))
# --- slots and annotations
class Typed:
    __slots__ = ("a", "b")
    a: int
    def __init__(self, a: int, b: "str" = "x") -> None:
        self.a = a
        self.b: str = b
t = Typed(1)
print(t.a, t.b)
# --- descriptors
class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name
    def __get__(self, obj, owner=None):
        return getattr(obj, self.name)
    def __set__(self, obj, value):
        if value <= 0:
            raise ValueError(self.name)
        setattr(obj, self.name, value)
class Layer:
    units = Positive()
    def __init__(self, units):
        self.units = units
l = Layer(3)
print(l.units)
try:
    l.units = -1
except ValueError as e:
    print("positive", e)
# --- callable objects as defaults and in dicts
class Activation:
    registry = {}
    def __init__(self, name, f):
        self.name, self.f = name, f
        Activation.registry[name] = self
    def __call__(self, x):
        return self.f(x)
Activation("relu", lambda x: max(0, x))
Activation("neg", lambda x: -x)
print([a(-2) for a in Activation.registry.values()], Activation.registry["neg"](3))
# --- a class of constants
class Config:
    units = 64
    rate = 0.1
    @classmethod
    def describe(cls):
        return ", ".join(f"{k}={getattr(cls, k)}" for k in ("units", "rate"))
class Small(Config):
    units = 8
print(Config.describe(), "|", Small.describe())
Small.rate = 0.5
print(Config.rate, Small.rate, sorted(k for k in vars(Small) if not k.startswith("_")))
# --- a stack with all of it
class Stack:
    def __init__(self, items=()):
        self._items = list(items)
    def push(self, item):
        self._items.append(item)
        return self
    def pop(self):
        if not self:
            raise IndexError("empty stack")
        return self._items.pop()
    def __len__(self):
        return len(self._items)
    def __iter__(self):
        return iter(self._items[::-1])
    def __eq__(self, other):
        return isinstance(other, Stack) and self._items == other._items
    def __repr__(self):
        return f"Stack({self._items!r})"
s = Stack([1]).push(2).push(3)
print(s, len(s), list(s), s.pop(), s == Stack([1, 2]), s != Stack())
try:
    Stack().pop()
except IndexError as e:
    print(e)
# --- a data class
from dataclasses import dataclass, field
@dataclass
class Sizes:
    units: int
    heads: int = 4
    names: list = field(default_factory=list)
    def total(self):
        return self.units * self.heads
a, b = Sizes(8), Sizes(8, heads=2, names=["x"])
a.names.append(1)
print(a, b, a == Sizes(8, 4, [1]), a == b, a.total(), b.names)
@dataclass
class More(Sizes):
    rate: float = 0.5
print(More(1, rate=0.1), More.rate)
# --- a named tuple
from collections import namedtuple
Pair = namedtuple("Pair", ["left", "right"])
p = Pair(1, right=2)
print(p, p.left, p[1], p._replace(left=5), tuple(p))
# --- a field that is called self
from dataclasses import dataclass
@dataclass
class Own:
    self: int = 1
    y: int = 2
print(Own(3), Own(y=4), Own(self=5) == Own(5))
# --- the class of an object
class Shape:
    def copy(self):
        return self.__class__()
class Square(Shape):
    pass
print(Square().copy().__class__.__name__, Square().__class__ is Square, type(Square()) is Square)
print((3).__class__.__name__, "a".__class__ is str, [].__class__ == list, None.__class__.__name__, (1.5).__class__)

# --- __new__ and classes of named tuples
from collections import namedtuple


class Once:
    made = None

    def __new__(cls, *args, **kwargs):
        if cls.made is None:
            cls.made = super().__new__(cls)
            cls.made.count = 0
        cls.made.count += 1
        return cls.made

    def __init__(self, value=0):
        self.value = value


print(Once(1) is Once(value=2), Once.made.count, Once.made.value)


class Other:
    def __new__(cls):
        return 5

    def __init__(self):
        print("never")


print(Other())


class Plain:
    def __new__(cls, a, b=2):
        self = object.__new__(cls)
        self.sum = a + b
        return self


print(Plain(1).sum, Plain(1, b=5).sum, isinstance(Plain(1), Plain))


class SparseFeat(namedtuple("SparseFeat", ["name", "size", "dimension", "group"])):
    __slots__ = ()

    def __new__(cls, name, size, dimension=4, group=None):
        if dimension == "auto":
            dimension = 6 * int(pow(size, 0.25))
        return super(SparseFeat, cls).__new__(cls, name, size, dimension, group or "default")

    def __hash__(self):
        return self.name.__hash__()

    def describe(self):
        return f"{self.name}:{self.size}"


feat = SparseFeat("user", 16, "auto")
print(feat, feat.describe(), feat.dimension, feat[3], len(feat), list(feat)[:2])
print(feat._replace(size=3), feat._asdict()["group"], SparseFeat._fields, feat._fields)
print(isinstance(feat, SparseFeat), isinstance(feat, tuple), feat == ("user", 16, 12, "default"))
print({feat: 1}[SparseFeat("user", 16, 12)], feat in [feat], bool(feat))


class VarLen(namedtuple("VarLen", ["sparse", "maxlen"])):
    def __new__(cls, sparse, maxlen):
        return super().__new__(cls, sparse, maxlen)

    @property
    def name(self):
        return self.sparse.name

    @property
    def size(self):
        return self.sparse.size * self.maxlen


history = VarLen(feat, maxlen=3)
print(history.name, history.size, sorted([history, VarLen(feat, 2)], key=lambda f: f.maxlen)[0].maxlen)
Pair = namedtuple("Pair", "a b", defaults=[7])
print(Pair._make([1, 2]), Pair(1), Pair(1) == (1, 7), hash(Pair(1)) == hash((1, 7)), Pair)
a, b = Pair(3)
print(a, b, Pair(3) + (4,), Pair(1) < Pair(2), Pair.__name__)
try:
    Pair(1, 2, 3)
except TypeError:
    print("TypeError")

# --- attributes of objects and functions by name
import functools
import inspect
from types import SimpleNamespace


class Config:
    def __init__(self, **options):
        self.rate = 0.5
        self.__dict__.update(options, depth=2)
        self.__dict__["width"] = 3


config = Config(units=4)
print(config.units, config.depth, config.width, sorted(config.__dict__))


class Kept:
    def __init__(self, units, rate=0.1):
        names = locals()
        names.pop("self")
        vars(self).update(names)
        self.__setattr__("double", 2 * units)


kept = Kept(5)
print(kept.units, kept.rate, kept.double)
space = SimpleNamespace(units=8, rate=0.2)
space.depth = space.units // 2
print(space.units, space.depth, hasattr(space, "width"))


def loss(y_true, y_pred, weight=1.0):
    return weight * (y_true - y_pred)


loss.__name__ = "weighted"
loss.calls = 3
print(loss.__name__, loss.calls, loss(3, 1))
print(list(inspect.signature(loss).parameters), "weight" in dict(inspect.signature(loss).parameters))
print(inspect.getfullargspec(loss).args, list(inspect.signature(Kept).parameters))
# --- dataclass with fields that are computed or named
from dataclasses import astuple, dataclass, field, fields, is_dataclass, replace
@dataclass
class Sizes:
    units: int = 8
    total: int = field(init=False)
    names: list = field(default_factory=list)
    def __post_init__(self):
        self.total = 2 * self.units
s = Sizes(3, names=["a"])
print(s, [f.name for f in fields(s)], [f.default for f in fields(Sizes)][0], astuple(s))
print(replace(s, units=5).total, is_dataclass(s), is_dataclass(3))
@dataclass(kw_only=True)
class Named:
    rate: float = 0.5
    units: int
@dataclass(slots=True)
class More(Named):
    heads: int
print(Named(units=2), More(1, units=3))
try:
    Named(0.5, 2)
except TypeError:
    print("by name")
