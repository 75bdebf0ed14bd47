# Models of parts of a model, found by name and by place, and loops over its layers.
import keras
from keras import layers

model = keras.Sequential(name="classifier")
model.add(layers.InputLayer((30, 4)))
for number, units in enumerate([32, 16]):
    model.add(layers.LSTM(units, return_sequences=number == 0, name=f"lstm_{number}"))
model.add(layers.Dense(8, activation="relu", name="features"))
model.add(layers.Dense(3, activation="softmax", name="classes"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
assert model.input_shape == (None, 30, 4) and model.output_shape == (None, 3)

features = keras.Model(model.inputs, model.get_layer("features").output, name="extractor")
steps = keras.Model(model.layers[0].input, model.layers[0].output)
widest = max(layer.units for layer in model.layers if isinstance(layer, (layers.LSTM, layers.Dense)))
for layer in model.layers:
    print(f"{layer.name:10} {layer.__class__.__name__:8} {layer.output.shape} {layer.count_params():,}")
print(f"{model.count_params():,} parameters in {len(model.weights)} weights, {widest} at most")

# A frozen copy of all but the head.
copies = [type(layer).from_config(layer.get_config()) for layer in model.layers[:-1]]
for copy in copies:
    copy.trainable = False
head = layers.Dense(5, activation="softmax", name="head")
other = keras.Sequential([keras.Input(model.input_shape[1:]), *copies, head])
assert other.trainable_weights == [] or len(other.trainable_weights) == 2

# A decoder of the last layers, on an input of its own.
code = h = keras.Input(features.output_shape[1:])
for layer in model.layers[-1:]:
    h = layer(h)
tail = keras.Model(code, h)
