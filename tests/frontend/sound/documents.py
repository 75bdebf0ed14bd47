# Sentences by one model, documents by another that is distributed over them.
import keras
from keras import layers

SENTENCES, WORDS, WIDTH = 7, 20, 16

words = keras.Input((WORDS, WIDTH), name="words")
states = layers.Bidirectional(layers.GRU(8, return_sequences=True))(words)
scores = layers.Dense(1)(layers.Dense(8, activation="tanh")(states))
weights = layers.Softmax(axis=1)(scores)
sentence = keras.Model(words, layers.Flatten()(layers.Dot(axes=1)([weights, states])))

document = keras.Input((SENTENCES, WORDS, WIDTH), name="document")
sentences = layers.TimeDistributed(sentence)(document)
lengths = layers.TimeDistributed(keras.Sequential([layers.Flatten(), layers.Dense(4)]))(document)
joined = layers.Concatenate()([sentences, lengths])
summary = layers.LSTM(16)(joined)
model = keras.Model(document, layers.Dense(2, activation="softmax")(summary))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
assert sentences.shape == (None, SENTENCES, 16) and lengths.shape == (None, SENTENCES, 4)
