# A mask through a stack of LSTMs, to the loss of each step.
import keras
from keras.layers import LSTM, Dense, Input, LayerNormalization, Masking

x = Input((None, 3), name="x")
steps = LSTM(5, return_sequences=True)(Masking()(x))
steps, h, c = LSTM(4, return_sequences=True, return_state=True, activation="relu")(
    LayerNormalization()(Dense(5, activation="tanh")(steps))
)
outputs = Dense(2)(steps)

model = keras.Model(x, outputs)
model.compile(
    optimizer=keras.optimizers.SGD(0.05), loss="mse", metrics=["mae"], weighted_metrics=["mse"]
)
