# Layers of one tensor that are given several, and tuples without brackets.
import keras
from keras import layers

x = keras.Input((10, 8), name="x")
y = keras.Input((10, 8), name="y")
layers.Dense(3)([x, x])
layers.LSTM(3)([x, y])
h, state, cell = layers.LSTM(3, return_state=True, name="states")(x)
layers.LSTM(3)([x, state, cell])
layers.Dense(3)([h, state, cell])
layers.Conv1D(3, 3)([x, y])
layers.Permute(2, 1)(x)
layers.Reshape(8, 10)(x)
layers.LSTM(32)(layers.Bidirectional(layers.LSTM(32))(x))
layers.LSTM(32, return_sequences=True)(layers.Bidirectional(layers.GRU(8), name="both")(x))
layers.TimeDistributed(layers.Dense(3))(layers.Bidirectional(layers.LSTM(32))(x))
model = keras.Model([x, y], layers.Add()([x, y]))
