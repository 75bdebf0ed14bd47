import keras
from keras.layers import Dense, Input

x = Input((3,), name="x")
hidden = Dense(4, name="hidden")
model = keras.Model(x, Dense(2, name="out")(hidden(x)))
hidden.trainable = x
hidden.units = 5
model.get_layer("hiden").trainable = False
model.get_layer(index=3)
model.get_layer()
model.get_layer("out", 1)
model.name = "other"
