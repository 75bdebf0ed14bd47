import keras

x = keras.Input((3,))
net = keras.Model(x, keras.layers.Dense(1)(x))
