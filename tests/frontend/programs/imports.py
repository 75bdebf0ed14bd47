# What is imported and not used needs no support.
from keras.layers import GRUCell, Conv1D as Convolution, Dense
from keras.ops import *
from tensorflow.keras.layers import Bidirectional
from keras.losses import Dice

assert Dense
GRUCell = 3
assert GRUCell == 3
