# Masks together with the causal one, which needs to know how many steps there are.
import keras
from keras.layers import LSTM, Attention, Dense, Input, Masking, MultiHeadAttention

x = Input((7, 3))
masked = Dense(4)(Masking()(x))
causal = Attention()([masked, masked], use_causal_mask=True)
heads = MultiHeadAttention(2, 3)(causal, causal, use_causal_mask=True)
model = keras.Model(x, [Dense(2)(heads), LSTM(3)(heads)])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
