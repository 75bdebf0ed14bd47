# A pointer: which step is the answer, as probabilities of the steps.
import keras
from keras.layers import LSTM, Activation, Dense, Flatten, Input

x = Input((25, 6))
h = LSTM(25, return_sequences=True)(x)
logits = Flatten()(Dense(1)(h))
model = keras.Model(x, Activation("softmax")(logits))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
