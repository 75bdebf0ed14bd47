# Normalization of features, of several axes, in groups and to unit length.
import keras
from keras import layers

x = keras.Input(shape=(5, 6), name="x")
uniform = keras.initializers.RandomUniform(0.5, 1.5)
outputs = [
    layers.LayerNormalization()(x),
    layers.LayerNormalization(axis=1, gamma_initializer=uniform, beta_initializer=uniform)(x),
    layers.LayerNormalization(axis=(2, 1), epsilon=1e-2, gamma_initializer=uniform)(x),
    layers.LayerNormalization(center=False, scale=False)(x),
    layers.GroupNormalization(3, gamma_initializer=uniform, beta_initializer=uniform)(x),
    layers.GroupNormalization(groups=-1, scale=False)(x),
    layers.GroupNormalization(5, axis=1, epsilon=1e-4)(x),
    layers.RMSNormalization()(x),
    layers.RMSNormalization(axis=[1, 2], epsilon=1e-3)(x),
    layers.UnitNormalization()(x),
    layers.UnitNormalization(axis=(1, 2))(x),
]
h = layers.Concatenate()(outputs)
h = layers.LayerNormalization()(layers.Dense(4)(layers.Flatten()(h)))
model = keras.Model(x, layers.Dense(2)(h))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
