"""What a stack of trained perceptrons says, in NumPy alone: taking a model home needs no training library."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

import numpy as np

_ROWS: Final = 1024
"""structures at once; bounds memory at some 60 MB for 30 trials of 512 units"""


def forward(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """(rows, inputs) transformed descriptors -> (trials, rows) transformed labels, float64.

    `weights` holds `hidden<i>.weight` (trials, inputs, outputs), `hidden<i>.bias` (trials, outputs), `output.weight`
    and `output.bias`; ReLU follows each hidden layer.
    """
    x = np.asarray(x, dtype=np.float32)
    parts = [_chunk(weights, x[start : start + _ROWS]) for start in range(0, len(x), _ROWS)]
    trials = len(weights["output.bias"])
    return np.concatenate(parts, axis=1) if parts else np.zeros((trials, 0))


def _chunk(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    value = x[None]
    for name in layers(weights):
        value = value @ weights[f"{name}.weight"] + weights[f"{name}.bias"][:, None]
        if name != "output":
            np.maximum(value, 0, out=value)
    said: np.ndarray = value[..., 0].astype(np.float64)
    return said


def layers(weights: Mapping[str, np.ndarray]) -> list[str]:
    """hidden0, hidden1, ..., output."""
    hidden: list[str] = []
    for index in count():
        if f"hidden{index}.weight" not in weights:
            return [*hidden, "output"]
        hidden.append(f"hidden{index}")
    raise AssertionError("unreachable")


def sizes(weights: Mapping[str, np.ndarray]) -> list[int]:
    """Inputs, hidden widths, 1."""
    shapes = [weights[f"{name}.weight"].shape for name in layers(weights)]
    return [int(shapes[0][1]), *(int(shape[2]) for shape in shapes)]
