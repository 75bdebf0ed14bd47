# Constants whose size is only known when the model runs, where that cannot be.
import keras
from keras import layers, ops

x = keras.Input((None, 8), name="x")
state = ops.zeros((ops.shape(x)[0], 4))
other = ops.ones(x.shape)
fixed = keras.Input((5,), name="fixed")
ops.tril(layers.Dense(1)(fixed)[:, 0])
ops.broadcast_to(fixed, (3, 4))
layers.Lambda(lambda t: ops.full((ops.shape(t)[0], 2), "0"))(fixed)
model = keras.Model(x, layers.LSTM(4)(x, initial_state=[state, state]))
layers.Lambda(lambda t: ops.zeros((ops.shape(t)[0], -1)))(fixed)
layers.Lambda(lambda t: ops.arange(0, ops.shape(t)[0], 2))(fixed)
