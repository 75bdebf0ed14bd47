# An attention layer in the spellings of older posts, in a model of classes with a dict of inputs.
import keras
from keras import constraints, initializers, layers, ops, regularizers


@keras.saving.register_keras_serializable(package="posts")
class AttentionWithContext(layers.Layer):
    def __init__(self, W_regularizer=None, b_constraint=None, bias=True, **kwargs):
        self.supports_masking = True
        self.init = initializers.get("glorot_uniform")
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        super().__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        features = input_shape[-1]
        self.W = self.add_weight(
            name=f"{self.name}_W", shape=(features, features), initializer=self.init, regularizer=self.W_regularizer
        )
        if self.bias:
            self.b = self.add_weight(
                name="b", shape=(features,), initializer="zeros", constraint=self.b_constraint
            )
        self.u = self.add_weight(name="u", shape=(features,), initializer=self.init)
        self._trainable_weights = [self.W, self.b, self.u]
        super().build(input_shape)

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, x, mask=None):
        uit = ops.matmul(x, self.W)
        if self.bias:
            uit += self.b
        ait = ops.squeeze(ops.matmul(ops.tanh(uit), ops.expand_dims(self.u, -1)), axis=-1)
        a = ops.exp(ait)
        if mask is not None:
            a *= ops.cast(mask, "float32")
        a /= ops.sum(a, axis=1, keepdims=True) + keras.backend.epsilon()
        return ops.sum(x * ops.expand_dims(a, -1), axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]

    def get_config(self):
        config = super().get_config()
        config.update({"bias": self.bias, "W_regularizer": regularizers.serialize(self.W_regularizer)})
        return config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class Tower(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.layers_by_name = {"lstm": layers.LSTM(units, return_sequences=True), "attend": AttentionWithContext()}

    def call(self, x):
        for layer in self.layers_by_name.values():
            x = layer(x)
        return x


class Pair(keras.Model):
    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        self.tower = Tower(units, name="tower")
        self.heads = [layers.Dense(units, activation="tanh") for _ in range(2)]
        self.out = layers.Dense(1, activation="sigmoid")

    def distance(self, a, b):
        return ops.abs(a - b)

    def call(self, inputs, training=None, mask=None):
        left, right = (self.tower(inputs[side]) for side in ("left", "right"))
        for head in self.heads:
            left, right = head(left), head(right)
        return self.out(self.distance(left, right))


assert AttentionWithContext.from_config({"name": "again"}).name == "again"
model = Pair()
model({"left": keras.Input((9, 5), name="left"), "right": keras.Input((9, 5), name="right")})
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.summary()
