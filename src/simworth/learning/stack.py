"""Many networks of one shape, trained as one: batched matrix products, gradients by hand, one fused optimiser step.

The gradient of a perceptron under squared error is six matrix products; writing it out, rather than recording it,
leaves no launch, allocation or bookkeeping per model.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.optim.adamw import adamw

from simworth.learning.layout import Layout


@dataclass
class Stack:
    """`models` networks of one layout with their Adam state; row i of every tensor belongs to model i."""

    layout: Layout
    flat: torch.Tensor
    """(models, size) weights"""

    def __post_init__(self) -> None:
        self.gradient = torch.zeros_like(self.flat)
        self.first = torch.zeros_like(self.flat)
        self.second = torch.zeros_like(self.flat)
        self.steps = torch.zeros(len(self.flat))
        self._bind()

    def _bind(self) -> None:
        self._weights = self.layout.views(self.flat)
        self._gradients = self.layout.views(self.gradient)

    def __len__(self) -> int:
        return len(self.flat)

    def take(self, rows: torch.Tensor) -> None:
        """Keep only these models, (kept,) indices."""
        self.flat, self.first, self.second = self.flat[rows], self.first[rows], self.second[rows]
        self.gradient = self.gradient[rows]
        self.steps = self.steps[rows]
        self._bind()

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(models, rows, inputs) -> (models, rows)."""
        return self._activations(x)[-1][..., 0]

    def descend(self, x: torch.Tensor, y: torch.Tensor, learning_rate: float, weight_decay: float) -> None:
        """One AdamW step of every model on the mean squared error of its own batch.

        x (models, batch, inputs), y (models, batch).
        """
        self._backward(self._activations(x), y)
        adamw(
            list(self.flat.unbind(0)),
            list(self.gradient.unbind(0)),
            list(self.first.unbind(0)),
            list(self.second.unbind(0)),
            [],
            list(self.steps.unbind(0)),
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=learning_rate,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def _activations(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Input and output of every layer; hidden ones after ReLU."""
        out = [x]
        last = len(self._weights) - 1
        for index, (weight, bias) in enumerate(self._weights):
            value = torch.baddbmm(bias, out[-1], weight)
            out.append(value.relu_() if index < last else value)
        return out

    def _backward(self, activations: list[torch.Tensor], y: torch.Tensor) -> None:
        """Fill `gradient` with that of the mean squared error."""
        output = activations[-1]
        delta = torch.zeros_like(output)
        delta[..., 0] = (output[..., 0] - y) * (2 / y.shape[1])
        for index in range(len(self._weights) - 1, -1, -1):
            value = activations[index]
            weight_gradient, bias_gradient = self._gradients[index]
            torch.bmm(value.transpose(1, 2), delta, out=weight_gradient)
            torch.sum(delta, dim=1, keepdim=True, out=bias_gradient)
            if index:
                delta = torch.bmm(delta, self._weights[index][0].transpose(1, 2))
                delta.mul_(value > 0)
