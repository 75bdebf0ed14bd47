# sparsemax: as an activation, of several axes, of elements that are equal.
import keras
from keras import activations, layers, ops

x = layers.Input((6, 5))
h = layers.Dense(7, activation="tanh")(x)
scores = layers.Dot((2, 2))([h, h])
many = [
    layers.Activation("sparsemax")(x),
    layers.Lambda(lambda t: activations.sparsemax(t, axis=1))(x),
    ops.sparsemax(x / 4, axis=-2),
    layers.Activation(activations.sparsemax)(h),
    ops.sparsemax(ops.relu(h)),
    layers.Dot((2, 1))([ops.sparsemax(scores), h]),
    ops.sparsemax(0 * h[:, :, :3] + 0.25),
]
y = layers.Dense(3, activation="sparsemax")(layers.Concatenate()(many))
model = keras.Model(x, [y, layers.Dense(4)(ops.sparsemax(x[:, 0])), ops.sparsemax(h[:, 0, :1])])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
