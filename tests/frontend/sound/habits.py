# What stands in scripts around a model and changes nothing of it: questions for GPUs, arguments,
# bars of progress, folds of data, classes that are not used.
import sys
from dataclasses import astuple, dataclass, field, fields
from typing import Generic, NamedTuple, TypedDict, TypeVar

import keras
import tensorflow.data as tf_data
import tensorflow.strings as tf_strings
from tensorflow.python.ops import math_ops
import tensorflow as tf
from keras import layers, ops
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

T = TypeVar("T")


class Sizes(TypedDict):
    units: int


class Box(Generic[T]):
    def __init__(self, value: T):
        self.value = value


@dataclass(kw_only=True)
class Config:
    units: int
    rate: float = 0.1
    total: int = field(init=False)

    def __post_init__(self):
        self.total = 2 * self.units


class MaskedAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """Not used."""


class Wide(keras.layers.Conv2D):
    """Not used."""


gpus = tf.config.list_physical_devices("GPU")
units = 16 if gpus or tf.test.is_gpu_available() else Sizes(units=8)["units"]
kind = sys.argv[1] if len(sys.argv) > 1 else "lstm"
config = Config(units=Box(units).value)
print([one.name for one in fields(Config)], astuple(config))


class RevIN(layers.Layer):
    """Keeps what it took away until its second call."""

    def call(self, x, mode="norm"):
        if mode == "norm":
            self.mean = ops.mean(x, axis=1, keepdims=True)
            self.std = ops.std(x, axis=1, keepdims=True) + 1e-5
            return (x - self.mean) / self.std
        return x * self.std + self.mean


class Forecast(keras.Model):
    def __init__(self, config):
        super().__init__()
        self.norm = RevIN()
        self.steps = [layers.LSTM(config.total, return_sequences=True) for _ in tqdm(range(2))]
        self.out = layers.Dense(3)

    def call(self, x):
        h = self.norm(x, mode="norm")
        for steps in self.steps:
            h = steps(h)
        outputs = tf.TensorArray(tf.float32, size=4)
        for t in range(4):
            outputs = outputs.write(t, self.out(h[:, t]))
        return self.norm(ops.transpose(outputs.stack(), (1, 0, 2)), mode="denorm")


def build():
    x = keras.Input((4, 3))
    model = keras.Model(x, Forecast(config)(x))
    model.compile("adam", "mse")
    return model


data, target = load("train.csv") if False else (KerasClassifier, None)
scores = []
for fold, (train, test) in enumerate(StratifiedKFold(5).split(data, target)):
    model = build()
    model.fit(data[train], target[train])
    scores.append(model.evaluate(data[test], target[test]))
