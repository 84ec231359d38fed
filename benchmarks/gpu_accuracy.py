"""Lines on a GPU's accuracy: the same trials there and on the processor, both in float32."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from benchmarks.accuracy import compared, targets
from benchmarks.gpu import why_not
from benchmarks.lines import Line
from benchmarks.own import Own
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import compute
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import BLOCK

WHAT: Final = "on a GPU, difference from the processor"


@dataclass(frozen=True)
class GpuAccuracyLoad:
    """Which trials are trained twice."""

    own: Own = field(default_factory=Own)
    tasks: tuple[str, ...] = ("density", "chi")
    trials: int = 20
    device: str = "cuda"


def gpu_accuracy_lines(load: GpuAccuracyLoad) -> list[Line]:
    """Two lines a task."""
    return [line for task in load.tasks for line in _task_lines(load, task)]


def _task_lines(load: GpuAccuracyLoad, name: str) -> list[Line]:
    settings = load.own.settings
    data = why_not(load.device) or load.own.data(settings, name)
    if not isinstance(data, TaskData):
        return [target.missing(data) for target in targets(name, WHAT)]
    task = settings.tasks[name]
    shard = plan(task, data).curve[-1]
    shards = [replace(shard, block=block) for block in range(-(-load.trials // BLOCK))]
    found, spent = [], []
    for on in ("cpu", load.device):
        start = time.perf_counter()
        results = compute(Problem.of(name, task, settings.seed, data, on), shards)
        found.append(np.concatenate([result.trials.sort_values("trial")["mae"].to_numpy() for result in results]))
        spent.append(time.perf_counter() - start)
        if not np.isfinite(found[-1]).all():
            raise SimworthError(f"task {name}: a trial failed on {on}")
    where = f"{len(found[0])} paired trials at n = {shard.n:,}, m = {shard.m}; {spent[0]:.1f} s on one thread of the "
    where += f"processor, {spent[1]:.1f} s on the GPU"
    unit = settings.properties[task.target.property].unit
    here, there = found
    return compared(targets(name, WHAT), here, there, unit, where)
