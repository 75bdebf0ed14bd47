# Merging layers and the functions for them.
import keras
from keras import layers

a = keras.Input((10, 8), name="a")
b = keras.Input((10, 8), name="b")
scores = layers.Dot(axes=(2, 2))([a, b])
context = layers.Dot(axes=(2, 1))([layers.Softmax()(scores), b])
y = layers.Concatenate(axis=-1)([layers.Add()([a, context]), layers.Multiply()([a, b])])
model = keras.Model([a, b], layers.Dense(2)(y))
# ---
from keras.layers import Activation, Dense, Input, merge
from keras.models import Model

a = Input((10, 8), name="a")
b = Input((10, 8), name="b")
scores = merge([a, b], mode="dot", dot_axes=(2, 2))
context = merge([Activation("softmax")(scores), b], mode="dot", dot_axes=(2, 1))
y = merge([merge([a, context], mode="sum"), merge([a, b], mode="mul")], mode="concat", concat_axis=-1)
model = Model(input=[a, b], output=Dense(output_dim=2)(y))
# ---
from keras.layers import Activation, Dense, Input, merge
from keras.models import Model

a = Input((10, 8), name="a")
b = Input((10, 8), name="b")
scores = merge.dot([a, b], axes=(2, 2))
context = merge.dot([Activation("softmax")(scores), b], axes=(2, 1))
y = merge.concatenate([merge.add([a, context]), merge.multiply([a, b])], axis=-1)
model = Model([a, b], Dense(2)(y))
# ---
from keras.layers import Activation, Input, Lambda, TimeDistributedDense
from keras.layers.merge import Add, Concatenate, Multiply
from keras.models import Model
import keras.backend as K

a = Input((10, 8), name="a")
b = Input((10, 8), name="b")
scores = Lambda(lambda p: K.batch_dot(p[0], p[1], axes=[2, 2]))([a, b])
context = Lambda(lambda p: K.batch_dot(p[0], p[1]))([Activation("softmax")(scores), b])
y = Concatenate()([Add()([a, context]), Multiply()([a, b])])
model = Model(inputs=[a, b], outputs=TimeDistributedDense(2)(y))
