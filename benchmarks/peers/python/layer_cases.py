"""What `scripts/layers` measures: one layer each, as Keras and Rondo read it and in PyTorch.

`keras` is the expression of a model file, of `x` and, where there are two inputs, `z`, both
(B, T, D), or of `ids`, (B, T) numbers below `WORDS`. `torch` makes a function or a module of the
same inputs; its weights are others, its sizes are the same.
"""

from dataclasses import dataclass

WORDS, HEADS = 1000, 8


@dataclass
class Size:
    name: str
    batch: int
    steps: int
    features: int


SIZES = [Size("small", 4, 16, 32), Size("large", 32, 100, 128)]


@dataclass
class LayerCase:
    name: str
    keras: str
    torch: callable  # (torch, size) -> module or function
    inputs: tuple = ("x",)


def _along(make):
    """The sequence that a recurrent module of PyTorch makes."""
    def build(torch, size):
        module = make(torch.nn, size.features)
        return lambda x: module(x)[0], module
    return build  # fmt: skip


#: Which steps count, (B, T): the first half. As an expression of `x`, so that it is computed.
_COUNTS = ("keras.ops.logical_and(x[:, :, 0] > -1e9, "
           "keras.ops.arange(T, dtype='float32')[None] < T // 2)")


def _packed(make):
    """The same of the first half of the steps, zeros behind it."""
    def build(torch, size):
        module = make(torch.nn, size.features)
        pack = torch.nn.utils.rnn.pack_padded_sequence
        pad = torch.nn.utils.rnn.pad_packed_sequence
        lengths = torch.full((size.batch,), size.steps // 2)

        def run(x):
            packed = module(pack(x, lengths, batch_first=True))[0]
            return pad(packed, batch_first=True, total_length=size.steps)[0]

        return run, module
    return build  # fmt: skip


def _module(make):
    return lambda torch, size: make(torch.nn, size.features)


def _over_channels(make):
    """A module of (B, D, T) on (B, T, D)."""
    def build(torch, size):
        module = make(torch.nn, size.features)
        return lambda x: module(x.transpose(1, 2)).transpose(1, 2), module
    return build  # fmt: skip


def _function(make):
    return lambda torch, size: make(torch)


def _dot_attention(torch):
    attend = torch.nn.functional.scaled_dot_product_attention
    return lambda x, z: attend(x, z, z, scale=1.0)


def _additive_attention(torch, size):
    scale = torch.nn.Parameter(torch.ones(size.features))

    def attend(x, z):
        scores = (scale * torch.tanh(x[:, :, None] + z[:, None])).sum(-1)
        return torch.softmax(scores, -1) @ z

    return attend, torch.nn.ParameterList([scale])


def _multi_head(causal):
    def build(torch, size):
        module = torch.nn.MultiheadAttention(size.features, HEADS, batch_first=True)
        mask = torch.triu(torch.ones(size.steps, size.steps, dtype=torch.bool), 1) if causal else None

        def attend(x, z):
            return module(x, z, z, need_weights=False, attn_mask=mask, is_causal=causal)[0]

        return attend, module

    return build


def _group_query(torch, size):
    nn, head = torch.nn, size.features // HEADS
    module = nn.ModuleList(
        [nn.Linear(size.features, width) for width in (size.features, 2 * head, 2 * head)]
        + [nn.Linear(size.features, size.features)]
    )

    def attend(x, z):
        def split(y, heads):
            return y.view(y.shape[0], y.shape[1], heads, head).transpose(1, 2)

        query, key, value = split(module[0](x), HEADS), split(module[1](z), 2), split(module[2](z), 2)
        y = nn.functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)
        return module[3](y.transpose(1, 2).reshape(x.shape))

    return attend, module


def _separable(nn, d):
    return nn.Sequential(nn.Conv1d(d, d, 3, groups=d, bias=False), nn.Conv1d(d, d, 1))


def _causal(nn, d):
    return nn.Sequential(nn.ConstantPad1d((4, 0), 0.0), nn.Conv1d(d, d, 3, dilation=2))


def _spatial_dropout(nn, d):
    return nn.Dropout1d(0.3)


def _noise(torch, size):
    noisy = torch.nn.Identity()  # which knows whether it trains
    return (lambda x: x + 0.2 * torch.randn_like(x) if noisy.training else x), noisy


def _multiplied_noise(torch, size):
    noisy = torch.nn.Identity()
    deviation = (0.3 / 0.7) ** 0.5
    return (lambda x: x * (1 + deviation * torch.randn_like(x)) if noisy.training else x), noisy


def _groups(nn, d):
    # Keras normalizes over the steps too, as PyTorch does.
    return nn.GroupNorm(8, d, eps=1e-3)


CASES = [
    LayerCase("LSTM", "layers.LSTM(D, return_sequences=True)(x)",
              _along(lambda nn, d: nn.LSTM(d, d, batch_first=True))),
    LayerCase("GRU", "layers.GRU(D, return_sequences=True)(x)",
              _along(lambda nn, d: nn.GRU(d, d, batch_first=True))),
    LayerCase("SimpleRNN", "layers.SimpleRNN(D, return_sequences=True)(x)",
              _along(lambda nn, d: nn.RNN(d, d, batch_first=True))),
    LayerCase("LSTM, half padding",
              f"layers.LSTM(D, return_sequences=True)(x, mask={_COUNTS})",
              _packed(lambda nn, d: nn.LSTM(d, d, batch_first=True))),
    LayerCase("GRU, half padding",
              f"layers.GRU(D, return_sequences=True)(x, mask={_COUNTS})",
              _packed(lambda nn, d: nn.GRU(d, d, batch_first=True))),
    LayerCase("RNN of two LSTMCells",
              "layers.RNN([layers.LSTMCell(D), layers.LSTMCell(D)], return_sequences=True)(x)",
              _along(lambda nn, d: nn.LSTM(d, d, num_layers=2, batch_first=True))),
    LayerCase("Bidirectional LSTM",
              "layers.Bidirectional(layers.LSTM(D, return_sequences=True))(x)",
              _along(lambda nn, d: nn.LSTM(d, d, batch_first=True, bidirectional=True))),
    LayerCase("TimeDistributed Dense", "layers.TimeDistributed(layers.Dense(D))(x)",
              _module(lambda nn, d: nn.Linear(d, d))),
    LayerCase("Attention", "layers.Attention()([x, z])", _function(_dot_attention), ("x", "z")),
    LayerCase("AdditiveAttention", "layers.AdditiveAttention()([x, z])", _additive_attention,
              ("x", "z")),
    LayerCase("attention by Dot",
              "layers.Dot((2, 1))([layers.Softmax()(layers.Dot((2, 2))([x, z])), z])",
              _function(lambda torch: lambda x, z: torch.softmax(x @ z.transpose(1, 2), -1) @ z),
              ("x", "z")),
    LayerCase("MultiHeadAttention", f"layers.MultiHeadAttention({HEADS}, D // {HEADS})(x, z)",
              _multi_head(causal=False), ("x", "z")),
    LayerCase("MultiHeadAttention, causal",
              f"layers.MultiHeadAttention({HEADS}, D // {HEADS})(x, z, use_causal_mask=True)",
              _multi_head(causal=True), ("x", "z")),
    LayerCase("GroupQueryAttention",
              f"layers.GroupQueryAttention(D // {HEADS}, {HEADS}, 2)(x, z)", _group_query,
              ("x", "z")),
    LayerCase("Dense", "layers.Dense(D, activation='relu')(x)",
              _module(lambda nn, d: nn.Sequential(nn.Linear(d, d), nn.ReLU()))),
    LayerCase("EinsumDense", "layers.EinsumDense('btd,df->btf', (None, D), bias_axes='f')(x)",
              _module(lambda nn, d: nn.Linear(d, d))),
    LayerCase("Embedding", f"layers.Embedding({WORDS}, D)(ids)",
              _module(lambda nn, d: nn.Embedding(WORDS, d)), ("ids",)),
    LayerCase("Activation gelu", "layers.Activation('gelu')(x)",
              _module(lambda nn, d: nn.GELU())),
    LayerCase("Activation tanh", "layers.Activation('tanh')(x)", _module(lambda nn, d: nn.Tanh())),
    LayerCase("Activation silu", "layers.Activation('silu')(x)", _module(lambda nn, d: nn.SiLU())),
    LayerCase("Softmax", "layers.Softmax()(x)", _module(lambda nn, d: nn.Softmax(-1))),
    LayerCase("PReLU", "layers.PReLU(shared_axes=[1])(x)", _over_channels(lambda nn, d: nn.PReLU(d))),
    LayerCase("LayerNormalization", "layers.LayerNormalization()(x)",
              _module(lambda nn, d: nn.LayerNorm(d, eps=1e-3))),
    LayerCase("BatchNormalization", "layers.BatchNormalization()(x)",
              _over_channels(lambda nn, d: nn.BatchNorm1d(d, eps=1e-3))),
    LayerCase("GroupNormalization", "layers.GroupNormalization(8)(x)", _over_channels(_groups)),
    LayerCase("RMSNormalization", "layers.RMSNormalization()(x)",
              _module(lambda nn, d: nn.RMSNorm(d, eps=1e-6))),
    LayerCase("UnitNormalization", "layers.UnitNormalization()(x)",
              _function(lambda torch: lambda x: torch.nn.functional.normalize(x, dim=-1))),
    LayerCase("Dropout", "layers.Dropout(0.3)(x)", _module(lambda nn, d: nn.Dropout(0.3))),
    LayerCase("SpatialDropout1D", "layers.SpatialDropout1D(0.3)(x)",
              _over_channels(_spatial_dropout)),
    LayerCase("GaussianNoise", "layers.GaussianNoise(0.2)(x)", _noise),
    LayerCase("GaussianDropout", "layers.GaussianDropout(0.3)(x)", _multiplied_noise),
    LayerCase("AlphaDropout", "layers.AlphaDropout(0.3)(x)",
              _module(lambda nn, d: nn.AlphaDropout(0.3))),
    LayerCase("Conv1D", "layers.Conv1D(D, 3)(x)", _over_channels(lambda nn, d: nn.Conv1d(d, d, 3))),
    LayerCase("Conv1D, causal, dilated",
              "layers.Conv1D(D, 3, padding='causal', dilation_rate=2)(x)", _over_channels(_causal)),
    LayerCase("DepthwiseConv1D", "layers.DepthwiseConv1D(3)(x)",
              _over_channels(lambda nn, d: nn.Conv1d(d, d, 3, groups=d))),
    LayerCase("SeparableConv1D", "layers.SeparableConv1D(D, 3)(x)", _over_channels(_separable)),
    LayerCase("Conv1DTranspose", "layers.Conv1DTranspose(D, 4, strides=2)(x)",
              _over_channels(lambda nn, d: nn.ConvTranspose1d(d, d, 4, stride=2))),
    LayerCase("MaxPooling1D", "layers.MaxPooling1D(2)(x)",
              _over_channels(lambda nn, d: nn.MaxPool1d(2))),
    LayerCase("AveragePooling1D", "layers.AveragePooling1D(2)(x)",
              _over_channels(lambda nn, d: nn.AvgPool1d(2))),
    LayerCase("GlobalMaxPooling1D", "layers.GlobalMaxPooling1D()(x)",
              _function(lambda torch: lambda x: x.amax(1))),
    LayerCase("GlobalAveragePooling1D", "layers.GlobalAveragePooling1D()(x)",
              _function(lambda torch: lambda x: x.mean(1))),
    LayerCase("ZeroPadding1D", "layers.ZeroPadding1D(2)(x)",
              _function(lambda torch: lambda x: torch.nn.functional.pad(x, (0, 0, 2, 2)))),
    LayerCase("Cropping1D", "layers.Cropping1D(2)(x)",
              _function(lambda torch: lambda x: x[:, 2:-2].contiguous())),
    LayerCase("UpSampling1D", "layers.UpSampling1D(2)(x)",
              _function(lambda torch: lambda x: x.repeat_interleave(2, 1))),
    LayerCase("Permute", "layers.Permute((2, 1))(x)",
              _function(lambda torch: lambda x: x.transpose(1, 2).contiguous())),
    LayerCase("Add", "layers.Add()([x, z])", _function(lambda torch: torch.add), ("x", "z")),
    LayerCase("Multiply", "layers.Multiply()([x, z])", _function(lambda torch: torch.mul),
              ("x", "z")),
    LayerCase("Average", "layers.Average()([x, z])",
              _function(lambda torch: lambda x, z: (x + z) * 0.5), ("x", "z")),
    LayerCase("Maximum", "layers.Maximum()([x, z])", _function(lambda torch: torch.maximum),
              ("x", "z")),
    LayerCase("Concatenate", "layers.Concatenate()([x, z])",
              _function(lambda torch: lambda x, z: torch.cat([x, z], -1)), ("x", "z")),
    LayerCase("Dot", "layers.Dot((2, 2))([x, z])",
              _function(lambda torch: lambda x, z: x @ z.transpose(1, 2)), ("x", "z")),
]  # fmt: skip


def source(case, size):
    """The model file of a case."""
    inputs = {
        "x": "x = keras.Input((T, D), name='x')",
        "z": "z = keras.Input((T, D), name='z')",
        "ids": "ids = keras.Input((T,), dtype='int32', name='ids')",
    }
    lines = [
        f"# {case.name}, {size.name}",
        "import keras",
        "from keras import layers",
        "",
        f"T, D = {size.steps}, {size.features}",
        *(inputs[name] for name in case.inputs),
        f"model = keras.Model([{', '.join(case.inputs)}], {case.keras})",
        "model.compile(optimizer='sgd', loss='mse')",
    ]
    return "\n".join(lines) + "\n"
