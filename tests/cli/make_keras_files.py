"""Makes the files of tests/cli/keras, all written by Keras.

    source scripts/keras-environment && "$python" tests/cli/make_keras_files.py [NAME...]

`NAME.summary.txt`: what `model.summary()` prints for tests/layers/models/NAME.py,
80 columns wide. For the models in WEIGHTS, `NAME.weights.h5` from
`model.save_weights`. For the model that tests/cli trains: `tiny.weights.h5` and
`tiny.keras` after two epochs, `tiny.h5` in the layout of Keras 2, and
`tiny.npz`: its weights by path, the optimizer's variables, and predictions for
its data, so that readers of the other files can be checked.
"""

import os
import re
import runpy
import sys
from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent
MODELS = HERE.parent / "layers" / "models"
OUT = HERE / "keras"
# Groups numbered unlike the layers, states between layers, a shared layer, a Sequential, other cells.
WEIGHTS = ["heads", "encoder_decoder", "lambdas", "sequential", "gru", "simple_rnn"]
# Where Rondo's shapes say more than Keras': Dense does not count on its activation
# to change the shape, and the length of a slice of an unknown length is unknown.
OTHER_SHAPES = ["activation_layers", "subscripts"]


def load(path):
    """The model of a file, with names and random numbers as in a new process."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    return runpy.run_path(str(path))["model"]


def write_summary(name):
    os.environ["COLUMNS"] = "80"
    lines = []
    load(MODELS / f"{name}.py").summary(print_fn=lines.append)
    (OUT / f"{name}.summary.txt").write_text("".join(lines))


def write_tiny():
    # The text in Tool.cpp is the one place that says what this model is.
    text = re.search(r'tinyModel = R"\((.*?)\)"', (HERE / "Tool.cpp").read_text(), re.S).group(1)
    path = OUT / "tiny.py"
    path.write_text(text)
    model = load(path)
    path.unlink()
    rng = np.random.default_rng(3)
    x = rng.standard_normal((10, 6, 3)).astype(np.float32)
    y = rng.integers(0, 4, 10).astype(np.int32)
    model.fit(x, y, epochs=2, batch_size=4, verbose=0)
    model.save_weights(OUT / "tiny.weights.h5")
    model.save(OUT / "tiny.keras")
    model.save(OUT / "tiny.h5")
    arrays = {variable.path: variable.numpy() for variable in model.weights}
    arrays |= {variable.path: variable.numpy() for variable in model.optimizer.variables}
    np.savez(OUT / "tiny.npz", x=x, y=y, predictions=model.predict(x, verbose=0), **arrays)


def main(names):
    OUT.mkdir(exist_ok=True)
    everything = not names
    for name in names or sorted(path.stem for path in MODELS.glob("*.py")):
        if name != "tiny" and name not in OTHER_SHAPES:
            write_summary(name)
        if name in WEIGHTS:
            load(MODELS / f"{name}.py").save_weights(OUT / f"{name}.weights.h5")
    if everything or "tiny" in names:
        write_tiny()


main(sys.argv[1:])
