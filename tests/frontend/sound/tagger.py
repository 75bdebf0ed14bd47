# A label for each step; class weights for steps of any number.
from keras import Input, Model
from keras.layers import GRU, Dense

words = Input(shape=(None, 40), name="words")
forward = GRU(20, return_sequences=True)(words)
backward = GRU(20, return_sequences=True, go_backwards=True)(words)
tags = Dense(9, activation="softmax")(forward + backward[:, ::-1])
model = Model(words, tags)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
