# Activations inside GRUs and SimpleRNNs: elementwise ones, others, and functions.
import keras
from keras import ops
from keras.layers import GRU, Concatenate, Dense, Input, LeakyReLU, SimpleRNN

x = Input((6, 3))
states = [
    GRU(3, activation="elu", recurrent_activation="hard_sigmoid")(x),
    GRU(3, activation="softsign", recurrent_activation="softsign")(x),
    GRU(3, activation=None, recurrent_activation="tanh")(x),
    GRU(3, activation="softmax", recurrent_activation="softmax")(x),
    GRU(3, activation=lambda z: ops.sin(2 * z), reset_after=False)(x),
    SimpleRNN(3, activation="gelu")(x),
    SimpleRNN(3, activation="softmax")(x),
    SimpleRNN(3, activation=LeakyReLU(negative_slope=0.2))(x),
]
model = keras.Model(x, Dense(2)(Concatenate()(states)))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
