"""Inner splits: a candidate is judged inside a trial's training side, as nested cross-validation does.

Trial t of the sweep has its test materials and its training side. For tuning, the training side alone is split once
more by hash, into an inner training side, from which everything is learned (early stopping included), and inner
validation materials, on which the candidate's error is read. A trial's test materials are not in it: whatever their
values were, the errors of that trial would be the same to the bit.

What this cannot give: one set of settings serves all trials, and a material that trial t tests lies on the training
side of other trials, so it has had its say in the choice through them. Settings chosen for each trial apart would not
be settings of a task. The choice among a few dozen candidates carries far less of a value than training on it does,
but it is not nothing, and an error at tuned settings is to be read with this in mind.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from shutil import rmtree
from typing import Self

import numpy as np

from simworth.config import Task, Training
from simworth.environment import machine, store_root
from simworth.executor import Job, pool_of
from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import compute_on
from simworth.sweep.held_out import Split, split, trial_seed
from simworth.sweep.input_table import MappedData, worth_mapping
from simworth.sweep.problem import Problem, TrialBlock
from simworth.sweep.shards import Shard


@dataclass(frozen=True)
class InnerError:
    """The error of a candidate on one trial's inner validation."""

    mae: float
    """on the task's scale, NaN where it failed"""
    reason: str
    """why it failed, '' where it did not"""


@dataclass(frozen=True, order=True)
class _InnerShard(Shard):
    """Any trials together; never kept, so the block has no meaning."""

    chosen: tuple[int, ...] = ()

    @property
    def trials(self) -> Sequence[int]:  # type: ignore[override]
        """Numbers of its trials."""
        return self.chosen


def inner_split(problem: Problem, trial: int) -> Split:
    """Sides inside the training side of a trial; `test` is the inner validation set. Source sets are the trial's."""
    source, target = problem.hashes
    outer, seed = problem.split(trial), _inner_seed(problem, trial)
    groups = None if problem.groups is None else problem.groups[outer.train]
    own = split((source[:0], target[outer.train]), (seed, seed), problem.task.test_fraction, groups)
    return Split(outer.source, outer.train[own.test], outer.train[own.train])


def _inner_seed(problem: Problem, trial: int) -> int:
    return trial_seed(problem.seeds(trial)[1], "inner", trial)


def inner_errors(
    problem: Problem, training: Training, trials: Sequence[int], n: int, every: Sequence[int] = ()
) -> list[InnerError]:
    """(trials,) errors of a candidate that learns from the first n simulations and each trial's inner training side;
    by direct learning where n is 0, which freezes no layer. `every`: the trials that learn from as many materials."""
    training = training if n else replace(training, frozen=0)
    candidate = replace(problem, task=replace(problem.task, training=training))
    splits = [inner_split(problem, trial) for trial in trials]
    block = TrialBlock([_inner_seed(problem, trial) for trial in trials], splits)
    learning = "direct" if not n else "multitask" if problem.task.learning == "multitask" else "transfer"
    unranked = replace(problem, ranks=dict.fromkeys(every))  # the order of simulations does not matter here
    # groups of unequal size leave unequal training sides
    m = min(len(one.train) for one in (*splits, *(inner_split(unranked, trial) for trial in every)))
    m = min(m, problem.task.target.m or m)
    shard = _InnerShard(learning, n, m, 0, tuple(trials))
    (result,) = compute_on(candidate, [shard], block)
    rows = zip(result.trials["mae"], result.trials["reason"], strict=True)
    return [InnerError(float(mae) if np.isfinite(mae) else np.nan, str(reason)) for mae, reason in rows]


DataBy = Mapping[tuple[str, ...], TaskData]
"""descriptors -> a task's data by them"""

_worker: dict[tuple[str, ...], Problem] = {}
"""the task of this process by each choice of descriptors, set once by `_setup`"""


def _setup(
    data: Mapping[tuple[str, ...], TaskData | MappedData], name: str, task: Task, seed: int, device: str
) -> None:
    _worker.clear()
    for descriptors, one in data.items():
        _worker[descriptors] = Problem.of(name, replace(task, descriptors=descriptors), seed, one, device)


def _work(piece: tuple[Task, tuple[int, ...], int, range]) -> list[InnerError]:
    task, trials, n, every = piece
    return inner_errors(_worker[task.descriptors], task.training, trials, n, every)


class Evaluator:
    """Inner errors of candidates, in workers that stay, each with some of the trials; a trial's bits do not depend on
    how many share them."""

    def __init__(self, name: str, task: Task, seed: int, data: DataBy) -> None:
        self._machine, self._stack = machine(), ExitStack()
        self._data, self._about = data, (name, task, seed, self._machine.device)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._pool = stack.enter_context(pool_of(self._job(stack), self._machine))
            self._stack = stack.pop_all()
        return self

    def _job(self, stack: ExitStack) -> Job:
        """By files that go with `stack` where the data are large."""
        job = Job(_work, _setup, (self._data, *self._about))
        if worth_mapping(
            sum(one.inputs.nbytes for one in self._data.values()), self._machine.workers, self._machine.executor
        ):
            folder = store_root() / "partial" / f"tuning-{uuid.uuid4().hex}"
            stack.callback(rmtree, folder, ignore_errors=True)
            given = {
                descriptors: MappedData.keep(one, folder / f"{number}.npy")
                for number, (descriptors, one) in enumerate(self._data.items())
            }
            job = job.by_files(given, (mapped.path for mapped in given.values()))
        return job

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, task: Task, trials: range, n: int) -> list[InnerError]:
        """(trials,) errors; what training raises, or a worker that dies even alone, is every trial's failure."""
        shares = np.array_split(np.array(trials), min(self._machine.workers, len(trials)))
        done = list(self._pool.run([(task, tuple(map(int, share)), n, trials) for share in shares]))
        if reasons := [one.error for one in done if one.error]:
            return [InnerError(np.nan, reasons[0])] * len(trials)
        return [error for one in sorted(done, key=lambda one: one.index) for error in one.value]
