# A bidirectional encoder whose states start the decoders.
import keras
from keras import layers

source = keras.Input(shape=(5, 3), name="source")
target = keras.Input(shape=(4, 2), name="target")
encoded, forward_h, forward_c, backward_h, backward_c = layers.Bidirectional(
    layers.LSTM(3, return_sequences=True, return_state=True)
)(source)
decoded = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(
    target, initial_state=[forward_h, forward_c, backward_h, backward_c]
)
h = layers.Concatenate()([forward_h, backward_h])
c = layers.Concatenate()([forward_c, backward_c])
last = layers.LSTM(6)(decoded, initial_state=[h, c])
context = layers.GlobalAveragePooling1D()(encoded)
_, one, two = layers.Bidirectional(layers.GRU(2, return_state=True))(source)
joined = layers.Concatenate()([last, context, one, two])
model = keras.Model([source, target], layers.Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
