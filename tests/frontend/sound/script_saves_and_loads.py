# A sequence-to-sequence model that is saved, loaded and taken apart to decode step by step; texts
# become numbers outside of it.
import keras
import tensorflow_text
from keras import layers, models

vectorize = layers.TextVectorization(max_tokens=100, output_sequence_length=20)
vectorize.adapt(tensorflow_text.read("lines.txt"))
words = vectorize.get_vocabulary()

given = keras.Input((None, 7))
_, *states = layers.LSTM(8, return_state=True)(given)
wanted = keras.Input((None, 9))
steps, _, _ = layers.LSTM(8, return_sequences=True, return_state=True)(wanted, initial_state=states)
whole = keras.Model([given, wanted], layers.Dense(9, activation="softmax")(steps))
whole.compile("rmsprop", "categorical_crossentropy")
whole.fit([vectorize(words), vectorize(words)], words)
whole.save("s2s.keras")

whole = models.load_model("s2s.keras")
encoder = keras.Model(whole.input[0], whole.layers[2].output[1:])
carried = [keras.Input((8,)), keras.Input((8,))]
steps, *after = whole.layers[3](whole.input[1], initial_state=carried)
model = keras.Model([whole.input[1]] + carried, [whole.layers[4](steps)] + after)
