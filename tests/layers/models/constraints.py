# Constraints of weights: as objects, names, classes and functions, in every place, of every
# axis, also of frozen layers, of layers of the file and of models in models.
import keras
from keras import constraints, layers, ops


class Halves(constraints.Constraint):
    def __init__(self, most):
        self.most = most

    def __call__(self, w):
        return ops.minimum(w, self.most) * 0.5

    def get_config(self):
        return {"most": self.most}


class Scores(layers.Layer):
    def __init__(self, constraint=None, **kwargs):
        super().__init__(**kwargs)
        self.constraint = constraints.get(constraint)

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 1), name="w", constraint=self.constraint)
        self.b = self.add_weight(shape=(1,), name="b", constraint="non_neg")

    def call(self, x):
        scores = ops.matmul(x, self.w) + self.b
        return ops.sum(ops.softmax(scores, axis=1) * ops.tanh(scores) * x, axis=1)


ids = keras.Input((5,), dtype="int32", name="ids")
x = keras.Input((5, 3), name="x")
e = layers.Embedding(7, 3, embeddings_constraint=constraints.UnitNorm(axis=1))(ids)
h = layers.LSTM(
    4,
    return_sequences=True,
    kernel_constraint=constraints.MaxNorm(0.75),
    recurrent_constraint=constraints.max_norm(max_value=1, axis=[0, 1]),
    bias_constraint="NonNeg",
)(x + e)
h = layers.Bidirectional(
    layers.GRU(
        3,
        return_sequences=True,
        kernel_constraint="unit_norm",
        recurrent_constraint=constraints.MinMaxNorm(0.5, 0.75, rate=0.5),
        bias_constraint=constraints.MaxNorm(0.5, axis=-1),
    )
)(h)
h = layers.SimpleRNN(4, return_sequences=True, recurrent_constraint="min_max_norm")(h)
h = layers.Conv1D(4, 2, kernel_constraint=constraints.MaxNorm(0.5, axis=(0, 1)))(h)
h = layers.SeparableConv1D(
    4, 2, padding="same", depthwise_constraint="MaxNorm", pointwise_constraint=constraints.NonNeg
)(h)
h = layers.DepthwiseConv1D(
    2,
    padding="same",
    depthwise_constraint=constraints.UnitNorm(None),
    depthwise_regularizer="l2",
)(h)
h = layers.LayerNormalization(gamma_constraint="non_neg", beta_constraint=Halves(0.25))(h)
h = layers.BatchNormalization(gamma_constraint=constraints.MaxNorm(0.9))(h)
h = layers.GroupNormalization(2, beta_constraint=lambda w: w * w)(h)
h = layers.PReLU(alpha_constraint=constraints.MaxNorm(axis=[-1], max_value=0.3))(h)
h = layers.MultiHeadAttention(
    2, 3, kernel_constraint=constraints.MaxNorm(0.6, axis=2), bias_constraint=constraints.NonNeg()
)(h, h)
frozen = layers.Dense(4, kernel_constraint="non_neg")
frozen.trainable = False
y = Scores(constraints.MaxNorm(0.4))(frozen(h))
inner = keras.Sequential(
    [keras.Input((4,)), layers.Dense(3, "tanh", kernel_constraint=lambda w: ops.clip(w, -0.5, 0.5))]
)
y = layers.Dense(2, bias_constraint="max_norm", name="y")(inner(y))
model = keras.Model([ids, x], y)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
