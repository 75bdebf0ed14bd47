# Losses that do not fit the output.
import keras
from keras import layers
x = keras.Input(shape=(10, 8))
h = layers.LSTM(8)(x)
a = keras.Model(x, layers.Dense(1)(h))
a.compile("adam", "sparse_categorical_crossentropy")
b = keras.Model(x, layers.Dense(1, activation="softmax")(h))
b.compile("adam", "categorical_crossentropy")
c = keras.Model(x, layers.Dense(1, activation="softmax")(h))
c.compile("adam", "binary_crossentropy")
d = keras.Model(x, layers.Dense(1, activation="sigmoid")(h))
d.compile("adam", "categorical_crossentropy")
e = keras.Model(x, layers.Dense(3, activation="softmax")(h))
e.compile("adam", "binary_crossentropy")
f = keras.Model(x, layers.Dense(1, activation="sigmoid")(h))
f.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
s = layers.LSTM(8, return_sequences=True)(x)
g = keras.Model(x, layers.Permute((2, 1))(layers.Dense(3, activation="softmax")(s)))
g.compile("adam", "categorical_crossentropy")
i = keras.Model(x, layers.Softmax(axis=1)(layers.Dense(3)(s)))
i.compile("adam", "categorical_crossentropy")
model = i
