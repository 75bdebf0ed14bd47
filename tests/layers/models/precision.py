# Shares of what was predicted, and of what is so.
import keras
from keras.layers import Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2, activation="sigmoid")(x))
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss="binary_crossentropy",
    metrics=["Precision", keras.metrics.Recall(thresholds=0.4, name="found")],
    weighted_metrics=[keras.metrics.Precision(name="weighted"), "Recall"],
)
