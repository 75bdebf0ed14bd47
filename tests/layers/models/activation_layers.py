# Layers that are activations, their options, activations with options, functions of the file and layers as `activation=`.
import keras
from keras import activations, layers, ops


def cubed(t):
    return t**3 / (1 + ops.abs(t))


x = layers.Input((6, 4))
h = layers.Dense(4, activation=cubed)(x)
many = [
    layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.25)(h),
    layers.ReLU(6)(3 * h),
    layers.LeakyReLU(0.05)(h),
    layers.ELU(0.7)(h),
    layers.PReLU()(h),
    layers.PReLU(shared_axes=[1])(h),
    layers.Softmax(axis=1)(h),
    layers.Activation("log_softmax")(h),
    layers.Activation(activations.gelu)(h),
    layers.Activation(ops.gelu)(h),
    layers.Activation(lambda t: activations.relu(t, negative_slope=0.3, max_value=2.0))(h),
    layers.Activation(lambda t: ops.threshold(t, 0.1, -1.0) + ops.squareplus(t, b=2))(h),
    activations.celu(h, alpha=0.4),
    ops.soft_shrink(h, threshold=0.2) - ops.hard_shrink(h, 0.3),
    ops.glu(h),
]
y = layers.Dense(3, activation=layers.LeakyReLU())(layers.Concatenate()(many))
model = keras.Model(x, layers.Dense(6, activation="glu")(y))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
