# A mask that is made inside a model comes out of it when the outer model runs.
import keras
from keras.layers import GRU, LSTM, Dense, Input, Masking

encoder = keras.Sequential([Input((None, 3)), Masking(), GRU(4, return_sequences=True)])
x = Input((None, 3), name="x")
steps = encoder(x)
steps = LSTM(3, return_sequences=True)(steps)
model = keras.Model(x, [Dense(2)(steps), Dense(2)(LSTM(3)(steps))])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
