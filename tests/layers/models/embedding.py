# Rows of tables by ids: integers and floats, some from behind; of one, two and three axes; a table that is
# used twice and once more as the weights of the output; penalties on tables.
import keras
from keras import layers, ops, regularizers

words = keras.Input((None,), dtype="int32", name="words")
marks = keras.Input((None,), name="marks")
kind = keras.Input((), dtype="int32", name="kind")
grid = keras.Input((2, 3), dtype="int64", name="grid")

embed = layers.Embedding(7, 3, embeddings_regularizer=regularizers.L2(0.03), name="embed")
h = layers.LSTM(4, return_sequences=True)(embed(words))
m = layers.Embedding(input_dim=9, output_dim=5, embeddings_initializer="normal")(marks)
m = layers.GlobalAveragePooling1D()(layers.Dense(4, activation="tanh")(m))
g = ops.sum(ops.tanh(embed(grid)), axis=(1, 2))
k = layers.Embedding(5, 2, embeddings_regularizer="l1")(kind)
x = layers.Concatenate()([ops.max(h, axis=1), m, g, k])
x = layers.Dense(3, activation="tanh")(x)


class Scores(layers.Layer):
    def __init__(self, table, **options):
        super().__init__(**options)
        self.table = table

    def call(self, t):
        return ops.matmul(t, ops.transpose(self.table.embeddings))


scores = Scores(embed, name="scores")(x)
steps = layers.Dense(2, name="steps")(h)
model = keras.Model([words, marks, kind, grid], [scores, steps])
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
    loss=[keras.losses.SparseCategoricalCrossentropy(from_logits=True), "mse"],
)
