"""Compares the rondo tool with Keras on any model files, now.

    keras_live.py RONDO MODEL.py...

Runs each file under Keras in double precision as make_goldens.py does, on new
random numbers, and through the tool's commands: predict, gradients (of the loss, of
outputs times cotangents, Hessian times vector), evaluate, train. Exit code 1 if any number is further off than tests/layers allows.
"""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from make_goldens import CASES, feed, load_model, output_names, reset, run_well_conditioned

OUTPUTS, GRADIENTS, CHANGES = 1e-5, 1e-4, 1e-4
# A weight is an f32: each step rounds it by at most half a unit in the last place.
ROUNDING = 6e-8


def random_like(tensors):
    """Normal f32 values of the same shapes."""
    return [np.random.standard_normal(t.shape).astype(np.float32) for t in tensors]


class Comparison:
    """What the tool computed for one case of one model, beside what Keras did."""

    def __init__(self, rondo, model, keras_model, arrays, case, folder):
        self.rondo, self.model, self.folder = rondo, model, folder
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

    def compare(self, what, actual, expected, tolerance, slack=0.0):
        """Notes by how much of what is allowed an array is off."""
        expected = np.asarray(expected, np.float64)
        difference = np.max(np.abs(np.asarray(actual, np.float64) - expected), initial=0)
        allowed = tolerance * np.max(np.abs(expected), initial=0) + slack
        share = 0.0 if difference == 0 else difference / max(allowed, 1e-300)
        self.worst[what] = max(self.worst.get(what, 0.0), share)

    def everything(self):
        """Runs all commands and compares all numbers."""
        case = self.case
        predicted = self.run("predict")
        for name, value in self.below(f"{case}/output").items():
            self.compare("outputs", predicted[name], value, OUTPUTS)
        gradients = self.run("gradients")
        for kind in ("grad", "gradin"):
            for name, value in self.below(f"{case}/{kind}").items():
                self.compare("gradients", gradients[f"{kind}/{name}"], value, GRADIENTS)
        self.products()
        scores = dict(line.split(": ") for line in self.run("evaluate").splitlines())
        # The tool prints six digits after the point.
        self.compare("loss", float(scores["loss"]), self.arrays[f"{case}/loss"], OUTPUTS, 1e-6)
        for steps in (1, 3):
            trained = self.run(
                "train", "--no-shuffle", "--epochs", steps, "--batch-size", self.samples
            )
            for name, change in self.below(f"{case}/change{steps}").items():
                start = self.arrays[f"weights/{name}"].astype(np.float64)
                slack = steps * ROUNDING * np.max(np.abs(trained[name]), initial=0)
                self.compare("training", trained[name] - start, change, CHANGES, slack)
        return self.worst


    def products(self):
        """Cotangents times Jacobian, and Hessian times vector."""
        model, case = self.keras_model, self.case
        reset(model, self.below("weights"))
        variables = model.trainable_variables
        inputs = self.below(f"{case}/input")
        x = [tf.constant(feed(value)) for value in inputs.values()]
        fed = x if len(x) > 1 else x[0]
        with tf.GradientTape() as tape:
            tape.watch([value for value in x if value.dtype.is_floating])
            outputs = model(fed, training=False)
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        cotangents = random_like(outputs)
        expected = tape.gradient(
            outputs,
            [v.value for v in variables] + x,
            output_gradients=[tf.constant(c.astype(np.float64)) for c in cotangents],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        given = self.folder / "cotangents.npz"
        np.savez(given, **dict(zip(output_names(model), cotangents)))
        actual = self.run("gradients", "--cotangents", given)
        for name, value in zip(output_names(model), outputs):
            self.compare("vjp", actual[name], value, OUTPUTS)
        for variable, value in zip(variables, expected):
            self.compare("vjp", actual[f"grad/{variable.path}"], value, GRADIENTS)
        for name, value in zip(inputs, expected[len(variables) :]):
            if inputs[name].dtype == np.float32:
                self.compare("vjp", actual[f"gradin/{name}"], value, GRADIENTS)
        only = self.run("gradients", "--cotangents", given, "--wrt=inputs")
        assert set(only) == {k for k in actual if not k.startswith("grad/")}

        targets = list(self.below(f"{case}/target").values())
        weights = self.arrays.get(f"{case}/sample_weight")
        if weights is None:
            weights = list(self.below(f"{case}/sample_weight").values()) or None
        vectors = random_like(variables)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                loss = model.compute_loss(
                    y=targets if len(targets) > 1 else targets[0],
                    y_pred=model(fed, training=True),
                    sample_weight=weights,
                    training=True,
                )
            gradients = inner.gradient(
                loss,
                [v.value for v in variables],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
        try:
            expected = outer.gradient(
                gradients,
                [v.value for v in variables],
                output_gradients=[tf.constant(v.astype(np.float64)) for v in vectors],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
        except LookupError:
            return  # TensorFlow has no second derivative of some ops: of softsign, for one
        given = self.folder / "vector.npz"
        np.savez(given, **{v.path: value for v, value in zip(variables, vectors)})
        actual = self.run("gradients", "--hessian-vector", given)
        # Products of one variable may cancel: what is allowed follows from all of them.
        largest = max(float(np.max(np.abs(value), initial=0)) for value in expected)
        for variable, value in zip(variables, expected):
            self.compare(
                "hvp", actual[f"hvp/{variable.path}"], value, 0, GRADIENTS * largest
            )


def main():
    rondo, *paths = sys.argv[1:]
    keras.config.set_floatx("float64")
    failed = False
    for path in map(Path, paths):
        model = load_model(path)
        weak, arrays = run_well_conditioned(model, path.stem, random.getrandbits(32))
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                comparison = Comparison(rondo, path, model, arrays, case, Path(folder))
                worst = comparison.everything()
            shares = ", ".join(f"{what} {share:.2f}" for what, share in worst.items())
            bad = any(not share <= 1 for share in worst.values())
            failed |= bad
            note = f" ({weak} weak gradients)" if weak else ""
            print(f"{'FAILED' if bad else 'ok':6} {path}, case {case}: {shares}{note}", flush=True)
    print("1.00 is as far off as is allowed.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
