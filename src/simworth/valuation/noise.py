"""Replicates or new structures: what less noise in the simulations would buy, against more of them.

As much noise again is added to the simulated values, and the error's rise is followed back to half of their own (SIMEX:
Cook and Stefanski, J. Am. Stat. Assoc. 89, 1314, 1994). Where the error is c + k v^p of the variance v, half of it
lowers the error by 2^-p times what twice as much raises it by: by half of that where a small noise acts in proportion
(p = 1), by all of it where the error rises as the logarithm (p near 0). The value is that of p = 1/2, the interval
covers all between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
import pandas as pd

from simworth.records import EstimateField, Record
from simworth.scaling import Estimate
from simworth.scaling.clusters import Cells
from simworth.valuation.backtest import Experiment
from simworth.valuation.cube import contrast_estimate, cube_of
from simworth.valuation.records import Valued
from simworth.valuation.words import figure

VARIANCES: Final = (1, 2)
"""of the simulated values' noise at which a task is trained, in units of their own"""


class NoisyPoint(Record):
    """Errors at one variance of the labels."""

    variance: float
    """in units of the labels' own noise"""
    mae: float


class NoiseStudy(Experiment):
    """reports/next/<task>.noise.json."""

    made_by: ClassVar[str] = "simworth noise"

    n: int
    replicates: float
    """mean number of replicates behind a simulated value"""
    noise: float
    """root mean square standard deviation of a simulated value's noise, in `unit`"""
    points: tuple[NoisyPoint, ...]
    """ascending variance, that of the simulated values as they are first"""
    halving: EstimateField
    """fall of the error that half the variance, or twice the replicates, would bring"""
    doubling: EstimateField | None
    """fall of the error that twice as many structures would bring, by the task's law; null without a law"""


def fall_by_half(errors: Sequence[pd.DataFrame], level: float) -> tuple[np.ndarray, Estimate]:
    """(VARIANCES,) mean errors, and the fall by half the variance, from a table of errors (columns trial, item,
    cluster, error) of the same tests at each of VARIANCES."""
    tables = [one.assign(variance=variance) for variance, one in zip(VARIANCES, errors, strict=True)]
    cells = Cells.of(cube_of(pd.concat(tables, ignore_index=True), "variance"))
    rise = contrast_estimate(np.array([-1.0, 1.0]), cells.mean, (cells.materials(), cells.trials()), level)
    low, high = min(rise.low, rise.low / 2), max(rise.high, rise.high / 2)
    return cells.mean, Estimate(rise.value / np.sqrt(2), low, high)


def fall_by_doubling(entry: object) -> Estimate | None:
    """Of the error, by a task's law."""
    if not isinstance(entry, Valued) or entry.gain is None:
        return None
    relative = entry.gain.x2
    return Estimate(*(entry.mae_at_n_max * end for end in relative))


def replicates_sentence(study: NoiseStudy) -> str:
    """Which is worth more, with figures."""
    unit = f" {study.unit}" if study.unit else ""
    what = f"half the simulations' noise (twice the {figure(study.replicates, 2)} replicates)"
    start = f"{what} would lower the error by {_by(study.halving, unit)}"
    if study.doubling is None:
        return f"{start}; what twice as many structures would do is not known, since there is no law"
    ours, theirs = study.halving, study.doubling
    apart = "replicates" if ours.low > theirs.high else "new structures" if theirs.low > ours.high else ""
    word = f"{apart} buy more" if apart else "which of the two buys more is not told apart"
    return f"{start}, twice as many structures by {_by(theirs, '')}: {word}"


def _by(fall: Estimate, unit: str) -> str:
    return f"{figure(fall.value)}{unit} (interval {figure(fall.low)} to {figure(fall.high)})"
