# Attention layers that go step by step with K.rnn, as packages of the days of Keras 2 have them, with
# masks, constants and backwards; tf.scan.
import keras
import tensorflow as tf
from keras import layers
from tensorflow.keras import backend as K


class AttentionLayer(layers.Layer):
    """Bahdanau's attention of a decoder's states to those of an encoder."""

    def build(self, input_shape):
        encoder, decoder = input_shape
        self.W_a = self.add_weight(name="W_a", shape=tf.TensorShape((encoder[2], encoder[2])), initializer="uniform")
        self.U_a = self.add_weight(name="U_a", shape=tf.TensorShape((decoder[2], encoder[2])), initializer="uniform")
        self.V_a = self.add_weight(name="V_a", shape=tf.TensorShape((encoder[2], 1)), initializer="uniform")
        super().build(input_shape)

    def call(self, inputs):
        encoder_out_seq, decoder_out_seq = inputs

        def energy_step(inputs, states):
            w = K.dot(encoder_out_seq, self.W_a)
            u = K.expand_dims(K.dot(inputs, self.U_a), 1)
            e_i = K.softmax(K.squeeze(K.dot(K.tanh(w + u), self.V_a), axis=-1))
            return e_i, [e_i]

        def context_step(inputs, states):
            c_i = K.sum(encoder_out_seq * K.expand_dims(inputs, -1), axis=1)
            return c_i, [c_i]

        fake_state_c = K.sum(encoder_out_seq, axis=1)
        fake_state_e = K.sum(encoder_out_seq, axis=2)
        last_out, e_outputs, _ = K.rnn(energy_step, decoder_out_seq, [fake_state_e])
        last_out, c_outputs, _ = K.rnn(context_step, e_outputs, [fake_state_c])
        return c_outputs, e_outputs, last_out


class Decayed(layers.Layer):
    """A running mean over the steps that count, from the last one to the first."""

    def call(self, inputs):
        x, ids = inputs
        zeros = K.zeros_like(x[:, 0])

        def step(x_t, states):
            state, rate = states
            state = rate * state + (1.0 - rate) * x_t
            return K.concatenate([state, x_t], axis=-1), [state]

        rate = K.sigmoid(K.mean(x, axis=1))
        last, outputs, states = K.rnn(
            step, x, [zeros], go_backwards=True, mask=K.not_equal(ids, 0), constants=[rate]
        )
        return last, outputs, states[0]


class Sums(layers.Layer):
    def call(self, x):
        steps = tf.transpose(x, [1, 0, 2])
        sums = tf.scan(lambda a, b: 0.5 * a + tf.tanh(b), steps, initializer=tf.zeros_like(steps[0]))
        return tf.transpose(sums, [1, 0, 2])


words = layers.Input((None, 4))
x = layers.Input((5, 3))
ids = layers.Input((5,), dtype="int32")
encoded = layers.GRU(4, return_sequences=True)(words)
decoded = layers.GRU(3, return_sequences=True)(x)
contexts, energies, last_context = AttentionLayer()([encoded, decoded])
last, outputs, state = Decayed()([x, ids])
y = layers.Concatenate()([decoded, contexts, Sums()(decoded), outputs])
y = layers.GlobalAveragePooling1D()(y)
model = keras.Model([words, x, ids], layers.Dense(2)(layers.Concatenate()([y, last, state, last_context])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
