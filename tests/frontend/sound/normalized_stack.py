import keras
from keras import layers
from keras.layers import GroupNormalization, UnitNormalization, RMSNormalization
i = keras.Input((64, 16))
x = layers.SeparableConv1D(32, 3, padding="same", depth_multiplier=2, activation="relu")(i)
x = GroupNormalization(groups=8)(x)
x = layers.DepthwiseConv1D(3, padding="same")(x)
x = RMSNormalization()(x)
x = layers.ZeroPadding1D((1, 2))(x)
x = layers.Cropping1D(cropping=(1, 1))(x)
x = layers.AveragePooling1D(pool_size=2, strides=2, padding="same")(x)
x = UnitNormalization()(x)
x = layers.GlobalMaxPool1D(keepdims=True)(x)
x = layers.Flatten()(x)
model = keras.Model(i, layers.Dense(4, "softmax")(x))
model.compile("sgd", "categorical_crossentropy")
