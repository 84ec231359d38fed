"""The stage of the n x m grid; most tasks have none, and then nothing is loaded that trains."""

from __future__ import annotations

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import settings_with
from simworth.sweep.paths import Paths
from simworth.sweep.shards import Result
from simworth.sweep.tables import prediction_table, trial_table, write_table


def surface(paths: Paths) -> None:
    """Run the stage; empty tables for a task without `surface` in params.yaml."""
    settings = settings_with(paths.params, paths.task)
    task = settings.tasks[paths.task]
    results: list[Result] = []
    if task.surface is not None:
        from simworth.sweep.stage import grid

        results = grid(paths, settings)
    write_table(paths.trials, trial_table(results, task.surface_trials()), TRIAL_COLUMNS)
    write_table(paths.predictions, prediction_table(results, task.surface_trials()), PREDICTION_COLUMNS)
