from keras.layers import Dense, LSTM

# The parenthesis of the call is missing; the lines after it are fine.
units = max(8, min(64, 32)
x = LSTM(units)

# A keyword shows that the list has ended.
sizes = [8, 16,
def block(x):
    return x

# The wrong kind of bracket, inside and outside.
shape = (10, 8]
y = Dense(int(sizes[0)])
z = Dense(4))

# Never closed: the rest of the file is inside.
tail = {
    "a": 1,
