import keras
from keras import layers as L, ops
class Scale(L.Layer):
    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = L.Dense(units)
    def build(self, input_shape):
        self.late = self.add_weight(shape=(self.units,), initializer="ones", name="late", trainable=False)
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units))
        self.anonymous = self.add_weight(shape=(self.units,), initializer="zeros")
    def call(self, x):
        return ops.matmul(x, self.w) + self.inner(x) * self.late + self.anonymous
class Block(L.Layer):
    def __init__(self, n=2, **kwargs):
        super().__init__(**kwargs)
        self.denses = []
        self.scales = []
        for i in range(n):
            self.denses.append(L.Dense(4))
            self.scales.append(Scale(4))
        self.last = L.LSTM(3, return_sequences=True)
        self.table = {"a": L.Dense(2), "b": L.Dense(2, name="bee")}
    def call(self, x):
        for d, s in zip(self.denses, self.scales):
            x = s(d(x))
        x = self.last(x)
        return self.table["a"](x) + self.table["b"](x)
x = keras.Input(shape=(5, 6), name="x")
y = Block()(x)
y = Scale(3)(y)
z = Scale(3, name="named")(y)
s = Scale(3)
y = s(y) + s(z)
model = keras.Model(x, L.Dense(1)(y))
