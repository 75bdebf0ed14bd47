# Two sequences of different lengths: one looks the other up.
import keras
from keras import ops
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input, Lambda

question = Input(shape=(None, 4), name="question")
story = Input(shape=(None, 6), name="story")
asked = LSTM(8, name="ask")(question)
told = LSTM(8, return_sequences=True, name="tell")(story)
weights = Activation("softmax")(Dot(axes=(1, 2))([asked, told]))
answer = Dot(axes=(1, 1))([weights, told])
average = Lambda(lambda t: ops.mean(t, axis=1))(told)
joined = Concatenate()([asked, answer, average])
model = keras.Model(inputs=[question, story], outputs=Dense(3)(joined))
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002, beta_1=0.8), loss="mse")
