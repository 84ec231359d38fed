"""The stage surface: a prepared task in, trials over n and m and their predictions out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config.resolve import task_of
from simworth.files import write_table
from simworth.sweep.shards import Result
from simworth.sweep.tables import prediction_table, trial_table


@dataclass(frozen=True)
class SurfacePaths:
    """What the stage reads and writes; every path is an argument."""

    task: str
    params: Path
    prepared: Path
    trials: Path
    predictions: Path


def surface(paths: SurfacePaths) -> None:
    """Run the stage; empty tables for a task without `surface` in params.yaml."""
    what = task_of(paths.params, paths.task)
    results: list[Result] = []
    if what.task.surface is not None:
        from simworth.sweep.stage import grid  # loads torch, which a task without a surface does not need

        results = grid(paths.params, paths.task, paths.prepared)
    trials = what.task.surface_trials()
    write_table(paths.trials, trial_table(results, trials), TRIAL_COLUMNS)
    write_table(paths.predictions, prediction_table(results, trials), PREDICTION_COLUMNS)
