"""The learning curve of a task: its error at every n that was run, with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.valuation.cube import Errors
from simworth.valuation.means import Mean, clustered_mean
from simworth.valuation.numbers import Estimate, kept

CSV_COLUMNS: Final = ("n", "mae", "low", "high", "law")
"""columns of results/curves/<task>.csv, which `dvc plots` draws"""
SPREAD: Final = (0.05, 0.95)
"""quantiles of the trials' errors that are drawn as their spread"""


@dataclass(frozen=True)
class Point:
    """The error at one n (0: direct learning)."""

    n: int
    trials: int
    """trials that ran"""
    mae: Mean
    """mean over trials, property's unit"""
    spread: tuple[float, float]
    """5 % and 95 % quantiles of single trials' errors, property's unit"""

    def to_dict(self) -> dict[str, Any]:
        wide, narrow = self.mae.over_materials, self.mae.over_trials
        return {
            "n": self.n,
            "trials": self.trials,
            "mae": wide.value,
            "low": wide.low,
            "high": wide.high,
            "trials_low": narrow.low,
            "trials_high": narrow.high,
            "spread_low": kept(self.spread[0]),
            "spread_high": kept(self.spread[1]),
        }


def curve_of(errors: Errors, level: float) -> tuple[Point, ...]:
    """Every n that was run, ascending."""
    return tuple(_point(errors.at(int(n)), int(n), level) for n in errors.n)


def direct_of(errors: Errors, level: float) -> Point | None:
    """Direct learning, None where it did not run."""
    return None if errors.direct.empty else _point(errors.direct, 0, level)


def _point(table: pd.DataFrame, n: int, level: float) -> Point:
    single = table.groupby("trial")["error"].mean().to_numpy()
    low, high = np.quantile(single, SPREAD)
    return Point(n, len(single), clustered_mean(table, "error", level), (float(low), float(high)))


def curve_table(points: tuple[Point, ...], law: dict[str, Estimate] | None) -> pd.DataFrame:
    """The plot's table, columns CSV_COLUMNS; `law` (D, alpha, C) fills the last. Empty where nothing ran."""
    rows = []
    for point in points:
        at = point.to_dict()
        rows.append([at["n"], at["mae"], at["low"], at["high"], _value(law, point.n)])
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS))


def _value(law: dict[str, Estimate] | None, n: int) -> float | None:
    if law is None:
        return None
    d, alpha, c = (law[name].value for name in ("D", "alpha", "C"))
    assert d is not None and alpha is not None and c is not None
    return kept(d * n**-alpha + c)
