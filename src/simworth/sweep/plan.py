"""Which units a task's sweep consists of, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simworth.config import Grid, Task
from simworth.sweep.dataset import TaskData
from simworth.sweep.splits import test_count
from simworth.sweep.units import BLOCK, Unit

_EPOCHS = 20
"""typical epochs before early stopping; only weighs units against each other"""


@dataclass(frozen=True)
class Plan:
    """A sweep before it runs."""

    n_grid: list[int]
    """(points,) source set sizes, rising"""
    m: int
    """measured materials on the training side, validation included"""
    units: list[Unit]
    """all of them, the dearest first, so that no core idles at the end"""


def n_grid(grid: Grid, n_max: int) -> list[int]:
    """Log-spaced whole numbers from grid.n_min to n_max, ends included, repeats dropped."""
    points = np.geomspace(grid.n_min, n_max, grid.points)
    return [int(n) for n in np.unique(np.rint(points).astype(np.int64))]


def plan(task: Task, data: TaskData) -> Plan:
    """Transfer at every n, direct learning once, whole blocks of trials."""
    sizes = n_grid(task.grid, len(data.source.items))
    measured = len(data.target.items)
    m = measured - test_count(measured, task.test_fraction)
    blocks = range(-(-task.trials // BLOCK))
    learning = "multitask" if task.learning == "multitask" else "transfer"
    units = [Unit("direct", 0, m, block) for block in blocks]
    units += [Unit(learning, n, m, block) for n in sizes for block in blocks]
    return Plan(sizes, m, sorted(units, key=lambda unit: (-cost(task, unit), unit)))


def cost(task: Task, unit: Unit) -> float:
    """Model-steps that a unit is likely to take."""
    share = 1 - task.training.validation_fraction
    batches = np.ceil(unit.n * share / task.training.batch_size) + np.ceil(unit.m * share / task.training.batch_size)
    return float(BLOCK * _EPOCHS * batches)
