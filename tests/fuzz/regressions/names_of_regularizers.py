import keras
class A(keras.layers.Layer):
    def build(s, _):
        s.w = s.add_weight((2, 2), regularizer="l2" + "")
    def call(s, x):
        return x @ s.w
x = keras.Input((2,))
keras.layers.Dense(2, kernel_regularizer="a_name_that_is_too_long_to_lie_in_place")
model = keras.Model(x, A()(x))
