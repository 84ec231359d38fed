"""What `simworth run` says first: about how long training will take, task by task, from sizes alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simworth.columns import SAMPLE_COLUMNS
from simworth.config import Settings, Task
from simworth.environment import machine, store_root
from simworth.features.registry import get_featurizer
from simworth.files import read_table
from simworth.prepare.records import RECORD, SAMPLES, PreparedTask, groups_of
from simworth.prepare.splits import test_count, train_count
from simworth.sweep.plan import group_cost, groups, plan_of_sizes
from simworth.sweep.shards import BLOCK, Shard, shard_digest, shard_path, task_digest
from simworth.terminal import in_words
from simworth.valuation.records import Unvalued, Valuation, Valued

_STEPS: Final = 5
"""optimiser steps of ten models that are timed"""


@dataclass(frozen=True)
class _Sizes:
    """What decides how much a task trains beside its settings."""

    simulated: int
    side: int
    """measured materials of a whole training side"""
    columns: int
    digest: str = ""
    """of its prepared data, '' where it is not prepared yet"""


def expected(settings: Settings, tasks: Sequence[str], prepared: Path, valuation: Path) -> list[str]:
    """What `tasks` will train and how long that takes here, a line, none where all of it is in the store.

    Sizes are those of the folder of `prepared` tasks, else of the last `valuation`, whose releases may be others.
    """
    known = Valuation.read(valuation).tasks if valuation.is_file() else {}
    on, parts, unknown, total, guessed = machine(), [], [], 0.0, False
    for name in tasks:
        about = settings.tasks[name], prepared / name / RECORD, known.get(name)
        sizes = _sizes(*about)
        if sizes is None:
            unknown += [] if _waits(*about) else [name]
        elif missing := _missing(settings, name, sizes):
            seconds = _seconds(settings.tasks[name], sizes, missing, on.workers)
            parts.append(f"{name} {in_words(seconds)} (n up to {sizes.simulated:,})")
            total += seconds
            guessed |= not sizes.digest
    lines = []
    if parts:
        less = _less_the_store() if guessed else ""
        lines.append(f"to train, about {in_words(total)} with {on.workers} workers{less}: {', '.join(parts)}")
    if unknown:
        lines.append(f"to train, for a time that is known once they are prepared: {', '.join(unknown)}")
    return lines


def _less_the_store() -> str:
    """Of tasks that are not prepared nobody knows yet which shards of the store are theirs."""
    held = sum(not path.stem.endswith(".weights") for path in (store_root() / "units").glob("*/*.safetensors"))
    return f", less what of the {held:,} shards in the store is theirs" if held else ""


def _waits(task: Task, path: Path, entry: object) -> bool:
    """Whether there is nothing to train for want of data, as prepared, else as valued from the same databases."""
    databases = {task.source.database, task.target.database}
    return path.is_file() or (isinstance(entry, Unvalued) and databases <= set(entry.releases))


def _sizes(task: Task, path: Path, entry: object) -> _Sizes | None:
    """None where nothing is known, or the task waits."""
    if path.is_file():
        record = PreparedTask.read(path)
        if record.status == "waiting":
            return None
        samples = read_table(path.parent / SAMPLES, list(SAMPLE_COLUMNS))
        side = train_count(groups_of(samples) or range(record.target.materials), task.test_fraction)
        return _Sizes(record.source.materials, side, record.columns, record.digest)
    if not isinstance(entry, Valued):
        return None
    columns = sum(len(get_featurizer(name).columns) for name in task.descriptors)
    whole = entry.materials - test_count(entry.materials, task.test_fraction)
    return _Sizes(entry.n_max, entry.m if task.target.m is None else whole, columns)


def _missing(settings: Settings, name: str, sizes: _Sizes) -> list[Shard]:
    """Shards that the store lacks; all of them where the data that name them are not prepared yet."""
    task, store = settings.tasks[name], store_root()
    shards = plan_of_sizes(task, sizes.simulated, sizes.side).shards
    if not sizes.digest:
        return shards
    whole = task_digest(settings.seed, task, sizes.digest)
    return [shard for shard in shards if not shard_path(store, shard_digest(whole, shard)).exists()]


def _seconds(task: Task, sizes: _Sizes, missing: list[Shard], workers: int) -> float:
    costs = [group_cost(task, group) for group in groups(task, missing)]
    return max(sum(costs) / workers, max(costs)) * _seconds_per_step(task, sizes.columns)


def _seconds_per_step(task: Task, columns: int) -> float:
    """Of one model on one core, on random numbers; by processor time, which a busy machine changes little."""
    import torch

    from simworth.learning.architectures import Shape, network_of
    from simworth.learning.layout import padded
    from simworth.learning.networks import Batch
    from simworth.learning.stack import Stack

    torch.set_num_threads(1)  # as a worker's
    given, parts = task.training, 2 if task.learning == "multitask" else 1
    network = network_of(given.architecture, Shape(columns, given.hidden, given.head, parts))
    rows = given.batch_size
    flat = network.layout.fresh([np.random.default_rng(model) for model in range(BLOCK)])
    x, y = torch.rand(BLOCK, rows, parts * padded(columns)), torch.rand(BLOCK, rows)
    measured = torch.zeros(BLOCK, rows, dtype=torch.bool) if parts == 2 else None
    with torch.inference_mode():
        stacks = [
            (part, Batch(x[which], y[which], None, None if measured is None else measured[which]))
            for which, part in Stack.of(network, flat).parts()
        ]
        for steps in (1, _STEPS):  # libraries set themselves up in the first
            start = time.process_time()
            for part, batch in stacks:
                for _ in range(steps):
                    part.descend(batch, 0.0, 0.0)
    return (time.process_time() - start) / _STEPS / BLOCK
