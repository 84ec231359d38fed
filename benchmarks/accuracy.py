"""Lines on accuracy: the same trials, of the project's own tasks, once in float32 and once in bf16."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.engine import PRECISIONS
from benchmarks.lines import Line, Target
from benchmarks.own import Own
from simworth.config import Settings
from simworth.environment import cores
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import compute
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import BLOCK, Shard
from simworth.tuning.paired import LEVEL, PairedErrors
from simworth.tuning.precision import ALLOWED
from simworth.tuning.precision import PRECISIONS as NAMES

_problems: dict[str, Problem] = {}
"""precision -> the task of this process"""


@dataclass(frozen=True)
class AccuracyLoad:
    """Which trials are trained twice."""

    own: Own = field(default_factory=Own)
    tasks: tuple[str, ...] = ("density", "chi")
    trials: int = 100


def targets(task: str, what: str = "in bf16, difference from float32") -> tuple[Target, Target]:
    """How far the means may lie apart, and that it is no more than chance."""
    name = f"MAE of {task} {what}"
    size = Target(name, f"{100 * ALLOWED:g} % of the mean", "%", 1.0)
    return size, Target(name, f"chance, at {LEVEL:.0%}", "standard errors", 1.0)


def accuracy_lines(load: AccuracyLoad) -> list[Line]:
    """Two lines a task."""
    return [line for task in load.tasks for line in _task_lines(load, task)]


def _task_lines(load: AccuracyLoad, name: str) -> list[Line]:
    why = "" if "bf16" in PRECISIONS else "the training core offers no bf16 path"
    settings = load.own.settings
    data = why or load.own.data(settings, name)
    if not isinstance(data, TaskData):
        return [target.missing(data) for target in targets(name)]
    unit = plan(settings.tasks[name], data).curve[-1]
    units = [replace(unit, block=block) for block in range(-(-load.trials // BLOCK))]
    exact, rounded = errors(settings, name, data, units)
    where = f"{len(exact)} paired trials at n = {unit.n:,}, m = {unit.m}"
    return compared(targets(name), exact, rounded, settings.properties[settings.tasks[name].property].unit, where)


def compared(
    targets: tuple[Target, Target], exact: np.ndarray, rounded: np.ndarray, unit: str, where: str
) -> list[Line]:
    """From (trials,) errors of the same trials, in float32 on the processor and another way."""
    one = PairedErrors.of(exact, rounded)
    note = f"mean MAE {one.after:.5g} against {one.before:.5g} {unit}".strip()
    note += f"; difference {one.difference:.2g}, standard error {one.standard_error:.2g}"
    least = 1e-9  # nothing apart is infinitely good, which JSON cannot say
    size, luck = targets
    return [
        size.measured(max(100 * one.share, least), 100 * ALLOWED, size=where, note=note),
        luck.measured(max(one.sigmas, least), one.chance, size=where, note=note),
    ]


def errors(settings: Settings, name: str, data: TaskData, units: Sequence[Shard]) -> tuple[np.ndarray, np.ndarray]:
    """(trials,) MAE in float32 and in bf16, all workers busy; SimworthError where a trial fails."""
    pieces = [(precision, unit) for unit in units for precision in NAMES]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores(), mp_context=context, initializer=_begin, initargs=(settings, name, data)) as pool:
        found: dict[str, list[float]] = {precision: [] for precision in NAMES}
        for (precision, unit), maes in zip(pieces, pool.map(_maes, pieces), strict=True):
            if not np.isfinite(maes).all():
                raise SimworthError(f"task {name}: a trial of block {unit.block} failed in {precision}")
            found[precision] += maes
    return np.array(found["float32"]), np.array(found["bf16"])


def _begin(settings: Settings, name: str, data: TaskData) -> None:
    task = settings.tasks[name]
    for precision in NAMES:
        given: Any = replace(task.training, precision=precision)
        _problems[precision] = Problem.of(name, replace(task, training=given), settings.seed, data)


def _maes(piece: tuple[str, Shard]) -> list[float]:
    precision, unit = piece
    (result,) = compute(_problems[precision], [unit])
    return [float(mae) for mae in result.trials.sort_values("trial")["mae"]]
