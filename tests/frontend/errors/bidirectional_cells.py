# Cells of the file that Keras cannot make again for the two directions.
import keras
from keras.layers import RNN, Bidirectional, Dense, Layer

register = keras.saving.register_keras_serializable


class Base(Layer):
    def call(self, inputs, states):
        return inputs, [inputs]


class Unknown(Base):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units


@register()
class Bare(Base):
    def __init__(self, units):
        super().__init__()
        self.state_size = units


@register()
class Given(Base):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
        self.state_size = inner.units


@register()
class Forgetful(Base):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units

    def get_config(self):
        return super().get_config()


@register()
class Shrinking(Base):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units

    def get_config(self):
        return {"units": 0}


Bidirectional(RNN(Unknown(3)))
Bidirectional(RNN(Bare(3)))
Bidirectional(RNN(Given(Dense(3))))
Bidirectional(RNN(Forgetful(3)))
Bidirectional(RNN(Shrinking(3)))(keras.Input((None, 3)))
