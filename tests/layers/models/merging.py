# A recurrent layer used twice, and every way to merge what it gives.
import keras
from keras.layers import (
    LSTM, Add, Average, Concatenate, Dense, Input, Maximum, Minimum, Multiply, ReLU, Softmax,
    Subtract,
)

x = Input((6, 4))
shared = LSTM(5, return_sequences=True)
a = shared(x)
b = shared(x * 0.5 + 1.0)
total = Add()([a, b])
merged = Concatenate()(
    [
        total,
        Multiply()([a, b]),
        Subtract()([a, b]),
        Average()([a, b, total]),
        Maximum()([a, b]),
        Minimum()([total, a]),
    ]
)
weights = Softmax(axis=1)(ReLU()(Dense(6)(merged)))
model = keras.Model(x, Dense(2)(weights))
model.compile(optimizer="sgd", loss="mean_squared_error", metrics=["mae"])
