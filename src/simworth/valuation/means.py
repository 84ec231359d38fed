"""Means of absolute errors and their intervals: over trials, and over trials and the choice of materials.

Estimate and covariance are those that the laws rest on (`simworth.scaling.clusters`); the trials part alone holds for
these materials only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from simworth.scaling import Estimate
from simworth.scaling.clusters import Cells
from simworth.valuation.cube import cube_of


@dataclass(frozen=True)
class Mean:
    """A mean over trials with two intervals."""

    over_materials: Estimate
    """interval that covers the choice of measured materials (and trials)"""
    over_trials: Estimate
    """interval for these materials only"""


def clustered_mean(table: pd.DataFrame, value: str, level: float) -> Mean:
    """Mean of column `value`, each material counted once, from a table with columns trial, cluster and item (else the
    cluster).

    An interval is infinite where there is a single trial (both) or a single cluster (over materials).
    """
    items = table["item"] if "item" in table else table["cluster"]
    cells = Cells.of(cube_of(table.assign(error=table[value], item=items, whole=0), "whole"))
    by_trial, trials = cells.trials()
    joint, materials = cells.materials()
    mean, variance = float(cells.mean[0]), float(max(joint[0, 0], by_trial[0, 0]))
    return Mean(
        _around(mean, variance, min(materials, trials), level), _around(mean, float(by_trial[0, 0]), trials, level)
    )


def _around(mean: float, variance: float, freedom: float, level: float) -> Estimate:
    if freedom == 0:
        return Estimate(mean, -np.inf, np.inf)
    half = float(student.ppf(0.5 + level / 2, freedom)) * float(np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half)
