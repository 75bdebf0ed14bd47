import keras
from keras.layers import *

CONFIG = dict(
    steps=60,
    channels=9,
    conv=[dict(filters=64, kernel_size=3), dict(filters=64, kernel_size=3, strides=2)],
    heads={"activity": ("softmax", 6), "fall": ("sigmoid", 1), "speed": (None, 1)},
)


def build(cfg):
    x = inp = Input((cfg["steps"], cfg["channels"]))
    for i, params in enumerate(cfg["conv"], start=1):
        x = Conv1D(**params, activation="relu", name=f"conv_{i}")(x)
    x = GlobalMaxPooling1D()(x)
    outs = {k: Dense(n, activation=a, name=k)(x) for k, (a, n) in cfg["heads"].items()}
    return keras.Model(inp, outs)


model = build(CONFIG)
model.compile(
    optimizer=keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
    loss={"activity": "sparse_categorical_crossentropy", "fall": "binary_crossentropy", "speed": "mse"},
    loss_weights={"activity": 1.0, "fall": 0.5, "speed": 0.1},
    metrics={"activity": ["accuracy"], "fall": "binary_accuracy", "speed": ["mae", "mse"]},
)
