"""Early stopping for a whole stack: each model stops on its own and leaves the batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import torch

from simworth.learning.networks import Batch, Network
from simworth.learning.slots import Permutations
from simworth.learning.stack import Stack
from simworth.learning.state import Saver, TrainingState, resumed

_CHUNK: Final = 1024
"""rows predicted at once; fixed, since a matrix product's bits may depend on its size"""
_RAGGED_CHUNK: Final = 256
"""the same where models have different numbers of examples: the last chunk is filled up, too"""
_SPARE: Final = {"cpu": 0.0, "cuda": 0.5}
"""share of a stack's rows that may lie idle: closing up costs a GPU its captured steps"""


Watch = Callable[[int, int, int], None]
"""(epochs run, models that trained in the last one, steps that each took)"""


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
    """(models, examples) True for measurements, where the network tells them from simulations; number of its output,
    where it has several"""
    counts: np.ndarray | None = None
    """(models,) examples that a model has, its first ones; what follows is padding; None: all have all. Nothing that
    a model learns depends on how far others' examples make it be padded"""

    def of(self, models: torch.Tensor) -> Examples:
        """Only these models, (kept,) indices."""
        return self._each(lambda part: part[models], self._counts_of(models))

    def to(self, device: torch.device) -> Examples:
        """The same on another device."""
        return self._each(lambda part: part.to(device), self.counts)

    def shuffled(self, models: torch.Tensor, rngs: Sequence[Permutations], batch_size: int) -> Examples:
        """Of these models, (kept,) indices, each one's own examples in an order of its own, drawn from its generator.

        Where counts differ, padding fills up the last batch of the model that has most examples.
        """
        counts, width = self._counts_of(models), self.rows.shape[1]
        if counts is None:
            order = np.stack([rng.permutation(width) for rng in rngs])
        else:
            order = np.zeros((len(rngs), -(-int(counts.max()) // batch_size) * batch_size), dtype=np.int64)
            for row, count, rng in zip(order, counts, rngs, strict=True):
                row[:count] = rng.permutation(count)
        row, column = models[:, None], torch.from_numpy(order).to(models.device)
        return self._each(lambda part: part[row, column], counts)

    def batch(self, inputs: torch.Tensor, start: int, size: int) -> Batch:
        """`size` examples from `start` on, fewer at the end, with their inputs gathered."""
        which = slice(start, start + size)
        weight = None if self.weight is None else self.weight[:, which]
        measured = None if self.measured is None else self.measured[:, which]
        if self.counts is not None:
            own = np.clip(self.counts - start, 0, size)[:, None]
            each = np.where(np.arange(size) < own, size / np.maximum(own, 1), 0).astype(np.float32)
            scale = torch.from_numpy(each).to(self.y.device)
            weight = scale if weight is None else weight * scale
        return Batch(gather(inputs, self.rows[:, which]), self.y[:, which], weight, measured)

    def _counts_of(self, models: torch.Tensor) -> np.ndarray | None:
        return None if self.counts is None else self.counts[models.cpu().numpy()]

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor], counts: np.ndarray | None) -> Examples:
        weight, measured = (None if part is None else change(part) for part in (self.weight, self.measured))
        return Examples(change(self.rows), change(self.y), weight, measured, counts)


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
    frozen: int = 0
    """first layers that stay as they are"""
    annealed: bool = False
    """whether the rate falls to 0 along half a cosine over `max_epochs`; all models are then at the same epoch"""

    def at(self, epoch: int) -> Schedule:
        """The same with this epoch's rate, that of its middle; epochs count from 0."""
        if not self.annealed:
            return self
        share = (epoch + 0.5) / self.max_epochs
        return replace(self, learning_rate=self.learning_rate * (1 + math.cos(math.pi * share)) / 2)


@dataclass(frozen=True)
class Trained:
    """What came out, one row a model."""

    flat: torch.Tensor
    """(models, size) weights of the best validation epoch, of an annealed training those of the last"""
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
    watch: Watch | None = None,
    saver: Saver | None = None,
) -> Trained:
    """Train every model from `flat` (models, size) on its own examples of `inputs` (rows, columns), all on one device.

    `rngs` (models,) shuffle each model's examples. A model stops after `patience` epochs without a better validation
    loss, or at once when its loss is no longer finite, and returns to its best epoch. At most `width` models train at
    once; those that wait take the slots of those that stop. An annealed training lets none wait, and ends with the
    weights of its last epoch, the only one that is validated. `watch` is called after every epoch of those that train.
    Where `saver` found what an interrupted training left, this one goes on from there, to the same bits.
    """
    steps = -(-training.rows.shape[1] // schedule.batch_size)
    found = saver.found() if saver is not None else None
    width = len(flat) if width is None or schedule.annealed else width
    made = partial(Stack.of, network, bf16=schedule.bf16, frozen=schedule.frozen)
    state = TrainingState.begin(made, flat, rngs, width) if found is None else resumed(found, made, flat.device, rngs)
    while state.slots.taken.any():
        models = torch.from_numpy(state.slots.models)
        shuffles = [state.shuffles[int(model)] for model in models]
        epoch = int(state.epochs[state.slots.models].max())
        judged = not schedule.annealed or epoch + 1 == schedule.max_epochs
        now = _epoch(
            state.stack, inputs, training, validation if judged else None, models, schedule.at(epoch), shuffles
        )
        if watch is not None:
            watch(int(state.epochs.max()) + 1, int(state.slots.taken.sum()), steps)
        if judged:
            state = _settle(state, flat, now, schedule)
        else:
            state.epochs[state.slots.models] += 1
        if saver is not None:
            saver.keep(state.tensors)
    return Trained(state.best, state.epochs, state.loss)


def _settle(state: TrainingState, flat: torch.Tensor, now: np.ndarray, schedule: Schedule) -> TrainingState:
    """After an epoch with validation losses `now` (rows,): models that are done leave, those that wait come in with
    their weights of `flat` (models, size), and empty rows are given up."""
    slots, stack = state.slots, state.stack
    come = slots.leave(_stopped(state, now, schedule))
    stack.renew(torch.from_numpy(come), flat[torch.from_numpy(slots.models[come])])
    kept = slots.close_up(_SPARE[flat.device.type])
    return state if kept is None else replace(state, stack=stack.take(torch.from_numpy(kept)))


def _stopped(state: TrainingState, now: np.ndarray, schedule: Schedule) -> np.ndarray:
    """Take in the losses `now` (rows,) of the stack's weights; the rows whose models are done."""
    slots, flat = state.slots, state.stack.flat
    rows = np.flatnonzero(slots.taken)
    models, loss = slots.models[rows], now[rows]
    better = loss < state.loss[models]
    if better.any() and flat.device.type == "cuda":
        to, come = (torch.from_numpy(part).to(flat.device) for part in (models[better], rows[better]))
        state.best.index_copy_(0, to, flat.index_select(0, come))
    elif better.any():
        torch._foreach_copy_([state.best[at] for at in models[better]], [flat[row] for row in rows[better]])
    state.loss[models[better]] = loss[better]
    state.epochs[models] += 1
    state.stale[models] = np.where(better, 0, state.stale[models] + 1)
    going = np.isfinite(loss) & (state.stale[models] < schedule.patience)
    stopped: np.ndarray = rows[~(going & (state.epochs[models] < schedule.max_epochs))]
    return stopped


def _epoch(
    stack: Stack,
    inputs: torch.Tensor,
    training: Examples,
    validation: Examples | None,
    models: torch.Tensor,
    schedule: Schedule,
    rngs: list[Permutations],
) -> np.ndarray:
    """One pass of the stack's `models` over their examples, each in its own order; (models,) validation loss after it,
    (0,) without `validation`.

    A part that has learned is validated at once, while its weights are near.
    """
    models, loss = models.to(inputs.device), []
    for which, part in stack.parts():
        learned = training.shuffled(models[which], rngs[which], schedule.batch_size)
        one_pass(part, inputs, learned, schedule)
        if part.flat.device.type == "cuda":  # busy until the loss is asked for
            for rng in rngs[which]:
                rng.draw()
        if validation is not None:
            loss.append(_loss(part, inputs, validation.of(models[which])))
    return np.concatenate(loss) if loss else np.empty(0)


def one_pass(stack: Stack, inputs: torch.Tensor, examples: Examples, schedule: Schedule) -> None:
    """Step after step over the examples of the stack's models, as they lie; the last batch may be short.

    A model that has no examples left takes no step while others go on.
    """
    size, rate, decay = schedule.batch_size, schedule.learning_rate, schedule.weight_decay
    for start in range(0, examples.rows.shape[1], size):
        batch = examples.batch(inputs, start, size)
        left = None if examples.counts is None else np.flatnonzero(examples.counts > start)
        if left is None or len(left) == len(stack):
            stack.descend(batch, rate, decay)
        elif stack.flat.device.type == "cuda":
            idle = torch.from_numpy(np.setdiff1d(np.arange(len(stack)), left)).to(stack.flat.device)
            stack.descend_but(idle, batch, rate, decay)
        else:
            for model in map(int, left):
                stack.take(slice(model, model + 1)).descend(batch.of(model), rate, decay)


def gather(inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """(rows, columns), (models, count, parts) -> (models, count, parts * columns)."""
    models, count, parts = rows.shape
    return inputs.index_select(0, rows.reshape(-1)).view(models, count, parts * inputs.shape[1])


def predict(
    stack: Stack,
    inputs: torch.Tensor,
    rows: torch.Tensor,
    measured: torch.Tensor | None = None,
    *,
    ragged: bool = False,
) -> torch.Tensor:
    """Predictions of every model for its own `rows` (models, count, parts): (models, count) in transformed units.

    `ragged`: models have different numbers of rows, and `count` is that of the model with most.
    """
    chunk, count, predictions = _RAGGED_CHUNK if ragged else _CHUNK, rows.shape[1], []
    if ragged:
        rows, measured = _filled(rows, chunk), None if measured is None else _filled(measured, chunk)
    for start in range(0, rows.shape[1], chunk):
        which = slice(start, start + chunk)
        kind = None if measured is None else measured[:, which]
        predictions.append(stack.predict(gather(inputs, rows[:, which]), kind))
    return torch.cat(predictions, dim=1)[:, :count]


def _filled(part: torch.Tensor, chunk: int) -> torch.Tensor:
    """(models, count, ...) up to whole chunks, by copies of each model's first entry."""
    missing = -part.shape[1] % chunk
    return torch.cat([part, part[:, :1].repeat_interleave(missing, dim=1)], dim=1)


def _loss(stack: Stack, inputs: torch.Tensor, validation: Examples) -> np.ndarray:
    """(models,) weighted mean squared error; summed by NumPy, row by row, so that the batch's width leaves no trace."""
    counts = validation.counts
    predictions = predict(stack, inputs, validation.rows, validation.measured, ragged=counts is not None)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (predictions - validation.y).double().cpu().numpy() ** 2
        if validation.weight is not None:
            squares *= validation.weight.double().cpu().numpy()
        if counts is not None:
            return np.array([row[:count].mean() for row, count in zip(squares, counts, strict=True)])
        result: np.ndarray = np.mean(squares, axis=1)
    return result
