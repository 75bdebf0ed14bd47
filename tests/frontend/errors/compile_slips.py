# One message for each mistake in a call of compile.
import keras
from keras import layers, Input, Model

x = Input((10, 3))
h = layers.LSTM(4)(x)
model = Model(x, layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.compile("adam", "binary_crossentropy", ["accuracy"])
model.compile("adam", "binary_crossentropy", "accuracy")
model.compile("adam", "binary_crossentropy", metrics="accuracy")
model.compile("adam", {"out": "binary_crossentropy"})
model.compile(keras.optimizers.Adam, "binary_crossentropy")
model.compile("adam", loss=model.summary)
