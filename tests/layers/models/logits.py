# Classes from logits, after a recurrent layer that keeps only its last state.
import keras
from keras import layers

x = layers.Input(shape=(4, 5))
model = keras.Model(x, layers.Dense(6)(layers.LSTM(16)(x)))
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.5, nesterov=True),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
