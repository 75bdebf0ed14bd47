"""The recipe (benchmarks/models/recipe.py) in each system, with the same weights.

Every class takes a Case, and has `forward()` (predictions), `gradients()` (loss and gradients by
Keras' path) and `train()` (one step of Adam), the last two where the system can. What has to be
imported is imported in the class, for each runs in a process of its own; of those that train,
`package` names it.
"""

import os
from dataclasses import dataclass

import numpy as np


@dataclass
class Case:
    model: str  # small, medium, large
    steps: int
    batch: int
    threads: int
    weights: dict  # by Keras' path
    x: np.ndarray  # (B, T, D)
    y: np.ndarray  # (B, 1)
    libraries: str  # folder of compiled models


LEARNING_RATE, BETAS, EPSILON = 0.001, (0.9, 0.999), 1e-7


class Rondo:
    package, kernels = None, "generated"

    def __init__(self, case):
        from rondo_library import Library

        name = f"{case.model}_{self.kernels}"
        path = f"{case.libraries}/{case.model}-{self.kernels}.so"
        library = self.library = Library(path, name, case.threads)
        self.case, self.version = case, library.model.isa.decode()
        self.inference, self.training = library.contexts(case.weights)
        self.dims = library.dims(B=case.batch, T=case.steps)
        self.prediction = np.empty((case.batch, 1), np.float32)
        self.loss = np.empty((), np.float32)
        self.inputs, self.targets = library.pointers(case.x), library.pointers(case.y)
        self.outputs = library.pointers(self.prediction)

    def forward(self):
        run = self.library.model.forward
        self.library.check(run(self.inference, self.dims, self.inputs, self.outputs), self.inference)
        return self.prediction

    def gradients(self):
        flat = np.empty(self.library.model.trainable_size, np.float32)
        status = self.library.model.loss_and_gradients(
            self.inference, self.dims, self.inputs, self.targets, None, self.loss.ctypes.data, None,
            flat.ctypes.data, None,
        )  # fmt: skip
        self.library.check(status, self.inference)
        return float(self.loss), self.library.unflatten(flat)

    def train(self):
        status = self.library.model.train_step(
            self.training, self.dims, self.inputs, self.targets, None, LEARNING_RATE,
            self.loss.ctypes.data, None,
        )  # fmt: skip
        self.library.check(status, self.training)


class RondoOnednn(Rondo):
    kernels = "onednn"


class Torch:
    """Eager PyTorch; the LSTM is oneDNN's in both directions."""

    package, compiled = "torch", False

    def __init__(self, case):
        import torch
        from torch import nn

        torch.set_num_threads(case.threads)
        torch.set_flush_denormal(True)
        self.torch, self.version = torch, torch.__version__
        features, units = case.x.shape[2], case.weights["query/bias"].size

        class Recipe(nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm = nn.LSTM(features, units, batch_first=True)
                self.query = nn.Linear(units, units)
                self.prediction = nn.Linear(2 * units, 1)

            def forward(self, x):
                h, _ = self.lstm(x)
                query = torch.tanh(self.query(h))
                weights = torch.softmax(query @ h.transpose(1, 2), dim=-1)
                context = (weights @ h).sum(dim=1)
                return self.prediction(torch.cat([context, h[:, -1]], dim=1))

        model = self.model = Recipe()
        # Keras' (in, out) is PyTorch's (out, in); the gates have one order, and Keras one bias.
        self.parameters = {
            "lstm/lstm_cell/kernel": model.lstm.weight_ih_l0,
            "lstm/lstm_cell/recurrent_kernel": model.lstm.weight_hh_l0,
            "lstm/lstm_cell/bias": model.lstm.bias_ih_l0,
            "query/kernel": model.query.weight,
            "query/bias": model.query.bias,
            "prediction/kernel": model.prediction.weight,
            "prediction/bias": model.prediction.bias,
        }
        with torch.no_grad():
            for path, parameter in self.parameters.items():
                parameter.copy_(torch.from_numpy(case.weights[path].T.copy()))
            model.lstm.bias_hh_l0.zero_()
        model.lstm.bias_hh_l0.requires_grad_(False)
        self.optimizer = torch.optim.Adam(
            self.parameters.values(), lr=LEARNING_RATE, eps=EPSILON, fused=True
        )
        self.x, self.y = torch.from_numpy(case.x), torch.from_numpy(case.y)
        self.call = torch.compile(model) if self.compiled else model

    def forward(self):
        with self.torch.inference_mode():
            return self.call(self.x).numpy()

    def backward(self):
        loss = self.torch.nn.functional.mse_loss(self.call(self.x), self.y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        return loss

    def gradients(self):
        loss = self.backward()
        return loss.item(), {k: p.grad.numpy().T.copy() for k, p in self.parameters.items()}

    def train(self):
        self.backward()
        self.optimizer.step()


class TorchCompiled(Torch):
    """torch.compile; it leaves the LSTM a call of oneDNN's and fuses around it."""

    compiled = True


def onnx_graph(case):
    """The recipe in ONNX operators, weights as constants; a serialized model."""
    from onnx import TensorProto, checker, helper, numpy_helper

    units = case.weights["query/bias"].size
    constants, nodes = [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def gates(array):  # Keras' i, f, c, o to ONNX' i, o, f, c; (…, 4H) to (1, 4H, …)
        i, f, g, o = np.split(array, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1).T[None]

    lstm = {k: case.weights[f"lstm/lstm_cell/{k}"] for k in ("kernel", "recurrent_kernel", "bias")}
    bias = gates(lstm["bias"])
    node("Transpose", ["x"], "x_by_time", perm=[1, 0, 2])
    node(
        "LSTM",
        [
            "x_by_time",
            constant("kernel", gates(lstm["kernel"])),
            constant("recurrent", gates(lstm["recurrent_kernel"])),
            constant("bias", np.concatenate([bias, np.zeros_like(bias)], axis=1)),
        ],
        "h_by_time",  # (T, 1, B, H)
        hidden_size=units,
    )
    node("Squeeze", ["h_by_time", constant("one", np.array([1]))], "h_squeezed")
    node("Transpose", ["h_squeezed"], "h", perm=[1, 0, 2])
    node("MatMul", ["h", constant("query_kernel", case.weights["query/kernel"])], "q_product")
    node("Add", ["q_product", constant("query_bias", case.weights["query/bias"])], "q_sum")
    node("Tanh", ["q_sum"], "query")
    node("Transpose", ["h"], "h_transposed", perm=[0, 2, 1])
    node("MatMul", ["query", "h_transposed"], "scores")
    node("Softmax", ["scores"], "weights", axis=-1)
    node("MatMul", ["weights", "h"], "contexts")
    node("ReduceSum", ["contexts", "one"], "context", keepdims=0)
    node("Gather", ["h", constant("last", np.array(case.steps - 1))], "last_state", axis=1)
    node("Concat", ["context", "last_state"], "joined", axis=1)
    node(
        "Gemm",
        [
            "joined",
            constant("prediction_kernel", case.weights["prediction/kernel"]),
            constant("prediction_bias", case.weights["prediction/bias"]),
        ],
        "prediction",
    )
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "recipe",
        [helper.make_tensor_value_info("x", floats, case.x.shape)],
        [helper.make_tensor_value_info("prediction", floats, (case.batch, 1))],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


class OnnxRuntime:
    """Inference only; buffers are bound once."""

    def __init__(self, case):
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # or it sends traces from a thread of its own
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = case.threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        self.session = onnxruntime.InferenceSession(
            onnx_graph(case), options, providers=["CPUExecutionProvider"]
        )
        self.version = onnxruntime.__version__
        self.prediction = np.empty((case.batch, 1), np.float32)
        self.binding = self.session.io_binding()
        value = onnxruntime.OrtValue.ortvalue_from_numpy
        self.input = value(case.x)
        self.output = value(self.prediction)
        self.binding.bind_ortvalue_input("x", self.input)
        self.binding.bind_ortvalue_output("prediction", self.output)

    def forward(self):
        self.session.run_with_iobinding(self.binding)
        return self.output.numpy()


class OpenVino:
    """Inference only: ONNX Runtime's graph, in single precision; buffers are bound once."""

    def __init__(self, case):
        import openvino
        from openvino import properties
        from openvino.properties import hint

        core = openvino.Core()
        model = core.compile_model(
            core.read_model(onnx_graph(case)),
            "CPU",
            {
                properties.inference_num_threads: case.threads,
                hint.performance_mode: hint.PerformanceMode.LATENCY,
                hint.inference_precision: openvino.Type.f32,
                # Bound to a processor, a thread could not get out of other work's way.
                hint.enable_cpu_pinning: False,
                properties.intel_cpu.denormals_optimization: True,
            },
        )
        self.version = openvino.__version__.split("-")[0]
        self.prediction = np.empty((case.batch, 1), np.float32)
        self.request = model.create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(case.x, shared_memory=True))
        self.request.set_output_tensor(openvino.Tensor(self.prediction, shared_memory=True))

    def forward(self):
        self.request.infer(share_outputs=True)
        return self.prediction


class Jax:
    """Through jit. The LSTM is a scan; what it needs of x is one product before it."""

    package = "jax"

    def __init__(self, case):
        # XLA takes its number of threads from here; to bind the process to processors would do it
        # too, but it could not get out of other work's way then, as all others can.
        os.environ["NPROC"] = str(case.threads)
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax
        from jax import nn
        from jax import numpy as jnp

        # We wait for each call, so another thread to make it from would only cost time.
        jax.config.update("jax_cpu_enable_async_dispatch", False)

        def lstm(weights, x):
            kernel, recurrent, bias = (
                weights[f"lstm/lstm_cell/{k}"] for k in ("kernel", "recurrent_kernel", "bias")
            )

            def step(state, of_x):
                h, c = state
                i, f, g, o = jnp.split(of_x + h @ recurrent, 4, axis=-1)
                c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
                h = nn.sigmoid(o) * jnp.tanh(c)
                return (h, c), h

            of_x = jnp.swapaxes(x, 0, 1) @ kernel + bias
            zeros = jnp.zeros((x.shape[0], recurrent.shape[0]))
            return jnp.swapaxes(jax.lax.scan(step, (zeros, zeros), of_x)[1], 0, 1)

        def predict(weights, x):
            h = lstm(weights, x)
            query = jnp.tanh(h @ weights["query/kernel"] + weights["query/bias"])
            attention = nn.softmax(query @ jnp.swapaxes(h, 1, 2), axis=-1)
            context = (attention @ h).sum(axis=1)
            joined = jnp.concatenate([context, h[:, -1]], axis=1)
            return joined @ weights["prediction/kernel"] + weights["prediction/bias"]

        def loss(weights, x, y):
            return jnp.mean((predict(weights, x) - y) ** 2)

        def adam(weights, first, second, count, x, y):
            value, gradients = jax.value_and_grad(loss)(weights, x, y)
            count += 1
            rate = LEARNING_RATE * jnp.sqrt(1 - BETAS[1] ** count) / (1 - BETAS[0] ** count)
            each = jax.tree.map
            first = each(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, first, gradients)
            second = each(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g**2, second, gradients)
            weights = each(
                lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second
            )
            return (weights, first, second, count), value

        self.jax, self.version = jax, jax.__version__
        self.weights = jax.tree.map(jnp.array, case.weights)
        self.x, self.y = jnp.array(case.x), jnp.array(case.y)
        zeros = jax.tree.map(jnp.zeros_like, self.weights)
        self.state = (*jax.tree.map(jnp.copy, (self.weights, zeros, zeros)), jnp.zeros(()))
        self.predict = jax.jit(predict)
        self.value_and_grad = jax.jit(jax.value_and_grad(loss))
        self.step = jax.jit(adam, donate_argnums=(0, 1, 2, 3))

    def forward(self):
        return np.asarray(self.predict(self.weights, self.x).block_until_ready())

    def gradients(self):
        loss, gradients = self.value_and_grad(self.weights, self.x, self.y)
        return float(loss), {path: np.asarray(g) for path, g in gradients.items()}

    def train(self):
        self.state, loss = self.step(*self.state, self.x, self.y)
        self.jax.block_until_ready((self.state, loss))


SYSTEMS = {
    "Rondo, generated": Rondo,
    "Rondo, onednn": RondoOnednn,
    "ONNX Runtime": OnnxRuntime,
    "OpenVINO": OpenVino,
    "PyTorch": Torch,
    "PyTorch, compiled": TorchCompiled,
    "JAX": Jax,
}
