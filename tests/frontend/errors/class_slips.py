import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import keras
from keras import constraints, layers


class Timer:
    def __enter__(self):
        return self


with Timer() as timer:
    started = 1


class Sizes:
    def __iter__(self):
        return [8, 16]


for size in Sizes():
    print(size)


class Pool(ABC):
    @abstractmethod
    def reduce(self, x): ...


pool = Pool()


class Wrong:
    pass


@dataclass
class Settings:
    units: int = 8
    names: list = []


@dataclass
class Order:
    units: int = 8
    name: str


@dataclass(frozen=True)
class Frozen:
    units: int


frozen = Frozen(units=3)
frozen.units = 4
Frozen(unit=3)


class Mode(enum.IntEnum):
    SUM = 1


print(Mode.SUM)


class Cell(enum.Enum):
    LSTM = "lstm"


Cell("gru")
Cell["GRU"]
enum.Enum("Kind", "A B")


class Table(set):
    pass


class Tagged(Wrong, tag="x"):
    pass


class Shape:
    @property
    def rank(self):
        return 2


del Shape().rank
del timer.seconds

x = keras.Input((10, 8))


class Forgets(layers.Dense):
    def __init__(self, units):
        self.size = units


class Misspelt(layers.Dense):
    def __init__(self, units):
        super().__init__(unit=units)


class Text(layers.Dense):
    def call(self, x):
        super().call(x)


class Twice(layers.LSTM):
    def __init__(self, units):
        super().__init__(units)
        super().__init__(units)


a = Forgets(3)(x)
b = Misspelt(3)(x)
c = Text(3)(x)
d = Twice(3)(x)
e = layers.Dense(2, kernel_constraint=constraints.get("nonneg"))
states = []
for step in range(2):
    states.append(layers.Dense("four")(x))
f = keras.ops.stack(states, axis=1)
speech, speaker = keras.Input((10, 4), name="speech"), keras.Input((10, 6), name="speaker")
merged = layers.concatenate([speech, speaker])
encoder = keras.Model({"speech": speech, "speaker": speaker}, merged, name="encoder")
g = encoder({"speech": speech, "speeker": speaker})
raise Wrong
