# A model with named inputs, called with dicts in any order and with more than it needs.
import keras
from keras import layers, ops

speech = keras.Input((10, 4), name="speech")
speaker = keras.Input((6,), name="speaker")
merged = layers.concatenate([layers.LSTM(8)(speech), speaker])
encoder = keras.Model({"speech": speech, "speaker": speaker}, merged, name="encoder")

who = keras.Input((6,), name="who")
left = keras.Input((10, 4), name="left")
right = keras.Input((10, 4), name="right")
one = encoder({"speaker": who, "speech": left})
two = encoder({"speech": right, "speaker": who})
model = keras.Model([who, left, right], layers.Dense(1, activation="sigmoid")(ops.abs(one - two)))
model.compile("adam", "binary_crossentropy")
