import keras
from keras import layers, ops
from keras.layers import LSTM, Attention, Conv1D, Dense, Flatten, Masking, MultiHeadAttention, Softmax

x = keras.Input((6, 3), name="x")
masked = Masking()(x)

Masking(mask_value="0")(x)
Masking()(keras.Input(()))

Flatten()(masked)
Conv1D(4, 3)(masked)
layers.Lambda(lambda t: 2 * t)(masked)

h = c = Dense(4)(masked[:, 0])
LSTM(4)(masked, initial_state=[h, c])
LSTM(4)(masked, initial_state=[h, c], mask=masked._keras_mask)

Dense(2)(masked, mask=masked._keras_mask)
Flatten()(x, mask=masked._keras_mask)
LSTM(4)(x, mask=[True])
LSTM(4)(x, mask=ops.any(keras.Input((5, 3)) > 0, axis=-1))
layers.GlobalAveragePooling1D()(x, mask=x > 0)
Attention()([masked, masked], mask=masked._keras_mask)
Attention()([masked, masked], mask=[masked._keras_mask])

Softmax()(Dense(5)(masked))
Softmax()(x, mask=ops.any(x > 0, axis=-1))

heads = MultiHeadAttention(2, 2)
first = heads(masked, masked)
again = MultiHeadAttention(2, 2)(masked, masked)
heads(x, x, query_mask=masked._keras_mask)
heads(x, x, value_mask=3)
heads(x, x, attention_mask=masked._keras_mask)

other = Masking()(x)
model = keras.Sequential([keras.Input((6, 3)), Dense(3), LSTM(2)])
model(other)
layers.TimeDistributed(Softmax())(other)
layers.Bidirectional(LSTM(2, return_sequences=True, unroll=True))(other)


class Doubling(layers.Layer):
    def call(self, inputs):
        return 2 * inputs


Doubling()(other)

lost = keras.Model(x, Dense(2)(layers.Add()([masked, again, first])))
lost.compile(loss="mse")
flat = layers.Lambda(lambda t: t[:, :, 0], mask=other._keras_mask)(other)
wrong = keras.Model(x, flat)
wrong.compile(loss="mse")
own = layers.Input((6, 3), name="own")
behind = keras.Model(own, LSTM(2)(Masking()(Dense(3)(own))))
behind(other)
