import keras
import keras.layers.core as core
import tensorflow as tf
import tf_keras
import keras.layerz.core
from keras import backend as K
from keras import layers, optimizers
from keras.engine.training import Model
from keras.engine.topology import InputSpec, Layer
from keras.layers import CuDNNLSTM, TimeDistributedDense, merge
from keras.layers import CuDNNGRU as Fast
from keras.layers.embeddings import Embedding
from tensorflow.python.keras.layers import Masking

x = layers.Input((10, 8))
h = CuDNNLSTM(4, return_sequences=True)(x)
h = Fast(4, return_sequences=True, consume_less="gpu", implementation=2)(h)
a = TimeDistributedDense(output_dim=4, init="uniform", W_regularizer=None, bias=True)(h)
b = layers.CuDNNLSTM(4, inner_activation="sigmoid", unit=3)(x)
c = merge([h, a], mode="concat", concat_axis=2)
d = merge([h, a], mode=lambda p: p[0])
merge([h, a], mode="minus")
e = merge.dot([h, a], axes=2)
f = layers.Merge([h, a], mode="sum")
g = layers.Merge(mode="mul")([h, a])
model = Model(input=x, output=layers.Dense(1)(b))
model.compile(optimizers.Adam(lr=0.1, decay=1e-6), "mse", metrics=["mse"])
options = {"output_dim": 3}
i = layers.Dense(**options)(b)
j = layers.Dense(3, input_dim=8, batch_input_shape=(None, 8))
k = layers.LSTM(3, input_dim=8, input_length=10)
l = layers.LSTM(3, batch_input_shape=(None, 10, 8))
m = layers.Dense(output_dims=3)
n = layers.AtrousConvolution1D(3, 2)
o = tf.compat.v1.keras.layers.CuDNNGRU(3)
p = layers.recurrent.LSTM(3)


class Old(Layer):
    def __init__(self, **kwargs):
        super(Old, self).__init__(**kwargs)
        self.input_spec = [InputSpec(ndim=3)]
        self.v = K.variable(1.0)
        self.t = tf.Variable(1.0)

    def call(self, x, mask=None):
        x = K.batch_flatten(x)
        x = x + tf.stop_gradient(x)
        return K.in_train_phase(x, x)


q = Old()(h)
