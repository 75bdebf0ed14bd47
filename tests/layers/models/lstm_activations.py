# Activations inside recurrent layers, by name and as functions.
import keras
from keras import activations, ops
from keras.layers import LSTM, Concatenate, Dense, Input

PAIRS = [
    ("elu", "hard_sigmoid"),
    ("softsign", "sparse_sigmoid"),
    (activations.gelu, "sigmoid"),
    ("hard_tanh", ops.sigmoid),
    (None, "softsign"),
    ("silu", "relu6"),
    (activations.leaky_relu, "tanh"),
    ("mish", "hard_silu"),
    ("selu", "squareplus"),
    ("tanh_shrink", "softplus"),
]

x = Input((6, 3))
states = [
    LSTM(3, activation=activation, recurrent_activation=gate)(0.5 * x)
    for activation, gate in PAIRS
]
model = keras.Model(x, Dense(2)(Concatenate()(states)))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
