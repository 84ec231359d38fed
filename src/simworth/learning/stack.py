"""Many networks of one shape, trained as one: all weights in one tensor, one fused optimiser step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch.optim.adamw import adamw

from simworth.learning.networks import Batch, Network

NEAR: Final = 10 * 2**20
"""bytes of weights, gradients and Adam state that stay in a core's part of the last-level cache from step to step"""
_STATE: Final = 4
"""numbers kept for every weight: itself, its gradient, Adam's two moments"""


@dataclass
class Stack:
    """`models` networks with their Adam state; row i of every tensor belongs to model i."""

    network: Network
    flat: torch.Tensor
    """(models, size) weights"""
    gradient: torch.Tensor
    """(models, size) of the last step"""
    first: torch.Tensor
    """(models, size) Adam's mean of gradients"""
    second: torch.Tensor
    """(models, size) Adam's mean of squared gradients"""
    steps: torch.Tensor
    """(models,) steps taken"""

    @classmethod
    def of(cls, network: Network, flat: torch.Tensor) -> Stack:
        """Models that have taken no step yet; `flat` is theirs from now on."""
        rest = (torch.zeros_like(flat) for _ in range(_STATE - 1))
        return cls(network, flat, *rest, torch.zeros(len(flat), device=flat.device))

    def __post_init__(self) -> None:
        self._weights = self.network.layout.views(self.flat)
        self._gradients = self.network.layout.views(self.gradient)
        self._rows = [list(state.unbind(0)) for state in self._state()]

    def __len__(self) -> int:
        return len(self.flat)

    def _state(self) -> tuple[torch.Tensor, ...]:
        return self.flat, self.gradient, self.first, self.second, self.steps

    def take(self, rows: torch.Tensor) -> Stack:
        """Only these models, (kept,) indices; a copy."""
        return Stack(self.network, *(state[rows] for state in self._state()))

    def with_more(self, other: Stack) -> Stack:
        """These models and others, in this order; a copy."""
        pairs = zip(self._state(), other._state(), strict=True)
        return Stack(self.network, *(torch.cat(pair) for pair in pairs))

    def parts(self) -> Iterator[tuple[slice, Stack]]:
        """The same models in runs that fit a core's cache, sharing memory with this stack: many steps of a few models
        in turn are faster than each step of all of them."""
        width = len(self)
        if self.flat.device.type == "cpu":
            width = max(1, NEAR // (_STATE * self.flat[0].nbytes))
        for start in range(0, len(self), width):
            which = slice(start, start + width)
            yield which, Stack(self.network, *(state[which] for state in self._state()))

    def predict(self, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, parts * columns) -> (models, rows)."""
        return self.network.predict(self._weights, x, measured)

    def descend(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """One AdamW step of every model on the weighted mean squared error of its own rows."""
        self.network.gradient(self._weights, self._gradients, batch)
        flat, gradient, first, second, steps = self._rows
        adamw(
            flat,
            gradient,
            first,
            second,
            [],
            steps,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=learning_rate,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
        )
