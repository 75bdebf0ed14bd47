# Constraints behind an optimizer with slots, clipped gradients and weight decay.
import keras
from keras import layers

x = keras.Input((None, 3), name="x")
h = layers.LSTM(
    5,
    kernel_constraint=keras.constraints.MaxNorm(1.0),
    recurrent_constraint=keras.constraints.UnitNorm(axis=0),
)(x)
y = layers.Dense(2, kernel_constraint="non_neg", name="y")(h)
model = keras.Model(x, y)
model.compile(
    optimizer=keras.optimizers.Adam(0.01, weight_decay=0.1, global_clipnorm=0.5), loss="mse"
)
