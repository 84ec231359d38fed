"""How frozen forecasts are judged: one against the error that came, and all of them by their width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from simworth.ledger.records import Ahead, LedgerEntry, Outcome
from simworth.valuation.pieces import Sized
from simworth.valuation.records import Valued
from simworth.valuation.words import figure

LEAST: Final = 3
"""judged forecasts below which their width is not judged"""
SURE: Final = 0.05
"""probability below which misses as small, or as large, are not called chance"""


def common_part(trials: pd.DataFrame, before: LedgerEntry) -> float:
    """Correlation of the mean errors at the new n_max and at the old one, by the trials that both releases have.

    trials: the new release's table. A trial tests the same materials in both, so that what it does to all n cancels.
    """
    ran = trials[(trials["status"] == "ok") & (trials["n"] > 0)]
    by_trial = ran[ran["m"] == ran["m"].max()].pivot_table(index="trial", columns="n", values="mae").dropna()
    shared = min(before.valuation.trials, len(by_trial)) / max(before.valuation.trials, len(by_trial), 1)
    if len(by_trial) < 3 or by_trial.shape[1] < 2:
        return 0.0
    sizes = by_trial.columns.to_numpy(dtype=float)
    near = int(np.argmin(np.abs(np.log(sizes[:-1] / before.n_max))))
    first, last = by_trial.iloc[:, near], by_trial.iloc[:, -1]
    if first.std() == 0 or last.std() == 0:
        return 0.0
    return max(float(np.corrcoef(first, last)[0, 1]), 0.0) * shared


def judged_interval(ahead: Ahead, old: float, new: float, common: float) -> Ahead:
    """The forecast with the interval that the new mean is to fall into: it has an error of its own, part of which the
    forecast shares.

    old, new: relative half-widths of the means at both n_max by trials; common: their correlation.
    """

    def end(bound: float | None) -> float | None:
        if bound is None or bound <= 0:
            return bound
        reach = math.log(bound / ahead.mae)
        square = max(reach**2 + new**2 - 2 * common * old * new, (1 - common) * new**2)
        return ahead.mae * math.exp(math.copysign(math.sqrt(square), reach))

    return Ahead(mae=ahead.mae, low=end(ahead.low), high=end(ahead.high))


def own_error(valuation: Valued) -> float:
    """Relative half-width of the error at n_max by trials alone; 0 where a single trial tells nothing of it."""
    alone = valuation.these_materials_only
    ends = None if alone is None else alone.mae_at_n_max_interval
    if ends is None or ends.low is None or ends.high is None:
        return 0.0
    return (ends.high - ends.low) / 2 / valuation.mae_at_n_max


def interval_score(ahead: Ahead, mae: float, level: float) -> float | None:
    """Interval score of the logarithm of the error: width plus 2 / (1 - level) times how far it lies outside
    (Gneiting and Raftery, J. Am. Stat. Assoc. 102, 359, 2007); None where an end is unbounded."""
    if not ahead.low or ahead.high is None or mae <= 0:
        return None
    low, high, came = (math.log(value) for value in (ahead.low, ahead.high, mae))
    return high - low + 2 / (1 - level) * max(low - came, came - high, 0.0)


def at_n(rows: Sequence[Sized], n: int) -> Ahead | None:
    """A frozen forecast at n, between two rows interpolated in logarithms; None outside of them."""
    for left, right in pairwise(rows):
        if left.n <= n <= right.n:
            share = math.log(n / left.n) / math.log(right.n / left.n)
            mae = _between(left.mae, right.mae, share)
            assert mae is not None
            return Ahead(mae=mae, low=_between(left.low, right.low, share), high=_between(left.high, right.high, share))
    return None


def _between(left: float | None, right: float | None, share: float) -> float | None:
    if left is None or right is None:
        return None
    if left <= 0 or right <= 0:
        return left + share * (right - left)
    return math.exp(math.log(left) + share * (math.log(right) - math.log(left)))


def width_sentence(outcomes: Sequence[Outcome], level: float) -> str:
    """Whether forecasts have been too wide or too narrow: misses in units of their intervals against what chance gives.

    The squares of the misses, each in standard deviations of its forecast, sum to a chi-square; '' without any.
    """
    misses = [miss for one in outcomes if (miss := _miss(one, level)) is not None]
    if not misses:
        return ""
    total, count = sum(miss**2 for miss in misses), len(misses)
    times = f"{figure((total / count) ** 0.5, 2)} of the miss that their width expects"
    if count < LEAST:
        return f"Too few forecasts to tell whether they are too wide or too narrow: {times}."
    if special.chdtr(count, total) < SURE:
        return f"Forecasts have been too wide: {times}."
    if special.chdtrc(count, total) < SURE:
        return f"Forecasts have been too narrow: {times}."
    return f"Neither too wide nor too narrow, as far as {count} can show: {times}."


def _miss(one: Outcome, level: float) -> float | None:
    """How far the error came from its forecast, in standard deviations of the interval on that side."""
    ahead = one.judged or one.forecast
    if ahead is None or one.mae is None:
        return None
    end = ahead.high if one.mae > ahead.mae else ahead.low
    if end is None or end <= 0 or end == ahead.mae:
        return None
    return abs(math.log(one.mae / ahead.mae) / math.log(end / ahead.mae)) * float(special.ndtri((1 + level) / 2))
