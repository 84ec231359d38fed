"""The learning curve of a task: its error at every n that was run, with what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from simworth.scaling import PowerLaw
from simworth.valuation.cube import Errors
from simworth.valuation.means import clustered_mean
from simworth.valuation.records import STUDY_LAW, LawValues, Point, finite

CSV_COLUMNS: Final = ("n", "mae", "low", "high", "law")
"""columns of results/curves/<task>.csv, which `dvc plots` draws"""
SPREAD: Final = (0.05, 0.95)
"""quantiles of the trials' errors that are drawn as their spread"""


def curve_of(errors: Errors, level: float) -> tuple[Point, ...]:
    """Every n that was run, ascending."""
    return tuple(_point(errors.at(int(n)), int(n), level) for n in errors.n)


def direct_of(errors: Errors, level: float) -> Point | None:
    """Direct learning, None where it did not run."""
    return None if errors.direct.empty else _point(errors.direct, 0, level)


def _point(table: pd.DataFrame, n: int, level: float) -> Point:
    single = table.groupby("trial")["error"].mean().to_numpy()
    low, high = np.quantile(single, SPREAD)
    mean = clustered_mean(table, "error", level)
    wide, narrow = mean.over_materials, mean.over_trials
    return Point(
        n=n,
        mae=float(wide.value),
        low=finite(wide.low),
        high=finite(wide.high),
        trials=len(single),
        trials_low=finite(narrow.low),
        trials_high=finite(narrow.high),
        spread_low=float(low),
        spread_high=float(high),
    )


def curve_table(points: Sequence[Point], law: LawValues | None) -> pd.DataFrame:
    """The plot's table, columns CSV_COLUMNS; the law fills the last. Empty where nothing ran."""
    fitted = None if law is None else study_law(law)
    rows = [
        [one.n, one.mae, one.low, one.high, None if fitted is None else float(fitted(float(one.n)))] for one in points
    ]
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS))


def study_law(law: LawValues) -> PowerLaw:
    """The law of known coefficients that a record holds."""
    d, alpha, c = (float(law[name].value) for name in STUDY_LAW)
    return PowerLaw(d, alpha, c)
