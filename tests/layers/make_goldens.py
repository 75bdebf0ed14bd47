"""Runs every model file under Keras, in double precision, and keeps the numbers.

For each `models/NAME.py` this writes `goldens/NAME.npz`: random weights, then
two cases (sizes of batch and time), each with inputs, targets, outputs, loss,
metrics, gradients of the training loss, and what one and three training steps
on that batch do to the weights. `scripts/make-goldens` calls it with the
versions that the goldens name; tests/layers reads the files without Python.

Keys of a golden:

    weights/PATH                            start of every trained variable, f32
    CASE/input/NAME, CASE/target/OUTPUT     f32, labels i32
    CASE/sample_weight                      only where WEIGHTED says so, f32;
                                            /OUTPUT where there are several
    CASE/output/NAME                        f64
    CASE/again/NAME                         the outputs of a second call, where layers
                                            with `stateful=True` go on from the first
    CASE/loss, CASE/metric/NAME             scalars, f64
    CASE/training_loss                      that of training, where it is another
    CASE/grad/PATH, CASE/gradin/NAME        gradients, kept in f32
    CASE/change1/PATH, CASE/change3/PATH    weights after 1 and 3 steps, minus
                                            their start, kept in f32; what stateful
                                            layers keep is among them

    tolerance                               where Keras computes in bfloat16: what numbers may
                                            be off by, f64

Models that draw random numbers draw Rondo's, so that the rest of the arithmetic can be
compared: `Draws` is in the place of Keras' generators.

All arithmetic is f64, unless a dtype policy of the model says otherwise. Starting
values and inputs are f32 values, so a compiled model starts from the very same
numbers; what is kept in f32 is rounded once, at the end, by at most 6e-8 of an entry.
"""

import itertools
import json
import runpy
import sys
import zlib
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

# Batch size, then the number of steps that each dynamic time axis gets.
CASES = {"many": (5, [13, 4]), "one": (1, [1, 3])}
# Models whose first case carries sample weights.
WEIGHTED = {
    "logits",
    "labels_per_step",
    "categories",
    "binary_steps",
    "precision",
    "weighted_outputs",
    "reductions",
    "masking",
    "masking_losses",
    "metric_thresholds",
    "metric_scores",
    "metric_classes",
    "metrics_of_file",
    "losses_focal",
    "metrics_of_values",
}
# Models whose inputs are multiples of a half, so that some are equal.
WITH_TIES = {"sparsemax", "rounding"}
# Models with masks: steps of their sequences are zeros. A mean of no steps has no number.
MASKED = "masking"
NONE_EMPTY = {"masking_pooling", "masking_nested"}
# Of the largest entry, for models that compute in bfloat16: some roundings by 2**-9, one after
# the other.
BFLOAT16_TOLERANCE = 2.0**-4
# What the targets of a loss look like; those of other losses are normal numbers.
LABELS = {
    "sparse_categorical_crossentropy",
    "categorical_generalized_cross_entropy",
    # Of model files.
    "masked_loss",
    "label_weighted",
}
ONE_HOT = {"categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"}
BITS = {"binary_crossentropy", "binary_focal_crossentropy", "dice", "tversky", "hinge", "squared_hinge"}
SHARES = {"kl_divergence"}
POSITIVE = {"poisson", "mean_squared_logarithmic_error", "mean_absolute_percentage_error"}
# Models that draw where they are used: their layers call others with `training=True`, or
# functions of keras.random.
DRAWN_IN_USE = {"training_calls", "sampling"}
# Variables that training changes without a gradient.
STATISTICS = {"moving_mean", "moving_variance"}
# Optimizers that divide by the size of gradients.
DIVIDING = {"Adam", "AdamW", "Adamax", "Nadam", "Adadelta", "RMSprop", "Lion", "Lamb"}


class Draws:
    """Rondo's random numbers: Philox2x32-10 of the step's key, a stream for each draw in the
    order of calls, and the position in the tensor (docs/dialect.md, `rondo.random`)."""

    def __init__(self):
        self.begin(1)

    def begin(self, step, seed=0):
        """Starts a forward pass of a training step, or, negative, of so many uses."""
        mask = 2**64 - 1
        z = seed
        for factor in (1, step):
            z = (z + 0x9E3779B97F4A7C15 * factor) & mask
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
            z ^= z >> 31
        self.key = (z & 0xFFFFFFFF, z >> 32)
        self.stream = 0

    def words(self, shape):
        """The two words of each element, times 2^-32, to 24 bits."""
        shape = [int(size) for size in shape]
        word = np.uint64(0xFFFFFFFF)
        first = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint64)
        second = np.full_like(first, self.stream ^ self.key[1])
        key = self.key[0]
        self.stream += 1
        for _ in range(10):
            product = first * np.uint64(0xD256D193)
            first = (product >> np.uint64(32)) ^ np.uint64(key) ^ second
            second = product & word
            key = (key + 0x9E3779B9) & 0xFFFFFFFF
        return [((each >> np.uint64(8)) * 2.0**-24).reshape(shape) for each in (first, second)]

    def uniform(self, shape):
        return self.words(shape)[0]

    def normal(self, shape):
        u, v = self.words(shape)
        return np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)

    def install(self):
        """Puts them in the place of Keras' own, which still trace what is of open size."""
        random = keras.src.backend.random

        def dropout(inputs, rate, noise_shape=None, seed=None):
            if not tf.executing_eagerly():
                return inputs
            shape = list(inputs.shape)
            if noise_shape is not None:
                shape = [own if size is None else size for size, own in zip(noise_shape, shape)]
            kept = tf.constant(self.uniform(shape) >= rate)
            return tf.where(kept, inputs / (1 - rate), tf.zeros_like(inputs))

        def eagerly(draw, otherwise):
            def drawn(shape, *args, **kwargs):
                choose = draw if tf.executing_eagerly() else otherwise
                return choose(shape, *args, **kwargs)

            return drawn

        def normal(shape, mean=0.0, stddev=1.0, **kwargs):
            return tf.constant(mean + stddev * self.normal(shape), kwargs.get("dtype"))

        def uniform(shape, minval=0.0, maxval=1.0, **kwargs):
            drawn = minval + (maxval - minval) * self.uniform(shape)
            return tf.constant(drawn, kwargs.get("dtype"))

        random.dropout = dropout
        random.normal = eagerly(normal, random.normal)
        random.uniform = eagerly(uniform, random.uniform)


DRAWS = Draws()


def random_values(rng, shape, scale):
    """Normal f32 values, as f32."""
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def steps_that_count(batch, steps, may_be_empty):
    """All of them; a few; all but the first and a gap; none; every other one: (batch, steps)."""
    t = np.arange(steps)
    patterns = [
        t >= 0,
        t < max(1, steps // 3),
        (t >= steps // 4) & (t != steps // 2),
        (t < 0) if may_be_empty else t > 0,
        t % 2 == 1 if steps > 1 else t >= 0,
    ]
    return np.stack([patterns[i % len(patterns)] for i in range(batch)])


def make_inputs(model, rng, batch, times):
    """One array for each model input; their time axes get times in turn."""
    inputs = {}
    for tensor, steps in zip(model.inputs, itertools.cycle(times)):
        shape = [tensor.shape[0] or batch] + [steps if size is None else size for size in tensor.shape[1:]]
        # The name of the layer: the tensor's own counts every tensor that Keras ever made.
        if tensor.dtype == "bool":
            values = rng.integers(0, 4, shape) > 0
        elif tensor.dtype.startswith("int"):
            values = rng.integers(0, 5, shape).astype(np.int32)
        else:
            values = random_values(rng, shape, 1.0)
        inputs[tensor._keras_history.operation.name] = values
    return inputs


def output_names(model):
    """Keras' names of the outputs; a Sequential model has one, of its last layer."""
    return getattr(model, "output_names", None) or [model.layers[-1].name]


def losses_of(model):
    """The loss of each output, as a list of strings or loss objects."""
    loss = model.loss
    if isinstance(loss, dict):
        return [loss[name] for name in output_names(model)]
    return list(loss) if isinstance(loss, (list, tuple)) else [loss] * len(model.outputs)


def loss_name(loss):
    """Keras' name of the loss function, whatever was written for it."""
    aliases = {"mape": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error"}
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or loss.__name__
    return aliases.get(name, name)


def make_target(loss, rng, shape):
    """Random targets that the loss makes sense of; for None as for squares."""
    name = loss and loss_name(loss)
    if name == "circle":
        # Every sample has one of its class and one of another, where there are enough.
        return rng.permutation(np.arange(shape[0], dtype=np.int32) % 2)
    if name == "ctc":
        # Labels from 1 on, of lengths that the steps suffice for; zeros behind them.
        lengths = 1 + np.arange(shape[0]) % max(1, shape[1] // 3)
        labels = rng.integers(1, shape[2], (shape[0], max(lengths)))
        return np.where(np.arange(max(lengths)) < lengths[:, None], labels, 0).astype(np.int32)
    if name in LABELS:
        return rng.integers(0, shape[-1], shape[:-1]).astype(np.int32)
    if name in ONE_HOT:
        return np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]
    if name in BITS:
        return rng.integers(0, 2, shape).astype(np.float32)
    if name in SHARES:
        shares = rng.uniform(0.1, 1.0, shape)
        return (shares / shares.sum(axis=-1, keepdims=True)).astype(np.float32)
    if name in POSITIVE:
        return rng.uniform(0.5, 3.0, shape).astype(np.float32)
    return random_values(rng, shape, 2.0)


def make_targets(model, rng, outputs):
    """Targets by the names of the outputs."""
    return {
        name: make_target(loss, rng, output.shape)
        for loss, name, output in zip(losses_of(model), output_names(model), outputs)
    }


def run_case(model, stem, start, rng, batch, times, weighted):
    """All numbers of one case, by the keys below CASE/."""
    reset(model, start)
    inputs = make_inputs(model, rng, batch, times)
    tied = stem in WITH_TIES
    if stem.startswith(MASKED):
        for value in inputs.values():
            value[~steps_that_count(*value.shape[:2], stem not in NONE_EMPTY)] = 0
    if tied:
        inputs = {name: np.round(2 * value) / 2 for name, value in inputs.items()}
    x = [tf.constant(feed(value)) for value in inputs.values()]
    DRAWS.begin(step=-1)
    outputs = model(x if len(x) > 1 else x[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    outputs = [output.numpy() for output in outputs]
    if states_of(model):
        again = model(x if len(x) > 1 else x[0], training=False)
        again = again if isinstance(again, (list, tuple)) else [again]
    targets = make_targets(model, rng, outputs)
    weights = None
    if weighted:
        # One for each number of the elementwise loss.
        shapes = [output.shape[:-1] for output in outputs]
        weights = [rng.uniform(0.25, 2.0, shape).astype(np.float32) for shape in shapes]

    feed_x = [feed(value) for value in inputs.values()]
    feed_y = list(targets.values())
    feed_x = feed_x if len(feed_x) > 1 else feed_x[0]
    feed_y = feed_y if len(feed_y) > 1 else feed_y[0]

    values = {}
    for name, value in inputs.items():
        values[f"input/{name}"] = value
    for name, value in targets.items():
        values[f"target/{name}"] = value
    if weights is not None and len(weights) == 1:
        weights = values["sample_weight"] = weights[0]
    elif weights is not None:
        for name, value in zip(targets, weights):
            values[f"sample_weight/{name}"] = value
    for name, value in zip(output_names(model), outputs):
        values[f"output/{name}"] = value
    if states_of(model):
        for name, value in zip(output_names(model), again):
            values[f"again/{name}"] = value.numpy()

    reset(model, start)
    # A function would be traced with the shapes of a symbolic batch, which has no numbers.
    model.run_eagerly = stem in DRAWN_IN_USE
    DRAWS.begin(step=-1)
    results = model.evaluate(
        feed_x, feed_y, sample_weight=weights, batch_size=len(outputs[0]), verbose=0, return_dict=True
    )
    for name, value in results.items():
        key = "loss" if name == "loss" else f"metric/{name}"
        values[key] = np.float64(value)

    draws = model_draws(model)
    reset(model, start)
    DRAWS.begin(step=1)
    with tf.GradientTape() as tape:
        tape.watch([value for value in x if value.dtype.is_floating])
        predicted = model(x if len(x) > 1 else x[0], training=True)
        loss = model.compute_loss(
            y=feed_y, y_pred=predicted, sample_weight=weights, training=True
        )
    variables = model.trainable_variables
    statistics = [v for v in model.non_trainable_variables if v.path.split("/")[-1] in STATISTICS]
    updated = variables + statistics
    gradients = tape.gradient(
        loss,
        [v.value for v in variables] + x,
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    if draws:
        values["training_loss"] = np.float64(loss)
    else:
        tolerance = BFLOAT16_TOLERANCE if is_mixed(model) else 1e-12
        assert abs(float(loss) - float(values["loss"])) <= tolerance * abs(float(loss)), "loss"
    for variable, gradient in zip(variables, gradients):
        values[f"grad/{variable.path}"] = rounded(gradient)
    for name, gradient in zip(inputs, gradients[len(variables) :]):
        if inputs[name].dtype == np.float32:
            values[f"gradin/{name}"] = rounded(gradient)

    # What the gradients have moved.
    reset(model, start)
    # A function would be traced once, with the numbers of the first step.
    model.run_eagerly = draws
    for step in range(1, 4):
        DRAWS.begin(step)
        model.train_on_batch(feed_x, feed_y, sample_weight=weights)
        if step in (1, 3):
            for variable in updated:
                change = variable.numpy() - start[variable.path].astype(np.float64)
                values[f"change{step}/{variable.path}"] = rounded(change)
            for path, variable in states_of(model).items():
                values[f"change{step}/{path}"] = rounded(variable.numpy())
    return values


def is_mixed(model):
    """Whether a layer computes in bfloat16."""
    return any(layer.compute_dtype == "bfloat16" for layer in getattr(model, "_flatten_layers")())


def states_of(model):
    """What layers with `stateful=True` keep, which are no weights, by path."""
    states = {}
    for layer in getattr(model, "_flatten_layers")():
        if isinstance(layer, keras.layers.RNN) and layer.stateful:
            for variable in tf.nest.flatten(layer.states):
                repeats = sum(path.split("#")[0] == variable.path for path in states)
                states[variable.path + (f"#{repeats}" if repeats else "")] = variable
    return states


def model_draws(model):
    """Whether training is something else than use."""
    return any(
        type(layer).__name__ == "BatchNormalization"
        or (hasattr(layer, "seed_generator") and takes_part(layer))
        for layer in getattr(model, "_flatten_layers")()
    )


def takes_part(layer):
    """Whether a layer with a generator draws: recurrent ones have one in any case."""
    return getattr(layer, "dropout", getattr(layer, "_dropout", 1)) != 0


def feed(value):
    """What Keras is given for an f32 array: the same numbers in double precision."""
    return value.astype(np.float64) if value.dtype == np.float32 else value


def rounded(value):
    """An f64 result, kept in f32; the gradient of an embedding comes as rows and their places."""
    return np.asarray(tf.convert_to_tensor(value), np.float64).astype(np.float32)


def reset(model, start):
    """Puts back the starting weights and forgets every training step."""
    for variable in model.weights:
        variable.assign(start[variable.path])
    for variable in states_of(model).values():
        variable.assign(tf.zeros_like(variable.value))
    if model.optimizer.built:
        optimizer = model.optimizer
        for variable in optimizer.variables:
            if variable is not getattr(optimizer, "_learning_rate", None):
                gathers = variable.path.endswith("gradient_accumulator")
                starts = "accumulator" in variable.path and not gathers
                initial = optimizer.initial_accumulator_value if starts else 0
                variable.assign(tf.fill(variable.shape, tf.cast(initial, variable.dtype)))
        if hasattr(optimizer, "_u_product"):
            optimizer._u_product.assign(1.0)


def load_model(path):
    """The model of a file, with the names it would have in a new process."""
    keras.utils.clear_session()
    model = runpy.run_path(str(path))["model"]
    # Its factor is of 32 bits whatever else is.
    for variable in model.trainable_variables:
        if isinstance(variable.regularizer, keras.regularizers.OrthogonalRegularizer):
            variable.regularizer.factor = tf.cast(variable.regularizer.factor, variable.dtype)
    return model


def make_golden(path, folder):
    """Runs one model file and writes its golden."""
    weak, arrays = run_well_conditioned(load_model(path), path.stem, zlib.crc32(path.stem.encode()))
    golden = folder / f"{path.stem}.npz"
    np.savez_compressed(golden, **arrays)
    note = f", {weak} weak gradients" if weak else ""
    print(f"{golden.name:24} {golden.stat().st_size / 1024:6.1f} KB{note}", flush=True)


def run_well_conditioned(model, name, seed):
    """Runs a model on numbers that training in f32 can be compared on.

    Adam and its like divide by the gradient's size, so a gradient of almost
    nothing makes a step of almost any size: in f32 the step is rounding. Numbers
    that avoid it are looked for. Returns how many such gradients are left, and
    the arrays.
    """
    attempts = 100 if type(model.optimizer).__name__ in DIVIDING else 1
    best = None
    for attempt in range(attempts):
        # Their number hardly varies: of a large model no draw has none.
        if attempt >= 5 and best[0] > 20:
            break
        arrays = run_model(model, name, np.random.default_rng([seed, attempt]))
        weak = count_weak_gradients(arrays) if attempts > 1 else 0
        if best is None or weak < best[0]:
            best = (weak, arrays)
        if weak == 0:
            break
    return best


def run_model(model, name, rng):
    """All arrays of a golden."""
    # A layer that is an activation gets its weights from the first call on numbers.
    if not all(layer.built for layer in model._flatten_layers()):
        zeros = [np.zeros([size or 2 for size in x.shape], x.dtype) for x in model.inputs]
        model(zeros if len(zeros) > 1 else zeros[0])
    start = {v.path: random_values(rng, v.shape, 0.5) for v in model.weights}
    for path in start:
        if path.endswith("variance"):
            start[path] = np.abs(start[path]) + np.float32(0.25)
    arrays = {f"weights/{path}": value for path, value in start.items()}
    if is_mixed(model):
        arrays["tolerance"] = np.float64(BFLOAT16_TOLERANCE)
    for case, (batch, times) in CASES.items():
        weighted = name in WEIGHTED and case == "many"
        values = run_case(model, name, start, rng, batch, list(times), weighted)
        arrays.update({f"{case}/{key}": value for key, value in values.items()})
    return arrays


def count_weak_gradients(arrays):
    """How many entries of gradients are tiny without being zero."""
    sizes = [np.abs(v).ravel() for key, v in arrays.items() if "/grad/" in key]
    sizes = np.concatenate(sizes)
    return int(np.sum((sizes > 0) & (sizes < 1e-5)))


def main():
    here = Path(__file__).resolve().parent
    keras.config.set_floatx("float64")
    DRAWS.install()
    folder = here / "goldens"
    folder.mkdir(exist_ok=True)
    versions = {
        "keras": keras.__version__,
        "backend": "tensorflow " + tf.__version__,
        "floatx": keras.config.floatx(),
    }
    (folder / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")
    wanted = set(sys.argv[1:])
    for path in sorted((here / "models").glob("*.py")):
        if not wanted or path.stem in wanted:
            make_golden(path, folder)


if __name__ == "__main__":
    main()
