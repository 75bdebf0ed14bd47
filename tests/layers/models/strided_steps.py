# Windows that move by several steps over sequences of any length: convolutions, pooling, slices.
import keras
from keras import layers, ops

x = layers.Input((None, 3))
y = layers.Conv1D(4, 3, strides=2, padding="same", activation="tanh")(layers.ZeroPadding1D(4)(x))
pooled = layers.MaxPooling1D(2, padding="same")(y)
y = layers.Conv1D(5, 2, strides=2, padding="causal")(y)
y = layers.AveragePooling1D(3, strides=2, padding="same")(y)
z = layers.Conv1D(4, 5, strides=3)(layers.ZeroPadding1D(4)(x))
z = layers.DepthwiseConv1D(2, strides=2, padding="same")(z)
halves = layers.Lambda(lambda t: t[:, 1::2] * t[:, 0 : 2 * (ops.shape(t)[1] // 2) : 2])(
    layers.ZeroPadding1D(1)(x)
)
model = keras.Model(
    x,
    [
        layers.LSTM(3)(y),
        layers.GlobalMaxPooling1D()(z),
        layers.Dense(2)(pooled),
        layers.GlobalAveragePooling1D()(halves),
    ],
)
model.compile("sgd", ["mse"] * 4)
