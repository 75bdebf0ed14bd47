"""Writes keras_names.txt: what Keras has, as the table of docs/layers.md lists it.

A line is a module, a name in it and the parameters of its constructor, with ! behind those that
have no default.

Run it with the interpreter of scripts/keras-environment when the version of Keras changes.
"""

import inspect
from pathlib import Path

import keras


def names_of(module, base=None):
    """The public names of a module: its functions, or its classes that derive from base."""
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if name.startswith("_") or inspect.ismodule(value):
            continue
        is_class = inspect.isclass(value)
        if base is None and not is_class and callable(value):
            yield name
        # Under its own name only: aliases are not listed.
        if base is not None and is_class and issubclass(value, base) and value.__name__ == name:
            if value is not base:
                yield name


def parameters_of(value):
    """Those of a constructor, but for what all objects take."""
    if not inspect.isclass(value):
        return
    common = {"self", "args", "kwargs", "name", "dtype"}
    for parameter in inspect.signature(value.__init__).parameters.values():
        if parameter.name not in common:
            yield parameter.name + ("!" if parameter.default is inspect.Parameter.empty else "")


def main():
    schedules = keras.optimizers.schedules
    sections = {
        "layers": (keras.layers, keras.layers.Layer),
        "ops": (keras.ops, None),
        "activations": (keras.activations, None),
        "losses": (keras.losses, keras.losses.Loss),
        "metrics": (keras.metrics, keras.metrics.Metric),
        "optimizers": (keras.optimizers, keras.optimizers.Optimizer),
        "optimizers.schedules": (schedules, schedules.LearningRateSchedule),
        "initializers": (keras.initializers, keras.initializers.Initializer),
        "regularizers": (keras.regularizers, keras.regularizers.Regularizer),
        "constraints": (keras.constraints, keras.constraints.Constraint),
    }
    lines = []
    for section, (module, base) in sections.items():
        for name in names_of(module, base):
            lines.append(" ".join([section, name, *parameters_of(getattr(module, name))]) + "\n")
    Path(__file__).with_suffix(".txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
