"""Mixed precision: wide layers multiply in bfloat16, while their weights and the optimiser stay in float32."""

from __future__ import annotations

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
        self._masters, self._wide = weights[:count], gradients[:count]
        self._low: Views = [(_low(weight), _low(bias)) for weight, bias in self._masters]
        self._low_gradients: Views = [(_low(weight), _low(bias)) for weight, bias in self._wide]
        self.weights: Views = self._low + weights[count:]
        """what a step multiplies by"""
        self.gradients: Views = self._low_gradients + gradients[count:]
        """what a step fills"""

    def widen(self) -> None:
        """Hand the wide layers' gradients to the float32 optimiser."""
        _copy(self._low_gradients, self._wide)

    def refresh(self) -> None:
        """Round the masters again, after they changed."""
        _copy(self._masters, self._low)


def _low(values: torch.Tensor) -> torch.Tensor:
    return values.to(torch.bfloat16, memory_format=torch.contiguous_format)


def _copy(given: Views, taken: Views) -> None:
    for pair, own in zip(given, taken, strict=True):
        for values, place in zip(pair, own, strict=True):
            place.copy_(values)
