# What scripts print about a model and its layers.
import keras

inputs = keras.Input((10, 3))
hidden = keras.layers.LSTM(8, return_sequences=True)(inputs)
model = keras.Model(inputs, keras.layers.Dense(2)(hidden))
inner = keras.Sequential([model, keras.layers.Activation("relu")])
for layer in model.layers + inner.layers:
    kind = layer.__class__.__name__
    layer.get_weights()
    print(f"{layer.name:12} {kind:10} {str(layer.output.shape):16} {layer.count_params():5} {len(layer.weights)} {layer.dtype}")
    if kind == "LSTM":
        layer.trainable = False
    if isinstance(layer, (keras.layers.Dense, keras.layers.InputLayer)):
        print(layer.get_config()["name"])
assert [layer.trainable for layer in model.layers] == [True, False, True]
print(sum(weight.shape[-1] for weight in model.trainable_weights), type(model).__name__, model.dtype)
