# What weights start with, from a file that is not read, and set afterwards.
import keras
import numpy as np
from keras import layers
from keras.preprocessing.text import Tokenizer

table = np.load("glove.npy")
words = keras.Input((12,))

layers.Embedding(20, 4, weights=[table], trainable=False)(words)
layers.Embedding(20, 4, embeddings_initializer=keras.initializers.Constant(table))(words)
layers.Dense(4, kernel_initializer=table)(words)
layers.Dense(4, weights=[table])(words)
layers.Embedding(len(Tokenizer().word_index), 4, weights=[table])(words)

embed = layers.Embedding(20, 4)
embed.set_weights([table])
h = embed(words)
embed.set_weights([table])
embed.set_weights(table)
embed.set_weights([table, table])
embed.embeddings.assign(table)
embed.embeddings.assign_add(table)


class Own(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(4,), name="w")
        self.w.assign([1, 2, 3, 4])

    def call(self, x):
        self.w.assign(x)
        return x * self.w


model = keras.Model(words, Own()(h))
