"""Where a training stands after an epoch, and how it goes on from there to the same bits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from simworth.learning.slots import Permutations, Slots
from simworth.learning.stack import Stack


@dataclass(frozen=True)
class TrainingState:
    """Between two epochs: how far every model has come, and the stack of those that train."""

    slots: Slots
    stack: Stack
    shuffles: Sequence[Permutations]
    """(models,) generators of each model's order of examples"""
    best: torch.Tensor
    """(models, size) weights of the best validation epoch"""
    loss: np.ndarray
    """(models,) best validation loss"""
    epochs: np.ndarray
    """(models,) epochs run"""
    stale: np.ndarray
    """(models,) epochs without a better loss"""

    @classmethod
    def begin(
        cls,
        made: Callable[[torch.Tensor], Stack],
        flat: torch.Tensor,
        rngs: Sequence[np.random.Generator],
        width: int,
    ) -> TrainingState:
        """Before the first epoch of models with weights `flat` (models, size), of which `width` train at once; `made`
        makes the stack of those that do."""
        slots, zeros = Slots.first(len(flat), width), np.zeros((2, len(flat)), dtype=np.int64)
        stack = made(flat[torch.from_numpy(slots.models)])
        shuffles = [Permutations(rng) for rng in rngs]
        return cls(slots, stack, shuffles, flat.clone(), np.full(len(flat), np.inf), *zeros)

    def tensors(self) -> dict[str, np.ndarray]:
        """As arrays: what `resumed` needs."""
        stack = self.stack
        generators = json.dumps([ahead.state for ahead in self.shuffles])
        return {
            "best": self.best.cpu().numpy(),
            "loss": self.loss,
            "epochs": self.epochs,
            "stale": self.stale,
            "flat": stack.flat.cpu().numpy(),
            "first": stack.first.cpu().numpy(),
            "second": stack.second.cpu().numpy(),
            "steps": stack.steps.cpu().numpy(),
            "models": self.slots.models,
            "taken": self.slots.taken,
            "waiting": self.slots.waiting,
            "generators": np.frombuffer(generators.encode(), dtype=np.uint8),
        }


def resumed(
    saved: dict[str, np.ndarray],
    made: Callable[[torch.Tensor], Stack],
    on: torch.device,
    rngs: Sequence[np.random.Generator],
) -> TrainingState:
    """The state that `tensors` gave, on the device `on`, its stack by `made`; `rngs` (models,) are set to where they
    were."""
    best, flat, first, second, steps = (
        torch.from_numpy(saved[name].copy()).to(on) for name in ("best", "flat", "first", "second", "steps")
    )
    stack = made(flat)
    for to, value in ((stack.first, first), (stack.second, second), (stack.steps, steps)):
        to.copy_(value)
    for rng, state in zip(rngs, json.loads(saved["generators"].tobytes()), strict=True):
        rng.bit_generator.state = state
    progress = (saved[name].copy() for name in ("loss", "epochs", "stale"))
    slots = Slots(*(saved[name].copy() for name in ("models", "taken", "waiting")))
    return TrainingState(slots, stack, [Permutations(rng) for rng in rngs], best, *progress)


class Saver(Protocol):
    """Keeps the state of a training, so that one that was killed goes on."""

    def found(self) -> dict[str, np.ndarray] | None:
        """What was kept of the training that begins now."""

    def keep(self, tensors: Callable[[], dict[str, np.ndarray]]) -> None:
        """After an epoch: keep what `tensors` gives, if it is time for that."""
