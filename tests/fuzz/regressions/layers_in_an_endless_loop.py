# The file makes layers for ever: each of them counts as many steps.
import keras
from keras.layers import Dot, Input, Lambda

steps = Dot(axes=1)([Input(shape=(4, 6)), Input(shape=(4, 6))])
while True:
    flat = Lambda(lambda t: t[:, 0])(steps)
