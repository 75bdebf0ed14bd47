# The older way to spread one weight per step over the units: Flatten, RepeatVector, Permute.
from tensorflow.keras.layers import (LSTM, Activation, Dense, Flatten, Input, Lambda, Multiply,
                                     Permute, RepeatVector)
from tensorflow.keras.models import Model
import tensorflow as tf

units = 64
inputs = Input(shape=(30, 4))
activations = LSTM(units, return_sequences=True)(inputs)
attention = Dense(1, activation='tanh')(activations)
attention = Flatten()(attention)
attention = Activation('softmax')(attention)
attention = RepeatVector(units)(attention)
attention = Permute((2, 1))(attention)
sent_representation = Multiply()([activations, attention])
sent_representation = Lambda(lambda xin: tf.reduce_sum(xin, axis=-2), output_shape=(units,))(
    sent_representation)
probabilities = Dense(3, activation='softmax')(sent_representation)
model = Model(inputs=inputs, outputs=probabilities)
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
