# The functions of keras.ops.nn of what layers and losses compute.
import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input, Layer


class Filters(Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 4, 6), name="kernel")
        self.grouped = self.add_weight(shape=(2, 2, 4), name="grouped")
        self.depthwise = self.add_weight(shape=(3, 4, 2), name="depthwise")
        self.pointwise = self.add_weight(shape=(1, 8, 3), name="pointwise")
        self.gamma = self.add_weight(shape=(4,), name="gamma")
        self.beta = self.add_weight(shape=(4,), name="beta")
        self.step = self.add_weight(shape=(9,), name="step")

    def call(self, x):
        normalized = ops.layer_normalization(x, self.gamma, self.beta, epsilon=1e-3)
        along_steps = ops.layer_normalization(x, self.step, axis=1)
        mean, variance = ops.moments(x, axes=(0, 1))
        batched = ops.batch_normalization(x, 0.1 * self.gamma, 1 + self.beta**2, -1, self.beta, self.gamma)
        turned = ops.batch_normalization(ops.transpose(x, (0, 2, 1)), self.gamma, 1 + self.beta**2, 1)
        parts = [
            ops.conv(x, self.kernel, padding="same"),
            ops.conv(x, self.kernel, strides=2),
            ops.conv(normalized, self.grouped, dilation_rate=2, padding="valid"),
            ops.depthwise_conv(x, self.depthwise, padding="same"),
            ops.separable_conv(along_steps, self.depthwise, self.pointwise, strides=2),
            ops.max_pool(batched, 2),
            ops.max_pool(x, 3, strides=2, padding="same"),
            ops.average_pool(x, (3,), 1, padding="same"),
            ops.average_pool(normalized, 2),
            ops.rms_normalization(x, self.gamma),
            ops.transpose(turned, (0, 2, 1)),
        ]
        return ops.concatenate([ops.mean(part * part, axis=1) for part in parts], axis=-1)


x = Input((9, 4))
h = Dense(12, activation="tanh")(x)
query = ops.reshape(h, (-1, 9, 4, 3))
key = ops.reshape(Dense(6)(x), (-1, 9, 2, 3))
whole = ops.dot_product_attention(query, query, query)
causal = ops.dot_product_attention(query, key, key, is_causal=True, scale=0.5)
masked = ops.dot_product_attention(
    query[:, 2:6], key, key, bias=np.linspace(-1, 1, 36).reshape(4, 9), mask=ops.expand_dims(x[:, :4, :1] < 0.8, 1)
)
logits = Dense(5)(h)
shares = ops.softmax(logits)
labels = ops.argmax(h[:, :, :5], axis=-1)
targets = ops.one_hot(labels, 5)
bits = ops.cast(h[:, :, :5] > 0, h.dtype)
losses = [
    ops.categorical_crossentropy(targets, logits, from_logits=True),
    ops.categorical_crossentropy(targets, shares),
    ops.categorical_crossentropy(targets, 0.9 * shares + 0.02),
    ops.sparse_categorical_crossentropy(labels, logits, from_logits=True),
    ops.sparse_categorical_crossentropy(ops.expand_dims(labels, -1), 0.9 * shares + 0.02),
    ops.mean(ops.binary_crossentropy(bits, logits, from_logits=True), axis=-1),
    ops.mean(ops.binary_crossentropy(bits, ops.sigmoid(logits)), axis=-1),
    ops.mean(ops.binary_crossentropy(bits, 0.9 * shares + 0.02), axis=-1),
]
noise = ops.map(lambda pair: ops.psnr(pair[0], pair[1], 2.0), (h[:, :, :4], x))
features = ops.concatenate(
    [ops.mean(ops.reshape(part, (-1, part.shape[1], 12)), axis=1) for part in (whole, causal, masked)]
    + [ops.stack([ops.mean(loss, axis=1) for loss in losses], axis=1), ops.expand_dims(noise, 1), Filters()(x)],
    axis=-1,
)
model = keras.Model(x, Dense(2)(features))
model.compile(optimizer=keras.optimizers.SGD(1e-4), loss="mse")
