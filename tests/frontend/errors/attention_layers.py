# The layers of attention: queries, keys and values that do not meet.
import keras
from keras.layers import *

q = keras.Input((10, 16), name="q")
v = keras.Input((20, 32), name="v")
s = keras.Input((None, 16), name="s")
Attention()([q, v])
Attention()(q, s)
Attention()([q, s, v])
last = LSTM(16)(q)
Attention()([last, q])
AdditiveAttention()([GlobalAveragePooling1D()(q), q])
MultiHeadAttention(num_heads=4, key_dim=4)(q)
MultiHeadAttention(4)(q, q)
MultiHeadAttention(heads=4, key_dim=4)(q, q)
context, weights = MultiHeadAttention(num_heads=4, key_dim=4)(q, q)
context, weights = Attention()([q, q])
Add()([q, MultiHeadAttention(num_heads=4, key_dim=4, output_shape=32)(q, q)])


# What a call that was passed over would have left is not missing.
class Cross(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.attention = MultiHeadAttention(2, 8)

    def call(self, x, context):
        self.scores = x
        return self.attention(x, context)


cross = Cross()
cross(Dense("8")(q), q)
print(cross.scores)
