# Activations inside LSTMs that look at all units at once: by name, as functions of Keras
# and as functions of the file, in every place, with states and in both directions.
import keras
from keras import activations, ops
from keras.layers import LSTM, Concatenate, Dense, Input


def shares(gates):
    """Like a softmax, but flat in its tails."""
    weights = 1 + ops.softsign(gates)
    return weights / ops.sum(weights, axis=-1, keepdims=True)


x = Input((None, 3), name="x")
steps, h, c = LSTM(5, activation="softmax", return_sequences=True, return_state=True)(x)
back = LSTM(
    5,
    activation=lambda z: ops.tanh(z) - ops.mean(z, axis=-1, keepdims=True),
    recurrent_activation=shares,
    return_sequences=True,
    go_backwards=True,
)(steps, initial_state=[h, c])
last, last_h, last_c = LSTM(
    4, activation=None, recurrent_activation=activations.softmax, use_bias=False, return_state=True
)(back)
outputs = Dense(2)(Concatenate()([last, last_h, last_c, h]))

model = keras.Model(x, outputs)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
