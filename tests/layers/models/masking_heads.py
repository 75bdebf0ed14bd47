# MultiHeadAttention of masked sequences. It takes the masks of its tensors away when the model
# runs, so that what comes after it sees none.
import keras
from keras import ops
from keras.layers import LSTM, Add, Dense, Input, Masking, MultiHeadAttention

a = Input((None, 3), name="a")
b = Input((None, 3), name="b")
query = Dense(4)(Masking()(a))
other = Dense(4)(query)
value = Dense(4)(Masking()(b))

itself = MultiHeadAttention(2, 3)(query, query)
residual = Add()([query, itself])
crossed = MultiHeadAttention(2, 3, value_dim=2)(other, value, key=Dense(3)(value))
again, shares = MultiHeadAttention(2, 3)(crossed, value, return_attention_scores=True)
pairs = ops.matmul(a, ops.transpose(b, (0, 2, 1))) > -1
chosen = MultiHeadAttention(2, 3)(again, Dense(4)(b), attention_mask=pairs)

largest = ops.transpose(ops.max(shares, axis=-1), (0, 2, 1))
last = LSTM(3)(residual)
outputs = [last, residual, chosen, crossed, largest]
model = keras.Model([a, b], [Dense(2)(output) for output in outputs])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
