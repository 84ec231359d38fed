"""Which shards a task's sweep consists of, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from simworth.config import Grid, Task
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.splits import train_count
from simworth.sweep.shards import BLOCK, Shard

_EPOCHS_OF_PATIENCE = 4
"""typical epochs before early stopping for each of patience: 18 to 22 at 5, 32 to 40 at 10 in the study's tasks"""


@dataclass(frozen=True)
class Plan:
    """A sweep before it runs."""

    n_grid: list[int]
    """(points,) source set sizes, rising"""
    m: int
    """measured materials that the curve learns from, validation included"""
    curve: list[Shard]
    """direct learning, and every n, at m"""
    grid: list[Shard]
    """every n at every m of the task's surface, the whole training side included; empty without one"""

    @property
    def shards(self) -> list[Shard]:
        """All of them."""
        return sorted({*self.curve, *self.grid})


def n_grid(grid: Grid, n_max: int) -> list[int]:
    """Log-spaced whole numbers from grid.n_min to n_max, ends included, repeats dropped."""
    points = np.geomspace(grid.n_min, n_max, grid.points)
    return [int(n) for n in np.unique(np.rint(points).astype(np.int64))]


def plan(task: Task, data: TaskData, simulated: int | None = None) -> Plan:
    """Of a prepared task; up to all its simulated samples, or so many."""
    most = train_count(data.groups or data.target.items, task.test_fraction)
    return plan_of_sizes(task, simulated or len(data.source.items), most)


def plan_of_sizes(task: Task, simulated: int, most: int) -> Plan:
    """Transfer at every n up to all `simulated` samples, direct learning once, whole blocks of trials, for training
    sides that hold `most` measured materials."""
    sizes = n_grid(task.grid, simulated)
    m = curve_m(task, most)
    blocks, grid_blocks = _blocks(task.trials), _blocks(task.surface_trials())
    learning = "multitask" if task.learning == "multitask" else "transfer"
    direct = [Shard("direct", 0, m, block) for block in blocks]
    curve = [Shard(learning, n, m, block) for n in sizes for block in blocks]
    grid = [Shard(learning, n, part, block) for n in sizes for part in m_grid(task, most) for block in grid_blocks]
    return Plan(sizes, m, direct + curve, grid)


def _blocks(trials: int) -> range:
    """Whole blocks that hold the first `trials` trials."""
    return range(-(-trials // BLOCK))


def curve_m(task: Task, most: int) -> int:
    """m of the curve over n, of a training side that holds `most` in every trial; SimworthError where it holds less
    than the task's target.m."""
    if (task.target.m or 0) > most:
        raise SimworthError(
            f"task of {task.property}: target.m is {task.target.m}, its training side holds {most} measured materials; "
            f"set target.m to {most} at most, or leave it out"
        )
    return task.target.m or most


LEAST_M = 2
"""measured materials of a size of the grid: one to learn from, one to validate by"""


def m_grid(task: Task, most: int) -> list[int]:
    """Log-spaced sizes of the training side, from the smallest share to all of it, and the curve's; none without a
    surface."""
    if task.surface is None:
        return []
    points = np.geomspace(task.surface.smallest * most, most, task.surface.points).clip(min=min(LEAST_M, most))
    return [int(size) for size in np.unique(np.rint([*points, curve_m(task, most)]).astype(np.int64))]


def groups(task: Task, shards: list[Shard], together: int = 1) -> list[list[Shard]]:
    """Units that share one pretraining together, of up to `together` blocks that want the same, the dearest group
    first, so that no core idles at the end."""
    shared: dict[tuple[str, int, int, int], list[Shard]] = {}
    multitask = task.learning == "multitask"
    for shard in sorted(shards):
        shared.setdefault((shard.learning, shard.n, shard.block, shard.m if multitask else 0), []).append(shard)
    alike: dict[tuple[str, int, tuple[int, ...]], list[list[Shard]]] = {}
    for group in shared.values():
        alike.setdefault((group[0].learning, group[0].n, tuple(shard.m for shard in group)), []).append(group)
    merged = [sorted(chain(*same[k : k + together])) for same in alike.values() for k in range(0, len(same), together)]
    return sorted(merged, key=lambda group: (-group_cost(task, group), -group[0].n, group))


def group_cost(task: Task, group: list[Shard]) -> float:
    """Model-steps of shards that share pretrainings, one a block."""
    begun: set[int] = set()
    total = 0.0
    for shard in group:
        total += cost(task, replace(shard, n=0) if shard.block in begun else shard)
        begun.add(shard.block)
    return total


def cost(task: Task, shard: Shard, epochs: int | None = None) -> float:
    """Model-steps of `batch_size` that a shard is likely to take; `epochs` of each training where they are known."""
    given = task.training
    share = 1 - given.validation_fraction
    source, target = (np.ceil(count * share / given.batch_size) for count in (shard.n, shard.m))
    usual = epochs or min(given.max_epochs, _EPOCHS_OF_PATIENCE * given.patience)
    return float(BLOCK * (source * (epochs or given.annealed_epochs(shard.n) or usual) + target * usual))
