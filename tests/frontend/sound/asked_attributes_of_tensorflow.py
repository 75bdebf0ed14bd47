"""What `tensorflow.keras.backend` still has."""

from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers
assert hasattr(K, "tanh") and not hasattr(K, "learning_phase")
i = keras.Input((8, 3))
with K.name_scope("a"):
    h = layers.Lambda(lambda t: K.squeeze(K.expand_dims(t, 1), 1))(i)
model = keras.Model(i, layers.Dense(2)(h))
