import keras
from keras import layers, ops

Metric = keras.metrics.Metric
Metric()
x = keras.Input((3,))
model = keras.Model(x, layers.Dense(2, activation="sigmoid")(x))


def compile(metric):
    model.compile("sgd", "binary_crossentropy", metrics=[metric])


class Silent(Metric):
    def result(self):
        return 1.0


class Early(Metric):
    def __init__(self):
        self.total = self.add_weight(name="total", initializer="zeros")


class Base(Metric):
    def __init__(self, shape=(), initializer="zeros"):
        super().__init__()
        self.total = self.add_weight(shape=shape, initializer=initializer, name="total")
        self.area = keras.metrics.AUC()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_true * y_pred))

    def result(self):
        return self.total


class Idle(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        pass


class Decaying(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign(0.9 * self.total + ops.mean(y_pred))


class Relative(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_pred) - self.total)


class Shape(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_pred, axis=0))


class Several(Base):
    def result(self):
        return {"a": self.total, "b": self.total}


class Vector(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_pred, axis=0))


class Inside(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.area.update_state(y_true, y_pred)


class Untold(Base):
    def result(self):
        return self.total + keras.metrics.Precision().result()


class Weightless(Base):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(ops.sum(y_pred))


class Nothing(Base):
    def result(self):
        self.total


Early()
Base(shape=(None,))
Base(initializer="ones")
compile(Silent())
for kind in (Idle, Decaying, Relative, Shape, Several, Inside, Untold, Nothing):
    compile(kind())
compile(Vector(shape=(2,)))
model.compile("sgd", "binary_crossentropy", weighted_metrics=[Weightless()])
model.compile("sgd", "binary_crossentropy", metrics=[Base])
