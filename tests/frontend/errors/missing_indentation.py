# One message for a block that is not indented, whatever stands in it.
import keras


def build(n):
x = keras.Input((n, 3))
    y = keras.layers.LSTM(32)(x)
    return keras.Model(x, y)


for i in range(3):
model = build(i)
break
