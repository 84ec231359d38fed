"""The stage surface: a prepared task in, trials over n and m and their predictions out."""

from __future__ import annotations

from pathlib import Path

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config.resolve import task_of
from simworth.files import write_table
from simworth.sweep.shards import Result
from simworth.sweep.tables import prediction_table, trial_table


def surface(task: str, params: Path, prepared: Path, trials: Path, predictions: Path) -> None:
    """Write both tables of a prepared task; empty ones where it has no `surface` in params.yaml."""
    what = task_of(params, task)
    results: list[Result] = []
    if what.task.surface is not None:
        from simworth.sweep.stage import grid  # loads torch, which a task without a surface does not need

        results = grid(params, task, prepared)
    count = what.task.surface_trials()
    write_table(trials, trial_table(results, count), TRIAL_COLUMNS)
    write_table(predictions, prediction_table(results, count), PREDICTION_COLUMNS)
