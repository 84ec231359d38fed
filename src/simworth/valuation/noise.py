"""Replicates or new structures: what less noise in the simulations would buy, against more of them.

Noise of variance 1, 2, ... times that of the labels is added to them, and the error is followed back to half of it
(SIMEX: Cook and Stefanski, J. Am. Stat. Assoc. 89, 1314, 1994), in a straight line, since a small variance acts in
proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
import pandas as pd

from simworth.records import EstimateField, Record
from simworth.scaling import Estimate
from simworth.scaling.clusters import Cells
from simworth.valuation.compare import contrast_estimate
from simworth.valuation.cube import cube_of
from simworth.valuation.records import Valued
from simworth.valuation.words import figure

VARIANCES: Final = (1, 2, 3)
"""of the simulated values' noise at which a task is trained, in units of their own"""
_HALVING: Final = np.array([-0.25, 0.0, 0.25])
"""half the slope of the straight line through the errors at VARIANCES"""
_BEND: Final = np.array([-0.5, 1.0, -0.5])


class NoisyPoint(Record):
    """Errors at one variance of the labels."""

    variance: float
    """in units of the labels' own noise"""
    mae: float


class NoiseStudy(Record):
    """reports/next/<task>.noise.json; intervals cover trials and the choice of measured materials."""

    made_by: ClassVar[str] = "simworth noise"

    format: int = 1
    task: str
    date: str
    """of the run, YYYY-MM-DD"""
    releases: dict[str, tuple[str, ...]]
    """database -> selected releases"""
    unit: str
    level: float
    n: int
    m: int
    trials: int
    replicates: float
    """mean number of replicates behind a simulated value"""
    noise: float
    """root mean square standard deviation of a simulated value's noise, in `unit`"""
    points: tuple[NoisyPoint, ...]
    """ascending variance, that of the simulated values as they are first"""
    halving: EstimateField
    """fall of the error that half the variance, or twice the replicates, would bring"""
    bend: EstimateField
    """error at the middle variance less that on the line between the outer ones: above 0 where noise does less and less
    harm, so that `halving` is too small"""
    doubling: EstimateField | None
    """fall of the error that twice as many structures would bring, by the task's law; null without a law"""


def falls(errors: Sequence[pd.DataFrame], level: float) -> tuple[np.ndarray, Estimate, Estimate]:
    """(VARIANCES,) mean errors, the fall by half the variance, and the bend, from a table of errors (columns trial,
    item, cluster, error) of the same tests at each of VARIANCES."""
    tables = [one.assign(variance=variance) for variance, one in zip(VARIANCES, errors, strict=True)]
    cells = Cells.of(cube_of(pd.concat(tables, ignore_index=True), "variance"))
    covariances = (cells.materials(), cells.trials())
    halving, bend = (contrast_estimate(one, cells.mean, covariances, level) for one in (_HALVING, _BEND))
    return cells.mean, halving, bend


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
