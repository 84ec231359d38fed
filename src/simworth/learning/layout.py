"""Where each layer's weights lie in one flat row of memory, and how fresh weights are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch

ALIGN: Final = 16
"""Floats in a cache line. Widths are padded with zeros to a multiple of it, so that every matrix of every model starts
on one: the matrix kernels then take the same path, and give the same bits, wherever in a batch a model lies."""


def padded(width: int) -> int:
    """The next multiple of ALIGN."""
    return -(-width // ALIGN) * ALIGN


@dataclass(frozen=True)
class Layout:
    """The shape of one multilayer perceptron: ReLU between layers, one linear output."""

    widths: tuple[int, ...]
    """(layers + 1,) inputs, hidden widths, 1"""

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(layers,) padded (inputs, outputs) of each weight matrix."""
        wide = [padded(width) for width in self.widths]
        return list(pairwise(wide))

    @property
    def size(self) -> int:
        """Floats in a row: padded weights and biases of one model."""
        return sum(inputs * outputs + outputs for inputs, outputs in self.shapes)

    def views(self, flat: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """(models, size) -> per layer (weight (models, inputs, outputs), bias (models, 1, outputs)), no copy."""
        out, start = [], 0
        for inputs, outputs in self.shapes:
            weight = flat[:, start : start + inputs * outputs].view(-1, inputs, outputs)
            start += inputs * outputs
            bias = flat[:, start : start + outputs].view(-1, 1, outputs)
            start += outputs
            out.append((weight, bias))
        return out

    def fresh(self, rngs: list[np.random.Generator]) -> torch.Tensor:
        """(models, size) weights and biases uniform in +-1/sqrt(inputs), each model from its own generator.

        This is torch.nn.Linear's default; padding is zero, and stays zero, since its gradient is.
        """
        flat = torch.zeros(len(rngs), self.size)
        for row, rng in enumerate(rngs):
            for (weight, bias), (inputs, outputs) in zip(
                self.views(flat[row : row + 1]), self._true_shapes(), strict=True
            ):
                bound = inputs**-0.5
                drawn = rng.uniform(-bound, bound, (inputs + 1, outputs)).astype(np.float32)
                weight[0, :inputs, :outputs] = torch.from_numpy(drawn[:-1])
                bias[0, 0, :outputs] = torch.from_numpy(drawn[-1])
        return flat

    def names(self) -> Iterator[str]:
        """hidden0, hidden1, ..., output."""
        for index in range(len(self.widths) - 2):
            yield f"hidden{index}"
        yield "output"

    def unpack(self, flat: torch.Tensor) -> dict[str, np.ndarray]:
        """(models, size) -> `<layer>.weight` (models, inputs, outputs), `<layer>.bias` (models, outputs), unpadded."""
        out = {}
        for name, (weight, bias), (inputs, outputs) in zip(
            self.names(), self.views(flat), self._true_shapes(), strict=True
        ):
            out[f"{name}.weight"] = weight[:, :inputs, :outputs].contiguous().numpy()
            out[f"{name}.bias"] = bias[:, 0, :outputs].contiguous().numpy()
        return out

    def _true_shapes(self) -> list[tuple[int, int]]:
        return list(pairwise(self.widths))
