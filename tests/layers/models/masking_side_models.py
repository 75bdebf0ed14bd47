# What a MultiHeadAttention of another model takes away is there in this one.
import keras
from keras import layers

a = layers.Input((None,), dtype="int32", name="a")
x = layers.Embedding(5, 4, mask_zero=True)(a)
x = layers.Dense(4, activation="tanh")(x)
side = keras.Model(a, layers.MultiHeadAttention(2, 3)(x, x))
h = layers.MultiHeadAttention(2, 3)(x, x)
z = layers.add([x, layers.Dropout(0.2)(x)])
model = keras.Model(a, [layers.Dense(2)(h), layers.GRU(2)(z)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
