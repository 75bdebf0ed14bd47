# Arguments with a slip: evaluation goes on with the one that was meant.
from keras import layers, Input, Model

x = Input(shap=(10, 3))
y = layers.LSTM(32, return_sequence=True)(x)
y = layers.GRU(unit=16, return_sequnces=True)(y)
y, state = layers.GRU(16, return_state=True)(y, state=None)


def block(inputs, units):
    return layers.Dense(units)(inputs)


y = block(inptus=y, units="3")
model = Model(x, y)
