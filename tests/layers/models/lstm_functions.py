# Functions as activations inside LSTMs: with options, of few units, of a fixed number of
# steps, and in a layer that two inputs share.
import keras
from keras import activations, ops
from keras.layers import LSTM, Add, Dense, Input, LeakyReLU


def capped(z):
    return activations.relu(z, negative_slope=0.1, max_value=1.5)


a = Input((6, 2), name="a")
b = Input((6, 2), name="b")
shared = LSTM(2, activation="glu", recurrent_activation=lambda z: 0.5 * z + 0.5)
gated = Add()([shared(a), shared(b)])
logs = LSTM(3, activation=activations.log_softmax, unit_forget_bias=False)(a)
leaky = LSTM(3, activation=LeakyReLU(negative_slope=0.2), recurrent_activation="hard_sigmoid")(b)
wide = LSTM(9, activation=capped, return_sequences=True)(a)
narrow = LSTM(1, activation=lambda z: ops.sum(ops.exp(-z * z), axis=-1, keepdims=True))(wide)
first = Dense(2, name="first")(Add()([logs, leaky]))
second = Dense(1, name="second")(gated)
model = keras.Model([a, b], [first, second, narrow])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
