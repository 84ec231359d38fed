"""Many networks of one shape, trained as one: all weights in one tensor, one fused optimiser step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.optim.adamw import adamw

from simworth.learning.networks import Batch, Network


@dataclass
class Stack:
    """`models` networks with their Adam state; row i of every tensor belongs to model i."""

    network: Network
    flat: torch.Tensor
    """(models, size) weights"""

    def __post_init__(self) -> None:
        self.gradient = torch.zeros_like(self.flat)
        self.first = torch.zeros_like(self.flat)
        self.second = torch.zeros_like(self.flat)
        self.steps = torch.zeros(len(self.flat))
        self._bind()

    def _bind(self) -> None:
        self._weights = self.network.layout.views(self.flat)
        self._gradients = self.network.layout.views(self.gradient)

    def __len__(self) -> int:
        return len(self.flat)

    def take(self, rows: torch.Tensor) -> None:
        """Keep only these models, (kept,) indices."""
        self.flat, self.first, self.second = self.flat[rows], self.first[rows], self.second[rows]
        self.gradient = self.gradient[rows]
        self.steps = self.steps[rows]
        self._bind()

    def predict(self, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, parts * columns) -> (models, rows)."""
        return self.network.predict(self._weights, x, measured)

    def descend(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """One AdamW step of every model on the weighted mean squared error of its own rows."""
        self.network.gradient(self._weights, self._gradients, batch)
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
