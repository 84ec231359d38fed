"""The fit stage: one task's tables in, its fit and its curve out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simworth.columns import CLEAN_COLUMNS, PREDICTION_COLUMNS, TRIAL_COLUMNS, Quantity
from simworth.config import Settings, Side, Task, settings_with
from simworth.errors import SimworthError
from simworth.records import KEPT_DIGITS
from simworth.results import read_json, read_table
from simworth.store import write_whole
from simworth.valuation.classes import Sorting
from simworth.valuation.curve import curve_table
from simworth.valuation.records import Fit, Valued
from simworth.valuation.task import TaskResults, value_task

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


def fit(paths: FitPaths, label: Label | None = None) -> Fit:
    """Run the stage; `label` tells the materials' classes from the clean tables, where these are given."""
    settings = settings_with(paths.params, paths.task)
    task, level = settings.tasks[paths.task], settings.fit.level
    results = TaskResults(
        task=paths.task,
        source=task.source.database,
        target=task.target.database,
        trials=read_table(paths.trials, list(TRIAL_COLUMNS)),
        predictions=read_table(paths.predictions, list(PREDICTION_COLUMNS)),
        summary=_summary(paths),
        grid=_grid(paths),
        sorting=None if label is None else _sorting(paths, settings, label),
        same_property=_same_property(task),
    )
    found = value_task(results, level)
    found.write(paths.fit)
    law = found.entry.law if isinstance(found.entry, Valued) else None
    curve = curve_table(found.curve, law).to_csv(index=False, lineterminator="\n", float_format=f"%.{KEPT_DIGITS}g")
    write_whole(paths.curve, curve.encode())
    return found


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
