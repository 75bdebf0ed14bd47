# Dropout inside recurrent layers, attention and a nested model that is called twice.
import keras
from keras import layers

x = keras.Input((None, 3))
y = layers.LSTM(4, dropout=0.3, return_sequences=True)(x)
y = layers.GRU(4, dropout=0.4, return_sequences=True)(y)
y = layers.SimpleRNN(4, dropout=0.2, return_sequences=True)(y)
y = layers.Attention(dropout=0.3)([y, y])
y = layers.MultiHeadAttention(2, 3, dropout=0.2)(y, y)

block = keras.Sequential(
    [keras.Input((None, 4)), layers.Dense(4, activation="tanh"), layers.Dropout(0.5)]
)
y = layers.GlobalAveragePooling1D()(block(block(y)))
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
