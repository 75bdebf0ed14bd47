# Penalties on weights: as objects, names and factors, in every place, also of frozen layers.
import keras
from keras import layers, ops, regularizers


class Scores(layers.Layer):
    def __init__(self, regularizer=None, **kwargs):
        super().__init__(**kwargs)
        self.regularizer = regularizers.get(regularizer)

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 1), name="w", regularizer=self.regularizer)

    def call(self, x):
        return ops.sum(ops.softmax(ops.matmul(x, self.w), axis=1) * x, axis=1)


def loss(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1) + regularizers.L1L2(0.1, 0.2)(y_pred)


x = keras.Input((5, 3), name="x")
h = layers.LSTM(
    4,
    return_sequences=True,
    kernel_regularizer=regularizers.L1(0.03),
    recurrent_regularizer=regularizers.l2(0.02),
    bias_regularizer=regularizers.l1_l2(0.01, 0.02),
)(x)
h = layers.Bidirectional(layers.GRU(3, return_sequences=True, kernel_regularizer="l2"))(h)
h = layers.Conv1D(4, 2, kernel_regularizer="L1", bias_regularizer="l1l2")(h)
h = layers.LayerNormalization(gamma_regularizer=regularizers.L2())(h)
h = layers.MultiHeadAttention(2, 3, kernel_regularizer=keras.regularizers.L2(0.05))(h, h)
frozen = layers.Dense(4, kernel_regularizer=regularizers.L2(0.5))
frozen.trainable = False
y = Scores("l2")(frozen(h))
y = layers.Dense(2, kernel_regularizer=regularizers.L1L2(l1=0.02, l2=0.03), name="y")(y)
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss=loss, metrics=["mse"])
