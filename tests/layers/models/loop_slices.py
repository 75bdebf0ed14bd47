# A loop of the file over the steps of a tensor, from both ends, with a number of its own in each
# step and with dropout; what it makes is put together along several axes.
import keras
from keras import ops
from keras.layers import Concatenate, Dense, Dropout, Input

STEPS = 9
update = Dense(4, activation="tanh")
out = Dense(3)
drop = Dropout(0.25)

x = Input((STEPS, 2), name="x")
h = Dense(4)(x[:, 0])
before, states, outputs = [], [], []
for t in range(STEPS):
    before.append(h)
    h = update(Concatenate()([x[:, t], x[:, STEPS - 1 - t], drop(h)]))
    states.append(h)
    outputs.append(out(h) * (0.5 + t))
model = keras.Model(x, [
    ops.stack(outputs, axis=1),
    ops.stack(outputs, axis=-1),
    Concatenate()(states),
    outputs[2],
    before[-1] + h,
])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
