"""Measures single layers in Rondo, PyTorch and Keras, side by side; see scripts/layers.

As in compare.py every system runs in a process of its own, and they take turns. Measured are the
layer alone, and the layer, a mean squared error and its gradients in all weights and inputs, as
training has them. Rondo's outputs are compared with Keras', with the same weights.
"""

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys

import numpy as np

from compare import (OUTPUT_TOLERANCE, Contender, difference, interleave, measure, microseconds,
                     other_work, rough_time, settle, table, today, usage)  # fmt: skip
from layer_cases import CASES, SIZES, WORDS, source

MODES = ("forward", "gradients")


class Task:
    """A case in one size, with what all systems get."""

    def __init__(self, case, size, threads, library):
        self.number, self.size, self.threads, self.library = CASES.index(case), size, threads, library
        random = np.random.default_rng(1)
        shape = size.batch, size.steps
        self.inputs = [
            random.integers(0, WORDS, shape, np.int32)
            if name == "ids"
            else random.uniform(-1, 1, (*shape, size.features)).astype(np.float32)
            for name in case.inputs
        ]
        self.weights, self.target = {}, None

    @property
    def case(self):  # which has functions, and these do not go from process to process
        return CASES[self.number]


def title(case):
    return re.sub(r"\W+", "_", case.name).lower()


class Rondo:
    def __init__(self, task):
        from rondo_library import Library

        library = self.library = Library(task.library, title(task.case) + "_" + task.size.name,
                                         task.threads)  # fmt: skip
        model, self.version = library.model, library.model.isa.decode()
        self.context, _ = library.contexts(task.weights)
        self.dims = library.dims(B=task.size.batch, T=task.size.steps)
        self.result, self.loss = np.empty(task.target.shape, np.float32), np.empty((), np.float32)
        self.task, self.inputs = task, library.pointers(*task.inputs)
        self.outputs, self.targets = library.pointers(self.result), library.pointers(task.target)
        self.flat = np.empty(max(1, model.trainable_size), np.float32)
        self.of_inputs = [np.empty(x.shape, np.float32) for x in task.inputs if x.dtype == np.float32]
        self.input_gradients = library.pointers(*self.of_inputs) if self.of_inputs else None

    def forward(self):
        status = self.library.model.forward(self.context, self.dims, self.inputs, self.outputs)
        self.library.check(status, self.context)
        return self.result

    def gradients(self):
        status = self.library.model.loss_and_gradients(
            self.context, self.dims, self.inputs, self.targets, None, self.loss.ctypes.data, None,
            self.flat.ctypes.data, self.input_gradients,
        )  # fmt: skip
        self.library.check(status, self.context)


class Torch:
    """Eager PyTorch."""

    def __init__(self, task):
        import torch

        torch.set_num_threads(task.threads)
        torch.set_flush_denormal(True)
        self.torch, self.version = torch, torch.__version__
        made = task.case.torch(torch, task.size)
        self.call, module = made if isinstance(made, tuple) else (made, made)
        self.module = module if isinstance(module, torch.nn.Module) else torch.nn.Identity()
        self.inputs = [torch.from_numpy(x) for x in task.inputs]
        self.floats = [x for x in self.inputs if x.is_floating_point()]
        self.target = torch.from_numpy(task.target)

    def forward(self):
        self.module.eval()
        with self.torch.inference_mode():
            result = self.call(*self.inputs)
            # Where it is the input, whoever wants an array of its own, as the others give, copies it.
            if result.data_ptr() == self.inputs[0].data_ptr():
                result = result.clone()
            result = result.numpy()
        if result.shape != tuple(self.target.shape):
            raise RuntimeError(f"makes {result.shape}, not {tuple(self.target.shape)}")
        return result

    def gradients(self):
        self.module.train()
        for x in self.floats:
            x.requires_grad_(True).grad = None
        self.module.zero_grad(set_to_none=True)
        self.torch.nn.functional.mse_loss(self.call(*self.inputs), self.target).backward()


class Keras:
    """Keras on TensorFlow in a tf.function, with XLA where that is faster."""

    def __init__(self, task):
        os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        import keras
        import tensorflow as tf

        if not getattr(Keras, "ready", False):  # once in a process
            tf.config.threading.set_intra_op_parallelism_threads(task.threads)
            tf.config.threading.set_inter_op_parallelism_threads(task.threads)
            Keras.ready = True
        keras.backend.clear_session()
        self.version = keras.__version__
        names = {}
        exec(source(task.case, task.size), names)
        model = names["model"]
        inputs = [tf.constant(x) for x in task.inputs]
        floats = [x for x in inputs if x.dtype == tf.float32]
        target = tf.constant(task.target)

        def forward():
            return model(inputs if len(inputs) > 1 else inputs[0], training=False)

        def gradients():
            with tf.GradientTape() as tape:
                for x in floats:
                    tape.watch(x)
                y = model(inputs if len(inputs) > 1 else inputs[0], training=True)
                loss = tf.reduce_mean(tf.square(y - target))
            wanted = [v.value for v in model.trainable_variables] + floats
            return loss, tape.gradient(loss, wanted)

        self.run = {}
        for mode, function in (("forward", forward), ("gradients", gradients)):
            rough = []
            for xla in (False, True):
                try:
                    traced = tf.function(function, jit_compile=xla)
                    self.wait(traced())
                    rough.append((np.median(measure(lambda: self.wait(traced()), 5)), xla, traced))
                except Exception:  # what XLA cannot compile
                    continue
            self.run[mode] = min(rough, key=lambda each: each[0])[2]
        # Now, for training has moved averages.
        for variable in model.variables:
            if variable.path in task.weights:
                variable.assign(task.weights[variable.path])

    @staticmethod
    def wait(results):
        if isinstance(results, tuple):
            results = results[0]
        return results.numpy()

    def forward(self):
        return self.wait(self.run["forward"]())

    def gradients(self):
        self.wait(self.run["gradients"]())


SYSTEMS = {"Rondo": Rondo, "PyTorch": Torch, "Keras": Keras}


def serve(pipe, name, _):
    """Takes tasks and answers with version, output and rough times; then runs what is asked for."""
    system = None
    try:
        while True:
            order, argument = pipe.recv()
            try:
                if order == "task":
                    system = SYSTEMS[name](argument)
                    output = np.array(system.forward())
                    expected = {mode: rough_time(getattr(system, mode)) for mode in MODES}
                    answer = system.version, output, expected
                else:
                    getattr(system, order)()
                    answer = measure(getattr(system, order), argument)
                settle()
            except Exception as error:  # goes to the parent, which says who it was
                answer = error
            pipe.send(answer)
    except EOFError:
        pass


class Worker(Contender):
    """A system that goes through all cases in one process."""

    target = staticmethod(serve)

    def begin(self, task):
        self.pipe.send(("task", task))
        self.version, self.output, self.expected = self.receive()


def compile_case(rondo, folder, case, size):
    """The library of a case, and what its model file says of weights and output."""
    stem = f"{folder}/{title(case)}_{size.name}"
    with open(f"{stem}.py", "w") as file:
        file.write(source(case, size))
    command = [rondo, "compile", f"{stem}.py", "-o", f"{stem}.so",
               "--entries=loss_and_gradients", "--wrt=all"]  # fmt: skip
    subprocess.run(command, check=True)
    return f"{stem}.so"


def prepare(task):
    """Weights of the library's shapes, and a target of its output's."""
    from rondo_library import Library

    library = Library(task.library, f"{title(task.case)}_{task.size.name}", 1)
    random = np.random.default_rng(2)
    for path, shape in library.shapes().items():
        values = random.uniform(-0.2, 0.2, shape)
        if path.endswith(("variance", "gamma", "scale")):
            values = values + 1
        task.weights[path] = values.astype(np.float32)
    output = library.model.outputs[0]
    shape = [d if d >= 0 else task.size.batch for d in output.dims[: output.rank]]
    task.target = random.uniform(-1, 1, shape).astype(np.float32)


def run_case(case, size, workers, options):
    library = compile_case(options.rondo, options.folder, case, size)
    task = Task(case, size, options.threads, library)
    prepare(task)
    able = []
    for worker in workers:
        try:
            worker.begin(task)
            able.append(worker)
        except Exception as error:
            print(f"  {worker.name} is left out: {error}", file=sys.stderr)
            if worker.name == "Rondo":
                raise
    outputs = {worker.name: worker.output for worker in able}
    if "Keras" in outputs:
        error = difference(outputs["Rondo"], outputs["Keras"])
        if not error <= OUTPUT_TOLERANCE:
            raise RuntimeError(f"{case.name}, {size.name}: Rondo differs from Keras by {error:.1e}")
    entry = {"layer": case.name, "size": size.name}
    for mode in MODES:
        times = interleave(able, mode, options.seconds)
        medians = {name: [np.median(turn) for turn in turns] for name, turns in times.items()}
        entry[mode] = {
            name: {
                "median_us": float(np.median(np.concatenate(turns))) * 1e6,
                "ratio": float(np.median(np.divide(medians[name], medians["Rondo"]))),
            }
            for name, turns in times.items()
        }
    return entry, {worker.name: worker.version for worker in able}


def markdown(entries):
    names = list(SYSTEMS)
    heads = ["layer", "size"]
    for mode in ("", "gradients: "):
        heads += [mode + name for name in names] + [mode + "times faster"]
    rows = []
    for entry in entries:
        cells = [entry["layer"], entry["size"]]
        for mode in MODES:
            times = entry[mode]
            cells += [microseconds(times[n]["median_us"]) if n in times else "–" for n in names]
            best = min((times[n]["ratio"] for n in names[1:] if n in times), default=None)
            cells.append("–" if best is None else f"{best:.2f}")
        rows.append(cells)
    return "\n".join(table(heads, rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rondo", help="the program")
    parser.add_argument("folder", help="where libraries go")
    parser.add_argument("--layers", default="", help="only those whose name contains this")
    parser.add_argument("--sizes", default="small,large")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1, help="for each case and mode")
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # for the processes to come
    multiprocessing.set_start_method("spawn")

    before = usage()
    workers = [Worker(name, None) for name in SYSTEMS]
    entries, versions = [], {}
    for case in CASES:
        for size in SIZES:
            is_asked = size.name in options.sizes.split(",")
            if not is_asked or options.layers.lower() not in case.name.lower():
                continue
            print(f"{case.name}, {size.name}", file=sys.stderr)
            entry, used = run_case(case, size, workers, options)
            entries.append(entry)
            versions |= used
    for worker in workers:
        worker.stop()
    date = today()
    others, warning = other_work(before)
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    sizes = "; ".join(f"{s.name}: B, T, D = {s.batch}, {s.steps}, {s.features}" for s in SIZES)
    report = (f"{os.cpu_count()} cores, threads: {options.threads}; {listed}; {date}. {sizes}. "
              f"Median times in microseconds.{warning}\n\n{markdown(entries)}")  # fmt: skip
    print(report)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(report)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"versions": versions, "date": date, "other_work": others,
                       "threads": options.threads, "cases": entries}, file, indent=2)  # fmt: skip


if __name__ == "__main__":
    main()
