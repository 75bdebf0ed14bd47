"""Multi-horizon temperature forecasting (Jena climate), CNN-BiLSTM."""
import os
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

tf.random.set_seed(42)
np.random.seed(42)

WINDOW = 144
HORIZON = 24
FEATURES = ["p (mbar)", "T (degC)", "rh (%)", "wv (m/s)"]


def make_windows(series, window, horizon):
    xs, ys = [], []
    for i in range(len(series) - window - horizon):
        xs.append(series[i:i + window])
        ys.append(series[i + window:i + window + horizon, 1])
    return np.array(xs), np.array(ys)


def build_model(n_features: int, filters: int = 32, units: int = 64) -> keras.Model:
    """CNN front end, two bidirectional LSTMs, dense head."""
    inputs = keras.Input(shape=(WINDOW, n_features), name="window")
    x = layers.Conv1D(filters, 5, padding="causal", activation="relu")(inputs)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
    x = layers.LayerNormalization()(x)
    x = layers.Bidirectional(layers.LSTM(units // 2))(x)
    outputs = layers.Dense(HORIZON, name="forecast")(x)
    return keras.Model(inputs, outputs, name="jena")


model = build_model(len(FEATURES))
model.summary()
model.compile(loss=tf.keras.losses.Huber(),
              optimizer=tf.keras.optimizers.Adam(learning_rate=1e-3),
              metrics=["mae"])

if __name__ == "__main__":
    df = pd.read_csv("jena_climate.csv", parse_dates=["Date Time"], index_col=0)
    data = StandardScaler().fit_transform(df[FEATURES].values)
    X, y = make_windows(data, WINDOW, HORIZON)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, shuffle=False)
    callbacks = [
        keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3),
        keras.callbacks.ModelCheckpoint(os.path.join("ckpt", "best.keras"), save_best_only=True),
    ]
    history = model.fit(X_train, y_train, validation_split=0.1, epochs=20, batch_size=64,
                        callbacks=callbacks, verbose=2)
    plt.plot(history.history["loss"], label="train")
    plt.plot(history.history["val_loss"], label="val")
    plt.legend()
    plt.show()
    print("test", model.evaluate(X_test, y_test))
