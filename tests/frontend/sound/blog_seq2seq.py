# Encoder and decoder as models of classes that call each other, with a step of attention.
import keras
from keras import layers, ops


class Attention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.W1 = layers.Dense(units)
        self.W2 = layers.Dense(units)
        self.V = layers.Dense(1)

    def call(self, query, values):
        score = self.V(ops.tanh(self.W1(ops.expand_dims(query, 1)) + self.W2(values)))
        weights = ops.softmax(score, axis=1)
        return ops.sum(weights * values, axis=1), weights


class Encoder(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.lstm = layers.LSTM(units, return_sequences=True, return_state=True)

    def call(self, x):
        output, h, c = self.lstm(x)
        return output, (h, c)


class Decoder(keras.Model):
    def __init__(self, units, features):
        super().__init__()
        self.attention = Attention(units)
        self.lstm = layers.LSTM(units, return_sequences=True, return_state=True)
        self.fc = layers.Dense(features)

    def call(self, x, state, memory):
        context, weights = self.attention(state[0], memory)
        x = ops.concatenate([ops.expand_dims(context, 1), x], axis=-1)
        output, h, c = self.lstm(x, initial_state=list(state))
        return self.fc(output[:, 0]), (h, c), weights


class Seq2Seq(keras.Model):
    def __init__(self, encoder, decoder, steps):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.steps = steps

    def call(self, inputs):
        source, target = inputs
        memory, state = self.encoder(source)
        outputs = []
        for t in range(self.steps):
            logits, state, _ = self.decoder(target[:, t : t + 1], state, memory)
            outputs.append(logits)
        return ops.stack(outputs, axis=1)


model = Seq2Seq(Encoder(16), Decoder(16, 6), steps=4)
model([keras.Input((12, 5), name="source"), keras.Input((4, 6), name="target")])
model.compile(optimizer="adam", loss="mse")
