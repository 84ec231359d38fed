"""Means of absolute errors and their intervals: over trials, and over trials and the choice of materials.

A test error belongs to one trial and to one material (or a cluster of materials, the pairs of one polymer), and both
repeat. The variance of a mean over such a table is that of sums over clusters, plus that of sums over trials, less
that of single cells (Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 238, 2011). The trials part alone holds for
these materials only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from simworth.scaling import Estimate


@dataclass(frozen=True)
class Mean:
    """A mean over trials with two intervals."""

    over_materials: Estimate
    """interval that covers the choice of measured materials (and trials)"""
    over_trials: Estimate
    """interval for these materials only"""


def clustered_mean(table: pd.DataFrame, value: str, level: float) -> Mean:
    """Mean over trials of each trial's mean of column `value`, from a table with columns trial and cluster.

    An interval is infinite where there is a single trial (both) or a single cluster (over materials).
    """
    rows = table.groupby("trial")[value].transform("size").to_numpy(float)
    weight = 1.0 / (rows * table["trial"].nunique())
    values = table[value].to_numpy(float)
    mean = float(np.sum(weight * values))
    influence = pd.DataFrame({"trial": table["trial"], "cluster": table["cluster"], "share": weight * (values - mean)})
    by_trial, trials = _variance(influence, ["trial"])
    by_cluster, clusters = _variance(influence, ["cluster"])
    by_cell, _ = _variance(influence, ["trial", "cluster"])
    both = max(by_trial + by_cluster - by_cell, by_trial, by_cluster)
    return Mean(_around(mean, both, min(trials, clusters), level), _around(mean, by_trial, trials, level))


def _variance(influence: pd.DataFrame, by: list[str]) -> tuple[float, int]:
    sums = influence.groupby(by, sort=False)["share"].sum().to_numpy()
    groups = len(sums)
    correction = groups / (groups - 1) if groups > 1 else np.inf
    return (float(correction * np.sum(sums**2)) if groups > 1 else np.inf), groups


def _around(mean: float, variance: float, groups: int, level: float) -> Estimate:
    if groups < 2 or not np.isfinite(variance):
        return Estimate(mean, -np.inf, np.inf)
    half = float(student.ppf(0.5 + level / 2, groups - 1)) * float(np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half)
