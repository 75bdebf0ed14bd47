# What comes from data, or from packages that Rondo does not have, where the model needs it.
import argparse
import keras
import numpy as np
import pandas as pd
from keras import layers
from tensorflow_addons.layers import CRF
from tensorflow_addons.optimizers import RectifiedAdam

parser = argparse.ArgumentParser()
parser.add_argument("--units", type=int, required=True)
arguments = parser.parse_args()
frame = pd.read_csv("train.csv")
x = keras.Input((frame.shape[1], 3))
x = keras.Input((10, 3))
y = layers.LSTM(arguments.units, return_sequences=True)(x)
# Once is enough.
layers.Dense(arguments.units)
y = layers.LSTM(8, return_sequences=True)(x)
CRF(5)(y)
y + np.random.rand(10, 8)
y[:, np.random.randint(10)]
keras.ops.concatenate([y, np.load("more.npy")])
tables = [row for row in frame]
keras.Sequential([layers.Dense(3), tables[0]])
while True:
    if frame.empty:
        break
sizes = [4]
for size in frame.sizes:
    sizes.append(size)
for size in sizes:
    y = layers.Dense(size)(y)
model = keras.Model(x, y)
made = keras.Model(x, x)
made.compile(RectifiedAdam(0.1), "mse")
with open("sizes.txt") as file:
    units = int(file.read())
layers.Dense(units)
layers.Dense(int(input("units? ")))
old = keras.models.load_model("old.keras")
keras.Sequential([old, layers.Dense(3)])
