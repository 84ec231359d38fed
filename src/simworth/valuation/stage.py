"""The fit stage: one task's tables in, its fit and its curve out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simworth.columns import CLEAN_COLUMNS, PREDICTION_COLUMNS, TRIAL_COLUMNS, Quantity
from simworth.config import Settings, Side, Task, load_settings
from simworth.config.suggest import did_you_mean
from simworth.errors import SimworthError
from simworth.results import read_json, read_table
from simworth.store import write_whole
from simworth.valuation.assemble import to_json
from simworth.valuation.classes import Sorting
from simworth.valuation.curve import curve_table
from simworth.valuation.entry import fit_record
from simworth.valuation.task import TaskValuation, value_task

Label = Callable[[Settings, str, pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""(settings, task, clean source, clean target) -> columns side (source | target), item, material_class"""


@dataclass(frozen=True)
class FitPaths:
    """What the stage reads and writes; every path is an argument."""

    task: str
    params: Path
    trials: Path
    predictions: Path
    summary: Path
    fit: Path
    curve: Path
    surface: Path | None = None
    """trial table of the n x m grid; with `surface_predictions`"""
    surface_predictions: Path | None = None
    source: Path | None = None
    """clean table of the source database; with `target` and `classes`, for the classes of materials"""
    target: Path | None = None
    classes: Path | None = None
    """where the table of the materials' classes goes"""


def fit(paths: FitPaths, label: Label | None = None) -> TaskValuation:
    """Run the stage; `label` tells the materials' classes from the clean tables, where these are given."""
    settings = load_settings(paths.params)
    task = settings.tasks.get(paths.task)
    if task is None:
        raise SimworthError(f"no task {paths.task!r} in {paths.params}{did_you_mean(paths.task, settings.tasks)}")
    level = settings.fit.level
    valuation = value_task(
        read_table(paths.trials, list(TRIAL_COLUMNS)),
        read_table(paths.predictions, list(PREDICTION_COLUMNS)),
        _summary(paths),
        level,
        _grid(paths),
        None if label is None else _sorting(paths, settings, label),
    )
    record = fit_record(valuation, task.source.database, task.target.database, level, _same_property(task))
    law = None if valuation.law is None else valuation.law.parameters
    write_whole(paths.fit, to_json(record).encode())
    curve = curve_table(valuation.curve, law).to_csv(index=False, lineterminator="\n")
    write_whole(paths.curve, curve.encode())
    return valuation


def _grid(paths: FitPaths) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    if paths.surface is None and paths.surface_predictions is None:
        return None
    if paths.surface is None or paths.surface_predictions is None:
        raise SimworthError("a grid has two tables: give --surface and --surface-predictions, or neither")
    trials = read_table(paths.surface, list(TRIAL_COLUMNS))
    return trials, read_table(paths.surface_predictions, list(PREDICTION_COLUMNS))


def _sorting(paths: FitPaths, settings: Settings, label: Label) -> Sorting | None:
    """The task's way to sort materials, and the table of their classes, which is also written."""
    asked = [path for path in (paths.source, paths.target, paths.classes) if path is not None]
    if not asked:
        return None
    if paths.source is None or paths.target is None or paths.classes is None:
        raise SimworthError("classes need three files: give --source, --target and --classes, or none of them")
    task = settings.tasks[paths.task]
    columns = list(CLEAN_COLUMNS)
    table = label(settings, paths.task, read_table(paths.source, columns), read_table(paths.target, columns))
    write_whole(paths.classes, table.to_parquet(index=False))
    open_ones = all(settings.databases[side.database].redistribute for side in (task.source, task.target))
    measured, simulated = (_quantity(settings, task, side) for side in (task.target, task.source))
    return Sorting(task.groups, open_ones, measured, simulated, table)


def _quantity(settings: Settings, task: Task, side: Side) -> Quantity:
    name = side.property or task.property
    return Quantity(name, settings.properties[name].unit, settings.properties[name].scale)


def _same_property(task: Task) -> bool:
    """Whether simulated and measured values can be compared."""
    return len({side.property or task.property for side in (task.source, task.target)}) == 1


def _summary(paths: FitPaths) -> dict[str, Any]:
    summary = read_json(paths.summary)
    if summary.get("task") != paths.task:
        raise SimworthError(f"{paths.summary}: must be the sweep of {paths.task!r}, is that of {summary.get('task')!r}")
    return summary
