"""The training that is timed: the study's network for RadonPy on made-up data, the same for ours and a plain loop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

LEARNING_RATE: Final = 1e-3
ADAMW: Final = 13
"""operations of one weight's step, bias corrections folded into two factors (Kingma and Ba, 2015, end of section 2):
3 for the mean gradient, 4 for the mean square, root, factor, epsilon, quotient, factor, difference"""


@dataclass(frozen=True)
class Case:
    """Network and data. Every model trains on its own share of one table, in its own order."""

    hidden: tuple[int, ...] = (512, 256, 128, 64, 32)
    columns: int = 190
    rows: int = 864
    """examples that a model trains on"""
    checked: int = 216
    """examples of its validation after every epoch"""
    batch: int = 32
    seed: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """(layers + 1,) inputs, hidden, one output."""
        return (self.columns, *self.hidden, 1)

    @property
    def steps(self) -> int:
        """Optimiser steps of an epoch."""
        return -(-self.rows // self.batch)

    @cached_property
    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """(materials, columns) float32 inputs, (materials,) float32 labels: a smooth function of them, and noise."""
        rng = np.random.default_rng([self.seed, 0])
        x = rng.normal(size=(self.rows + self.checked, self.columns))
        directions = rng.normal(size=(self.columns, 8)) / np.sqrt(self.columns)
        y = np.tanh(x @ directions).sum(axis=1) + 0.1 * rng.normal(size=len(x))
        return x.astype(np.float32), y.astype(np.float32)

    def chosen(self, model: int) -> tuple[np.ndarray, np.ndarray]:
        """((rows,), (checked,)) materials that a model trains on and is validated on."""
        order = np.random.default_rng([self.seed, 1, model]).permutation(self.rows + self.checked)
        return order[: self.rows], order[self.rows :]

    def weights(self, model: int) -> np.random.Generator:
        """What its first weights are drawn from."""
        return np.random.default_rng([self.seed, 2, model])

    def shuffles(self, model: int) -> np.random.Generator:
        """What its epochs are shuffled by: one permutation of its examples an epoch."""
        return np.random.default_rng([self.seed, 3, model])

    @property
    def parameters(self) -> int:
        """Weights and biases of a model."""
        return sum((inputs + 1) * outputs for inputs, outputs in zip(self.widths, self.widths[1:], strict=False))

    @property
    def product_flops(self) -> float:
        """Floating-point operations that the matrix products of one model's epoch of steps need, no padding counted.

        Forward, gradient by weights and gradient by each layer's input but the first: 6 a weight and row, 4 in the
        first layer.
        """
        products = [inputs * outputs for inputs, outputs in zip(self.widths, self.widths[1:], strict=False)]
        return float(self.rows * (6 * sum(products) - 2 * products[0]))

    @property
    def step_flops(self) -> float:
        """The same with those of AdamW, ADAMW a weight and step."""
        return self.product_flops + float(self.steps * ADAMW * self.parameters)
