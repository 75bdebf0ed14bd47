# Every elementwise activation of Keras by name, each on features of its own.
import keras
from keras.layers import Concatenate, Dense, Input

NAMES = [
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "softplus",
    "softsign", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "tanh_shrink",
    "soft_shrink", "hard_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "log_sigmoid",
    "mish", "exponential", "tanh", "sigmoid", "linear",
]

x = Input((5,))
h = Dense(4, activation="tanh")(x)
model = keras.Model(x, Dense(3)(Concatenate()([Dense(3, activation=name)(h) for name in NAMES])))
model.compile(optimizer=keras.optimizers.SGD(1e-4), loss="mse")
