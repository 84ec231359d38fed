"""Early stopping for a whole stack: each model stops on its own and leaves the batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from simworth.learning.layout import Layout
from simworth.learning.stack import Stack

_CHUNK = 1024
"""rows predicted at once; fixed, since a matrix product's bits may depend on its size"""


@dataclass(frozen=True)
class Examples:
    """Which rows of a shared input table each model learns from, and what it should say there."""

    rows: torch.Tensor
    """(models, examples) int64 rows of the input table"""
    y: torch.Tensor
    """(models, examples) float32 transformed labels"""


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
    layout: Layout,
    flat: torch.Tensor,
    inputs: torch.Tensor,
    training: Examples,
    validation: Examples,
    schedule: Schedule,
    rngs: list[np.random.Generator],
) -> Trained:
    """Train every model from `flat` (models, size) on its own examples of `inputs` (rows, columns).

    `rngs` (models,) shuffle each model's examples. A model stops after `patience` epochs without a better validation
    loss, or at once when its loss is no longer finite, and returns to its best epoch.
    """
    models = len(flat)
    best, loss, epochs = flat.clone(), np.full(models, np.inf), np.zeros(models, dtype=np.int64)
    stale = np.zeros(models, dtype=np.int64)
    stack, active = Stack(layout, flat.clone()), np.arange(models)
    for _ in range(schedule.max_epochs):
        _epoch(stack, inputs, training, schedule, [rngs[model] for model in active], active)
        now = _loss(stack, inputs, validation, active)
        epochs[active] += 1
        better = now < loss[active]
        best[active[better]] = stack.flat[torch.from_numpy(np.flatnonzero(better))]
        loss[active[better]] = now[better]
        stale[active] = np.where(better, 0, stale[active] + 1)
        going = np.isfinite(now) & (stale[active] < schedule.patience)
        if not going.all():
            active = active[going]
            if not len(active):
                break
            stack.take(torch.from_numpy(np.flatnonzero(going)))
    return Trained(best, epochs, loss)


def _epoch(
    stack: Stack,
    inputs: torch.Tensor,
    training: Examples,
    schedule: Schedule,
    rngs: list[np.random.Generator],
    active: np.ndarray,
) -> None:
    """One pass of every active model over its examples, in its own order; the last batch may be short."""
    count = training.rows.shape[1]
    order = torch.from_numpy(np.stack([rng.permutation(count) for rng in rngs]))
    chosen = torch.from_numpy(active)
    rows = training.rows[chosen].gather(1, order)
    labels = training.y[chosen].gather(1, order)
    for start in range(0, count, schedule.batch_size):
        batch = slice(start, start + schedule.batch_size)
        x = _gather(inputs, rows[:, batch])
        stack.descend(x, labels[:, batch], schedule.learning_rate, schedule.weight_decay)


def _gather(inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """(rows, columns), (models, count) -> (models, count, columns)."""
    return inputs.index_select(0, rows.reshape(-1)).view(*rows.shape, inputs.shape[1])


def predict(stack: Stack, inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """What every model says of its own `rows` (models, count): (models, count) in transformed units."""
    chunks = [stack.predict(_gather(inputs, part)) for part in torch.split(rows, _CHUNK, dim=1)]
    return torch.cat(chunks, dim=1)


def _loss(stack: Stack, inputs: torch.Tensor, validation: Examples, active: np.ndarray) -> np.ndarray:
    """(active,) mean squared error; summed by NumPy, row by row, so that the batch's width leaves no trace."""
    chosen = torch.from_numpy(active)
    said = predict(stack, inputs, validation.rows[chosen])
    errors = (said - validation.y[chosen]).double().numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        result: np.ndarray = np.mean(errors**2, axis=1)
    return result
