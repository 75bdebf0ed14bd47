# Tags of the steps with the classes in front.
import keras
from keras import layers

x = keras.Input((12, 6))
h = layers.GRU(12, return_sequences=True)(x)
tags = layers.Permute((2, 1))(layers.Dense(5, activation="softmax")(h))
model = keras.Model(x, tags)
model.compile("adam", "sparse_categorical_crossentropy")
