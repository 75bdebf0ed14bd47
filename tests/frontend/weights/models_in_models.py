import keras
from keras import layers as L, ops
class Fun(keras.Model):
    def __init__(self, units):
        x = keras.Input((5, 3))
        h = L.LSTM(units)(x)
        super().__init__(inputs=x, outputs=L.Dense(2)(h))
        self.units = units
class Wrap(L.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        i = keras.Input((2,))
        self.net = keras.Model(i, L.Dense(3)(i))
        self.w0 = self.add_weight(shape=(3,), name="w0", initializer="zeros")
    def build(self, input_shape):
        self.pre = L.Dense(2)
        self.pre.build(input_shape)
    def call(self, x):
        return self.net(self.pre(x)) + self.w0
inner = Fun(4)
x = keras.Input((5, 3))
y = Wrap()(inner(x))
seq = keras.Sequential([keras.Input((3,)), L.Dense(2), Wrap(name="w")])
y = seq(y)
fm = keras.Model(x, y)
a = keras.Input((5, 3)); 
model = keras.Model(a, L.Dense(1)(fm(a)))
