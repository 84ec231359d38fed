"""Lines on a GPU's accuracy: the same trials with float32 products, and with products rounded to TF32 as ours are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.accuracy import compared, targets
from benchmarks.gpu import why_not
from benchmarks.lines import Line
from benchmarks.own import Own
from simworth.errors import SimworthError
from simworth.learning import device
from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import Problem, compute
from simworth.sweep.plan import plan
from simworth.sweep.shards import BLOCK


@dataclass(frozen=True)
class GpuAccuracyLoad:
    """Which trials are trained twice."""

    own: Own = field(default_factory=Own)
    tasks: tuple[str, ...] = ("density", "chi")
    trials: int = 100
    device: str = "cuda"


def gpu_accuracy_lines(load: GpuAccuracyLoad) -> list[Line]:
    """Two lines a task."""
    return [line for task in load.tasks for line in _task_lines(load, task)]


def _task_lines(load: GpuAccuracyLoad, name: str) -> list[Line]:
    settings = load.own.settings
    data = why_not(load.device) or load.own.data(settings, name)
    if not isinstance(data, TaskData):
        return [target.missing(data) for target in targets(name, "TF32")]
    task = settings.tasks[name]
    shard = plan(task, data).curve[-1]
    shards = [replace(shard, block=block) for block in range(-(-load.trials // BLOCK))]
    problem = Problem.of(name, task, settings.seed, data, load.device)
    found: dict[bool, np.ndarray] = {}
    spent: dict[bool, float] = {}
    for tf32 in (False, True):
        with _products(tf32):
            start = time.perf_counter()
            maes = [result.trials.sort_values("trial")["mae"].to_numpy() for result in compute(problem, shards)]
            spent[tf32], found[tf32] = time.perf_counter() - start, np.concatenate(maes)
        if not np.isfinite(found[tf32]).all():
            raise SimworthError(f"task {name}: a trial failed on {load.device}")
    where = f"{len(found[True])} paired trials at n = {shard.n:,}, m = {shard.m}; {spent[False]:.1f} s and "
    where += f"{spent[True]:.1f} s with TF32, all at once"
    unit = settings.properties[task.target.property].unit
    return compared(name, found[False], found[True], unit, where, "TF32")


@contextmanager
def _products(tf32: bool) -> Iterator[None]:
    before, device.TF32 = device.TF32, tf32
    try:
        yield
    finally:
        device.TF32 = before
