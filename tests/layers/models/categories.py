# Categories by shares: the loss takes the logits behind the softmax, labels are smoothed, samples weighted.
import keras
from keras import layers

x = layers.Input((6, 3))
model = keras.Model(x, layers.Dense(7, activation="softmax")(layers.LSTM(9)(x)))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01, clipnorm=0.1),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    metrics=["accuracy", keras.metrics.MeanSquaredError(name="distance")],
    weighted_metrics=["accuracy", "categorical_crossentropy"],
)
