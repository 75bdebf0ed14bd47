# Losses, loss weights, metrics and sample weights by output; one output without a loss.
import keras
from keras import layers

x = layers.Input((None, 4), name="x")
h = layers.LSTM(8, return_sequences=True)(x)
last = h[:, -1]
model = keras.Model(
    x,
    [
        layers.Dense(3, name="level")(last),
        layers.Dense(5, activation="softmax", name="kind")(last),
        layers.Dense(2, name="path")(h),
        layers.Dense(1, name="extra")(last),
    ],
)
model.compile(
    loss={"level": "mae", "kind": "categorical_crossentropy", "path": keras.losses.Huber(delta=0.7), "extra": None},
    loss_weights={"level": 0.5, "kind": 2, "path": 1.5, "extra": None},
    metrics={"kind": ["accuracy"], "level": ["mse", "mean_squared_error"], "extra": "mae"},
    weighted_metrics={"kind": "accuracy", "path": ["cosine_similarity"]},
)
