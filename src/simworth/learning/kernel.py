"""AdamW's step between bfloat16 and float32 in one pass over memory, compiled when this module is imported.

IEEE arithmetic, operation by operation: a weight's bits depend on its own numbers alone, not on where it lies.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from simworth.learning.adamw import EPSILON, MEAN, SQUARE

_MEMORY: Final = "float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1]"
_BLOCK: Final = "int64, uint16[:, ::1], uint16[:, ::1]"
_NAN: Final = 0x7FC0


@njit("float32(uint16)", error_model="numpy")
def widened(bits: Any) -> Any:
    """The bfloat16 number of these bits."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@njit("uint16(float32)", error_model="numpy")
def rounded(value: Any) -> Any:
    """Bits of the nearest bfloat16 number; of two that are as near, the one whose last bit is 0."""
    bits = np.float32(value).view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    nearest = np.uint32(bits + np.uint32(0x7FFF) + odd) >> np.uint32(16)
    return np.uint16(_NAN) if value != value else np.uint16(nearest)


@njit(f"void({_MEMORY}, {_BLOCK}, float64, float64)", error_model="numpy")
def descend(
    flat: Any,
    first: Any,
    second: Any,
    steps: Any,
    start: Any,
    gradient: Any,
    copy: Any,
    learning_rate: Any,
    weight_decay: Any,
) -> None:
    """One step of a block's weights in every model: see adamw.Memory and mixed.Block for what is what."""
    models, count = gradient.shape
    keep = np.float32(1 - learning_rate * weight_decay)
    new, square, new_square = np.float32(1 - MEAN), np.float32(SQUARE), np.float32(1 - SQUARE)
    for model in range(models):
        rate = np.float32(learning_rate / (1 - MEAN ** steps[model]))
        scale = np.float32(1 / np.sqrt(1 - SQUARE ** steps[model]))
        weights, gradients, copies = flat[model, start : start + count], gradient[model], copy[model]
        means, squares = first[model, start : start + count], second[model, start : start + count]
        for at in range(count):
            wide = widened(gradients[at])
            means[at] += new * (wide - means[at])
            squares[at] = square * squares[at] + new_square * wide * wide
            root = np.sqrt(squares[at]) * scale + np.float32(EPSILON)
            weights[at] = keep * weights[at] - rate * means[at] / root
            copies[at] = rounded(weights[at])
