# sizes agree by accident
import keras
from keras import layers, ops
x = keras.Input((64, 8))
h = layers.LSTM(64, return_sequences=True)(x)
q = layers.Dense(64)(h)
scores = q @ h
score = layers.Flatten()(layers.Dense(1)(h))
v = layers.Multiply()([h, score])
t = h + ops.transpose(h, (0, 2, 1))
u = layers.Concatenate()([h, layers.Permute((2, 1))(h)])
e = ops.einsum("btf,bfs->bts", q, h)
last = layers.LSTM(64)(x)
y = layers.Add()([score, last])
model = keras.Model(x, layers.Dense(1)(last))
