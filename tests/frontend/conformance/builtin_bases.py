# --- keys as attributes
class AttrDict(dict):
    def __getattr__(self, key):
        try:
            return self[key]
        except KeyError:
            raise AttributeError(key)
    def __setattr__(self, key, value):
        self[key] = value
hp = AttrDict(units=4, drop=0.1)
hp.layers = 2
print(hp, len(hp), hp.units, hp["layers"], isinstance(hp, dict), hasattr(hp, "missing"))
print(sorted(hp.keys()), dict(hp), "units" in hp, 4 in hp, hp.get("x", 7), hp == {"units": 4, "drop": 0.1, "layers": 2})
hp.update(units=8)
print([key for key in hp], hp.units, {**hp}, list(hp.items())[0])
del hp["drop"]
print(hp, bool(hp), bool(AttrDict()), type(hp).__name__)
try:
    hp.nothing
except AttributeError as error:
    print("no", error)
# --- __dict__ = self
class Shared(dict):
    def __init__(self, *args, **kwargs):
        super(Shared, self).__init__(*args, **kwargs)
        self.__dict__ = self
config = Shared({"a": 1}, b=2)
config.c = config.a + config.b
config["d"] = 4
print(config, config.d, vars(config), config.__dict__ is config)
# --- methods of dict as members
class Dotted(dict):
    __getattr__ = dict.get
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__
d = Dotted(x=1)
d.y = 2
print(d.x, d.y, d.z, d)
# --- subscripts of its own
class Strict(dict):
    def __getitem__(self, key):
        return super().__getitem__(key) * 10
    def __setitem__(self, key, value):
        if key in self:
            raise KeyError("twice: " + key)
        dict.__setitem__(self, key, value)
    def __missing__(self, key):
        return -1
s = Strict()
s["a"] = 5
print(s["a"], s.get("a"), s["b"], s)
try:
    s["a"] = 6
except KeyError as error:
    print(error)
# --- lists
class Stack(list):
    def __init__(self, values=(), name="stack"):
        super().__init__(values)
        self.name = name
    def push(self, value):
        self.append(value)
        return self
    def __getitem__(self, index):
        return list.__getitem__(self, index) if self else None
stack = Stack([1, 2], name="s").push(3)
print(stack, stack.name, stack[-1], stack[:2], len(stack), sum(stack), 2 in stack, Stack()[0], isinstance(stack, list))
stack[0] = 9
print(list(stack), sorted(stack), stack + [1], stack == [9, 2, 3])
# --- tuples
class Shape(tuple):
    def __new__(cls, *sizes):
        return super().__new__(cls, sizes)
    @property
    def rank(self):
        return len(self)
shape = Shape(2, 3)
print(shape, shape.rank, shape[0], shape + (4,), shape == (2, 3), {shape: 1}[(2, 3)])
# --- texts
class Token(str):
    def shout(self):
        return self.upper() + "!"
t = Token("go")
print(t, t.shout(), t + "ing", len(t), t == "go", {"go": 1}[t], isinstance(t, str), f"{t}-{t:>4}", "%s" % t)
# --- named tuples and the like of typing
from typing import NamedTuple, TypedDict, Generic, TypeVar
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, value):
        self.value = value
class Config(NamedTuple):
    """Sizes."""
    units: int
    rate: float = 0.5
    name: str = "x"
    def doubled(self):
        return self._replace(units=2 * self.units)
class Options(TypedDict):
    units: int
c = Config(3, name="y")
print(c, c.units, c.doubled(), c[1], Config._fields, tuple(c), c == (3, 0.5, "y"), Box(3).value)
units, rate, name = c
print(units, rate, name, isinstance(c, tuple), Options(units=3), Config.__doc__)
