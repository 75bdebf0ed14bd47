# A model of a class, made of layers of classes, a Sequential and a functional model; as a layer of another one.
import keras
from keras import layers, ops


class Feed(layers.Layer):
    def __init__(self, units, inner):
        super(Feed, self).__init__()
        self.net = keras.Sequential([layers.Dense(inner, activation="gelu"), layers.Dense(units)])
        self.gain = self.add_weight(shape=(units,), initializer="ones", name="gain")

    def call(self, x):
        return x + self.net(x) * self.gain


def pooling(features):
    steps = keras.Input((None, features))
    scores = ops.softmax(layers.Dense(1, use_bias=False)(steps), axis=1)
    return keras.Model(steps, ops.sum(scores * steps, axis=1), name="pooling")


class Tagger(keras.Model):
    def __init__(self, units, blocks=2, **kwargs):
        super().__init__(**kwargs)
        self.encoder = layers.LSTM(units, return_sequences=True)
        self.blocks = [Feed(units, 3 * units) for _ in range(blocks)]
        self.pool = pooling(units)
        self.head = layers.Dense(3, activation="softmax")

    def call(self, inputs, training=None):
        x = self.encoder(inputs, training=training)
        for block in self.blocks:
            x = block(x)
        return self.head(self.pool(x))


x = keras.Input((None, 3), name="x")
model = keras.Model(x, Tagger(4)(x))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="categorical_crossentropy", metrics=["accuracy"])
