# Stacked recurrent layers with residual paths, made by a function in a loop.
import keras
from keras import layers


def block(x, units, name):
    y = layers.GRU(units, return_sequences=True, name=f"{name}_gru")(x)
    y = layers.Dense(units, activation="relu", name=f"{name}_dense")(y)
    return layers.Add(name=f"{name}_add")([x, y])


inputs = keras.Input(shape=(50, 3), name="signal")
x = layers.Dense(50)(inputs)
for i in range(4):
    x = block(x, 50, f"block{i}")
x = layers.GRU(50)(x)
outputs = layers.Dense(1, name="forecast")(x)
model = keras.Model(inputs, outputs, name="stack")
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="huber")
