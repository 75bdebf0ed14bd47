# Texts become sequences of words as in older tutorials, and the model gets its shape from them.
import numpy as np
from keras.datasets import imdb
from keras.layers import LSTM, Dense, Embedding
from keras.models import Sequential
from keras.preprocessing import sequence
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer
from keras.src.legacy.preprocessing.text import Tokenizer as Legacy
from keras.utils import np_utils
from keras.utils.np_utils import to_categorical
from tensorflow.keras.preprocessing.text import text_to_word_sequence
import keras.datasets.imdb
import tensorflow.keras.preprocessing.sequence as tf_sequence

WORDS = 5000

tokenizer = Tokenizer(num_words=WORDS)
texts = imdb.load_data()
tokenizer.fit_on_texts(texts)
data = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=40)
labels = to_categorical(np.load("labels.npy"))

model = Sequential()
model.add(Embedding(WORDS, 20))
model.add(LSTM(16))
model.add(Dense(3, activation="softmax"))
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.summary()
model.fit(data, labels, epochs=2)
