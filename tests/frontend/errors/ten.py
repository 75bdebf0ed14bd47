# Ten independent mistakes, ten messages.
import keras
from keras import layers, ops
from keras.layers import Dnse

x = keras.Input(shape=(10, 8))
h = layers.LSTM(64, return_sequence=True)(x)
q = layers.Dense(64, activation="tahn")(x)
a = layers.Dot(axes=(2, 1))([q, layers.LSTM(64, return_sequences=True)(x)])
b = layers.Concatenate()([q, layers.LSTM(64)(x)])
c = layers.Dense(1, kernel_initializer="glorot_unifrom")(x)
d = x + layers.Dense(7)(x)
e = layers.Dence(3)(x)
f = ops.summ(x, axis=1)
g = layers.LSTM("tanh")(x)
i = layers.Reshape((3, 7))(x)
model = keras.Model(x, layers.Dense(1)(q))
model.compile(optimizer="adm", loss="msee")
