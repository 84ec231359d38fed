"""On a GPU: a layer's gradient and AdamW's step in one pass over memory, so that gradients never leave the chip.

A step of many small networks is limited by moving weights and Adam state (6 numbers a weight here, 8 where gradients
are written and read back). So products stay in float32: TF32 gains 2 %, and parts the weights from the processor's.
Triton compiles the kernel at its first call; PyTorch's CUDA builds bring it along.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator"
from __future__ import annotations

from functools import partial
from typing import Final

import torch
import triton
import triton.language as tl

from simworth.learning.adamw import EPSILON, MEAN, SQUARE, Memory
from simworth.learning.layout import Layout, padded
from simworth.learning.networks import Descent

TILE = 64
"""rows and columns of a layer's weights that one program updates"""
WARPS = 4
"""groups of 32 threads of a program"""
_ROWS: Final = 32
"""examples that it multiplies at once"""


class Fused:
    """What takes the optimiser's step while a network goes backward, layer by layer."""

    def __init__(self, layout: Layout, memory: Memory, frozen: int = 0) -> None:
        self._steps, self.layers = memory[3], list[Descent]()
        """in the layout's order, each to be called once a step after the layer's weights were last read"""
        self._rate, self._scale = torch.zeros(2, len(memory[3]), device=memory[3].device)
        self._keep = 1.0
        for index, layer in enumerate(layout.layers):
            at, shape = layout.start(index), (padded(layer.inputs), padded(layer.outputs))
            self.layers.append(_keep if index < frozen else partial(self._descend, memory, at, shape))

    def begin(self, learning_rate: float, weight_decay: float) -> None:
        """The factors of this step, which `steps` counts already: bias corrections in float64."""
        taken = self._steps.double()
        self._rate.copy_(learning_rate / (1 - MEAN**taken))
        self._scale.copy_((1 - SQUARE**taken).rsqrt())
        self._keep = 1 - learning_rate * weight_decay

    def _descend(
        self, memory: Memory, start: int, shape: tuple[int, int], values: torch.Tensor, delta: torch.Tensor
    ) -> None:
        """`values` (models, rows, inputs) went into the layer, `delta` (models, rows, outputs) is the loss's
        derivative by what came out."""
        flat, first, second, _ = memory
        (models, rows, _), (inputs, outputs) = values.shape, shape
        values, delta = values.contiguous(), delta.contiguous()
        tiles = triton.cdiv(inputs, min(TILE, _power(inputs))), triton.cdiv(outputs, min(TILE, _power(outputs)))
        state = flat, first, second, flat.stride(0), start
        _kernel[tiles[0] * tiles[1], models](
            values, delta, *state, self._rate, self._scale, self._keep, rows, inputs, outputs,
            MEAN, SQUARE, EPSILON, min(TILE, _power(inputs)), min(TILE, _power(outputs)), _ROWS,
            triton.cdiv(rows, _ROWS), num_warps=WARPS,
        )  # fmt: skip


def _keep(values: torch.Tensor, delta: torch.Tensor) -> None:
    """Of a frozen layer."""


def _power(width: int) -> int:
    """The next power of two."""
    return int(triton.next_power_of_2(width))


@triton.jit
def _kernel(
    values, delta, flat, first, second, size, start,
    rates, scales, keep, rows, inputs, outputs,
    mean: tl.constexpr, square: tl.constexpr, epsilon: tl.constexpr,
    high: tl.constexpr, wide: tl.constexpr, block: tl.constexpr, blocks: tl.constexpr,
):  # fmt: skip
    """One tile (high, wide) of one model's layer; the tiles of the first inputs see to the biases, too."""
    tile, model = tl.program_id(0), tl.program_id(1).to(tl.int64)
    across = tl.cdiv(outputs, wide)
    k, n = (tile // across) * high + tl.arange(0, high), (tile % across) * wide + tl.arange(0, wide)
    r = tl.arange(0, block)
    gradient, bias = tl.zeros((high, wide), tl.float32), tl.zeros((wide,), tl.float32)
    values += model * rows * inputs
    delta += model * rows * outputs
    for index in tl.static_range(blocks):
        row = index * block + r
        here = (row[:, None] < rows) & (k[None, :] < inputs)
        x = tl.load(values + row[:, None] * inputs + k[None, :], mask=here, other=0.0)
        here = (row[:, None] < rows) & (n[None, :] < outputs)
        d = tl.load(delta + row[:, None] * outputs + n[None, :], mask=here, other=0.0)
        gradient += tl.dot(tl.trans(x), d, input_precision="ieee")
        bias += tl.sum(d, axis=0)
    rate, scale = tl.load(rates + model), tl.load(scales + model)
    at = model * size + start + k[:, None] * outputs + n[None, :]
    here = (k[:, None] < inputs) & (n[None, :] < outputs)
    _step(flat + at, first + at, second + at, gradient, here, rate, scale, keep, mean, square, epsilon)
    at = model * size + start + inputs * outputs + n
    here = (n < outputs) & (tile < across)
    _step(flat + at, first + at, second + at, bias, here, rate, scale, keep, mean, square, epsilon)


@triton.jit
def _step(
    flat, first, second, gradient, here, rate, scale, keep,
    mean: tl.constexpr, square: tl.constexpr, epsilon: tl.constexpr,
):  # fmt: skip
    """AdamW's step of the weights at these addresses."""
    weight, m, v = tl.load(flat, mask=here), tl.load(first, mask=here), tl.load(second, mask=here)
    m += (1 - mean) * (gradient - m)
    v = square * v + (1 - square) * gradient * gradient
    weight = keep * weight - rate * m / (tl.sqrt(v) * scale + epsilon)
    tl.store(flat, weight, mask=here)
    tl.store(first, m, mask=here)
    tl.store(second, v, mask=here)
