# What dtype policies and settings of Keras would change, and Rondo has not.
import keras
import tensorflow as tf
from keras import layers

keras.config.set_dtype_policy("mixed_float16")
keras.mixed_precision.set_global_policy("mixed_bflot16")
tf.keras.mixed_precision.experimental.set_policy("float16")
keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam())
keras.config.set_floatx("float64")
keras.backend.set_epsilon(1e-5)
keras.config.set_image_data_format("channels_first")
keras.dtype_policies.DTypePolicyMap()
keras.DTypePolicy(None)
layers.Dense(2, dtype="bfloat16")
layers.Dense(2, dtype="float64")
layers.Dense(2, dtype="int8_from_float32")
layers.Dense(2, dtype="int32")
layers.Dense(2, dtype=3)
dense = layers.Dense(2, dtype="mixed_bfloat16")
dense.dtype_policy = "float32"
keras.losses.MeanSquaredError(dtype="float16")
x = keras.Input((4,))
model = keras.Model(x, dense(x))
