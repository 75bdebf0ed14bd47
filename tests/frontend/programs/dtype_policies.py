# What a file can ask of dtype policies; holds under Keras 3.15 as well.
import keras
from keras import layers, mixed_precision
from keras.config import floatx

assert floatx() == keras.backend.floatx() == "float32"
assert keras.config.epsilon() == 1e-7 and keras.config.image_data_format() == "channels_last"
keras.config.set_floatx("float32")
keras.backend.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")

# The object.
policy = keras.DTypePolicy("mixed_bfloat16")
assert (policy.name, policy.compute_dtype, policy.variable_dtype) == ("mixed_bfloat16", "bfloat16", "float32")
assert str(policy) == '<DTypePolicy "mixed_bfloat16">' and policy.get_config() == {"name": "mixed_bfloat16"}
assert policy == mixed_precision.Policy("mixed_bfloat16") != keras.DTypePolicy("float32")
assert isinstance(policy, keras.DTypePolicy) and policy.quantization_mode is None
config = keras.dtype_policies.serialize(policy)
assert config["config"] == {"name": "mixed_bfloat16"} and config["class_name"] == "DTypePolicy"
assert keras.dtype_policies.get(config) == keras.dtype_policies.get("mixed_bfloat16") == policy

# Of one layer.
exact = layers.Dense(2)
mixed = layers.Dense(2, dtype=policy)
assert (exact.compute_dtype, exact.dtype, exact.dtype_policy.name) == ("float32", "float32", "float32")
assert (mixed.compute_dtype, mixed.dtype, mixed.variable_dtype) == ("bfloat16", "float32", "float32")
assert mixed.get_config()["dtype"] == config
assert layers.Dense.from_config(mixed.get_config()).dtype_policy == policy

# Of layers and models that are made later.
assert keras.config.dtype_policy() == mixed_precision.global_policy() == keras.DTypePolicy("float32")
keras.config.set_dtype_policy("mixed_bfloat16")
assert keras.config.dtype_policy().name == mixed_precision.dtype_policy().name == "mixed_bfloat16"
assert layers.LSTM(3).compute_dtype == "bfloat16" and exact.compute_dtype == "float32"
assert layers.LSTM(3, dtype="float32").compute_dtype == "float32"
# Losses and metrics compare float32 unless they are told otherwise.
keras.losses.MeanSquaredError(dtype="float32")
keras.metrics.MeanSquaredError(dtype=policy)


class Scaled(layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), dtype=self.variable_dtype)

    def call(self, x):
        positions = keras.ops.arange(4, dtype=self.compute_dtype)
        return keras.ops.cast(x, self.compute_dtype) * self.scale + positions


scaled = Scaled()
x = keras.Input((4,))
y = scaled(x)
assert x.dtype == "float32" and y.shape == (None, 4)
assert scaled.compute_dtype == "bfloat16" and scaled.get_config()["dtype"] == config
model = keras.Model(x, y)
assert model.dtype_policy == policy and model.dtype == "float32"
both = layers.Bidirectional(layers.LSTM(2))
assert both.forward_layer.compute_dtype == both.backward_layer.compute_dtype == "bfloat16"

mixed_precision.set_global_policy("float32")
assert layers.Dense(2).compute_dtype == "float32"
keras.mixed_precision.set_dtype_policy(policy)
keras.backend.clear_session()
assert keras.config.dtype_policy().name == "float32"
