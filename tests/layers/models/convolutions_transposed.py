# Conv1DTranspose with strides and padding, also of an open number of steps.
import keras
from keras import layers

x = keras.Input(shape=(6, 3), name="x")
free = keras.Input(shape=(None, 3), name="free")
kept = [
    layers.Conv1DTranspose(4, 3)(x),
    layers.Conv1DTranspose(2, 3, strides=2, padding="same", activation="relu")(x),
    layers.Conv1DTranspose(3, 2, strides=3, padding="valid")(x),
    layers.Conv1DTranspose(2, 5, strides=2)(x),
    layers.Conv1DTranspose(2, 4, strides=3, padding="same", use_bias=False)(x),
    layers.Conv1DTranspose(2, 3, strides=2, padding="same", output_padding=0)(x),
    layers.Conv1DTranspose(2, 3, strides=2, padding="same", output_padding=1)(x),
    layers.Conv1DTranspose(2, 4, strides=4, padding="same", output_padding=2)(x),
    layers.Conv1DTranspose(2, (3,), strides=(3,), output_padding=(2,), activation="tanh")(x),
    layers.Conv1DTranspose(
        2,
        3,
        kernel_regularizer="l2",
        activity_regularizer="l1",
        kernel_constraint=keras.constraints.MaxNorm(0.5, axis=[0, 1]),
        bias_constraint="non_neg",
    )(x),
]
pooled = [
    layers.GlobalMaxPooling1D()(layer(free))
    for layer in (
        layers.Conv1DTranspose(4, 3, padding="same"),
        layers.Conv1DTranspose(3, 3, strides=2),
        layers.Conv1DTranspose(2, 5, strides=2, padding="same"),
        layers.Conv1DTranspose(2, 2, strides=3),
    )
]
flat = [layers.Flatten()(y) for y in kept]
model = keras.Model([x, free], layers.Dense(2)(layers.Concatenate()(flat + pooled)))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
