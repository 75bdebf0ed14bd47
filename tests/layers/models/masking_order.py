# Each MultiHeadAttention takes masks away. Which one runs first depends on the outputs, not on the
# order of the calls, and here it is the second of two; a third finds what neither has met.
import keras
from keras import layers

a = layers.Input((None,), dtype="int32", name="a")
b = layers.Input((None,), dtype="int32", name="b")
x = layers.Embedding(5, 4, mask_zero=True)(a)
y = layers.Embedding(5, 4, mask_zero=True)(b)
to_right = layers.MultiHeadAttention(2, 3)(x, y)
to_left = layers.MultiHeadAttention(2, 3)(y, x)
both = layers.concatenate([layers.GRU(3)(to_right), layers.GRU(3)(to_left)])
# These run before them, though they are called last.
total = layers.add([x, layers.Dense(4, activation="tanh")(x)])
deep = layers.GRU(3, return_sequences=True)(layers.Dense(3, activation="tanh")(total))
deep = layers.Dense(3)(layers.LSTM(3)(layers.Dense(3)(deep)))
model = keras.Model([a, b], layers.Dense(2)(layers.concatenate([both, deep])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
