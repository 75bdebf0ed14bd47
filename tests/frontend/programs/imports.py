# What is imported and not used needs no support.
from keras.layers import GRU, Conv1D as Convolution, Dense
from keras.ops import *
from tensorflow.keras.layers import Bidirectional
from keras.losses import Dice

assert Dense
GRU = 3
assert GRU == 3
