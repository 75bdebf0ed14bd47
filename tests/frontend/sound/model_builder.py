from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Tuple, Union

import keras
from keras import layers


@dataclass
class ModelConfig:
    window: int = 48
    n_features: int = 10
    hidden: List[int] = field(default_factory=lambda: [64, 32])
    cell: str = "lstm"
    attention: bool = True
    optimizer: str = "adam"


class ForecastModelBuilder:
    """Builds a forecaster from a ModelConfig."""

    CELLS = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}

    def __init__(self, config: Optional[ModelConfig] = None, **overrides) -> None:
        self.config = config or ModelConfig(**overrides)
        self._model: Optional[keras.Model] = None

    @property
    def cell(self):
        try:
            return self.CELLS[self.config.cell.lower()]
        except KeyError as e:
            raise ValueError(f"unknown cell {self.config.cell!r}") from e

    def _encoder(self, x):
        for i, units in enumerate(self.config.hidden):
            x = layers.Bidirectional(self.cell(units, return_sequences=True), name=f"bi_{i}")(x)
        return x

    def build(self) -> keras.Model:
        inp = layers.Input((self.config.window, self.config.n_features))
        x = self._encoder(inp)
        if self.config.attention:
            a = layers.Attention(use_scale=True)([x, x])
            x = layers.Concatenate()([layers.GlobalAveragePooling1D()(a), layers.GlobalAveragePooling1D()(x)])
        else:
            x = layers.Flatten()(x)
        self._model = keras.Model(inp, layers.Dense(1)(x), name=self.__class__.__name__.lower())
        return self._model

    def compile(self, loss: Union[str, Callable] = "mse") -> "ForecastModelBuilder":
        if self._model is None:
            self.build()
        self._model.compile(optimizer=self.config.optimizer, loss=loss)
        return self


builder = ForecastModelBuilder(cell="GRU", hidden=[32, 32]).compile("mae")
model = builder._model
print(model.name, model.count_params())
