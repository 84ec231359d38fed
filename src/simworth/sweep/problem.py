"""What a process trains on: a task's arrays on torch's side, and the sides of the trials that it computes together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from simworth.config import Task
from simworth.environment import cores
from simworth.errors import SimworthError
from simworth.learning.architectures import Heads, Shape, network_of
from simworth.learning.device import device
from simworth.learning.networks import Network, Perceptron, Siamese
from simworth.learning.training import Watch
from simworth.prepare.arrays import TaskData
from simworth.sweep.checkpoint import Saved
from simworth.sweep.held_out import Split, item_hashes, order, side_keys, split, trial_seed
from simworth.sweep.input_table import MappedData, padded_table
from simworth.sweep.orders import source_rank


@dataclass(frozen=True)
class Problem:
    """A task ready to train: its arrays on torch's side, made once per process."""

    name: str
    task: Task
    root_seed: int
    data: TaskData
    inputs: torch.Tensor
    """(input rows, padded columns) float32, on the device that trains"""
    hashes: tuple[np.ndarray, np.ndarray]
    """(source, target) item hashes"""
    groups: np.ndarray | None = None
    """(measured materials,) hashes of what is held out whole; None: each for itself"""
    watch: Watch | None = None
    """called after every epoch"""
    saved: Saved | None = None
    """states of the trainings of the shards that are computed"""
    ranks: dict[int, np.ndarray | None] = field(default_factory=dict)
    """trial -> its source order, which takes seconds for a large database and serves every n"""

    @classmethod
    def of(cls, name: str, task: Task, root_seed: int, given: TaskData | MappedData, on: str = "cpu") -> Problem:
        """From a task's arrays, to train on the device named `on`."""
        data, inputs = given.open() if isinstance(given, MappedData) else padded_table(given)
        hashes = item_hashes(data.source.items), item_hashes(data.target.items)
        groups = None if data.groups is None else item_hashes(data.groups)
        return cls(name, task, root_seed, data, torch.from_numpy(inputs).to(device(on)), hashes, groups)

    def seeds(self, trial: int) -> tuple[int, int]:
        """Of a trial on the source and on the target side; the latter is the trial's own, for all that it draws."""
        source, target = (trial_seed(self.root_seed, key, trial) for key in side_keys(self.task))
        return source, target

    def split(self, trial: int) -> Split:
        """Sides of a trial; simulations in the task's source order, which may look at the training side."""
        seeds = self.seeds(trial)
        sides = split(self.hashes, seeds, self.task.test_fraction, self.groups)
        if trial not in self.ranks:
            known = sides.train[: self.task.target.m]
            self.ranks[trial] = source_rank(self.data, self.task.source_order, known)
        rank = self.ranks[trial]
        if rank is None:
            return sides
        return replace(sides, source=order(self.hashes[0], seeds[0], "source", rank))

    @property
    def threads(self) -> int:
        """That prepare trials: all cores where a GPU waits for them, else the one of this worker."""
        return cores() if self.inputs.device.type == "cuda" else 1

    @property
    def network(self) -> Network:
        """The network that the task names, else that of its learning; only the package's own have bfloat16."""
        given = self.task.training
        parts = 2 if self.task.learning == "multitask" else 1
        shape = Shape(self.data.columns, given.hidden, given.head, parts)
        beside = len(self.task.source.beside)
        network = Heads(shape, 1 + beside) if beside else network_of(given.architecture, shape)
        if given.precision == "bf16" and not isinstance(network, Perceptron | Siamese):
            raise SimworthError(
                f"task {self.name}: training.precision is bf16, which architecture {given.architecture!r} does not "
                "know; set float32"
            )
        if given.frozen >= (layers := len(network.layout.layers)):
            raise SimworthError(
                f"task {self.name}: training.frozen is {given.frozen}, but of the network's {layers} layers the last "
                f"one must learn; give {layers - 1} at most"
            )
        return network


@dataclass(frozen=True)
class TrialBlock:
    """The trials that are computed together."""

    seeds: list[int]
    """of each trial's weights and shuffles"""
    splits: list[Split]

    @classmethod
    def of(cls, problem: Problem, trials: Iterable[int]) -> TrialBlock:
        """Sides of each trial."""
        trials = list(trials)
        return cls([problem.seeds(trial)[1] for trial in trials], [problem.split(trial) for trial in trials])

    def streams(self, stream: int) -> list[np.random.Generator]:
        """(trials,) generators of one stream."""
        return [np.random.default_rng([seed, stream]) for seed in self.seeds]

    def source(self, n: int) -> np.ndarray:
        """(trials, n) simulated materials."""
        return np.stack([one.source[:n] for one in self.splits])

    def train(self, m: int) -> np.ndarray:
        """(trials, m) measured materials on the training side."""
        return np.stack([one.train[:m] for one in self.splits])

    def test(self) -> list[np.ndarray]:
        """(trials,) of measured materials held out; as many in every trial unless a split holds out groups."""
        return [one.test for one in self.splits]
