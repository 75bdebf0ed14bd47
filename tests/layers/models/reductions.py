# Sums and weighted means of losses; a softmax before the cross-entropy of sigmoids.
import keras
from keras import layers
from keras.losses import BinaryCrossentropy, MeanAbsoluteError, MeanSquaredError

x = layers.Input((2, 5))
h = layers.Flatten()(layers.LSTM(4, return_sequences=True)(x))
outputs = [layers.Dense(3, name="sum")(h), layers.Dense(2, name="mean")(h)]
outputs.append(layers.Dense(4, activation="softmax", name="shares")(h))
model = keras.Model(x, outputs)
model.compile(
    optimizer="SGD",
    loss=[
        MeanSquaredError(reduction="sum"),
        MeanAbsoluteError(reduction="mean_with_sample_weight"),
        BinaryCrossentropy(),
    ],
    loss_weights=[0.1, 1, 2.0],
)
