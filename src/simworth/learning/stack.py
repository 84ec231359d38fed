"""Many networks of one shape, trained as one: all weights in one tensor, one fused optimiser step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch

from simworth.learning.mixed import Handover, Mixed, wide_layers
from simworth.learning.networks import Batch, Network
from simworth.learning.replay import Replays

NEAR: Final = 10 * 2**20
"""bytes of weights, gradients and Adam state that stay in a core's part of the last-level cache from step to step"""
_STATE: Final = 4
"""numbers kept for every weight: itself, its gradient, Adam's two moments"""


@dataclass
class Stack:
    """`models` networks with their Adam state; row i of every tensor belongs to model i."""

    network: Network
    bf16: bool
    """whether wide layers multiply in bfloat16 while they learn; weights and Adam stay float32"""
    flat: torch.Tensor
    """(models, size) weights"""
    gradient: torch.Tensor
    """(models, size) of the last step; in bfloat16 its first rows serve each turn's models, and stay in the cache"""
    first: torch.Tensor
    """(models, size) Adam's mean of gradients"""
    second: torch.Tensor
    """(models, size) Adam's mean of squared gradients"""
    steps: torch.Tensor
    """(models,) steps taken"""

    @classmethod
    def of(cls, network: Network, flat: torch.Tensor, *, bf16: bool = False) -> Stack:
        """Models that have taken no step yet; `flat` is theirs from now on."""
        gradient, first, second = torch.zeros(_STATE - 1, *flat.shape, device=flat.device)
        return cls(network, bf16, flat, gradient, first, second, torch.zeros(len(flat), device=flat.device))

    def __post_init__(self) -> None:
        self._weights = self.network.layout.views(self.flat)
        self._gradients = self.network.layout.views(self.gradient)
        narrow = not wide_layers(self.network.layout)
        self._mixed = None if narrow or not self.bf16 else Mixed(self.network.layout, self.flat)
        self._turns = list(self._by_turns())
        self._descend = Replays(self._step) if self.flat.device.type == "cuda" else self._step

    def __len__(self) -> int:
        return len(self.flat)

    def _state(self) -> tuple[torch.Tensor, ...]:
        return self.flat, self.gradient, self.first, self.second, self.steps

    def _near(self) -> list[slice]:
        """Runs of models that fit a core's cache; on a GPU all are one."""
        width = len(self) if self.flat.device.type != "cpu" else max(1, NEAR // (_STATE * self.flat[0].nbytes))
        return [slice(start, start + width) for start in range(0, len(self), width)]

    def _by_turns(self) -> Iterator[tuple[list[list[torch.Tensor]], Handover | None]]:
        """Rows of the state that the optimiser takes at once, and how they come from bfloat16 and go back."""
        rows = [list(state.unbind(0)) for state in self._state()]
        if self._mixed is None:
            yield rows, None
            return
        for which in self._near():
            flat, gradient, *rest = (state[which] for state in rows)
            shared = slice(len(gradient))
            handover = self._mixed.handover(which, self.flat[which], self.gradient[shared])
            yield [flat, rows[1][shared], *rest], handover

    def take(self, rows: torch.Tensor) -> Stack:
        """Only these models, (kept,) indices; a copy."""
        return Stack(self.network, self.bf16, *(state[rows] for state in self._state()))

    def renew(self, rows: torch.Tensor, flat: torch.Tensor) -> None:
        """Put models that have taken no step, (rows, size), in the place of others."""
        self.flat[rows] = flat
        for state in self._state()[1:]:
            state[rows] = 0
        for _, handover in self._turns:
            if handover is not None:
                handover.refresh()

    def parts(self) -> Iterator[tuple[slice, Stack]]:
        """The same models in runs that fit a core's cache, sharing memory with this stack: many steps of a few models
        in turn are faster than each step of all of them. On a GPU, and in bfloat16, whose products want many models at
        once, the stack itself."""
        if self.bf16 or self.flat.device.type != "cpu":
            yield slice(None), self
            return
        for which in self._near():
            yield which, Stack(self.network, self.bf16, *(state[which] for state in self._state()))

    def predict(self, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, parts * columns) -> (models, rows), in float32."""
        return self.network.predict(self._weights, x, measured)

    def descend(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """One AdamW step of every model on the weighted mean squared error of its own rows."""
        self._descend(batch, learning_rate, weight_decay)

    def _step(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        own = self._mixed
        weights, gradients = (own.weights, own.gradients) if own else (self._weights, self._gradients)
        self.network.gradient(weights, gradients, batch)
        self.steps += 1  # the rows' steps are views of it
        for (flat, gradient, first, second, steps), handover in self._turns:
            if handover is not None:
                handover.widen()
            torch._fused_adamw_(  # as torch.optim.AdamW(fused=True) does, without its bookkeeping at every step
                flat,
                gradient,
                first,
                second,
                [],
                steps,
                lr=learning_rate,
                beta1=0.9,
                beta2=0.999,
                weight_decay=weight_decay,
                eps=1e-8,
                amsgrad=False,
                maximize=False,
            )
            if handover is not None:
                handover.refresh()
