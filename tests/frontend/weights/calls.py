import keras
from keras import layers as L, ops
class Att(L.Layer):
    def __init__(self, units):
        super(Att, self).__init__()
        self.W1 = L.Dense(units)
        self.W2 = L.Dense(units)
        self.V = L.Dense(1)
    def call(self, query, values):
        q = ops.expand_dims(query, 1)
        score = self.V(ops.tanh(self.W1(q) + self.W2(values)))
        w = ops.softmax(score, axis=1)
        return ops.sum(w * values, axis=1), w
class Two(L.Layer):
    def build(self, a_shape, b_shape):
        self.k = self.add_weight(shape=(a_shape[-1], b_shape[-1]), name="k")
    def call(self, a, b, scale=1.0):
        return {"p": ops.matmul(a, self.k) * scale, "q": b}
x = keras.Input((5, 3))
seq, h, c = L.LSTM(4, return_sequences=True, return_state=True)(x)
ctx, w = Att(6)(h, seq)
d = Two()(ctx, b=h, scale=2.0)
class Enc(keras.Model):
    def __init__(self):
        super().__init__(name="enc")
        self.emb = L.Dense(3)
    def build(self, input_shape):
        self.extra = self.add_weight(shape=(input_shape[-1],), name="extra")
        super().build(input_shape)
    def call(self, t):
        return self.emb(t * self.extra)
e = Enc()(d["p"])
model = keras.Model(x, [e, d["q"]])
