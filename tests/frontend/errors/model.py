import keras
from keras.layers import Dense, Input

a = Input((3,), name="a")
b = Input((3,), name="b")
h = Dense(4, name="same")(a)
keras.Model(a, Dense(4, name="same")(h))
keras.Model(a, h + Dense(4)(b))
keras.Model([a, b], h)
keras.Model(h, Dense(2)(h))
keras.Model(a, 3)
keras.Model(a, [])
keras.Model(a)
keras.Model(Dense(3), h)
keras.Model(a, h, name=3)
keras.Model(a, h)(b)
keras.Sequential([Dense(3)]).compile("adam", "mse")
keras.Sequential([a, Dense(3), b])
keras.Model(a, h).fitt()
