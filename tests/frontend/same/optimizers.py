import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
optimizer.learning_rate.assign(0.05)
model.compile(optimizer, "mse", metrics=["mae"])
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
model.optimizer.learning_rate.assign(0.05)
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
model.compile(keras.optimizers.SGD(momentum=0.9), keras.losses.get("mse"), metrics=["mae"])
model.optimizer.learning_rate = 0.05
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
model.compile(keras.optimizers.SGD(momentum=0.9), "mse", metrics=["mae"])
model.optimizer.lr = 0.05
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
config = {"class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9}}
model.compile(config, keras.losses.get("MeanSquaredError"), metrics=["mae"])
# ---
import keras

x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2)(x))
config = {"class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9}}
optimizer = keras.optimizers.get(keras.optimizers.get(config))
model.compile(optimizer, keras.losses.get(keras.losses.MeanSquaredError()), metrics=["mae"])
