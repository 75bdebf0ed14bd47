import keras
from keras import layers
from functools import partial

CausalConv = partial(layers.Conv1D, padding="causal", kernel_initializer="he_normal")


def residual_block(x, filters, kernel_size, dilation_rate, name):
    """WaveNet-like residual block; returns (residual, skip)."""
    prev = x
    for k in range(2):
        x = CausalConv(filters, kernel_size, dilation_rate=dilation_rate, name=f"{name}_conv{k}")(x)
        x = layers.LayerNormalization(name=f"{name}_norm{k}")(x)
        x = layers.Activation("relu", name=f"{name}_relu{k}")(x)
    if prev.shape[-1] != filters:
        prev = layers.Conv1D(filters, 1, padding="same", name=f"{name}_match")(prev)
    res = layers.add([prev, x], name=f"{name}_add")
    return res, x


def tcn(inputs, nb_filters=24, kernel_size=3, nb_stacks=1, dilations=(1, 2, 4, 8)):
    x = layers.Conv1D(nb_filters, 1, padding="same", name="initial")(inputs)
    skips = []
    for s in range(nb_stacks):
        for d in dilations:
            x, skip = residual_block(x, nb_filters, kernel_size, d, name=f"s{s}_d{d}")
            skips.append(skip)
    x = layers.add(skips) if len(skips) > 1 else skips[0]
    return layers.Lambda(lambda tt: tt[:, -1, :])(x)


inp = keras.Input((None, 7))
out = layers.Dense(1)(tcn(inp, nb_stacks=2))
model = keras.Model(inp, out)
model.compile("adam", "mae")
