"""Early stopping for a whole stack: each model stops on its own and leaves the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from simworth.learning.networks import Batch, Network
from simworth.learning.stack import Stack

_CHUNK = 1024
"""rows predicted at once; fixed, since a matrix product's bits may depend on its size"""


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
        return Examples(*(None if part is None else part[models] for part in self._parts()))  # type: ignore[arg-type]

    def reordered(self, models: torch.Tensor, order: torch.Tensor) -> Examples:
        """Of these models, (kept,) indices, each one's examples in its own order, (kept, examples)."""
        row = models[:, None]
        return Examples(*(None if part is None else part[row, order] for part in self._parts()))  # type: ignore[arg-type]

    def batch(self, inputs: torch.Tensor, which: slice) -> Batch:
        """Some of the examples, with their inputs gathered."""
        rest = [None if part is None else part[:, which] for part in self._parts()[1:]]
        return Batch(gather(inputs, self.rows[:, which]), *rest)  # type: ignore[arg-type]

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


@dataclass(frozen=True)
class Trained:
    """What came out, one row a model."""

    flat: torch.Tensor
    """(models, size) weights of the best validation epoch"""
    epochs: np.ndarray
    """(models,) epochs run"""
    loss: np.ndarray
    """(models,) best validation loss, mean squared, in transformed units; inf where none was finite"""


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
    """Train every model from `flat` (models, size) on its own examples of `inputs` (rows, columns).

    `rngs` (models,) shuffle each model's examples. A model stops after `patience` epochs without a better validation
    loss, or at once when its loss is no longer finite, and returns to its best epoch. At most `width` models train at
    once; those that wait take the places of those that stop.
    """
    models, waiting = len(flat), np.arange(len(flat))
    best, loss, epochs = flat.clone(), np.full(models, np.inf), np.zeros(models, dtype=np.int64)
    stale = np.zeros(models, dtype=np.int64)
    active, waiting = np.split(waiting, [width or models])
    stack = Stack.of(network, flat[torch.from_numpy(active)])
    while len(active):
        chosen = torch.from_numpy(active)
        _epoch(stack, inputs, training, chosen, schedule, [rngs[int(model)] for model in active])
        now = _loss(stack, inputs, validation.of(chosen))
        epochs[active] += 1
        better = now < loss[active]
        best[active[better]] = stack.flat[torch.from_numpy(np.flatnonzero(better))]
        loss[active[better]] = now[better]
        stale[active] = np.where(better, 0, stale[active] + 1)
        going = np.isfinite(now) & (stale[active] < schedule.patience) & (epochs[active] < schedule.max_epochs)
        if not going.all():
            stack, active = stack.take(torch.from_numpy(np.flatnonzero(going))), active[going]
            come, waiting = np.split(waiting, [np.count_nonzero(~going)])
            if len(come):
                stack = stack.with_more(Stack.of(network, flat[torch.from_numpy(come)]))
                active = np.concatenate([active, come])
    return Trained(best, epochs, loss)


def _epoch(
    stack: Stack,
    inputs: torch.Tensor,
    training: Examples,
    models: torch.Tensor,
    schedule: Schedule,
    rngs: list[np.random.Generator],
) -> None:
    """One pass of the stack's `models` over their examples, each in its own order; the last batch may be short."""
    count = training.rows.shape[1]
    order = torch.from_numpy(np.stack([rng.permutation(count) for rng in rngs]))
    for which, part in stack.parts():
        shuffled = training.reordered(models[which], order[which])
        for start in range(0, count, schedule.batch_size):
            batch = shuffled.batch(inputs, slice(start, start + schedule.batch_size))
            part.descend(batch, schedule.learning_rate, schedule.weight_decay)


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
        squares = (said - validation.y).double().numpy() ** 2
        if validation.weight is not None:
            squares *= validation.weight.double().numpy()
        result: np.ndarray = np.mean(squares, axis=1)
    return result
