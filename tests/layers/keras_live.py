"""Compares the rondo tool with Keras on any model files, now.

    keras_live.py RONDO MODEL.py...

Runs each file under Keras in double precision as make_goldens.py does, on new
random numbers, and through the tool's commands: predict, gradients (of the loss, of
outputs times cotangents, Hessian times vector), evaluate, train. Prints for each file
how far off numbers are at most, relative to the largest number of their array, and
says where that is more than tests/layers allows; the exit code is then 1.

Where an optimizer divides by the size of a gradient that is almost nothing, its step is
rounding. Where no draw of numbers avoids that, small entries are left out, and one step is
compared instead of one and three, since the next ones start from weights that differ. So it is
where Keras itself, from weights that are off by the rounding of an f32, comes elsewhere in three
steps: random numbers make some models diverge. The line of the file says so.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from make_goldens import (CASES, DRAWS, feed, load_model, output_names, reset,
                          run_well_conditioned, states_of)

OUTPUTS, GRADIENTS, CHANGES = 1e-5, 1e-4, 1e-4
# A weight is an f32: each step rounds it by at most half a unit in the last place.
ROUNDING = 6e-8
# What is left of rounding where numbers cancel that are as large as the largest gradient.
CANCELLED = 10 * ROUNDING
# What is smaller beside the largest entry of a gradient, and there are entries that are
# almost nothing, is not compared after a step that divides by it.
WEAK = 1e-4
# Of gradients in double precision: what is smaller beside the others is zero.
ZERO = 1e-13


def random_like(tensors):
    """Normal f32 values of the same shapes."""
    return [np.random.standard_normal(t.shape).astype(np.float32) for t in tensors]


def largest_of(arrays):
    """The largest absolute value among all elements."""
    return max((float(np.max(np.abs(array), initial=0)) for array in arrays), default=0.0)


class Comparison:
    """What the tool computed for one case of one model, beside what Keras did."""

    def __init__(self, rondo, model, keras_model, arrays, case, folder, weak):
        """`weak`: how many gradients are so small that an optimizer makes rounding of them."""
        self.rondo, self.model, self.folder, self.weak = rondo, model, folder, weak
        self.keras_model = keras_model
        self.arrays, self.case = arrays, case
        self.worst = {}
        self.weights = folder / "weights.npz"
        self.data = folder / "data.npz"
        np.savez(self.weights, **self.below("weights"))
        data = self.below(f"{case}/input")
        data |= {f"target/{name}": value for name, value in self.below(f"{case}/target").items()}
        if f"{case}/sample_weight" in arrays:
            data["sample_weight"] = arrays[f"{case}/sample_weight"]
        for name, value in self.below(f"{case}/sample_weight").items():
            data[f"sample_weight/{name}"] = value
        np.savez(self.data, **data)
        self.samples = len(next(iter(data.values())))

    def below(self, prefix):
        """The arrays below a prefix, by the rest of their keys."""
        prefix += "/"
        return {k[len(prefix) :]: v for k, v in self.arrays.items() if k.startswith(prefix)}

    def run(self, command, *options):
        """A command of the tool on this model, these weights and data."""
        out = self.folder / "out.npz"
        arguments = [command, self.model, "--weights", self.weights, "--data", self.data, *options]
        if command != "evaluate":
            arguments += ["--out", out]
        done = subprocess.run([self.rondo, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"rondo {command}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout if command == "evaluate" else dict(np.load(out))

    def compare(self, what, actual, expected, tolerance, slack=0.0, scale=0.0):
        """Notes how far off an array is, and by how much of what is allowed.

        Relative to `scale` where the array itself has no size: zeros that are rounding errors.
        """
        expected = np.asarray(expected, np.float64)
        difference = largest_of([np.asarray(actual, np.float64) - expected])
        tolerance = max(tolerance, float(self.arrays.get("tolerance", 0)))
        size = max(largest_of([expected]), scale)
        share = 0.0 if difference == 0 else difference / max(tolerance * size + slack, 1e-300)
        off = 0.0 if difference == 0 else difference / max(size, 1e-300)
        before = self.worst.get(what, (0.0, 0.0))
        # np.fmax would lose a NaN.
        self.worst[what] = tuple(float(np.maximum(*pair)) for pair in zip(before, (off, share)))

    def scale(self, name, group):
        """The size of a group of arrays for one whose gradient is zero, else nothing."""
        gradients = self.below(f"{self.case}/grad")
        is_zero = largest_of([gradients[name]]) <= ZERO * largest_of(gradients.values())
        return largest_of(group.values()) if is_zero else 0.0

    def diverges(self):
        """Whether Keras goes another way from weights that an f32 cannot tell from these."""
        model = self.keras_model
        start = self.below("weights")
        expected = self.below(f"{self.case}/change3")
        if not all(np.isfinite(change).all() for change in expected.values()):
            return True
        moved = {
            path: (value * (1 + ROUNDING * np.random.standard_normal(value.shape))).astype(np.float64)
            for path, value in start.items()
        }
        self.train(start | moved, steps=3)
        return any(
            not largest_of([variable.numpy() - moved[variable.path] - expected[variable.path]])
            <= CHANGES / 3 * largest_of([expected[variable.path]])
            + 6 * ROUNDING * largest_of([moved[variable.path]])
            for variable in model.trainable_variables
            if variable.path in expected
        )

    def averages(self, steps):
        """What `fit` ends with where averages take the place of weights; nothing elsewhere."""
        model = self.keras_model
        if not getattr(model.optimizer, "use_ema", False):
            return None
        self.train(self.below("weights"), steps)
        model.optimizer.finalize_variable_values(model.trainable_variables)
        return {
            variable.path: variable.numpy() - self.arrays[f"weights/{variable.path}"]
            for variable in model.trainable_variables
        }

    def train(self, start, steps):
        """Steps of Keras' from these weights, on this case's data."""
        reset(self.keras_model, start)
        x = [feed(value) for value in self.below(f"{self.case}/input").values()]
        y, weights = self.targets()
        for step in range(1, steps + 1):
            DRAWS.begin(step)
            self.keras_model.train_on_batch(
                x if len(x) > 1 else x[0], y, sample_weight=weights
            )

    def targets(self):
        """Targets and sample weights, or None for these, as Keras takes them."""
        y = list(self.below(f"{self.case}/target").values())
        weights = self.arrays.get(f"{self.case}/sample_weight")
        if weights is None:
            weights = list(self.below(f"{self.case}/sample_weight").values()) or None
        return y if len(y) > 1 else y[0], weights

    def everything(self):
        """Runs all commands and compares all numbers; whether training was told for one step only."""
        case = self.case
        predicted = self.run("predict")
        for name, value in self.below(f"{case}/output").items():
            self.compare("outputs", predicted[name], value, OUTPUTS)
        gradients = self.run("gradients")
        expected = self.below(f"{case}/grad")
        # Small beside the others, they may be differences of what is as large as those.
        slack = CANCELLED * largest_of(expected.values())
        for name, value in expected.items():
            scale = self.scale(name, expected)
            self.compare("gradients", gradients[f"grad/{name}"], value, GRADIENTS, slack, scale)
        for name, value in self.below(f"{case}/gradin").items():
            self.compare("gradients", gradients[f"gradin/{name}"], value, GRADIENTS)
        self.products()
        scores = json.loads(self.run("evaluate", "--json"))
        self.compare("loss", scores["loss"], self.arrays[f"{case}/loss"], OUTPUTS)
        for name, value in self.below(f"{case}/metric").items():
            self.compare("metrics", scores[name], value, OUTPUTS)
        diverges = self.diverges()
        for steps in (1,) if self.weak or diverges else (1, 3):
            trained = self.run(
                "train", "--no-shuffle", "--epochs", steps, "--batch-size", self.samples
            )
            changes = self.averages(steps) or self.below(f"{case}/change{steps}")
            for name, change in changes.items():
                if f"weights/{name}" not in self.arrays:
                    continue  # what stateful layers keep is in no file
                start = self.arrays[f"weights/{name}"].astype(np.float64)
                slack = steps * ROUNDING * largest_of([trained[name]])
                actual, scale = trained[name] - start, 0.0
                if name in expected:
                    scale = self.scale(name, changes)
                    if self.weak:
                        sizes = np.abs(expected[name])
                        kept = sizes > WEAK * np.max(sizes, initial=1)
                        actual, change = actual[kept], change[kept]
                self.compare("training", actual, change, CHANGES, slack, scale)
        return diverges

    def products(self):
        """Cotangents times Jacobian, and Hessian times vector."""
        model, case = self.keras_model, self.case
        reset(model, self.below("weights"))
        variables = model.trainable_variables
        inputs = self.below(f"{case}/input")
        x = [tf.constant(feed(value)) for value in inputs.values()]
        fed = x if len(x) > 1 else x[0]
        DRAWS.begin(step=-1)
        with tf.GradientTape() as tape:
            tape.watch([value for value in x if value.dtype.is_floating])
            outputs = model(fed, training=False)
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        floats = {
            name: value
            for name, value in zip(output_names(model), outputs)
            if value.dtype.is_floating
        }
        cotangents = random_like(floats.values())
        expected = tape.gradient(
            list(floats.values()),
            [v.value for v in variables] + x,
            output_gradients=[
                tf.cast(c.astype(np.float64), output.dtype)
                for c, output in zip(cotangents, floats.values())
            ],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        expected = [np.asarray(tf.convert_to_tensor(value)) for value in expected]
        given = self.folder / "cotangents.npz"
        np.savez(given, **dict(zip(floats, cotangents)))
        actual = self.run("gradients", "--cotangents", given)
        for name, value in zip(output_names(model), outputs):
            self.compare("vjp", actual[name], value, OUTPUTS)
        largest = largest_of(expected[: len(variables)])
        for variable, value in zip(variables, expected):
            scale = largest if largest_of([value]) <= ZERO * largest else 0.0
            own = actual[f"grad/{variable.path}"]
            self.compare("vjp", own, value, GRADIENTS, CANCELLED * largest, scale)
        for name, value in zip(inputs, expected[len(variables) :]):
            if inputs[name].dtype == np.float32:
                self.compare("vjp", actual[f"gradin/{name}"], value, GRADIENTS)
        if any(value.dtype == np.float32 for value in inputs.values()):
            only = self.run("gradients", "--cotangents", given, "--wrt=inputs")
            assert set(only) == {k for k in actual if not k.startswith("grad/")}

        targets, weights = self.targets()
        vectors = random_like(variables)
        # Of the loss that `evaluate` has, from the same state.
        reset(model, self.below("weights"))
        start = [v.numpy() for v in variables]

        def gradients(vectors=None):
            """Of the loss, or of the product of its gradients and the vectors."""
            for state in states_of(model).values():
                state.assign(tf.zeros_like(state.value))
            DRAWS.begin(step=-1)
            values = [v.value for v in variables]
            zero = tf.UnconnectedGradients.ZERO
            with tf.GradientTape() as outer:
                with tf.GradientTape() as tape:
                    loss = model.compute_loss(
                        y=targets,
                        y_pred=model(fed, training=False),
                        sample_weight=weights,
                        training=False,
                    )
                found = tape.gradient(loss, values, unconnected_gradients=zero)
                if vectors is not None:
                    total = sum(
                        tf.reduce_sum(tf.convert_to_tensor(g) * tf.cast(v, g.dtype))
                        for g, v in zip(found, vectors)
                    )
            if vectors is not None:
                found = outer.gradient(total, values, unconnected_gradients=zero)
            return [np.asarray(tf.convert_to_tensor(g), np.float64) for g in found]

        def difference(step):
            """Hessian times vectors as a difference of gradients."""
            ends = []
            for sign in (1, -1):
                for variable, value, vector in zip(variables, start, vectors):
                    variable.assign(value + sign * step * vector)
                ends.append(gradients())
            return [(a - b) / (2 * step) for a, b in zip(*ends)]

        # Differences lack what is constant to gradients and no constant: `stop_gradient`, states.
        # Rounding spoils small steps and curvature long ones: the pair of them that agrees best is
        # taken, and by as much as it disagrees it may be off. Derivatives of derivatives do
        # without, but TensorFlow has none of some ops, and takes the mean in a variance for a
        # constant. Either will do.
        steps = [difference(step) for step in (1e-3, 1e-4, 1e-5, 1e-6)]
        # What rounding of the weights, as that of all that f32 computes, makes of them.
        exact = start
        start = [v * (1 + ROUNDING * np.random.standard_normal(v.shape)) for v in exact]
        rounded = difference(1e-4)
        conditioned = 4 * largest_of([a - b for a, b in zip(rounded, steps[1])])
        start = exact
        apart = [largest_of([a - b for a, b in zip(*pair)]) for pair in zip(steps, steps[1:])]
        best = int(np.argmin(np.nan_to_num(apart, nan=np.inf)))
        for variable, value in zip(variables, start):
            variable.assign(value)
        try:
            twice = gradients(vectors)
        except Exception:  # TensorFlow raises a LookupError, or others from inside its loops
            twice = None
        given = self.folder / "vector.npz"
        np.savez(given, **{v.path: value for v, value in zip(variables, vectors)})
        actual = self.run("gradients", "--hessian-vector", given)
        outcomes = []
        for expected, slack in ((steps[best + 1], apart[best]), (twice, 0.0)):
            slack += conditioned if np.isfinite(conditioned) else 0.0
            if expected is None or not all(np.isfinite(value).all() for value in expected):
                continue
            # Products of one variable may cancel: all of them are the size of each.
            largest = largest_of(expected)
            # Where they are that uncertain, they say nothing.
            if slack > 1e-2 * largest:
                continue
            before = self.worst.pop("hvp", (0.0, 0.0))
            for variable, value in zip(variables, expected):
                name = f"hvp/{variable.path}"
                self.compare("hvp", actual[name], value, GRADIENTS, slack, scale=largest)
            outcomes.append(self.worst["hvp"])
            self.worst["hvp"] = before
        if outcomes:
            nearest = min(outcomes, key=lambda outcome: np.nan_to_num(outcome[1], nan=np.inf))
            self.worst["hvp"] = tuple(map(max, zip(self.worst["hvp"], nearest)))


def compare_file(rondo, path):
    """How far off each kind of number is in the worst case, and by how much of what is allowed."""
    model = load_model(path)
    weak, arrays = run_well_conditioned(model, path.stem, random.getrandbits(32))
    worst, diverges = {}, False
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            comparison = Comparison(rondo, path, model, arrays, case, Path(folder), weak)
            comparison.worst = worst
            diverges |= comparison.everything()
    note = f"; of training one step, and large gradients, for {weak} are almost nothing" if weak else ""
    if diverges and not weak:
        note = "; of training one step, for Keras' own diverge"
    return worst, note


def main():
    rondo, *paths = sys.argv[1:]
    keras.config.set_floatx("float64")
    DRAWS.install()
    failed = []
    for path in map(Path, paths):
        try:
            worst, note = compare_file(rondo, path)
        except Exception as error:  # the others are to be compared all the same
            failed.append(path)
            print(f"FAILED {path}: {error}", flush=True)
            continue
        # Not `max`, which may lose a NaN.
        off = np.max([off for off, share in worst.values()])
        kinds = ", ".join(f"{what} {off:.1e}" for what, (off, share) in worst.items())
        far = [what for what, (off, share) in worst.items() if not share <= 1]
        if far:
            failed.append(path)
            note += f"; more than is allowed: {', '.join(far)}"
        print(f"{'FAILED' if far else 'ok':6} {path}: off by {off:.1e} ({kinds}){note}", flush=True)
    print(f"{len(paths) - len(failed)} of {len(paths)} files are as under Keras")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
