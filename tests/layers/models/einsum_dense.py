# EinsumDense: with and without ellipses, biases of several axes, activations and penalties.
import keras
from keras import layers

x = keras.Input((5, 6), name="x")
free = keras.Input((None, 4), name="free")
kept = [
    layers.EinsumDense("abc,cd->abd", output_shape=(5, 3), bias_axes="d")(x),
    layers.EinsumDense("abc,cde->abde", output_shape=(5, 2, 3), bias_axes="de")(x),
    layers.EinsumDense("abc,cbd->ad", output_shape=2, activation="tanh")(x),
    layers.EinsumDense("...x,xy->...y", output_shape=4, bias_axes="y", activation="relu")(x),
    layers.EinsumDense("ab...,bc->ac...", output_shape=3, bias_axes="c")(x),
    layers.EinsumDense("abc,bcd->abd", output_shape=(5, 2), bias_axes="b")(x),
    layers.EinsumDense(
        "abc,dc->adb",
        output_shape=(2, 5),
        bias_axes="db",
        kernel_regularizer="l2",
        bias_regularizer="l1",
        activity_regularizer="l2",
        kernel_constraint="unit_norm",
        bias_constraint="non_neg",
        kernel_initializer="he_normal",
    )(x),
]
shared = layers.EinsumDense("btf,fg->btg", output_shape=(None, 4), bias_axes="g")
h = shared(shared(free))
h = layers.EinsumDense("...f,fgh->...gh", output_shape=(2, 3), bias_axes="g")(h)
h = layers.EinsumDense("btgh,ghk->btk", output_shape=(None, 2), activation=lambda t: t * t)(h)
flat = [layers.Flatten()(y) for y in kept] + [layers.GlobalAveragePooling1D()(h)]
model = keras.Model([x, free], layers.Dense(2)(layers.Concatenate()(flat)))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
