# GroupQueryAttention of masked sequences, whose masks stay.
import keras
from keras import ops
from keras.layers import LSTM, Add, Dense, GroupQueryAttention, Input, Masking

a = Input((None, 3), name="a")
b = Input((None, 3), name="b")
query = Dense(4)(Masking()(a))
value = Dense(4)(Masking()(b))

itself = GroupQueryAttention(3, 4, 2)(query, query)
residual = Add()([query, itself])
crossed = GroupQueryAttention(3, 2, 1)(residual, value, key=Dense(4)(value))
again, shares = GroupQueryAttention(2, 2, 2)(crossed, value, return_attention_scores=True)
pairs = ops.matmul(a, ops.transpose(b, (0, 2, 1))) > -1
chosen = GroupQueryAttention(2, 2, 2)(again, Dense(4)(b), attention_mask=pairs)
given = GroupQueryAttention(2, 2, 1)(Dense(4)(a), value, query_mask=ops.any(ops.not_equal(a, 0), -1))

largest = ops.transpose(ops.max(shares, axis=-1), (0, 2, 1))
last = LSTM(3)(again)
outputs = [last, residual, chosen, crossed, given, largest]
model = keras.Model([a, b], [Dense(2)(output) for output in outputs])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
