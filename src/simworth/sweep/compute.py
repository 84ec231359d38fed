"""Compute work units: a block of trials learns from n simulations and m measurements, and is tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from simworth.config import Task
from simworth.learning.networks import Network, Perceptron, Siamese
from simworth.learning.processor import settled
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, Trained, predict, train
from simworth.learning.transforms import LabelTransform
from simworth.sweep.dataset import SideData, TaskData
from simworth.sweep.outcome import Outcome, result_of
from simworth.sweep.samples import Samples, joined, samples_of
from simworth.sweep.similarity import source_rank
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
    """(input rows, padded columns) float32"""
    hashes: tuple[np.ndarray, np.ndarray]
    """(source, target) item hashes"""
    source_rank: np.ndarray | None
    """(simulated materials,) what comes before the trial's draw, or None"""

    @classmethod
    def of(cls, name: str, task: Task, root_seed: int, data: TaskData) -> Problem:
        """From a task's arrays."""
        hashes = item_hashes(data.source.items), item_hashes(data.target.items)
        rank = source_rank(data, task.source_order)
        return cls(name, task, root_seed, data, torch.from_numpy(data.inputs), hashes, rank)

    @property
    def network(self) -> Network:
        """The network's shape."""
        training = self.task.training
        if self.task.learning == "multitask":
            return Siamese(self.data.columns, training.hidden, training.head)
        return Perceptron((self.data.columns, *training.hidden, 1))


@dataclass(frozen=True)
class Block:
    """The trials that a unit computes together."""

    seeds: list[int]
    splits: list[Split]

    @classmethod
    def of(cls, problem: Problem, unit: Unit) -> Block:
        """Sides of each trial of a unit."""
        seeds = [trial_seed(problem.root_seed, problem.name, trial) for trial in unit.trials]
        fraction, rank = problem.task.test_fraction, problem.source_rank
        return cls(seeds, [split(*problem.hashes, seed, fraction, rank) for seed in seeds])

    def streams(self, stream: int) -> list[np.random.Generator]:
        """(trials,) generators of one stream."""
        return [np.random.default_rng([seed, stream]) for seed in self.seeds]

    def source(self, n: int) -> np.ndarray:
        """(trials, n) simulated materials."""
        return np.stack([one.source[:n] for one in self.splits])

    def train(self, m: int) -> np.ndarray:
        """(trials, m) measured materials on the training side."""
        return np.stack([one.train[:m] for one in self.splits])

    def test(self) -> np.ndarray:
        """(trials, n_test) measured materials held out."""
        return np.stack([one.test for one in self.splits])


def compute(problem: Problem, units: list[Unit]) -> list[Result]:
    """Results of units that share learning, n and block, and so one pretraining."""
    return compute_on(problem, units, Block.of(problem, units[0]))


@settled()
def compute_on(problem: Problem, units: list[Unit], block: Block) -> list[Result]:
    """The same, on the sides of `block`."""
    flat = problem.network.layout.fresh(block.streams(_WEIGHTS))
    if problem.task.learning == "multitask":
        return [_multitask(problem, unit, block, flat) for unit in units]
    pretrained = _pretrain(problem, units[0].n, block, flat) if units[0].n else None
    return [_finetune(problem, unit, block, pretrained.flat if pretrained else flat, pretrained) for unit in units]


def _pretrain(problem: Problem, n: int, block: Block, flat: torch.Tensor) -> Trained:
    training, side = problem.task.training, problem.data.source
    learn, check, _ = _both(problem, side, block.source(n))
    schedule = _schedule(problem, training.learning_rate)
    return train(problem.network, flat, problem.inputs, learn, check, schedule, block.streams(_PRETRAIN))


def _finetune(problem: Problem, unit: Unit, block: Block, flat: torch.Tensor, pretrained: Trained | None) -> Result:
    """Fine-tune from `flat`; direct learning when that is fresh."""
    learn, check, labels = _both(problem, problem.data.target, block.train(unit.m))
    schedule = _schedule(problem, problem.task.training.target_learning_rate)
    trained = train(problem.network, flat, problem.inputs, learn, check, schedule, block.streams(_FINETUNE))
    return _tested(problem, unit, block, labels, trained, pretrained)


def _multitask(problem: Problem, unit: Unit, block: Block, flat: torch.Tensor) -> Result:
    """Learn simulations and measurements at once; direct learning sees measurements alone."""
    share = problem.task.training.simulated_weight if unit.n else 0.0
    target = problem.data.target
    learn, check, labels = _both(problem, target, block.train(unit.m), 1 - share, measured=True)
    parts = ([learn], [check])
    if unit.n:
        source_learn, source_check, _ = _both(problem, problem.data.source, block.source(unit.n), share, measured=False)
        parts = ([source_learn, learn], [source_check, check])
    schedule = _schedule(problem, problem.task.training.target_learning_rate)
    learn, check = (joined(part) for part in parts)
    trained = train(problem.network, flat, problem.inputs, learn, check, schedule, block.streams(_FINETUNE))
    return _tested(problem, unit, block, labels, trained, None)


def _both(
    problem: Problem, side: SideData, chosen: np.ndarray, share: float | None = None, measured: bool | None = None
) -> tuple[Examples, Examples, LabelTransform]:
    """Training and validation examples of the `chosen` (trials, materials), in the trial's order, and their labels'
    transform, fitted on them alone."""
    training = problem.task.training
    labels = LabelTransform.fit(
        samples_of(side, chosen).lists(side.values), training.output_steps, training.clip_output
    )
    mask = validation_mask(chosen.shape[1], training.validation_fraction)
    learn, check = (samples_of(side, chosen[:, part]).examples(side, labels, share, measured) for part in (~mask, mask))
    return learn, check, labels


def _schedule(problem: Problem, learning_rate: float) -> Schedule:
    training = problem.task.training
    return Schedule(learning_rate, training.weight_decay, training.batch_size, training.patience, training.max_epochs)


def _tested(
    problem: Problem, unit: Unit, block: Block, labels: LabelTransform, trained: Trained, pretrained: Trained | None
) -> Result:
    """What the trained models say of their test sets."""
    target = problem.data.target
    tested: Samples = samples_of(target, block.test())
    rows = torch.from_numpy(target.rows[tested.index])
    said = predict(Stack.of(problem.network, trained.flat), problem.inputs, rows)
    with np.errstate(invalid="ignore", over="ignore"):
        values, clipped = labels.inverse(said.double().numpy())
    whole = unit.m == len(block.splits[0].train)  # smaller training sides serve the surface, not the models
    weights = problem.network.layout.unpack(trained.flat) | labels.tensors() if whole else {}
    return result_of(
        Outcome(
            unit, block.seeds, target, tested, values, int(np.count_nonzero(clipped & tested.real)), trained, pretrained
        ),
        weights,
    )
