# A whole script at the top of the file: data, windows, training, plots and forecasts.
import json
import logging
import os
from datetime import datetime
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras.layers import LSTM, Bidirectional, Dense
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)
folder = Path(__file__).parent / "runs" / datetime.now().strftime("%Y%m%d")
if not os.path.exists(folder):
    os.makedirs(folder)

WINDOW, FEATURES = 24, 3
frame = pd.read_csv("load.csv", index_col=0)
frame = frame.dropna()
scaler = MinMaxScaler()
values = scaler.fit_transform(frame[["load", "wind", "sun"]].values)


def windows(series, width):
    xs, ys = [], []
    for i in range(len(series) - width):
        xs.append(series[i : i + width])
        ys.append(series[i + width, 0])
    return np.array(xs), np.array(ys)


x, y = windows(values, WINDOW)
split = int(len(x) * 0.8)
x_train, x_test = x[:split], x[split:]
y_train, y_test = y[:split], y[split:]
print("train", x_train.shape, f"test {x_test.shape[0]:,}")

model = keras.Sequential(
    [keras.Input((WINDOW, FEATURES)), Bidirectional(LSTM(32)), Dense(16, activation="relu"), Dense(1)]
)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
weights = folder / "best.weights.h5"
if weights.exists():
    model.load_weights(weights)
callbacks = [
    keras.callbacks.EarlyStopping(patience=5),
    keras.callbacks.ModelCheckpoint(str(weights), save_best_only=True, save_weights_only=True),
]
history = model.fit(x_train, y_train, epochs=30, batch_size=64, validation_split=0.1, callbacks=callbacks)
with open(folder / "history.json", "w") as file:
    json.dump(history.history, file)

predicted = model.predict(x_test)
error = np.sqrt(mean_squared_error(y_test, predicted[:, 0]))
log.info("RMSE %.3f", error)
drawn = np.full((1000, 1), np.nan)
drawn[WINDOW : WINDOW + len(predicted)] = predicted
losses = []
for epoch, loss in enumerate(history.history["loss"]):
    if loss < 0.1:
        break
    losses.append((epoch, loss))
best = min(losses, key=lambda pair: pair[1])
plt.plot(drawn, label="forecast")
plt.plot([row[0] for row in losses], label=f"best {best[0]}")
plt.legend()
plt.show()

# The shape of random numbers is known, and that of their parts.
trial = np.random.rand(100, WINDOW, FEATURES)
assert trial.shape[1:] == (WINDOW, FEATURES) and trial[:80].shape[0] == 80 and trial[0].ndim == 2
small = keras.Sequential([keras.Input(trial.shape[1:]), LSTM(trial.shape[2]), Dense(1)])
small.compile("adam", "mse")
small.fit(trial * 2, np.random.randint(0, 2, size=(100, 1)).astype("float32"))
