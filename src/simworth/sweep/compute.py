"""Compute shards: blocks of trials learn from n simulations and m measurements, and are tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch

from simworth.config import IN_TURN, Task
from simworth.errors import SimworthError
from simworth.learning.architectures import Heads, Shape, network_of
from simworth.learning.device import cores, device, reproducible
from simworth.learning.networks import Network, Perceptron, Siamese
from simworth.learning.stack import Stack
from simworth.learning.state import Saver
from simworth.learning.training import Examples, Schedule, Trained, Watch, predict, train
from simworth.learning.transforms import LabelTransform
from simworth.prepare.arrays import SideData, TaskData
from simworth.sweep.checkpoint import Saved
from simworth.sweep.held_out import Split, item_hashes, order, side_keys, split, trial_seed, validation_mask
from simworth.sweep.input_table import MappedData, padded_table
from simworth.sweep.orders import source_rank
from simworth.sweep.samples import Samples, joined, samples_of
from simworth.sweep.several import kept_weights, part_labels, turns
from simworth.sweep.shards import Result, Shard
from simworth.sweep.tables import TrainedShard, result_of

_WEIGHTS, _PRETRAIN, _FINETUNE = range(3)
"""streams of a trial's randomness; the same at every n, so that curves are paired"""


TOGETHER: Final = {"cpu": 1, "cuda": 50}
"""device -> blocks that are trained as one where they can be"""
WIDTH: Final = {"cpu": None, "cuda": 500}
"""device -> models that train at once, the others wait for a slot; None: all"""


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


def compute(problem: Problem, shards: list[Shard]) -> list[Result]:
    """Results of shards that share learning and n, and so one pretraining; every m for every one of their blocks."""
    trials = sorted({trial for shard in shards for trial in shard.trials})
    return compute_on(problem, shards, TrialBlock.of(problem, trials))


@reproducible()
def compute_on(problem: Problem, shards: list[Shard], block: TrialBlock) -> list[Result]:
    """The same, on the sides of `block`, which holds the trials of the shards, in order."""
    flat = _fresh(problem, block)
    n, blocks = shards[0].n, sorted({shard.block for shard in shards})
    done: dict[Shard, Result] = {}
    pretrained = _pretrain(problem, n, block, flat) if n and problem.task.learning != "multitask" else None
    for m in sorted({shard.m for shard in shards}):
        alike = [shard for shard in shards if shard.m == m]
        assert [shard.block for shard in alike] == blocks, "every m comes with every block"
        if problem.task.learning == "multitask":
            trained, labels = _multitask(problem, n, m, block, flat)
        else:
            trained, labels = _finetune(problem, m, block, flat, pretrained)
        done |= zip(alike, _tested(problem, alike, block, labels, trained, pretrained), strict=True)
    return [done[shard] for shard in shards]


def _fresh(problem: Problem, block: TrialBlock) -> torch.Tensor:
    """(trials, size) first weights, drawn by all cores where a GPU waits for them."""
    on = problem.inputs.device
    return problem.network.layout.fresh(block.streams(_WEIGHTS), problem.threads).to(on)


def _pretrain(problem: Problem, n: int, block: TrialBlock, flat: torch.Tensor) -> Trained:
    given, source, chosen = problem.task.training, problem.data.source, block.source(n)
    rngs = block.streams(_PRETRAIN)
    if problem.task.source.releases != IN_TURN:
        learn, check, _ = _both(problem, source, chosen)
        return _trained(problem, flat, learn, check, given.learning_rate, n, rngs, annealed=True)
    ended = Trained(flat.clone(), np.zeros(len(flat), dtype=np.int64), np.full(len(flat), np.inf))
    for part, trials in turns(source, chosen, validation_mask(n, given.validation_fraction)):
        learn, check, _ = _both(problem, source, chosen[trials], part=part)
        own = [rngs[trial] for trial in trials]
        now = _trained(problem, ended.flat[torch.from_numpy(trials)], learn, check, given.learning_rate, n, own)
        ended.flat[torch.from_numpy(trials)] = now.flat
        ended.epochs[trials] += now.epochs
        ended.loss[trials] = now.loss
    return ended


def _finetune(
    problem: Problem, m: int, block: TrialBlock, fresh: torch.Tensor, pretrained: Trained | None
) -> tuple[Trained, LabelTransform]:
    """Fine-tune what was pretrained; where nothing was, learn directly from `fresh` (trials, size) weights."""
    learn, check, labels = _both(problem, problem.data.target, block.train(m))
    given, rngs = problem.task.training, block.streams(_FINETUNE)
    flat, frozen = (pretrained.flat, given.frozen) if pretrained else (fresh, 0)
    return _trained(problem, flat, learn, check, given.target_learning_rate, m, rngs, frozen=frozen), labels


def _multitask(
    problem: Problem, n: int, m: int, block: TrialBlock, flat: torch.Tensor
) -> tuple[Trained, LabelTransform]:
    """Learn simulations and measurements at once; direct learning sees measurements alone."""
    share = problem.task.training.simulated_weight if n else 0.0
    target = problem.data.target
    learn, check, labels = _both(problem, target, block.train(m), 1 - share, measured=True)
    parts = ([learn], [check])
    if n:
        source_learn, source_check, _ = _both(problem, problem.data.source, block.source(n), share, measured=False)
        parts = ([source_learn, learn], [source_check, check])
    learn, check = (joined(part) for part in parts)
    rate, rngs = problem.task.training.target_learning_rate, block.streams(_FINETUNE)
    return _trained(problem, flat, learn, check, rate, n + m, rngs), labels


def _both(
    problem: Problem,
    side: SideData,
    chosen: np.ndarray,
    share: float | None = None,
    measured: bool | None = None,
    part: int | None = None,
) -> tuple[Examples, Examples, LabelTransform]:
    """Training and validation examples of the `chosen` (trials, materials), or of one release of them, in the trial's
    order, and their labels' transform, fitted on them alone."""
    training = problem.task.training
    values = samples_of(side, chosen, part).lists(side.values)
    labels = LabelTransform.fit(values, training.output_steps, training.clip_output, problem.threads)
    several = 1 + len(problem.task.source.beside)
    of_parts = None
    if side.part is not None and several > 1:
        of_parts = part_labels(side, chosen, training, several, problem.threads)
    mask = validation_mask(chosen.shape[1], training.validation_fraction)
    learn, check = (
        samples_of(side, chosen[:, own], part)
        .examples(side, of_parts or labels, share, measured)
        .to(problem.inputs.device)
        for own in (~mask, mask)
    )
    return learn, check, labels


def _trained(
    problem: Problem,
    flat: torch.Tensor,
    learn: Examples,
    check: Examples,
    learning_rate: float,
    materials: int,
    rngs: list[np.random.Generator],
    *,
    frozen: int = 0,
    annealed: bool = False,
) -> Trained:
    given = problem.task.training
    bf16, batch = given.precision == "bf16", given.batch_of(materials)
    learning_rate *= (batch / given.batch_size) ** 0.5
    schedule = Schedule(learning_rate, given.weight_decay, batch, given.patience, given.max_epochs, bf16, frozen)
    if annealed and (epochs := given.annealed_epochs(materials)):
        schedule = replace(schedule, patience=epochs, max_epochs=epochs, annealed=True)
    width = WIDTH[flat.device.type]

    def run(saver: Saver | None = None) -> Trained:
        return train(problem.network, flat, problem.inputs, learn, check, schedule, rngs, width, problem.watch, saver)

    return problem.saved.training(run, flat.device) if problem.saved else run()


def _tested(
    problem: Problem,
    shards: list[Shard],
    block: TrialBlock,
    labels: LabelTransform,
    trained: Trained,
    pretrained: Trained | None,
) -> Iterator[Result]:
    """What the trained models say of their test sets, one result a shard."""
    target, network = problem.data.target, problem.network
    tested: Samples = samples_of(target, block.test())
    rows = torch.from_numpy(target.rows[tested.index]).to(problem.inputs.device)
    outputs = predict(Stack.of(network, trained.flat), problem.inputs, rows, ragged=tested.ragged)
    with np.errstate(invalid="ignore", over="ignore"):
        values, clipped = labels.inverse(outputs.double().cpu().numpy())
    wanted = shards[0].m == (problem.task.target.m or len(block.splits[0].train))  # others serve the surface alone
    weights: dict[str, np.ndarray] = {}
    if wanted:
        weights = kept_weights(problem.data, network.layout.unpack(trained.flat.cpu())) | labels.tensors()
    start = 0
    for shard in shards:
        part = slice(start, start + len(shard.trials))
        start = part.stop
        outcome = TrainedShard(
            shard,
            block.seeds[part],
            target,
            tested.of(part),
            values[part],
            int(np.count_nonzero(clipped[part] & tested.real[part])),
            trained.of(part),
            None if pretrained is None else pretrained.of(part),
        )
        yield result_of(outcome, {name: value[part] for name, value in weights.items()})
