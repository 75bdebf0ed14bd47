# Bidirectional layers with all ways to merge, of all recurrent layers.
import keras
from keras import layers

x = keras.Input(shape=(6, 4), name="x")
sequence = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
sequence = layers.Bidirectional(layers.GRU(5, return_sequences=True), merge_mode="sum")(sequence)
sequence = layers.Bidirectional(
    layers.SimpleRNN(4, return_sequences=True), merge_mode="mul", name="both"
)(sequence)
sequence = layers.Bidirectional(
    layers.LSTM(4, return_sequences=True, name="mine"),
    merge_mode="ave",
    backward_layer=layers.LSTM(4, return_sequences=True, go_backwards=True, name="other"),
)(sequence)
one, two = layers.Bidirectional(layers.GRU(3), merge_mode=None)(sequence)
last = layers.Bidirectional(layers.LSTM(2))(sequence)
model = keras.Model(x, layers.Dense(2)(layers.Concatenate()([one, two, last])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
