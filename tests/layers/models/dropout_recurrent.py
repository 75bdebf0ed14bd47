# Units dropped on their way from step to step, each gate its own, and features likewise.
import keras
from keras import layers

x = keras.Input((None, 3))
y = layers.LSTM(4, dropout=0.3, recurrent_dropout=0.4, return_sequences=True)(x)
y = layers.GRU(3, recurrent_dropout=0.25, return_sequences=True)(y)
y = layers.GRU(3, dropout=0.2, recurrent_dropout=0.25, reset_after=False, return_sequences=True)(y)
y = layers.SimpleRNN(4, dropout=0.2, recurrent_dropout=0.5, return_sequences=True)(y)
y = layers.LSTM(4, dropout=0.2, go_backwards=True)(y)
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
