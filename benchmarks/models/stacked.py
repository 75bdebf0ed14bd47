"""Two LSTMs on top of each other: what training keeps of them is nearly all its memory.

    rondo bench stacked.py --train --batch 32 --steps 1000 --memory-budget x0.5
"""

import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 8), name="x")
h = LSTM(64, return_sequences=True, name="lower")(x)
h = LSTM(64, name="upper")(h)
model = keras.Model(x, Dense(1, name="prediction")(h), name="stacked")
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mse")
