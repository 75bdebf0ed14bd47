import keras
from keras import layers as L, ops
class Head(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = L.Dense(4)
        self.b = L.Dense(2, name="b")
    def call(self, x, training=None):
        return self.b(self.a(x))
class Net(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.lstm = L.LSTM(units, return_sequences=True)
        self.head = Head()
        self.seq = keras.Sequential([L.Dense(5, activation="relu"), L.Dense(3)])
        self.out = [L.Dense(1), L.Dense(1)]
    def call(self, inputs, training=False):
        h = self.lstm(inputs)
        h = self.seq(self.head(h))
        return self.out[1](self.out[0](h))
model = Net(6)
y = model(keras.Input(shape=(5, 3), name="x"))
