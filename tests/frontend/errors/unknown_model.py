# Whether the model is one thing or the other is not known when it is compiled.
import argparse
import keras
from keras.layers import GRU, LSTM

parser = argparse.ArgumentParser()
parser.add_argument("cell")
parser.add_argument("--deep", type=bool, required=True)
options = parser.parse_args()
x = keras.Input((10, 3))
if options.cell == "lstm":
    y = LSTM(8)(x)
else:
    y = GRU(8)(x)
if options.deep:
    model = keras.Model(x, LSTM(8)(x))
else:
    model = None
