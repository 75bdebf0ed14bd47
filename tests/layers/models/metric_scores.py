# Metrics of numbers that are no means of samples.
import keras
from keras import metrics
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(3, name="numbers")(LSTM(4)(x)))
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss="mse",
    metrics=[
        "RootMeanSquaredError",
        metrics.R2Score(),
        metrics.PearsonCorrelation(),
        "concordance_correlation",
        metrics.Accuracy(name="equal"),
        metrics.pearson_correlation,
    ],
    weighted_metrics=[
        metrics.RootMeanSquaredError(name="rmse_weighted"),
        metrics.R2Score(name="r2_weighted"),
        metrics.PearsonCorrelation(name="pearson_weighted"),
    ],
)
