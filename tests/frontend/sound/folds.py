# Loops over data that are not there: those that make a model in each round, and those that do not.
import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.model_selection import KFold

frame = pd.read_csv("reviews.csv")
words, lengths, tables = {}, [], np.zeros((50, 8))
for text in frame["text"]:
    lengths.append(len(text))
    for word in text.split():
        words[word] = words.get(word, 0) + 1
        tables[len(words)] = np.random.rand(8)
for size in frame["sizes"]:
    print("not printed", layers.Dense(size))


def build(rate):
    x = keras.Input((20,), dtype="int32")
    h = layers.Embedding(50, tables.shape[1], name="words")(x)
    h = layers.Dropout(rate)(layers.LSTM(8)(h))
    model = keras.Model(x, layers.Dense(1, activation="sigmoid")(h))
    model.compile("adam", "binary_crossentropy")
    return model


best = 0
for fold, (train, test) in enumerate(KFold(5).split(frame)):
    model = build(0.2)
    history = model.fit(frame[train], frame[train])
    best = max(best, max(history.history["accuracy"]))
print([layer.name for layer in model.layers])
