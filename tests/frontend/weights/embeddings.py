# Tables, alone, shared, in wrappers, in models and below classes of the file.
import keras
from keras import layers, ops


class Positions(layers.Embedding):
    def call(self, ids):
        return super().call(ids) * 0.5


class Tied(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.tokens = layers.Embedding(12, 4)

    def call(self, ids):
        return ops.matmul(self.tokens(ids), ops.transpose(self.tokens.embeddings))


ids = keras.Input((5,), dtype="int32", name="ids")
floats = keras.Input((5,), name="floats")
words = layers.Embedding(10, 4, name="words")
frozen = layers.Embedding(9, 4)
frozen.trainable = False
encoder = keras.Sequential([keras.Input((5,)), layers.Embedding(8, 4), layers.LSTM(4)])
x = layers.Concatenate()([words(ids), words(floats), frozen(ids), Positions(7, 2)(floats)])
x = layers.TimeDistributed(layers.Dense(4))(x)
y = layers.Concatenate()([layers.Flatten()(x), layers.Flatten()(Tied()(ids)), encoder(ids)])
model = keras.Model([ids, floats], layers.Dense(1)(y))
assert (words.input_dim, words.output_dim, words.embeddings.shape) == (10, 4, (10, 4))
