"""The fit stage: one task's tables in, its fit and its curve out; and all fits as one valuation with its releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from simworth.columns import SAMPLE_COLUMNS
from simworth.config import Task
from simworth.config.resolve import ResolvedTask, task_of
from simworth.data.records import QualityReport, Snapshot
from simworth.errors import SimworthError
from simworth.files import read_table, write_whole
from simworth.records import KEPT_DIGITS
from simworth.sweep.records import SweepSummary
from simworth.valuation.classes import Sorting
from simworth.valuation.laws import curve_table
from simworth.valuation.records import Fit, Valuation, Valued
from simworth.valuation.result_files import read_tables
from simworth.valuation.task import TaskResults, value_task

FORMAT: Final = 2
"""of a new valuation.json; raised when its meaning changes"""
Label = Callable[[pd.DataFrame, Task], pd.DataFrame]
"""(samples of a prepared task, its settings) -> columns side (source | target), item, material_class, and what else the
task's grouping looks at"""


@dataclass(frozen=True)
class FitPaths:
    """What the stage reads and writes, and may show; every path is an argument."""

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
    samples: Path | None = None
    """the prepared task's table of samples; with `classes`, for the classes of materials"""
    classes: Path | None = None
    """where the table of the materials' classes goes"""
    private: bool = False
    """a selected release may not be redistributed, so that no parity is kept"""


def fit(paths: FitPaths, label: Label | None = None) -> Fit:
    """Run the stage; `label` tells the materials' classes from the samples, where these are given."""
    what = task_of(paths.params, paths.task)
    trials, predictions = read_tables(paths.trials, paths.predictions)
    results = TaskResults(
        task=paths.task,
        source=what.task.source.database,
        target=what.task.target.database,
        trials=trials,
        predictions=predictions,
        summary=_summary(paths),
        grid=_grid(paths),
        sorting=None if label is None else _sorting(paths, what, label),
        same_property=what.same_property,
        laws=what.laws,
    )
    found = value_task(results, what.level)
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
    return read_tables(paths.surface, paths.surface_predictions)


def _sorting(paths: FitPaths, what: ResolvedTask, label: Label) -> Sorting | None:
    """The task's way to sort materials, and the table of their classes, which is also written."""
    if paths.samples is None and paths.classes is None:
        return None
    if paths.samples is None or paths.classes is None:
        raise SimworthError("classes need two files: give --samples and --classes, or neither")
    table = label(read_table(paths.samples, list(SAMPLE_COLUMNS)), what.task)
    write_whole(paths.classes, table.to_parquet(index=False))
    return Sorting(what.task.groups, what.open and not paths.private, what.measured, what.simulated, table)


def _summary(paths: FitPaths) -> SweepSummary:
    summary = SweepSummary.read(paths.summary)
    if summary.task != paths.task:
        raise SimworthError(f"{paths.summary}: must be the sweep of {paths.task!r}, is that of {summary.task!r}")
    return summary


def assemble(fits: Mapping[str, Fit], quality: Mapping[str, QualityReport], level: float) -> Valuation:
    """The valuation of all tasks, in the order of `fits` (results/fits/*.json by task).

    `quality` holds the databases' reports, whose `snapshot` is the state of their files.
    """
    tasks = {}
    for task, fit in fits.items():
        if fit.level != level:
            raise SimworthError(
                f"fit of {task}: was made at level {fit.level}, the report is for {level}; run dvc repro"
            )
        databases = dict.fromkeys((fit.source, fit.target))
        releases = {name: _snapshot(name, quality) for name in databases}
        tasks[task] = fit.entry.model_copy(update={"releases": releases})
    return Valuation(format=FORMAT, level=level, tasks=tasks)


def _snapshot(database: str, quality: Mapping[str, QualityReport]) -> Snapshot:
    if database not in quality:
        raise SimworthError(f"quality report of {database}: must be there; run ingest of {database}")
    snapshot = quality[database].snapshot
    return Snapshot(md5=snapshot.md5, files=tuple(sorted(snapshot.files, key=lambda file: file.name)))
