# Functional, then as a list of layers, then as classes.
import keras
from keras import layers

x = keras.Input((10, 8))
h = layers.LSTM(16, return_sequences=True)(x)
h = layers.Dense(8, activation="relu")(h)
h = layers.LSTM(4)(h)
model = keras.Model(x, layers.Dense(3, activation="softmax")(h))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
# ---
import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input((10, 8)),
        layers.LSTM(16, return_sequences=True),
        layers.Dense(8, activation="relu"),
        layers.LSTM(4),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
# ---
import keras
from keras import layers

model = keras.Sequential(name="stack")
model.add(layers.LSTM(16, return_sequences=True, input_shape=(10, 8)))
for layer in (layers.Dense(8, activation="relu"), layers.LSTM(4), layers.Dense(3, activation="softmax")):
    model.add(layer)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
# ---
import keras
from keras import layers


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.LSTM(16, return_sequences=True)
        self.between = layers.Dense(8, activation="relu")
        self.second = layers.LSTM(4)
        self.out = layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.out(self.second(self.between(self.first(x))))


model = Classifier()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.build((None, 10, 8))
# ---
import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self, units, inner, **kwargs):
        super(Block, self).__init__(**kwargs)
        self.parts = [layers.LSTM(units, return_sequences=True), layers.Dense(inner, activation="relu")]

    def call(self, x, training=None):
        for part in self.parts:
            x = part(x, training=training)
        return x


class Head(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.net = keras.Sequential([layers.LSTM(4), layers.Dense(units, activation="softmax")])

    def call(self, x):
        return self.net(x)


x = keras.Input((10, 8))
model = keras.Model(x, Head(3)(Block(16, 8)(x)))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
# ---
import keras
from keras import layers


def encoder():
    x = keras.Input((None, 8))
    return keras.Model(x, layers.Dense(8, activation="relu")(layers.LSTM(16, return_sequences=True)(x)))


class Whole(keras.Model):
    def __init__(self, **kwargs):
        x = keras.Input((10, 8))
        h = layers.LSTM(4)(encoder()(x))
        super().__init__(inputs=x, outputs=layers.Dense(3, activation="softmax")(h), **kwargs)


model = Whole(name="whole")
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
