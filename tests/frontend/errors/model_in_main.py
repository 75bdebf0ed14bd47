import keras


def build(units):
    x = keras.Input((3,))
    return keras.Model(x, keras.layers.Dense(units)(x))


if __name__ == "__main__":
    model = build(4)
