# A label for every step; softmax as a layer of its own, so that the loss may use the logits.
import keras
from keras.layers import LSTM, Activation, Dense, Input

x = Input(shape=(None, 2), name="strokes")
h = LSTM(9, return_sequences=True)(x)
logits = Dense(5)(h)
model = keras.Model(x, Activation("softmax", name="letters")(logits))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
