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
    """A bfloat16 copy of the wide layers' weights, and room for their gradients, beside float32 masters."""

    def __init__(self, layout: Layout, flat: torch.Tensor, gradient: torch.Tensor) -> None:
        count = wide_layers(layout)
        wide = Layout(layout.layers[:count])
        self._flat, self._gradient = flat[:, : wide.size], gradient[:, : wide.size]
        self._low_flat = self._flat.to(torch.bfloat16)
        self._low_gradient = torch.zeros_like(self._low_flat)
        self.weights: Views = wide.views(self._low_flat) + layout.views(flat)[count:]
        """what a step multiplies by"""
        self.gradients: Views = wide.views(self._low_gradient) + layout.views(gradient)[count:]
        """what a step fills"""

    def widen(self) -> None:
        """Hand the wide layers' gradients to the float32 optimiser."""
        self._gradient.copy_(self._low_gradient)

    def refresh(self) -> None:
        """Round the masters again, after they changed."""
        self._low_flat.copy_(self._flat)
