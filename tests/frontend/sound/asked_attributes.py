"""What layers and modules have under Keras 3, and what only older versions had."""

import keras
import tensorflow as tf
from keras import backend as K
from keras import layers

x = keras.Input((8, 3))
for name in ("tanh", "learning_phase", "int_shape", "name_scope"):
    assert not hasattr(K, name)
assert hasattr(K, "floatx") and not hasattr(keras.layers, "CuDNNGRU") and not hasattr(tf, "contrib")
assert K.is_keras_tensor(x) and isinstance(x, keras.KerasTensor) and not K.is_keras_tensor(3)

lstm, gru, dense = layers.LSTM(4), layers.GRU(4), layers.Dense(2)
both, steps = layers.Bidirectional(layers.LSTM(4)), layers.TimeDistributed(layers.Dense(2))
heads = layers.MultiHeadAttention(2, 3)
states = [lstm(x), gru(x), both(x), steps(x), heads(x, x)]
y = dense(x)

names = "kernel bias recurrent_kernel cell state_size units input_shape output_shape seed kernel_initializer"


def known(layer):
    return [name for name in names.split() if hasattr(layer, name)]


assert known(lstm) == known(gru) == ["cell", "state_size", "units", "kernel_initializer"]
assert known(both) == known(steps) == [] and known(heads) == ["seed"]
assert known(dense) == ["kernel", "bias", "units", "kernel_initializer"]
assert lstm.state_size == [4, 4] and gru.state_size == [4] and gru.cell.state_size == 4
assert lstm.cell.units == gru.cell.output_size == 4 and lstm.cell.kernel.shape == (3, 16)
assert hasattr(gru.cell, "recurrent_kernel") and not hasattr(gru.cell, "return_sequences")
model = keras.Model(x, y)
