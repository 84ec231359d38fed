"""Early stopping for a whole stack: each model stops on its own and leaves the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from simworth.learning.networks import Batch, Network
from simworth.learning.places import Places
from simworth.learning.stack import Stack

_CHUNK = 1024
"""rows predicted at once; fixed, since a matrix product's bits may depend on its size"""
_SPARE: Final = {"cpu": 0.0, "cuda": 0.5}
"""share of a stack's rows that may lie idle: closing up costs a GPU its captured steps"""


@dataclass(frozen=True)
class Examples:
    """Which rows of a shared input table each model learns from, and what it should say there."""

    rows: torch.Tensor
    """(models, examples, parts) int64 rows of the input table"""
    y: torch.Tensor
    """(models, examples) float32 transformed labels"""
    weight: torch.Tensor | None = None
    """(models, examples) float32 weight of each squared error; 0 for padding; None: all 1"""
    measured: torch.Tensor | None = None
    """(models, examples) True for measurements, where the network tells them from simulations"""

    def of(self, models: torch.Tensor) -> Examples:
        """Only these models, (kept,) indices."""
        return self._each(lambda part: part[models])

    def to(self, device: torch.device) -> Examples:
        """The same on another device."""
        return self._each(lambda part: part.to(device))

    def reordered(self, models: torch.Tensor, order: torch.Tensor) -> Examples:
        """Of these models, (kept,) indices, each one's examples in its own order, (kept, examples)."""
        row = models[:, None]
        return self._each(lambda part: part[row, order])

    def batch(self, inputs: torch.Tensor, which: slice) -> Batch:
        """Some of the examples, with their inputs gathered."""
        rest = [None if part is None else part[:, which] for part in self._parts()[1:]]
        return Batch(gather(inputs, self.rows[:, which]), *rest)  # type: ignore[arg-type]

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Examples:
        return Examples(*(None if part is None else change(part) for part in self._parts()))  # type: ignore[arg-type]

    def _parts(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        return self.rows, self.y, self.weight, self.measured


@dataclass(frozen=True)
class Schedule:
    """How one training runs."""

    learning_rate: float
    weight_decay: float
    batch_size: int
    patience: int
    """epochs without a better validation loss"""
    max_epochs: int
    bf16: bool = False
    """whether wide layers multiply in bfloat16 while they learn"""


@dataclass(frozen=True)
class Trained:
    """What came out, one row a model."""

    flat: torch.Tensor
    """(models, size) weights of the best validation epoch"""
    epochs: np.ndarray
    """(models,) epochs run"""
    loss: np.ndarray
    """(models,) best validation loss, mean squared, in transformed units; inf where none was finite"""

    def of(self, models: slice) -> Trained:
        """Only these models."""
        return Trained(self.flat[models], self.epochs[models], self.loss[models])


def train(
    network: Network,
    flat: torch.Tensor,
    inputs: torch.Tensor,
    training: Examples,
    validation: Examples,
    schedule: Schedule,
    rngs: Sequence[np.random.Generator],
    width: int | None = None,
) -> Trained:
    """Train every model from `flat` (models, size) on its own examples of `inputs` (rows, columns), all on one device.

    `rngs` (models,) shuffle each model's examples. A model stops after `patience` epochs without a better validation
    loss, or at once when its loss is no longer finite, and returns to its best epoch. At most `width` models train at
    once; those that wait take the places of those that stop.
    """
    progress, places = _Progress.of(flat), Places(len(flat), width or len(flat))
    spare = _SPARE[flat.device.type]
    stack = Stack.of(network, flat[torch.from_numpy(places.models)], bf16=schedule.bf16)
    while places.taken.any():
        models = torch.from_numpy(places.models)
        now = _epoch(stack, inputs, training, validation, models, schedule, [rngs[int(model)] for model in models])
        come = places.leave(progress.stopped(places, stack.flat, now, schedule))
        stack.renew(torch.from_numpy(come), flat[torch.from_numpy(places.models[come])])
        kept = places.close_up(spare)
        if kept is not None:
            stack = stack.take(torch.from_numpy(kept))
    return Trained(progress.best, progress.epochs, progress.loss)


@dataclass(frozen=True)
class _Progress:
    """How far every model has come."""

    best: torch.Tensor
    loss: np.ndarray
    epochs: np.ndarray
    stale: np.ndarray
    """(models,) epochs without a better loss"""

    @classmethod
    def of(cls, flat: torch.Tensor) -> _Progress:
        zeros = np.zeros((2, len(flat)), dtype=np.int64)
        return cls(flat.clone(), np.full(len(flat), np.inf), *zeros)

    def stopped(self, places: Places, flat: torch.Tensor, now: np.ndarray, schedule: Schedule) -> np.ndarray:
        """Take in the losses `now` (rows,) of a stack's weights `flat`; the rows whose models are done."""
        rows = np.flatnonzero(places.taken)
        models, loss = places.models[rows], now[rows]
        better = loss < self.loss[models]
        if better.any():
            torch._foreach_copy_([self.best[at] for at in models[better]], [flat[row] for row in rows[better]])
        self.loss[models[better]] = loss[better]
        self.epochs[models] += 1
        self.stale[models] = np.where(better, 0, self.stale[models] + 1)
        going = np.isfinite(loss) & (self.stale[models] < schedule.patience)
        stopped: np.ndarray = rows[~(going & (self.epochs[models] < schedule.max_epochs))]
        return stopped


def _epoch(
    stack: Stack,
    inputs: torch.Tensor,
    training: Examples,
    validation: Examples,
    models: torch.Tensor,
    schedule: Schedule,
    rngs: list[np.random.Generator],
) -> np.ndarray:
    """One pass of the stack's `models` over their examples, each in its own order; (models,) validation loss after it.

    A part that has learned is validated at once, while its weights are near.
    """
    count = training.rows.shape[1]
    order = torch.from_numpy(np.stack([rng.permutation(count) for rng in rngs])).to(inputs.device)
    models, loss = models.to(inputs.device), []
    for which, part in stack.parts():
        one_pass(part, inputs, training.reordered(models[which], order[which]), schedule)
        loss.append(_loss(part, inputs, validation.of(models[which])))
    return np.concatenate(loss)


def one_pass(stack: Stack, inputs: torch.Tensor, examples: Examples, schedule: Schedule) -> None:
    """Step after step over the examples of the stack's models, as they lie; the last batch may be short."""
    for start in range(0, examples.rows.shape[1], schedule.batch_size):
        batch = examples.batch(inputs, slice(start, start + schedule.batch_size))
        stack.descend(batch, schedule.learning_rate, schedule.weight_decay)


def gather(inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """(rows, columns), (models, count, parts) -> (models, count, parts * columns)."""
    models, count, parts = rows.shape
    return inputs.index_select(0, rows.reshape(-1)).view(models, count, parts * inputs.shape[1])


def predict(
    stack: Stack, inputs: torch.Tensor, rows: torch.Tensor, measured: torch.Tensor | None = None
) -> torch.Tensor:
    """What every model says of its own `rows` (models, count, parts): (models, count) in transformed units."""
    said = []
    for start in range(0, rows.shape[1], _CHUNK):
        which = slice(start, start + _CHUNK)
        kind = None if measured is None else measured[:, which]
        said.append(stack.predict(gather(inputs, rows[:, which]), kind))
    return torch.cat(said, dim=1)


def _loss(stack: Stack, inputs: torch.Tensor, validation: Examples) -> np.ndarray:
    """(models,) weighted mean squared error; summed by NumPy, row by row, so that the batch's width leaves no trace."""
    said = predict(stack, inputs, validation.rows, validation.measured)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (said - validation.y).double().cpu().numpy() ** 2
        if validation.weight is not None:
            squares *= validation.weight.double().cpu().numpy()
        result: np.ndarray = np.mean(squares, axis=1)
    return result
