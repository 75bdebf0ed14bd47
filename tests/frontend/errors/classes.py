import keras
from dataclasses import dataclass
from keras import callbacks, layers


class Base:
    def __init__(self, units):
        self.units = units

    def scaled(self, by, offset=0):
        return self.units * by + offset

    @property
    def half(self):
        return self.units // 2


base = Base(8)
a = base.scale(2)
b = base.scaled(1, 2, 3)
c = base.scaled()
d = Base()
base.half = 4
e = Base(1, unit=2)
f = base + 1
g = base[0]
h = len(base)
i = base()


class Child(Missing):
    pass


child = Child(3)


class Odd(Base, Base):
    pass


class Grown(layers.Dense):
    pass


class Counted(int):
    pass


class Meta(Base, metaclass=Odd):
    pass


@dataclass
class Sizes:
    units: int = 8


class New:
    def __new__(cls):
        return super().__new__(Base)


class Both(object, Base):
    pass


class Report(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(epoch)


def outside():
    return super().__init__()


outside()
super(Base, 3).__init__()


class Deep(Base):
    def __init__(self):
        super().__init__(1)
        self.missing.more

    def again(self):
        return super().again()


Deep().again()
