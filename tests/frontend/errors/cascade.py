# One mistake is one message.
import keras
from keras import layers

x = keras.Input((5, 3))
h = layers.LSTM(4, retrun_sequences=True, activation="tahn")(x)
g = layers.Dense("4")(h)
s = layers.Add()([g, g])[:, 0] * 2 + g
parts = [layers.Dense(2)(g) for _ in range(3)]
joined = layers.Concatenate()(parts)
if joined.shape[1] > 3:
    extra = layers.Dense(1)(joined)
out = layers.Lambda(lambda t: t + extra)(joined)
model = keras.Model(x, out)
model.compile("adam", "mse")
model.summary()
