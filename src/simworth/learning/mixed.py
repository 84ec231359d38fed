"""Mixed precision: wide layers multiply in bfloat16, while their weights and the optimiser stay in float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch

from simworth.learning.layout import Layout, Pair, Views, padded

WIDE: Final = 2**15
"""weights of a layer from which on a bfloat16 product is faster than a float32 one, conversions included"""


def wide_layers(layout: Layout) -> int:
    """How many of the first layers are wide; the narrow end of a network gains nothing."""
    count = 0
    for layer in layout.layers:
        if padded(layer.inputs) * padded(layer.outputs) < WIDE:
            break
        count += 1
    return count


class Mixed:
    """bfloat16 copies of the wide layers' weights and gradients, beside float32 masters.

    Each layer's copy lies by itself: bfloat16 products first copy what does not.
    """

    def __init__(self, layout: Layout, flat: torch.Tensor) -> None:
        self._layout, self._wide = layout, wide_layers(layout)
        weights = layout.views(flat)
        low = [_each(_low, pair) for pair in weights[: self._wide]]
        self.weights: Views = low + weights[self._wide :]
        """what a step multiplies by"""
        self.gradients: Views = [_each(_room, pair) for pair in self.weights]
        """what a step fills"""

    def handover(self, models: slice, flat: torch.Tensor, gradient: torch.Tensor) -> Handover:
        """Between these models' copies and their rows of float32 memory."""
        masters, own = self._layout.views(flat)[: self._wide], self._layout.views(gradient)
        return Handover(
            _rows(self.gradients, models), _flat(own), _flat(masters), _rows(self.weights, models, self._wide)
        )


@dataclass(frozen=True)
class Handover:
    """What passes between the two precisions; every tensor's first dimension is models."""

    low_gradients: list[torch.Tensor]
    gradients: list[torch.Tensor]
    masters: list[torch.Tensor]
    low: list[torch.Tensor]

    def widen(self) -> None:
        """Hand the gradients to the float32 optimiser."""
        torch._foreach_copy_(self.gradients, self.low_gradients)

    def refresh(self) -> None:
        """Round the masters again, after they changed."""
        torch._foreach_copy_(self.low, self.masters)


def _each(change: Callable[[torch.Tensor], torch.Tensor], pair: Pair) -> Pair:
    weight, bias = pair
    return change(weight), change(bias)


def _low(values: torch.Tensor) -> torch.Tensor:
    return values.to(torch.bfloat16, memory_format=torch.contiguous_format)


def _room(values: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(values, memory_format=torch.contiguous_format)


def _flat(views: Views) -> list[torch.Tensor]:
    return [tensor for pair in views for tensor in pair]


def _rows(views: Views, models: slice, count: int | None = None) -> list[torch.Tensor]:
    return [tensor[models] for tensor in _flat(views[:count])]
