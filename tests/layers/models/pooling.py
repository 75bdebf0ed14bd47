# Pooling along steps: global, in windows that part or overlap, with and without padding.
import keras
from keras import layers

x = keras.Input(shape=(11, 5), name="x")
free = keras.Input(shape=(None, 5), name="free")
outputs = [
    layers.GlobalAveragePooling1D()(x),
    layers.GlobalMaxPooling1D()(x),
    layers.Flatten()(layers.GlobalAveragePooling1D(keepdims=True)(free)),
    layers.GlobalMaxPool1D(data_format="channels_first")(x),
]
for pooling in (layers.MaxPooling1D, layers.AveragePooling1D):
    for options in (
        {"pool_size": 2},
        {"pool_size": 3, "strides": 2},
        {"pool_size": 4, "strides": 3, "padding": "same"},
        {"pool_size": 3, "strides": 1, "padding": "same"},
    ):
        outputs.append(layers.Flatten()(pooling(**options)(x)))
    outputs.append(layers.GlobalAvgPool1D()(pooling(3, strides=1, padding="same")(free)))
    outputs.append(layers.GlobalAvgPool1D()(pooling(2, 1)(layers.ZeroPadding1D()(free))))
model = keras.Model([x, free], layers.Dense(3)(layers.Concatenate()(outputs)))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
