"""Metrics of trials: what a trial's test predictions are worth, each a function of truth and prediction.

Every trial has `mae`, `rmse` and `r2`. `tasks.<task>.metrics` names more: each becomes a column of the trial table,
computed from the predictions, so that adding one trains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from simworth.registry import Registry

Metric = Callable[[np.ndarray, np.ndarray], float]
"""(samples,) measured and predicted values on the task's scale -> number, NaN where it is not defined"""
METRICS: Final[Registry[Metric]] = Registry("metric", "simworth.metrics")
TRIAL: Final = ["learning", "n", "m", "trial"]
"""columns that name a trial"""


@METRICS.register("mae")
def mean_absolute_error(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(predicted - truth)))


@METRICS.register("rmse")
def root_mean_squared_error(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((predicted - truth) ** 2)))


@METRICS.register("r2")
def determination(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Coefficient of determination; NaN where all measured values agree."""
    total = float(np.sum((truth - truth.mean()) ** 2))
    return 1 - float(np.sum((predicted - truth) ** 2)) / total if total > 0 else np.nan


def with_metrics(trials: pd.DataFrame, predictions: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The trial table with a column for each metric named; NaN for trials that failed."""
    if not names:
        return trials
    groups = {key: (rows["y_true"].to_numpy(), rows["y_pred"].to_numpy()) for key, rows in predictions.groupby(TRIAL)}
    keys = list(trials[TRIAL].itertuples(index=False, name=None))
    columns = {name: [METRICS[name](*groups[key]) if key in groups else np.nan for key in keys] for name in names}
    return trials.assign(**columns)


def meanings(names: Sequence[str]) -> dict[str, str]:
    """Column -> meaning, for the table's schema: first line of each metric's docstring."""
    return {name: (METRICS[name].__doc__ or name).strip().splitlines()[0] for name in names}
