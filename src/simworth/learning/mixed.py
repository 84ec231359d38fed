"""Mixed precision: wide layers multiply in bfloat16, while their weights and the optimiser stay in float32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch

from simworth.learning.layout import Layout, Views, padded

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
    """A bfloat16 copy of the wide layers' weights, and room for their gradients, beside float32 masters.

    Each layer's copy lies by itself: bfloat16 products first copy what does not.
    """

    def __init__(self, layout: Layout, flat: torch.Tensor, gradient: torch.Tensor) -> None:
        count = wide_layers(layout)
        weights, gradients = layout.views(flat), layout.views(gradient)
        low, low_gradients = _low(weights[:count]), _low(gradients[:count])
        self.weights: Views = low + weights[count:]
        """what a step multiplies by"""
        self.gradients: Views = low_gradients + gradients[count:]
        """what a step fills"""
        self.all = Handover(*map(_flat, (weights[:count], low, low_gradients, gradients[:count])))
        """of all models"""


@dataclass(frozen=True)
class Handover:
    """What passes between the two precisions; every tensor's first dimension is models."""

    masters: list[torch.Tensor]
    low: list[torch.Tensor]
    low_gradients: list[torch.Tensor]
    gradients: list[torch.Tensor]

    def of(self, models: slice) -> Handover:
        """Of some models, sharing memory."""
        parts = self.masters, self.low, self.low_gradients, self.gradients
        return Handover(*([tensor[models] for tensor in part] for part in parts))

    def widen(self) -> None:
        """Hand the wide layers' gradients to the float32 optimiser."""
        torch._foreach_copy_(self.gradients, self.low_gradients)

    def refresh(self) -> None:
        """Round the masters again, after they changed."""
        torch._foreach_copy_(self.low, self.masters)


def _low(views: Views) -> Views:
    kind = {"dtype": torch.bfloat16, "memory_format": torch.contiguous_format}
    return [(weight.to(**kind), bias.to(**kind)) for weight, bias in views]  # type: ignore[call-overload]


def _flat(views: Views) -> list[torch.Tensor]:
    return [tensor for pair in views for tensor in pair]
