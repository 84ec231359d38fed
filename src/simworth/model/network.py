"""What a stack of trained networks says, in NumPy alone: taking a model home needs no training library."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

import numpy as np

Weights = Mapping[str, np.ndarray]
"""`<layer>.weight` (trials, inputs, outputs) and `<layer>.bias` (trials, outputs)"""

_ROWS: Final = 1024
"""samples at once; bounds memory at some 60 MB for 30 trials of 512 units"""


def forward(weights: Weights, x: np.ndarray) -> np.ndarray:
    """(samples, parts, inputs) transformed descriptors -> (trials, samples) transformed labels, float64.

    One part is a perceptron's (hidden0, ..., output), ReLU between layers. Two are a pair's: an encoder (encoder0, ...)
    with tanh on its last layer, and a head (measured0, measured1) on the squared difference of both encodings.
    """
    x = np.asarray(x, dtype=np.float32)
    parts = [_chunk(weights, x[start : start + _ROWS]) for start in range(0, len(x), _ROWS)]
    trials = len(next(iter(weights.values())))
    return np.concatenate(parts, axis=1).astype(np.float64) if parts else np.zeros((trials, 0))


def _chunk(weights: Weights, x: np.ndarray) -> np.ndarray:
    hidden = names(weights, "hidden")
    if hidden or "output.weight" in weights:
        said: np.ndarray = _through(weights, [*hidden, "output"], x[None, :, 0])[..., 0]
        return said
    encoder = names(weights, "encoder")
    first, second = (np.tanh(_through(weights, encoder, x[None, :, part])) for part in (0, 1))
    answer: np.ndarray = _through(weights, names(weights, "measured"), (first - second) ** 2)[..., 0]
    return answer


def _through(weights: Weights, layers: list[str], x: np.ndarray) -> np.ndarray:
    """(trials or 1, samples, inputs) -> (trials, samples, outputs), ReLU after all layers but the last."""
    for place, name in enumerate(layers):
        x = x @ weights[f"{name}.weight"] + weights[f"{name}.bias"][:, None]
        if place < len(layers) - 1:
            np.maximum(x, 0, out=x)
    return x


def names(weights: Weights, kind: str) -> list[str]:
    """Layers of one kind, in order: hidden0, hidden1, ..."""
    found: list[str] = []
    for index in count():
        if f"{kind}{index}.weight" not in weights:
            return found
        found.append(f"{kind}{index}")
    raise AssertionError("unreachable")


def shapes(weights: Weights) -> dict[str, list[int]]:
    """Layer -> [inputs, outputs]."""
    tables = {name: value for name, value in weights.items() if name.endswith(".weight")}
    return {name.removesuffix(".weight"): [int(n) for n in value.shape[1:]] for name, value in sorted(tables.items())}
