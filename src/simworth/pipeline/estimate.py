"""What a sweep will take before it runs (`simworth sweep --plan`): time, memory, disk and traffic."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psutil
from rich.filesize import decimal

from simworth.config import settings_with
from simworth.environment import Machine, machine
from simworth.errors import SimworthError
from simworth.prepare.records import Prepared
from simworth.sweep.compute import TOGETHER, WIDTH, compute
from simworth.sweep.input_table import worth_mapping
from simworth.sweep.plan import cost, group_cost, groups, plan
from simworth.sweep.problem import Problem
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import BLOCK, Shard, read_seconds
from simworth.terminal import in_words

_COPIES: Final = 2
"""of a training's examples: as they are, and shuffled for an epoch"""
_STATES: Final = 6
"""float32 numbers a weight while it trains: first, present and best value, gradient, Adam's two moments"""
_ROW: Final = 80
"""bytes of a prediction in a shard"""
_SHARD: Final = 4096
"""bytes of a shard without predictions and weights"""


def input_bytes(problem: Problem, simulated: int) -> int:
    """Bytes of the task's arrays if its source had so many samples: every worker holds them, or where they are mapped a
    machine's workers together."""
    rows = len(problem.data.inputs) * simulated / max(len(problem.data.source.items), 1)
    return int(rows * problem.inputs.shape[1] * problem.inputs.element_size())


def worker_memory(problem: Problem, shard: Shard, device: str) -> int:
    """Bytes that a worker needs, beside its libraries and the task's inputs, to train the blocks of `shard` that it
    trains together."""
    models = BLOCK * TOGETHER[device]
    parts: int = problem.data.source.rows.shape[1]
    examples = models * (shard.n + shard.m) * (8 * parts + 4) * _COPIES
    learning = min(models, WIDTH[device] or models)
    return examples + (learning * (_STATES - 2) + 2 * models) * problem.network.layout.size * 4


def disk(problem: Problem, shards: Sequence[Shard]) -> int:
    """Bytes that shards will take in the store; those of the curve's m keep their weights."""
    sides = problem.split(0)
    m = problem.task.target.m or len(sides.train)
    weights = sum((layer.inputs + 1) * layer.outputs for layer in problem.network.layout.layers)
    tables = len(shards) * (_SHARD + BLOCK * len(sides.test) * _ROW)
    return tables + sum(shard.m == m for shard in shards) * BLOCK * weights * 4


def describe_plan(
    params: Path, name: str, prepared: Path, simulated: int | None = None, workers: int | None = None
) -> str:
    """What a sweep would train, how much of it is in the store, and what the rest takes; in lines.

    `simulated` samples instead of those that there are, and so many `workers` instead of this machine's.
    """
    settings, found = settings_with(params, name), Prepared.read(prepared)
    if found.data is None:
        return f"{name}: waiting: {found.record.reason}"
    task, on = settings.tasks[name], machine()
    if simulated is not None and simulated < task.grid.n_min:
        raise SimworthError(f"--simulated must be at least n_min of task {name}, {task.grid.n_min}, got {simulated}")
    sweeper, planned = Sweeper(settings, name, found.data), plan(task, found.data, simulated)
    kept = sweeper.kept(planned.shards)
    missing = [shard for shard in planned.shards if shard not in kept]
    workers = workers or on.workers
    costs = [group_cost(task, group) for group in groups(task, missing, TOGETHER[on.device])]
    steps = sum(costs)
    busy = max(steps / workers, max(costs, default=0.0))  # the largest piece has one worker
    seconds = busy * seconds_per_step(sweeper, missing, list(kept), on) if missing else 0.0
    more = "" if task.adaptive is None else f", then up to {task.adaptive.max_trials} while they narrow the law"
    return "\n".join(
        [
            f"{name}: n = {', '.join(map(str, planned.n_grid))}; m = {planned.m}; {task.trials} trials{more}",
            f"  {len(planned.shards)} shards, {len(missing)} of them to train, about {steps:,.0f} model-steps",
            f"  time: about {in_words(seconds)} with {workers} workers like those of this machine",
            *_resources(sweeper, simulated or len(found.data.source.items), missing, on, workers),
        ]
    )


def _resources(sweeper: Sweeper, simulated: int, missing: Sequence[Shard], on: Machine, workers: int) -> list[str]:
    """Lines on memory, disk and traffic."""
    if not missing:
        return []
    problem = Problem.of(sweeper.name, sweeper.task, sweeper.settings.seed, sweeper.data)
    inputs = input_bytes(problem, simulated)
    largest = max(missing, key=lambda shard: (shard.n, shard.m))
    libraries = psutil.Process().memory_info().rss - 2 * sweeper.data.inputs.nbytes  # this process holds them, too
    memory, kept = libraries + worker_memory(problem, largest, on.device), disk(problem, missing)
    mapped = worth_mapping(inputs, workers, on.executor)
    seen = " whose workers see the store" if on.dask_scheduler else ""
    held, whose = 2 * inputs, f"machine{seen}" if mapped else "worker"
    if mapped:
        needed = f"about {decimal(memory)} a worker, and {decimal(held)} of inputs a {whose}"
    else:
        needed = f"about {decimal(memory + held)} a worker, {decimal((memory + held) * workers)} in all"
    return [
        f"  memory: {needed}",
        f"  disk: about {decimal(kept)} in the store" + (f", {decimal(inputs)} more meanwhile" if mapped else ""),
        f"  traffic: {decimal(inputs)} to each {whose} once, and {decimal(kept)} back",
    ]


_EPOCHS: Final = (1, 5)
"""epochs of the two tries: what they differ by is training alone"""
_N: Final = 640
"""simulated samples of the tries, at most"""


def seconds_per_step(sweeper: Sweeper, missing: Sequence[Shard], kept: Sequence[Shard], on: Machine) -> float:
    """Seconds of a model-step: what `kept` shards took, else what a few epochs of the largest `missing` one take."""
    known = {shard: seconds for shard in kept if (seconds := read_seconds(sweeper.path(shard))) is not None}
    if not known:
        return _tried(sweeper, max(missing, key=lambda shard: shard.n), on)
    return sum(known.values()) / sum(group_cost(sweeper.task, group) for group in groups(sweeper.task, list(known)))


def _tried(sweeper: Sweeper, shard: Shard, on: Machine) -> float:
    """Seconds of a model-step, from a few epochs of `shard`'s trials on fewer simulations."""
    tried = replace(shard, n=min(shard.n, _N))
    few, many = _EPOCHS
    _seconds(sweeper, few, tried, on)  # libraries set themselves up in the first
    once, more = (_seconds(sweeper, epochs, tried, on) for epochs in _EPOCHS)
    return max(more - once, more / many) / (cost(sweeper.task, tried, many - few) * TOGETHER[on.device])


def _seconds(sweeper: Sweeper, epochs: int, shard: Shard, on: Machine) -> float:
    training: Any = replace(sweeper.task.training, max_epochs=epochs, patience=epochs, annealing=None)
    task = replace(sweeper.task, training=training)
    problem = Problem.of(sweeper.name, task, sweeper.settings.seed, sweeper.data, on.device)
    shards = [replace(shard, block=block) for block in range(TOGETHER[on.device])]
    start = time.perf_counter()
    compute(problem, shards)
    return time.perf_counter() - start
