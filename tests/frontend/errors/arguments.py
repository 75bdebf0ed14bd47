from keras.layers import LSTM, Dense, Input


def block(x, units, *, activation="tanh"):
    return Dense(units, activation=activation)(x)


x = Input((3,))
block(x)
block(x, 2, "relu")
block(x, 2, activaton="relu")
block(x, 2, units=3)
Dense()
Dense(2, "tanh", True, activaton="relu")
Dense(2, units=3)
LSTM(units=2, return_sequence=True)
Dense(*[1, 2], **{"name": "x", "nam": 1})
Dense(1, *None)
Dense(**3)
