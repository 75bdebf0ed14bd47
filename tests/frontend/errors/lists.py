# Lists of tensors where one is meant, and the other way round.
from keras.layers import LSTM, Concatenate, Dense, Dot, Input, Lambda, Add, Subtract
a, b = Input((10, 8)), Input((10, 8))
y = Dense(64)([a, b])
z = LSTM(64)([a, b])
c = Concatenate()(a, b)
d = Add()(a, b)
e = Dot(axes=2)(a, b)
f = Add()([a])
g = Subtract()([a])
h = Concatenate(axis=-1)
i = Concatenate([a, b])
j = Add([a, b])
k = Dot([a, b], axes=2)
