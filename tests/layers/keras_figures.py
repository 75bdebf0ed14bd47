"""Says whether Keras gives the figures of figures/figures.json, which its own tests state.

    keras_figures.py

For each model of the file: its inputs, how often they are given in a row (`calls`), weights that are
none of the model's own initial ones, the largest difference that is allowed, relative to the largest
number of an output (`within`), and the outputs of the last call. Numbers are written out, or count
up from zero (times a factor), or are ones, or those of identity matrices over two axes. Exit code 1
if a figure is not Keras'. tests/layers/FiguresTest.cpp asks the same of Rondo.
"""

import json
import runpy
import sys
from pathlib import Path

import keras
import numpy as np

FOLDER = Path(__file__).resolve().parent / "figures"
WITHIN = 1e-6


def numbers(given):
    """An array, f32, from what the file says of it."""
    if isinstance(given, list):
        return np.array(given, np.float32)
    if "ones" in given:
        return np.ones(given["ones"], np.float32)
    if "identity" in given:
        places = np.indices(given["identity"])
        one, two = given["axes"]
        return (places[one] == places[two]).astype(np.float32)
    shape = given["counting"]
    counted = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return counted * np.float32(given.get("times", 1))


def difference(model, case):
    """The largest relative difference of an output of the last call; None if outputs are others."""
    variables = {variable.path: variable for variable in model.weights}
    for path, value in case.get("weights", {}).items():
        variables[path].assign(numbers(value))
    names = [tensor._keras_history.operation.name for tensor in model.inputs]
    assert set(names) == set(case["inputs"]), names
    inputs = [numbers(case["inputs"][name]) for name in names]
    for _ in range(case.get("calls", 1)):
        outputs = model(inputs if len(inputs) > 1 else inputs[0])
    assert set(outputs) == set(case["outputs"]), sorted(outputs)
    largest = 0.0
    for name, figures in case["outputs"].items():
        figures = np.array(figures, np.float64)
        output = keras.ops.convert_to_numpy(outputs[name])
        assert output.shape == figures.shape, (name, output.shape)
        largest = max(largest, np.max(np.abs(output - figures)) / np.max(np.abs(figures)))
    return largest


def main():
    failed = False
    for file, cases in json.loads((FOLDER / "figures.json").read_text()).items():
        models = runpy.run_path(str(FOLDER / f"{file}.py"))
        for name, case in cases.items():
            off = difference(models[name], case)
            bad = not off <= case.get("within", WITHIN)
            failed |= bad
            print(f"{'FAILED' if bad else 'ok':6} {file} {name}: off by {off:.1e}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
