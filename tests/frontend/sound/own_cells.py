# A recurrent layer written step by step, from a state of zeros, and one that feeds itself.
import keras
import tensorflow as tf
from keras import layers, ops


class MinimalGru(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.forget = layers.Dense(units, activation="sigmoid")
        self.candidate = layers.Dense(units, activation="tanh")

    def call(self, inputs):
        state = ops.zeros((ops.shape(inputs)[0], self.units))
        states = []
        for x in ops.unstack(inputs, axis=1):
            forget = self.forget(ops.concatenate([x, state], axis=-1))
            candidate = self.candidate(ops.concatenate([x, forget * state], axis=-1))
            state = (1 - forget) * state + forget * candidate
            states.append(state)
        return ops.stack(states, axis=1)


class Forecaster(keras.Model):
    def __init__(self, units, steps, features):
        super().__init__()
        self.steps = steps
        self.lstm = layers.LSTM(units, return_state=True)
        self.out = layers.Dense(features)

    def call(self, inputs, training=None):
        batch = tf.shape(inputs)[0]
        zeros = [tf.zeros([batch, self.lstm.units])] * 2
        x, *states = self.lstm(inputs, initial_state=zeros, training=training)
        predictions = [self.out(x)]
        while len(predictions) < self.steps:
            x = tf.expand_dims(predictions[-1], 1)
            x, *states = self.lstm(x, initial_state=states, training=training)
            predictions.append(self.out(x))
        return tf.transpose(tf.stack(predictions), [1, 0, 2])


x = keras.Input((6, 3))
cells = keras.Model(x, MinimalGru(8)(x))
model = Forecaster(16, 4, 3)
model.build((None, 6, 3))
model.compile(loss=tf.losses.MeanSquaredError(), optimizer=tf.optimizers.Adam(1e-3))
