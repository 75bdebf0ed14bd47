# Convolutions along steps with all their options.
import keras
from keras import layers

x = keras.Input(shape=(9, 6), name="x")
free = keras.Input(shape=(None, 6), name="free")
kept = [
    layers.Conv1D(5, 3)(x),
    layers.Conv1D(4, 2, strides=2, padding="same", activation="relu")(x),
    layers.Conv1D(3, 3, padding="causal", dilation_rate=2)(x),
    layers.Conv1D(6, 3, groups=3, padding="same", use_bias=False)(x),
    layers.Conv1D(4, 1)(x),
    layers.Conv1D(4, (5,), strides=(3,))(x),
    layers.DepthwiseConv1D(3, strides=2)(x),
    layers.DepthwiseConv1D(2, depth_multiplier=2, padding="same", activation="tanh")(x),
    layers.SeparableConv1D(4, 3, depth_multiplier=2)(x),
    layers.SeparableConv1D(3, 2, padding="same", dilation_rate=2)(x),
]
pooled = [
    layers.GlobalMaxPooling1D()(layer(free))
    for layer in (
        layers.Conv1D(4, 3, padding="same"),
        layers.Conv1D(3, 2, padding="causal"),
        layers.Conv1D(2, 2, dilation_rate=2, padding="same"),
    )
]
flat = [layers.Flatten()(y) for y in kept]
model = keras.Model([x, free], layers.Dense(2)(layers.Concatenate()(flat + pooled)))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
