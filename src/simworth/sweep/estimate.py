"""How long a sweep will take on this machine: told by shards that it has kept, else by a few epochs tried out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from simworth.config import Task
from simworth.environment import Machine
from simworth.sweep.compute import TOGETHER, Problem, compute
from simworth.sweep.plan import cost, group_cost, groups
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import Shard, read_seconds

_EPOCHS: Final = (1, 5)
"""epochs of the two tries: what they differ by is training alone"""
_N: Final = 640
"""simulated samples of the tries, at most"""


def seconds_left(sweeper: Sweeper, missing: Sequence[Shard], kept: Sequence[Shard], on: Machine) -> float:
    """Seconds until `missing` shards are trained, all workers busy; `kept` ones tell how long a model-step takes."""
    task = sweeper.settings.tasks[sweeper.name]
    if not missing:
        return 0.0
    steps = sum(group_cost(task, group) for group in groups(task, list(missing)))
    known = {shard: seconds for shard in kept if (seconds := read_seconds(sweeper.path(shard))) is not None}
    if known:
        done = sum(group_cost(task, group) for group in groups(task, list(known)))
        step = sum(known.values()) / done
    else:
        step = seconds_per_step(sweeper, max(missing, key=lambda shard: shard.n), on)
    return step * steps / on.workers


def seconds_per_step(sweeper: Sweeper, shard: Shard, on: Machine) -> float:
    """Seconds of a model-step, from a few epochs of `shard`'s trials on fewer simulations."""
    task = sweeper.settings.tasks[sweeper.name]
    tried = replace(shard, n=min(shard.n, _N))
    few, many = _EPOCHS
    _seconds(sweeper, _cut(task, few), tried, on)  # libraries set themselves up in the first
    once, more = (_seconds(sweeper, _cut(task, epochs), tried, on) for epochs in _EPOCHS)
    epochs = many - few
    return max(more - once, more / many) / (cost(task, tried, epochs) * TOGETHER[on.device])


def _cut(task: Task, epochs: int) -> Task:
    training: Any = replace(task.training, max_epochs=epochs, patience=epochs)
    return replace(task, training=training)


def _seconds(sweeper: Sweeper, task: Task, shard: Shard, on: Machine) -> float:
    problem = Problem.of(sweeper.name, task, sweeper.settings.seed, sweeper.data, on.device)
    shards = [replace(shard, block=block) for block in range(TOGETHER[on.device])]
    start = time.perf_counter()
    compute(problem, shards)
    return time.perf_counter() - start


def in_words(seconds: float) -> str:
    """43 s, 12 min, 3.4 h, 2.5 days."""
    for size, shard in ((86_400, "days"), (3_600, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / (60 if shard == 'min' else size):.2g} {shard}"
    return f"{seconds:.0f} s"
