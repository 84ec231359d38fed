"""What the stages leave of each task and database, and where it lies: read by ledger, report and MLflow alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.data.records import QualityReport
from simworth.files import read_table
from simworth.sweep.records import SweepSummary
from simworth.valuation.records import Fit


def read_tables(trials: Path, predictions: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A sweep's (or grid's) trials and predictions; SimworthError names the file that is missing or damaged."""
    return read_table(trials, list(TRIAL_COLUMNS)), read_table(predictions, list(PREDICTION_COLUMNS))


@dataclass(frozen=True)
class TaskTables:
    """What sweep and fit leave of one task."""

    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: SweepSummary
    fit: Fit


@dataclass(frozen=True, kw_only=True)
class ResultFolders:
    """The settings, and folders with a file per task, or per database (`quality`)."""

    params: Path
    quality: Path
    trials: Path
    predictions: Path
    sweeps: Path
    fits: Path

    def summary(self, task: str) -> Path:
        """Summary of a task's sweep; a task without one has not been run."""
        return self.sweeps / f"{task}.json"

    def tables(self, task: str) -> TaskTables:
        """All of a task; SimworthError names the file that is missing or damaged."""
        return TaskTables(
            *read_tables(self.trials / f"{task}.parquet", self.predictions / f"{task}.parquet"),
            SweepSummary.read(self.summary(task)),
            self.fit(task),
        )

    def fit(self, task: str) -> Fit:
        """The fit of a task."""
        return Fit.read(self.fits / f"{task}.json")

    def quality_of(self, database: str) -> QualityReport:
        """The quality report of a database."""
        return QualityReport.read(self.quality / f"{database}.json")
