# Layers applied to each step, of vectors and of sequences of sequences.
import keras
from keras import layers

words = keras.Input(shape=(4, 5, 3), name="words")  # sentences of words
steps = keras.Input(shape=(6, 4), name="steps")
sentences = layers.TimeDistributed(layers.LSTM(4))(words)  # (4, 4)
flat = layers.TimeDistributed(layers.Flatten())(words)  # (4, 15)
h = layers.Concatenate()([sentences, layers.TimeDistributed(layers.Dense(3, "tanh"))(flat)])
h = layers.GRU(5)(h)
each = layers.TimeDistributed(layers.Dense(2, activation="softmax"), name="each")(steps)
each = layers.TimeDistributed(layers.LayerNormalization())(each)
pooled = layers.TimeDistributed(layers.GlobalMaxPooling1D())(words)
joined = layers.Concatenate()(
    [h, layers.GlobalAveragePooling1D()(each), layers.Flatten()(pooled)]
)
model = keras.Model([words, steps], layers.Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
