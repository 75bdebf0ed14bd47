# Steps of id 0 do not count.
import keras
from keras import layers

ids = keras.Input((None,), dtype="int32")
y = layers.Embedding(5, 4, mask_zero=True)(ids)
y = layers.Dropout(0.3)(y)
y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
model = keras.Model(ids, layers.Dense(2)(layers.GRU(4)(y)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
