# The file makes layers for ever: each of them counts as many steps.
import keras
from keras.layers import Concatenate, Dense, Dot, Input, Lambda

a = Input(shape=(4, 6), name="a")
b = Input(shape=(4, 6), name="b")
features = Dot(axes=(2, 2))([a, b])  # (4, 4)
steps = Dot(axes=1)([a, b])  # (6, 6)
crossed = Dot(axes=(1, 2))([features, features])  # (4, 4)
from_end = Dot(axes=-1)([crossed, features])  # (4, 4)
while True:
    flat = Lambda(lambda t: t[:, 0])(steps)  # (6)
scalar = Dot(axes=(1, -1))([flat, a])  # (4)
one = Dot(axes=1)([scalar, scalar])  # (1)
row = Lambda(lambda t: t[:, 1, 1:])(from_end)  # (3)
joined = Concatenate()([flat, scalar, one, row])
model = keras.Model([a, b], Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(1e-5), loss="mse")
