"""Where each layer's weights lie in one flat row of memory, and how fresh weights are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch

ALIGN: Final = 16
"""Floats in a cache line. Widths are padded with zeros to a multiple of it, so that every matrix of every model
starts on one: the matrix kernels then take the same path, and give the same bits, wherever in a batch a model lies."""

Pair = tuple[torch.Tensor, torch.Tensor]
"""a layer's weight (models, inputs, outputs) and bias (models, 1, outputs), padded"""
Views = list[Pair]
"""per layer"""


def padded(width: int) -> int:
    """The next multiple of ALIGN."""
    return -(-width // ALIGN) * ALIGN


@dataclass(frozen=True)
class Dense:
    """One fully connected layer."""

    name: str
    inputs: int
    outputs: int


def chain(widths: Sequence[int], names: Sequence[str]) -> tuple[Dense, ...]:
    """Layers one after the other through `widths` (layers + 1,)."""
    pairs = list(pairwise(widths))
    return tuple(Dense(name, *pair) for name, pair in zip(names, pairs, strict=True))


@dataclass(frozen=True)
class Layout:
    """The layers of one model, in the order they lie in memory."""

    layers: tuple[Dense, ...]

    @property
    def size(self) -> int:
        """Floats in a row: padded weights and biases of one model."""
        return sum((padded(layer.inputs) + 1) * padded(layer.outputs) for layer in self.layers)

    def views(self, flat: torch.Tensor) -> Views:
        """(models, size) -> each layer's weights and biases, no copy."""
        out, start = [], 0
        for layer in self.layers:
            inputs, outputs = padded(layer.inputs), padded(layer.outputs)
            weight = flat[:, start : start + inputs * outputs].view(-1, inputs, outputs)
            start += inputs * outputs
            bias = flat[:, start : start + outputs].view(-1, 1, outputs)
            start += outputs
            out.append((weight, bias))
        return out

    def fresh(self, rngs: Sequence[np.random.Generator], threads: int = 1) -> torch.Tensor:
        """(models, size) weights and biases uniform in +-1/sqrt(inputs), each model from its own generator,
        `threads` at once.

        This is torch.nn.Linear's default; padding is zero, and stays zero, since its gradient is.
        """
        flat = torch.zeros(len(rngs), self.size)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self._draw, rngs, [flat[row : row + 1] for row in range(len(rngs))]))
        return flat

    def _draw(self, rng: np.random.Generator, flat: torch.Tensor) -> None:
        """Of one model (1, size), in place."""
        for (weight, bias), layer in zip(self.views(flat), self.layers, strict=True):
            bound = layer.inputs**-0.5
            drawn = rng.uniform(-bound, bound, (layer.inputs + 1, layer.outputs)).astype(np.float32)
            weight.numpy()[0, : layer.inputs, : layer.outputs] = drawn[:-1]
            bias.numpy()[0, 0, : layer.outputs] = drawn[-1]

    def start(self, layer: int) -> int:
        """Column where the layer of that number begins; its own numbers for the one after the last: `size`."""
        return sum((padded(one.inputs) + 1) * padded(one.outputs) for one in self.layers[:layer])

    def unpack(self, flat: torch.Tensor) -> dict[str, np.ndarray]:
        """(models, size), on any device -> `<layer>.weight` (models, inputs, outputs), `<layer>.bias` (models,
        outputs), unpadded."""
        out = {}
        for (weight, bias), layer in zip(self.views(flat), self.layers, strict=True):
            out[f"{layer.name}.weight"] = weight[:, : layer.inputs, : layer.outputs].contiguous().cpu().numpy()
            out[f"{layer.name}.bias"] = bias[:, 0, : layer.outputs].contiguous().cpu().numpy()
        return out
