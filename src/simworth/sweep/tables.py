"""From finished shards to a task's tables and summary."""

from __future__ import annotations

import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.files import schema
from simworth.sweep.records import FailedTrials
from simworth.sweep.shards import Result

_KEY = ["learning", "n", "m", "trial"]


def trial_table(results: list[Result], trials: int) -> pd.DataFrame:
    """TRIAL_COLUMNS of the trials below `trials`, sorted by learning, n, m, trial."""
    return _stack([one.trials for one in results], TRIAL_COLUMNS, trials).sort_values(_KEY, ignore_index=True)


def prediction_table(results: list[Result], trials: int) -> pd.DataFrame:
    """PREDICTION_COLUMNS of the same trials, sorted like them, then by item and value."""
    table = _stack([one.predictions for one in results], PREDICTION_COLUMNS, trials)
    return table.sort_values([*_KEY, "item", "y_true"], kind="stable", ignore_index=True)


def _stack(tables: list[pd.DataFrame], columns: dict[str, str], trials: int) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(schema(columns).empty_table().to_pandas())
    table = pd.concat(tables, ignore_index=True)
    return table[table["trial"] < trials].reindex(columns=list(columns))


def failures(trials: pd.DataFrame) -> FailedTrials:
    """Count and first reason of the trials that failed."""
    failed = trials[trials["status"] == "failed"]
    return FailedTrials(count=len(failed), first="" if failed.empty else str(failed["reason"].iloc[0]))
