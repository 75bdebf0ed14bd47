# Focal losses, overlaps, and losses that leave labels out.
import keras
from keras import layers, losses

x = layers.Input((3, 4))
h = layers.LSTM(5)(x)
bits = layers.Dense(3, activation="sigmoid", name="bits")(h)
logits = layers.Dense(3, name="logits")(h)
balanced = layers.Dense(2, activation="sigmoid", name="balanced")(h)
shares = layers.Dense(4, activation="softmax", name="shares")(h)
scores = layers.Dense(4, name="scores")(h)
parts = layers.Dense(3, activation="sigmoid", name="parts")(h)
some = layers.Dense(3, activation="sigmoid", name="some")(h)
halves = layers.Dense(3, activation="sigmoid", name="halves")(h)
noisy = layers.Dense(4, activation="softmax", name="noisy")(h)
left = layers.Dense(4, activation="softmax", name="left")(h)
raw = layers.Dense(4, name="raw")(layers.LSTM(3, return_sequences=True)(x))


def both(y_true, y_pred):
    return losses.binary_focal_crossentropy(y_true, y_pred, gamma=3.0) + losses.dice(y_true, y_pred, axis=-1)


model = keras.Model(x, [bits, logits, balanced, shares, scores, parts, some, halves, noisy, left, raw])
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss=[
        "binary_focal_crossentropy",
        losses.BinaryFocalCrossentropy(gamma=1.3, from_logits=True, label_smoothing=0.1),
        losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.7),
        "categorical_focal_crossentropy",
        losses.CategoricalFocalCrossentropy(alpha=0.5, gamma=3.0, from_logits=True, label_smoothing=0.2),
        losses.Dice(),
        losses.Tversky(alpha=0.3, beta=0.6, axis=-1),
        both,
        losses.CategoricalGeneralizedCrossEntropy(q=0.6),
        losses.SparseCategoricalCrossentropy(ignore_class=2),
        losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0, reduction="sum"),
    ],
    metrics=[[losses.binary_focal_crossentropy]] + [[]] * 10,
)
