# Layers with weights, and layers that do more in training, as the activations of others.
import keras
from keras import layers, ops


class Swish(layers.Layer):
    def build(self, shape):
        self.beta = self.add_weight(shape=(shape[-1],), initializer="ones", name="beta")

    def call(self, x):
        return x * ops.sigmoid(self.beta * x)


class Block(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner = layers.Dense(5, activation=layers.PReLU(name="slopes"))

    def call(self, x):
        return self.inner(x)


x = layers.Input((6, 4))
h = layers.Dense(5, activation=layers.PReLU())(x)
c = layers.Conv1D(3, 3, padding="same", activation=layers.PReLU(shared_axes=[1]))(x)
t = layers.TimeDistributed(layers.Dense(4, activation=layers.PReLU()))(x)
e = layers.EinsumDense("abc,cd->abd", (6, 3), activation=Swish())(x)
a = layers.Activation(layers.PReLU(alpha_regularizer="l2"))(x)
n = layers.Dense(4, activation=layers.LayerNormalization())(x)
f = layers.Dense(3, use_bias=False, activation=layers.Dense(3, activation=layers.ELU(0.5)))(x)
y = layers.Concatenate()([h, c, t, e, a, n, f, Block()(x)])
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
