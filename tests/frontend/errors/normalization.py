# Layers of normalization.
import keras
from keras.layers import *

x = keras.Input((50, 4))
GroupNormalization(groups=3)(x)
LayerNormalization(axis=3)(x)
LayerNormalization(1e-6)(x)
LayerNormalization(eps=1e-6)(x)
LayerNormalization()([x, x])
RMSNormalization(axis="last")(x)
UnitNormalization(axis=0.5)(x)
