"""Compiled Rondo models from Python: the part of rondo/rondo.h that benchmarks need."""

import ctypes as c

import numpy as np

RANK = 8
TENSOR, HANDLE, DIMS = c.c_void_p, c.c_void_p, c.POINTER(c.c_int64)
POINTERS = c.POINTER(c.c_void_p)


class TensorInfo(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("role", c.c_int),
        ("dtype", c.c_int),
        ("rank", c.c_int32),
        ("dims", c.c_int64 * RANK),
        ("symbols", c.c_char_p * RANK),
        ("label_limit", c.c_int64),
    ]


class ParameterInfo(c.Structure):
    _fields_ = [
        ("path", c.c_char_p),
        ("trainable", c.c_int32),
        ("rank", c.c_int32),
        ("dims", c.c_int64 * RANK),
        ("offset", c.c_int64),
        ("size", c.c_int64),
        ("initializer", c.c_char_p),
    ]


def function(*arguments):
    return c.CFUNCTYPE(c.c_int, *arguments)


class Model(c.Structure):
    """struct rondo_model, field by field. It only grows at its end, so newer libraries fit too."""

    _fields_ = [
        ("abi_version", c.c_uint32),
        ("struct_size", c.c_uint32),
        ("name", c.c_char_p),
        ("isa", c.c_char_p),
        ("build_info", c.c_char_p),
        ("num_symbols", c.c_int32),
        ("symbols", c.POINTER(c.c_char_p)),
        ("num_inputs", c.c_int32),
        ("inputs", c.POINTER(TensorInfo)),
        ("num_outputs", c.c_int32),
        ("outputs", c.POINTER(TensorInfo)),
        ("num_targets", c.c_int32),
        ("targets", c.POINTER(TensorInfo)),
        ("sample_weights", c.POINTER(TensorInfo)),
        ("num_metrics", c.c_int32),
        ("metrics", c.POINTER(c.c_char_p)),
        ("num_parameters", c.c_int32),
        ("parameters", c.POINTER(ParameterInfo)),
        ("trainable_size", c.c_int64),
        ("state_size", c.c_int64),
        ("optimizer", c.c_char_p),
        ("num_slots", c.c_int32),
        ("slot_names", c.POINTER(c.c_char_p)),
        ("learning_rate", c.c_double),
        ("weights_create", function(HANDLE, TENSOR, TENSOR, POINTERS)),
        ("weights_retain", c.c_void_p),
        ("weights_release", c.c_void_p),
        ("executor_create", function(c.c_int32, POINTERS)),
        ("executor_threads", c.c_void_p),
        ("executor_destroy", c.c_void_p),
        ("context_create", function(HANDLE, HANDLE, HANDLE, POINTERS)),
        ("training_context_create", function(HANDLE, HANDLE, HANDLE, POINTERS)),
        ("context_destroy", c.c_void_p),
        ("last_message", c.CFUNCTYPE(c.c_char_p, HANDLE)),
        ("arena_size", c.c_void_p),
        ("prepare", c.c_void_p),
        ("forward", function(HANDLE, DIMS, POINTERS, POINTERS)),
        ("evaluate", c.c_void_p),
        (
            "loss_and_gradients",
            function(HANDLE, DIMS, POINTERS, POINTERS, POINTERS, TENSOR, TENSOR, TENSOR, POINTERS),
        ),
        (
            "train_step",
            function(HANDLE, DIMS, POINTERS, POINTERS, POINTERS, c.c_double, TENSOR, TENSOR),
        ),
        ("trainable", c.c_void_p),
        ("state", c.c_void_p),
        ("slot", c.c_void_p),
        ("step_count", c.c_void_p),
        ("set_step_count", c.c_void_p),
    ]


class Library:
    """A compiled model with one output and one target. Handles live as long as the process."""

    def __init__(self, path, name, threads):
        query = getattr(c.CDLL(path), f"{name}_rondo_model")
        query.restype, query.argtypes = c.POINTER(Model), [c.c_uint32]
        table = query(1)
        if not table:
            raise RuntimeError(f"{path} has no code for this processor, or a newer interface")
        self.model = table.contents
        if self.model.struct_size < c.sizeof(Model):
            raise RuntimeError(f"{path} is older than rondo_library.py")
        self.address = c.addressof(self.model)
        self.executor, self.threads = c.c_void_p(), threads
        self._check(self.model.executor_create(threads, c.byref(self.executor)))
        count = self.model.num_parameters
        self.parameters = [self.model.parameters[i] for i in range(count)]

    def shapes(self):
        """Of each parameter, by Keras' path."""
        return {p.path.decode(): tuple(p.dims[: p.rank]) for p in self.parameters}

    def flatten(self, weights):
        """Trainable parameters, and the others."""
        state, trainable = (
            np.zeros(size, np.float32) for size in (self.model.state_size, self.model.trainable_size)
        )
        for p in self.parameters:
            flat = trainable if p.trainable else state
            flat[p.offset : p.offset + p.size] = weights[p.path.decode()].ravel()
        return trainable, state

    def unflatten(self, flat):
        return {
            p.path.decode(): flat[p.offset : p.offset + p.size].reshape(p.dims[: p.rank])
            for p in self.parameters
        }

    def contexts(self, weights):
        """A context for inference and one for training."""
        flat, handle = self.flatten(weights), c.c_void_p()
        buffers = [each.ctypes.data if each.size else None for each in flat]
        self._check(self.model.weights_create(self.address, *buffers, c.byref(handle)))
        contexts = c.c_void_p(), c.c_void_p()
        creators = self.model.context_create, self.model.training_context_create
        for create, context in zip(creators, contexts):
            self._check(create(self.address, handle, self.executor, c.byref(context)))
        return contexts

    def dims(self, **sizes):
        """Values for the model's symbols: B from `B`, any other from `T`."""
        symbols = [self.model.symbols[i].decode() for i in range(self.model.num_symbols)]
        return (c.c_int64 * len(symbols))(*[sizes["B" if s == "B" else "T"] for s in symbols])

    @staticmethod
    def pointers(*arrays):
        return (c.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])

    def _check(self, status):
        if status != 0:
            raise RuntimeError(f"Rondo: status {status}")

    def check(self, status, context):
        if status != 0:
            raise RuntimeError(f"Rondo: {self.model.last_message(context).decode()}")
