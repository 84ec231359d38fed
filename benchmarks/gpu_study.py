"""`python -m benchmarks.gpu_study`: 500 trials at the study's n = 71,068 at once, as a sweep trains them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch

from benchmarks.gpu import why_not
from benchmarks.made_up import peak
from benchmarks.own import Own
from simworth.errors import SimworthError
from simworth.prepare.arrays import SideData, TaskData
from simworth.prepare.splits import train_count
from simworth.sweep.compute import compute_on
from simworth.sweep.problem import Problem, TrialBlock
from simworth.sweep.shards import BLOCK, Shard

_TASK: Final = "density"
Clock = Callable[[], float]


@dataclass(frozen=True)
class StudyLoad:
    """How much is trained: materials are drawn from the task's own, with the descriptors that those have."""

    own: Own = field(default_factory=Own)
    simulated: int = 71_068
    measured: int = 607
    trials: int = 500
    epochs: int = 3
    precision: Literal["float32", "bf16"] = "float32"
    device: str = "cuda"


@dataclass(frozen=True)
class StudyTimes:
    """Where the seconds went."""

    trials: int
    n: int
    m: int
    precision: str
    splits: float
    """s: sides of all trials"""
    first: float
    """s: examples, first weights and the first epoch"""
    epoch: float
    """s of each later epoch at n; its validation is part of it"""
    rest: float
    """s from the last epoch at n to the results: fine-tuning of as many epochs at most, testing, weights fetched"""
    steps: int
    """of an epoch at n"""
    rate: float
    """model-steps/s of a later epoch"""
    held: float
    """GiB at most on the GPU"""
    resident: float
    """GiB at most beside it"""


def study(load: StudyLoad, clock: Clock = time.perf_counter) -> StudyTimes:
    """Train, fine-tune and test; SimworthError where a trial fails."""
    settings = load.own.settings
    data = load.own.data(settings, _TASK)
    if not isinstance(data, TaskData):
        raise SimworthError(data)
    task = settings.tasks[_TASK]
    task = replace(task, training=replace(task.training, max_epochs=load.epochs, precision=load.precision))
    ends: list[tuple[float, int, int]] = []
    problem = Problem.of(_TASK, task, settings.seed, grown(data, load), load.device)
    problem = replace(problem, watch=lambda epoch, models, steps: ends.append((clock(), models, steps)))
    m = train_count(problem.data.target.items, task.test_fraction)
    shards = [Shard("transfer", load.simulated, m, block) for block in range(-(-load.trials // BLOCK))]
    start = clock()
    block = TrialBlock.of(problem, [trial for shard in shards for trial in shard.trials])
    split = clock()
    results = compute_on(problem, shards, block)
    end = clock()
    bad = [reason for one in results for reason in one.trials["reason"] if reason]
    if bad:
        raise SimworthError(f"study: a trial failed: {bad[0]}")
    (begun, *_), (last, models, steps) = ends[0], ends[load.epochs - 1]
    epoch = (last - begun) / max(1, load.epochs - 1)
    held = torch.cuda.max_memory_allocated() / 2**30 if load.device == "cuda" else 0.0
    spans = {"splits": split - start, "first": begun - split, "epoch": epoch, "rest": end - last}
    size = {"trials": models, "n": load.simulated, "m": m, "precision": load.precision, "steps": steps}
    return StudyTimes(**size, **spans, rate=models * steps / epoch, held=held, resident=peak())  # type: ignore[arg-type]


def grown(data: TaskData, load: StudyLoad) -> TaskData:
    """As many materials as asked for, each with the descriptors of one that the task has and nearly its value; every
    one has a row of inputs of its own."""
    rng = np.random.default_rng(0)
    source, target = _drawn(data.source, load.simulated, "S", rng), _drawn(data.target, load.measured, "T", rng)
    rows = np.concatenate([source.rows[:, 0], target.rows[:, 0]])
    own = np.arange(len(rows))[:, None]
    source, target = replace(source, rows=own[: load.simulated]), replace(target, rows=own[load.simulated :])
    return replace(data, source=source, target=target, inputs=data.inputs[rows])


def _drawn(side: SideData, count: int, name: str, rng: np.random.Generator) -> SideData:
    which = rng.integers(len(side.values), size=count)
    values = side.values[which] + rng.normal(0, 0.1 * side.values.std(), count)
    items = [f"{name}{number:06d}" for number in range(count)]
    return SideData(items, np.arange(count), values, side.rows[which], np.full(count, np.nan))


def main(prepared: str) -> None:
    """One line of JSON, after a small study that warms up."""
    load = StudyLoad(Own(prepared=Path(prepared)))
    if why := why_not(load.device):
        sys.exit(f"benchmarks.gpu_study: {why}")
    study(replace(load, simulated=500, trials=20, epochs=2))
    torch.cuda.reset_peak_memory_stats()
    times = study(load)
    print(json.dumps({name: round(v, 3) if isinstance(v, float) else v for name, v in vars(times).items()}))


if __name__ == "__main__":
    main(sys.argv[1])
