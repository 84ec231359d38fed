"""Many networks of one shape, trained as one: all weights in one tensor, one fused optimiser step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch

from simworth.learning.adamw import Memory
from simworth.learning.device import Replays
from simworth.learning.layout import Layout
from simworth.learning.mixed import Copies
from simworth.learning.networks import Batch, Network

if TYPE_CHECKING:
    from simworth.learning.fused import Fused

_SMALL, _LARGE = 10 * 2**20, 22 * 2**20
"""bytes of `near`: least, and most, since a last-level cache that is reported larger is shared by more cores"""


def near(last_level: int) -> int:
    """Bytes of weights, gradients and Adam state that stay in a core's part of a last-level cache of `last_level` bytes
    (0: not known) from step to step; measured, see docs/speed.md."""
    return min(max(last_level // 3, _SMALL), _LARGE)


def _last_level() -> int:
    """Bytes of the cache, as Linux tells them in KiB (491520K)."""
    told = Path("/sys/devices/system/cpu/cpu0/cache/index3/size")
    return int(told.read_text().strip().removesuffix("K")) * 2**10 if told.exists() else 0


NEAR: Final = near(_last_level())
"""of this machine; a model's bits do not depend on it"""
_STATE: Final = 4
"""float32 numbers kept for every weight: itself, its gradient, Adam's two moments; a bfloat16 gradient and copy make
one, too"""


@dataclass
class Stack:
    """`models` networks with their Adam state; row i of every tensor belongs to model i."""

    network: Network
    copies: Copies
    """what wide layers multiply by, where that is bfloat16; weights and Adam stay float32"""
    flat: torch.Tensor
    """(models, size) weights"""
    gradient: torch.Tensor
    """(models, size) of the last step; layers with bfloat16 copies have theirs there"""
    first: torch.Tensor
    """(models, size) Adam's mean of gradients"""
    second: torch.Tensor
    """(models, size) Adam's mean of squared gradients"""
    steps: torch.Tensor
    """(models,) steps taken"""
    frozen: int = 0
    """first layers that no step changes"""

    @classmethod
    def of(cls, network: Network, flat: torch.Tensor, *, bf16: bool = False, frozen: int = 0) -> Stack:
        """Models that have taken no step yet, in bfloat16 where that is faster if `bf16`; `flat` is theirs from now
        on."""
        gradient, first, second = torch.zeros(_STATE - 1, *flat.shape, device=flat.device)
        copies = Copies.of(network.layout, flat) if bf16 else Copies([], [])
        return cls(network, copies, flat, gradient, first, second, torch.zeros(len(flat), device=flat.device), frozen)

    def __post_init__(self) -> None:
        layout = self.network.layout
        self._weights = layout.views(self.flat)
        self._learned = self.copies.before(self._weights, layout.views(self.gradient))
        memory = self.flat, self.first, self.second, self.steps
        self._adamw = self.copies.adamw(layout, memory, self.gradient, self.frozen)
        self._fused = fused(layout, memory, self.frozen) if not self.copies.weights else None
        self._replays = Replays() if self.flat.device.type == "cuda" else None

    def __len__(self) -> int:
        return len(self.flat)

    def _state(self) -> tuple[torch.Tensor, ...]:
        return self.flat, self.gradient, self.first, self.second, self.steps

    def take(self, rows: torch.Tensor | slice) -> Stack:
        """Only these models: a copy for (kept,) indices, the same memory for a slice."""
        flat, gradient, first, second, steps = (state[rows] for state in self._state())
        return Stack(self.network, self.copies[rows], flat, gradient, first, second, steps, self.frozen)

    def renew(self, rows: torch.Tensor, flat: torch.Tensor) -> None:
        """Put models that have taken no step, (rows, size), in the place of others."""
        if not len(rows):
            return
        self.flat[rows] = flat
        for state in self._state()[1:]:
            state[rows] = 0
        self.copies.refresh(self._weights)

    def parts(self) -> Iterator[tuple[slice, Stack]]:
        """The same models in runs that fit a core's cache, sharing memory with this stack: many steps of a few models
        in turn are faster than each step of all of them. On a GPU the stack itself."""
        if self.flat.device.type != "cpu":
            yield slice(None), self
            return
        width = max(1, NEAR // (_STATE * self.flat[0].nbytes))
        for start in range(0, len(self), width):
            which = slice(start, start + width)
            yield which, self.take(which)

    def predict(self, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, parts * columns) -> (models, rows), in float32, by the weights that a step multiplies by."""
        return self.network.predict(self._learned[0], x, measured)

    def descend(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """One AdamW step of every model on the weighted mean squared error of its own rows."""
        if self._replays is None:
            self._step(batch, learning_rate, weight_decay)
        else:
            self._replays(self._step, batch, learning_rate, weight_decay)

    def descend_but(self, idle: torch.Tensor, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """The same, but the models `idle` (kept,) stay as they are: one captured step is cheaper than one a model."""
        kept = [state[idle] for state in self._state()]
        self.descend(batch, learning_rate, weight_decay)
        for state, before in zip(self._state(), kept, strict=True):
            state[idle] = before
        self.copies.refresh(self._weights)

    def _step(self, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        self.steps += 1
        if self._fused:
            self._fused.begin(learning_rate, weight_decay)
            self.network.gradient(self._weights, self._fused.layers, batch)
            return
        self.network.gradient(*self._learned, batch)
        self._adamw(learning_rate, weight_decay)


def fused(layout: Layout, memory: Memory, frozen: int = 0) -> Fused | None:
    """What takes the step while the gradient is at hand; None but on a GPU where Triton is installed."""
    if memory[0].device.type != "cuda" or find_spec("triton") is None:
        return None
    from simworth.learning.fused import Fused  # loads a compiler

    return Fused(layout, memory, frozen)
