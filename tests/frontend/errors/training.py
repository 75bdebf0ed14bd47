import keras
from keras.layers import Dense, Input

x = Input((3,), name="x")
model = keras.Model(x, Dense(4, name="out")(x))
soft = keras.Model(x, Dense(2, activation="softmax")(x))
bits = keras.Model(x, Dense(2, activation="sigmoid")(x))
whole = keras.Model(x, keras.ops.sum(x))

# Losses.
model.compile("adam", "msee")
model.compile("adam", "dice")
model.compile("adam", 3)
model.compile("adam", lambda y, p: y)
model.compile("adam", keras.metrics.MeanSquaredError())
model.compile("adam")
model.compile("adam", "ce")
model.compile("adam", "sparse_categorical_crossentropy")
model.compile("adam", "bce")
soft.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
soft.compile("adam", "binary_crossentropy")
bits.compile("adam", keras.losses.categorical_crossentropy)
model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True, axis=0))
whole.compile("adam", "mse")
keras.losses.MeanSquaredError(reduction=None)
keras.losses.MeanSquaredError(reduction="average")
keras.losses.CategoricalCrossentropy(label_smoothing=1.5)
keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
keras.losses.mean_squared_error(x, x)

# Metrics.
model.compile("adam", "mse", metrics="mae")
model.compile("adam", "mse", metrics=["accurcy"])
model.compile("adam", "mse", metrics=["AUC"])
model.compile("adam", "mse", metrics=["huber"])
model.compile("adam", "mse", metrics=["sparse_categorical_accuracy"])
soft.compile("adam", "sparse_categorical_crossentropy", metrics=["categorical_accuracy"])
keras.metrics.RootMeanSquaredError()

# Weights of losses.
pair = keras.Model(x, [Dense(4, name="a")(x), Dense(4, name="b")(x)])
pair.compile("adam", ["mse", "mse"], loss_weights=3)
pair.compile("adam", ["mse", "mse"], loss_weights=3.0)
pair.compile("adam", "mse", loss_weights=3)
pair.compile("adam", "mse", loss_weights=True)
pair.compile("adam", {"a": "mse", "b": "mse"}, loss_weights="a")
model.compile("adam", "mse", loss_weights=2)
pair.compile("adam", "mse", loss_weights=3.0)
model.compile("adam", ["mse"], loss_weights=2.0)
