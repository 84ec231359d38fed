"""Compute work units: pretrain a block of trials on n simulations, fine-tune on m measurements, test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from simworth.config import Task, Training
from simworth.learning.networks import Network, Perceptron
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, Trained, predict, train
from simworth.learning.transforms import LabelTransform
from simworth.sweep.dataset import SideData, TaskData
from simworth.sweep.splits import Split, item_hashes, split, trial_seed, validation_mask
from simworth.sweep.units import Result, Unit

_WEIGHTS, _PRETRAIN, _FINETUNE = range(3)
"""streams of a trial's randomness; the same at every n, so that curves are paired"""


@dataclass(frozen=True)
class Problem:
    """A task ready to train: its arrays on torch's side, made once per process."""

    name: str
    task: Task
    root_seed: int
    data: TaskData
    inputs: torch.Tensor
    """(structures, padded columns) float32"""
    hashes: tuple[np.ndarray, np.ndarray]
    """(source, target) item hashes"""

    @classmethod
    def of(cls, name: str, task: Task, root_seed: int, data: TaskData) -> Problem:
        """From a task's arrays."""
        hashes = item_hashes(data.source.items), item_hashes(data.target.items)
        return cls(name, task, root_seed, data, torch.from_numpy(data.inputs), hashes)

    @property
    def network(self) -> Network:
        """The network's shape."""
        return Perceptron((self.data.columns, *self.task.training.hidden, 1))

    def seeds(self, unit: Unit) -> list[int]:
        """(BLOCK,) seed of each trial of a unit."""
        return [trial_seed(self.root_seed, self.name, trial) for trial in unit.trials]


def compute(problem: Problem, units: list[Unit]) -> list[Result]:
    """Results of units that share n and block, and so one pretraining."""
    first = units[0]
    seeds = problem.seeds(first)
    splits = [split(*problem.hashes, seed, problem.task.test_fraction) for seed in seeds]
    flat = problem.network.layout.fresh(_streams(seeds, _WEIGHTS))
    pretrained = _pretrain(problem, first.n, flat, splits, seeds) if first.n else None
    start = pretrained.flat if pretrained else flat
    return [_finetune(problem, unit, start, pretrained, splits, seeds) for unit in units]


def _streams(seeds: list[int], stream: int) -> list[np.random.Generator]:
    return [np.random.default_rng([seed, stream]) for seed in seeds]


def _pretrain(problem: Problem, n: int, flat: torch.Tensor, splits: list[Split], seeds: list[int]) -> Trained:
    chosen = np.stack([one.source[:n] for one in splits])
    learning_rate = problem.task.training.learning_rate
    trained, _ = _train(problem, problem.data.source, chosen, flat, learning_rate, _streams(seeds, _PRETRAIN))
    return trained


def _finetune(
    problem: Problem,
    unit: Unit,
    start: torch.Tensor,
    pretrained: Trained | None,
    splits: list[Split],
    seeds: list[int],
) -> Result:
    chosen = np.stack([one.train[: unit.m] for one in splits])
    learning_rate = problem.task.training.target_learning_rate
    target = problem.data.target
    trained, labels = _train(problem, target, chosen, start, learning_rate, _streams(seeds, _FINETUNE))
    tested = np.stack([one.test for one in splits])
    said = predict(Stack(problem.network, trained.flat), problem.inputs, torch.from_numpy(target.rows[tested]))
    with np.errstate(invalid="ignore", over="ignore"):
        values, clipped = labels.inverse(said.double().numpy())
    reasons = [_reason(index, pretrained, trained, values) for index in range(len(seeds))]
    weights = problem.network.layout.unpack(trained.flat) | labels.tensors()
    predictions = _prediction_rows(unit, target, tested, values, reasons)
    return Result(
        _trial_rows(unit, seeds, target.values[tested], values, reasons, pretrained, trained),
        predictions,
        weights,
        clipped,
    )


def _train(
    problem: Problem,
    side: SideData,
    chosen: np.ndarray,
    flat: torch.Tensor,
    learning_rate: float,
    rngs: list[np.random.Generator],
) -> tuple[Trained, LabelTransform]:
    """Train on the `chosen` (trials, count) materials of a side, in the trial's order; part of them validates."""
    training = problem.task.training
    labels = LabelTransform.fit(side.values[chosen], training.output_steps, training.clip_output)
    y = torch.from_numpy(labels(side.values[chosen]).astype(np.float32))
    rows = torch.from_numpy(side.rows[chosen])
    mask = torch.from_numpy(validation_mask(chosen.shape[1], training.validation_fraction))
    learn, check = Examples(rows[:, ~mask], y[:, ~mask]), Examples(rows[:, mask], y[:, mask])
    schedule = _schedule(training, learning_rate)
    return train(problem.network, flat, problem.inputs, learn, check, schedule, rngs), labels


def _schedule(training: Training, learning_rate: float) -> Schedule:
    return Schedule(
        learning_rate,
        training.weight_decay,
        training.batch_size,
        training.patience,
        training.max_epochs,
    )


def _reason(index: int, pretrained: Trained | None, trained: Trained, values: np.ndarray) -> str:
    """Why a trial failed, '' where it did not."""
    for step, outcome in (("pretraining", pretrained), ("fine-tuning", trained)):
        if outcome is not None and not np.isfinite(outcome.loss[index]):
            return f"{step}: the validation loss was never finite"
    return "" if np.isfinite(values[index]).all() else "a prediction is not finite"


def _trial_rows(
    unit: Unit,
    seeds: list[int],
    truth: np.ndarray,
    values: np.ndarray,
    reasons: list[str],
    pretrained: Trained | None,
    trained: Trained,
) -> pd.DataFrame:
    ok = np.array([not reason for reason in reasons])
    residual = np.where(ok[:, None], values - truth, np.nan)
    squares = np.sum((truth - truth.mean(axis=1, keepdims=True)) ** 2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = 1 - np.sum(residual**2, axis=1) / squares
    count = len(seeds)
    return pd.DataFrame(
        {
            "learning": [unit.learning] * count,
            "n": np.full(count, unit.n),
            "m": np.full(count, unit.m),
            "trial": np.array(unit.trials),
            "seed": np.array(seeds, dtype=np.uint64),
            "status": np.where(ok, "ok", "failed").tolist(),
            "reason": reasons,
            "mae": np.mean(np.abs(residual), axis=1),
            "rmse": np.sqrt(np.mean(residual**2, axis=1)),
            "r2": np.where(squares > 0, r2, np.nan),
            "n_test": np.full(count, truth.shape[1]),
            "pretrain_epochs": pretrained.epochs if pretrained else np.zeros(count, dtype=np.int64),
            "finetune_epochs": trained.epochs,
        }
    )


def _prediction_rows(
    unit: Unit, target: SideData, tested: np.ndarray, values: np.ndarray, reasons: list[str]
) -> pd.DataFrame:
    """Only trials that did not fail have predictions."""
    ok = np.flatnonzero([not reason for reason in reasons])
    width = tested.shape[1]
    items = np.array(target.items, dtype=object)
    return pd.DataFrame(
        {
            "learning": [unit.learning] * (len(ok) * width),
            "n": np.full(len(ok) * width, unit.n),
            "m": np.full(len(ok) * width, unit.m),
            "trial": np.repeat(np.array(unit.trials)[ok], width),
            "item": items[tested[ok]].ravel().tolist(),
            "y_true": target.values[tested[ok]].ravel(),
            "y_pred": values[ok].ravel(),
        }
    )
