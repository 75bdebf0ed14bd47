# Losses and metrics of masked steps: classes, weights of samples, reductions, regularizers.
import keras
from keras import losses
from keras.layers import LSTM, Dense, Input, Masking

x = Input((None, 3))
steps = LSTM(4, return_sequences=True)(Masking()(x))
labels = Dense(3, activation="softmax", kernel_regularizer="l2", name="labels")(steps)
bits = Dense(1, activation="sigmoid", name="bits")(steps)
sums = Dense(2, name="sums")(steps)
means = Dense(2, name="means")(steps)
last = Dense(2, name="last")(LSTM(3)(steps))
model = keras.Model(x, [labels, bits, sums, means, last])
model.compile(
    optimizer=keras.optimizers.SGD(0.01),
    loss=[
        "sparse_categorical_crossentropy",
        "binary_crossentropy",
        losses.MeanSquaredError(reduction="sum"),
        losses.MeanAbsoluteError(reduction="mean_with_sample_weight"),
        "mse",
    ],
    loss_weights=[1.0, 0.5, 0.1, 1.0, 2.0],
    metrics=[["accuracy"], ["accuracy"], ["mae"], [], ["mae"]],
    weighted_metrics=[["accuracy"], [], ["mse"], ["mse"], []],
)
