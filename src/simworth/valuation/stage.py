"""The fit stage: one task's tables in, its fit and its curve out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simworth.config import load_settings
from simworth.config.suggest import did_you_mean
from simworth.errors import SimworthError
from simworth.records import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.store import write_whole
from simworth.valuation.assemble import to_json
from simworth.valuation.curve import curve_table
from simworth.valuation.entry import fit_record
from simworth.valuation.files import read_json, read_table
from simworth.valuation.task import TaskValuation, value_task


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


def fit(paths: FitPaths) -> TaskValuation:
    """Run the stage."""
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
    )
    record = fit_record(valuation, task.source.database, task.target.database, level)
    law = None if valuation.law is None else valuation.law.parameters
    write_whole(paths.fit, to_json(record).encode())
    curve = curve_table(valuation.curve, law).to_csv(index=False, lineterminator="\n")
    write_whole(paths.curve, curve.encode())
    return valuation


def _summary(paths: FitPaths) -> dict[str, Any]:
    summary = read_json(paths.summary)
    if summary.get("task") != paths.task:
        raise SimworthError(f"{paths.summary}: must be the sweep of {paths.task!r}, is that of {summary.get('task')!r}")
    return summary
