# What becomes of masks where tensors meet, and of one for a softmax.
import keras
from keras import ops
from keras.layers import (
    GRU, LSTM, Activation, Add, Average, Concatenate, Dense, Dot, Identity, Input, LeakyReLU,
    Masking, Maximum, Multiply, ReLU, Softmax,
)

a = Input((None, 3), name="a")
b = Input((None, 3), name="b")
x = Masking()(a)
y = Masking(0.5)(LeakyReLU()(Dense(3, activation="relu")(a)))
z = Masking()(b)

either = GRU(3)(Add()([x, y]))
average = GRU(3)(Average()([Identity()(x), Activation("tanh")(y), x]))
open_side = GRU(3)(Multiply()([x, Dense(3)(a)]))
features = LSTM(3)(Concatenate()([x, y]))
one_open = LSTM(3)(Concatenate()([x, Dense(2)(a)]))
times = LSTM(3)(Concatenate(axis=1)([x, z]))
largest = LSTM(3)(ReLU()(Maximum()([y, x])))

scores = Dot(axes=(2, 2))([x, z])
pairs = ops.expand_dims(ops.any(ops.not_equal(b, 0), axis=-1), 1)
shares = Softmax()(scores, mask=pairs)
context = Dot(axes=(2, 1))([shares, z])

merged = Concatenate()([either, average, open_side, features, one_open, times, largest])
model = keras.Model([a, b], [Dense(2)(merged), Dense(2)(context), Dense(1)(Add()([x, y]))])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
