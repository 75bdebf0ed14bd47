# A yes or no for every step: the logits behind the sigmoid, weighted; AdamW's decay.
import keras
from keras import layers

x = layers.Input((None, 2))
h = layers.LSTM(8, return_sequences=True)(x)
model = keras.Model(x, layers.Dense(1, activation="sigmoid")(h))
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=0.02, weight_decay=0.1),
    loss="binary_crossentropy",
    metrics=["accuracy", "bce"],
    weighted_metrics=["accuracy", keras.metrics.MeanAbsoluteError(name="distance")],
)
