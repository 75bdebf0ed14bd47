# Classes: attributes, methods, inheritance, properties, special methods, decorators.
import functools
import keras


class Counter:
    """Counts."""

    made = 0
    limits: tuple = (0, 10)

    def __init__(self, start=0, *, step=1):
        self.count = start
        self.step = step
        Counter.made += 1

    def advance(self, times=1):
        for _ in range(times):
            self.count += self.step
        return self

    def __repr__(self):
        return f"Counter({self.count})"

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return [self.count, self.step][index]

    def __setitem__(self, index, value):
        if index == 0:
            self.count = value

    def __contains__(self, value):
        return value in (self.count, self.step)

    def __call__(self, scale, offset=0):
        return self.count * scale + offset


counter = Counter(2, step=3)
assert counter.advance().advance(2).count == 11 and counter.step == 3
assert repr(counter) == "Counter(11)" and str(counter) == "Counter(11)" and f"{counter}" == "Counter(11)"
assert f"{[counter]}" == "[Counter(11)]"
assert len(counter) == 11 and counter[0] == 11 and counter[-1] == 3 and counter(2, offset=1) == 23
counter[0] = 5
assert counter.count == 5 and 3 in counter and 4 not in counter
assert Counter.made == 1 and counter.made == 1 and Counter.limits == (0, 10)
counter.made = 7
assert counter.made == 7 and Counter.made == 1
advance = counter.advance
advance()
assert counter.count == 8 and advance == counter.advance
assert bool(counter) and not Counter()


# Class bodies are no scope of their functions, and see their own names.
size = 1


class Scoped:
    size = 2
    doubled = size * 2
    sizes = [n * 2 for n in range(3)]

    def outer_size(self):
        return size

    def own_size(self):
        return self.size


assert Scoped.doubled == 4 and Scoped().outer_size() == 1 and Scoped().own_size() == 2
assert Scoped.sizes == [0, 2, 4]


# Inheritance.
class Shape(object):
    sides = 0

    def __init__(self, name="shape", **options):
        self.name = name
        self.options = options

    def area(self):
        raise NotImplementedError("area")

    def describe(self):
        return "%s with %s sides" % (self.name, self.sides) if False else f"{self.name} with {self.sides} sides"


class Rectangle(Shape):
    sides = 4

    def __init__(self, width, height, **kwargs):
        super().__init__(**kwargs)
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height


class Square(Rectangle):
    def __init__(self, width, **kwargs):
        super(Square, self).__init__(width, width, **kwargs)

    def describe(self):
        return "square: " + super().describe()

    def scaled(self):
        parts = [super(Square, self).area() for _ in range(2)]
        return sum(parts)


square = Square(3, name="tile", color="red")
assert square.area() == 9 and square.describe() == "square: tile with 4 sides"
assert square.options == {"color": "red"} and square.scaled() == 18
assert isinstance(square, Shape) and isinstance(square, (int, Rectangle)) and not isinstance(3, Shape)
assert issubclass(Square, Shape) and not issubclass(Shape, Square) and issubclass(Square, object)
assert type(square) is Square and type(square).__name__ == "Square" and square.__class__ == Square
assert Shape.describe(square) == "tile with 4 sides"
assert [c.__name__ for c in Square.__mro__] == ["Square", "Rectangle", "Shape", "object"]


# The order of several bases is C3's.
class Base:
    def trail(self):
        return ["Base"]


class Left(Base):
    def trail(self):
        return ["Left"] + super().trail()


class Right(Base):
    def trail(self):
        return ["Right"] + super().trail()


class Both(Left, Right):
    def trail(self):
        return ["Both"] + super().trail()


assert Both().trail() == ["Both", "Left", "Right", "Base"]


# Properties, static and class methods.
class Temperature:
    scale = "C"

    def __init__(self, degrees):
        self.__degrees = degrees

    @property
    def degrees(self):
        return self.__degrees

    @degrees.setter
    def degrees(self, value):
        self.__degrees = max(value, -273)

    @staticmethod
    def freezing():
        return 0

    @classmethod
    def boiling(cls):
        return cls(100)

    @classmethod
    def named(cls):
        return cls.__name__


class Kelvin(Temperature):
    __degrees = "of Kelvin"

    def own(self):
        return self.__degrees


water = Temperature.boiling()
assert water.degrees == 100 and Temperature.freezing() == 0 and water.freezing() == 0
water.degrees = -300
assert water.degrees == -273 and Kelvin.named() == "Kelvin"
assert Kelvin(5).degrees == 5 and Kelvin(5).own() == "of Kelvin"
assert hasattr(water, "degrees") and not hasattr(water, "missing")
assert getattr(water, "scale") == "C" and getattr(water, "missing", 3) == 3
setattr(water, "place", "lab")
assert water.place == "lab"


# Operators.
class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.parts, other.parts)])

    def __mul__(self, factor):
        return Vector(*[a * factor for a in self.parts])

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __abs__(self):
        return sum(a * a for a in self.parts) ** 0.5

    def __eq__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return self.parts == other.parts

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __bool__(self):
        return any(self.parts)


v = Vector(3, 4)
assert v + v == Vector(6, 8) and 2 * v == v * 2 and -v == Vector(-3, -4) and abs(v) == 5.0
assert v != Vector(1, 2) and v == Vector(3, 4) and not (v == 3) and v in [1, Vector(3, 4)]
assert Vector(1, 1) < v and v > Vector(1, 1) and not Vector(0, 0)
v += Vector(1, 1)
assert v == Vector(4, 5)


# Decorators.
def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2 * function(*args, **kwargs)

    return wrapper


def scaled(by):
    return lambda function: lambda x: by * function(x)


@twice
def three():
    return 3


@scaled(10)
@scaled(by=2)
def plain(x):
    return x + 1


def tagged(cls):
    cls.tag = "tagged"
    return cls


@tagged
@keras.saving.register_keras_serializable(package="mine")
class Tagged:
    pass


@keras.utils.register_keras_serializable()
def registered(x):
    return x


assert three() == 6 and plain(1) == 40 and Tagged.tag == "tagged" and Tagged().tag == "tagged"
assert registered(2) == 2 and functools.partial(plain)(2) == 60
assert functools.partial(lambda a, b, c=0: (a, b, c), 1, c=3)(2) == (1, 2, 3)


# What a class does not have may be computed.
class Lazy:
    def __getattr__(self, name):
        return name.upper()


lazy = Lazy()
lazy.own = 1
assert lazy.own == 1 and lazy.other == "OTHER"


class Problem(ValueError):
    pass


def never():
    raise Problem("not reached")
