"""Mixed precision: wide layers multiply in bfloat16, while their weights and the optimiser stay in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from simworth.learning.adamw import Memory, Step, exact
from simworth.learning.layout import Layout, Views, padded

WIDE: Final = 2**15
"""weights of a layer from which on a bfloat16 product is faster than a float32 one, conversions included"""

Block = tuple[int, torch.Tensor, torch.Tensor]
"""column where a layer's weights or biases start; their bfloat16 gradients, and copies, both (models, count)"""


def wide_layers(layout: Layout) -> int:
    """How many of the first layers are wide; the narrow end of a network gains nothing."""
    count = 0
    for layer in layout.layers:
        if padded(layer.inputs) * padded(layer.outputs) < WIDE:
            break
        count += 1
    return count


@dataclass(frozen=True)
class Copies:
    """bfloat16 weights and gradients of the wide layers, beside float32 masters; empty where all is float32.

    Each layer's copy lies by itself: bfloat16 products first copy what does not.
    """

    weights: Views
    """rounded masters, of the wide layers"""
    gradients: Views
    """what a step fills"""

    @classmethod
    def of(cls, layout: Layout, flat: torch.Tensor) -> Copies:
        """Of the wide layers of `flat` (models, size)."""
        weights = _each(_low, layout.views(flat)[: wide_layers(layout)])
        return cls(weights, _each(torch.zeros_like, weights))

    def __getitem__(self, rows: slice | torch.Tensor) -> Copies:
        """Only these models': the same memory for a slice, a copy for (kept,) indices."""
        return Copies(_each(lambda part: part[rows], self.weights), _each(lambda part: part[rows], self.gradients))

    def before(self, weights: Views, gradients: Views) -> tuple[Views, Views]:
        """What a step multiplies by and what it fills: the copies, and the float32 memory of the other layers."""
        wide = len(self.weights)
        return self.weights + weights[wide:], self.gradients + gradients[wide:]

    def refresh(self, weights: Views) -> None:
        """Round the masters, all layers' `weights`, again, after they changed."""
        _copy(weights, self.weights)

    def adamw(self, layout: Layout, memory: Memory, gradient: torch.Tensor, frozen: int = 0) -> Step:
        """What takes the optimiser's step, in float32, of all but the first `frozen` layers; refreshes the copies."""
        start = layout.start(frozen)
        if not self.weights:
            return exact(memory, gradient, start)
        if gradient.device.type == "cpu":
            narrow = layout.start(max(frozen, len(self.weights)))
            return mixed(memory, gradient, [block for block in self._blocks() if block[0] >= start], narrow)
        weights, gradients, step = layout.views(memory[0]), layout.views(gradient), exact(memory, gradient, start)

        def widened(learning_rate: float, weight_decay: float) -> None:
            _copy(self.gradients, gradients)
            step(learning_rate, weight_decay)
            self.refresh(weights)

        return widened

    def _blocks(self) -> Iterator[Block]:
        """In the order they lie in float32 memory."""
        start = 0
        for gradient, copy in zip(_tensors(self.gradients), _tensors(self.weights), strict=True):
            yield start, gradient.flatten(1), copy.flatten(1)
            start += copy[0].numel()


def mixed(memory: Memory, gradient: torch.Tensor, blocks: Sequence[Block], start: int) -> Step:
    """What descends the gradients of `blocks`, and rounds the new weights into their copies; and `gradient` (models,
    size) from column `start` on. On a processor."""
    from simworth.learning.kernel import descend  # compiles it, which float32 has no need of

    wide: Callable[..., None] = descend
    arrays = [part.numpy() for part in memory]
    bits = [(start, _bits(low), _bits(copy)) for start, low, copy in blocks]
    narrow = exact(memory, gradient, start)

    def step(learning_rate: float, weight_decay: float) -> None:
        for block in bits:
            wide(*arrays, *block, learning_rate, weight_decay)
        narrow(learning_rate, weight_decay)

    return step


def _bits(low: torch.Tensor) -> Any:
    """bfloat16 numbers, which NumPy has no name for, as uint16; the same memory."""
    return low.view(torch.uint16).numpy()


def _copy(given: Views, taken: Views) -> None:
    """As many layers as both have, from one precision to the other."""
    layers = min(len(given), len(taken))
    if layers:
        torch._foreach_copy_(_tensors(taken[:layers]), _tensors(given[:layers]))


def _each(change: Callable[[torch.Tensor], torch.Tensor], views: Views) -> Views:
    return [(change(weight), change(bias)) for weight, bias in views]


def _low(values: torch.Tensor) -> torch.Tensor:
    return values.to(torch.bfloat16, memory_format=torch.contiguous_format)


def _tensors(views: Views) -> list[torch.Tensor]:
    return [tensor for pair in views for tensor in pair]
