# Two recurrent layers, the first handing its sequence to the second.
import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 3))
hidden = x
for units, sequences in [(17, True), (5, False)]:
    hidden = LSTM(units, return_sequences=sequences)(hidden)
model = keras.Model(inputs=x, outputs=Dense(2, activation="linear")(hidden))
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=keras.losses.MeanSquaredError())
