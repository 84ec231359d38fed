"""Test errors of a task, from its trial and prediction tables: the arrays that laws are fitted on, and their means.

A mean has two intervals: over trials (these materials only), and over trials and the choice of materials. Estimate
and covariance are those that the laws rest on (`simworth.scaling.clusters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from simworth.errors import SimworthError
from simworth.scaling import Estimate, Replicates, fit_power_law
from simworth.scaling.clusters import Cells

WITH_SOURCE = ("transfer", "multitask")
"""ways of learning that use simulations"""


@dataclass(frozen=True)
class Errors:
    """Absolute test errors at the full training side, with simulations and without."""

    transfer: pd.DataFrame
    """columns n, trial, item, cluster, error (property's unit); one row per test measurement of a trial that ran"""
    direct: pd.DataFrame
    """the same for direct learning, n = 0; empty where none ran"""

    @property
    def n(self) -> np.ndarray:
        """(k,) sizes of the source set, ascending"""
        return np.unique(self.transfer["n"].to_numpy())

    def cube(self) -> Replicates:
        """(trials, k, items) absolute errors; masked where a trial did not run or did not test the item."""
        return cube_of(self.transfer, "n")

    def at(self, n: int) -> pd.DataFrame:
        """Rows of one size of the source set."""
        chosen: pd.DataFrame = self.transfer.loc[self.transfer["n"] == n]
        return chosen

    def paired(self, n: int) -> pd.DataFrame:
        """Columns trial, item, cluster, error: direct less transfer at n, test measurement by test measurement."""
        keys = ["trial", "item", "repeat"]
        left, right = (
            table.assign(repeat=table.groupby(["trial", "item"]).cumcount()).set_index(keys)["error"]
            for table in (self.direct, self.at(n))
        )
        found = (left - right).rename("error").dropna().reset_index()
        return found.assign(cluster=clusters_of(found["item"]))


def clusters_of(items: pd.Series) -> pd.Series:
    """What was measured together: the polymer of a pair 'polymer|solvent', else the material itself.

    Pairs of one polymer err alike: taken for independent, the 764 tested pairs of the open chi release's 46 polymers
    give their mean error a third of the standard error that its polymers give. So polymers, not pairs, are drawn.
    """
    return items.astype(str).str.split("|", n=1).str[0]


def cube_of(table: pd.DataFrame, point: str) -> Replicates:
    """Errors (trials, points, items) of a table with the measurements behind each, masked where a trial did not test.

    `table` has columns trial, item, cluster, error and the one that `point` names; its values, ascending, are the
    points. An item that was measured several times (a pair at several temperatures) weighs as many.
    """
    keys = ["trial", point, "item"]
    cells = table.groupby(keys, sort=True)["error"].agg(["mean", "size"])
    codes, shape = [], []
    for level in keys:
        code, labels = pd.factorize(cells.index.get_level_values(level), sort=True)
        codes.append(code)
        shape.append(len(labels))
    values, weights = np.zeros(shape), np.zeros(shape)
    values[tuple(codes)] = cells["mean"].to_numpy()
    weights[tuple(codes)] = cells["size"].to_numpy()
    clusters = table.drop_duplicates("item").set_index("item")["cluster"].sort_index().to_numpy()
    return Replicates(np.ma.MaskedArray(values, mask=weights == 0), weights, clusters)


def grid_of(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, Replicates]:
    """n (points,), m (points,) and the (trials, points, items) absolute errors of a table with columns n, m, trial,
    item, cluster, error: what `fit_surface` takes, by m, then n."""
    sizes = table[["m", "n"]].drop_duplicates().sort_values(["m", "n"])
    place = {pair: index for index, pair in enumerate(sizes.itertuples(index=False, name=None))}
    cells = table.assign(point=[place[pair] for pair in zip(table["m"], table["n"], strict=True)])
    return sizes["n"].to_numpy(), sizes["m"].to_numpy(), cube_of(cells, "point")


def errors_of(trials: pd.DataFrame, predictions: pd.DataFrame, task: str) -> Errors:
    """Absolute errors of the trials that ran, at the largest m of each way of learning."""
    table = error_table(trials, predictions, task)
    with_source = table[table["learning"].isin(WITH_SOURCE)]
    without = table[table["learning"] == "direct"]
    return Errors(_full_side(with_source), _full_side(without))


def error_table(trials: pd.DataFrame, predictions: pd.DataFrame, task: str) -> pd.DataFrame:
    """The predictions of the trials that ran with columns `error`, absolute in the property's unit, and `cluster`."""
    ran = trials.loc[trials["status"] == "ok", ["learning", "n", "m", "trial"]]
    keys = ["learning", "n", "m", "trial"]
    table = predictions.merge(ran, on=keys, how="inner", validate="many_to_one")
    table = table.assign(error=(table["y_pred"] - table["y_true"]).abs(), cluster=clusters_of(table["item"]))
    _refuse_missing(table, task)
    _refuse_incomplete(ran, table, task)
    return table


def _full_side(table: pd.DataFrame) -> pd.DataFrame:
    full: pd.DataFrame = table.loc[table["m"] == table["m"].max(), ["n", "trial", "item", "cluster", "error"]]
    return full.reset_index(drop=True)


def _refuse_missing(table: pd.DataFrame, task: str) -> None:
    bad = table[~np.isfinite(table["error"].to_numpy(float))]
    if not bad.empty:
        first = bad.iloc[0]
        raise SimworthError(
            f"predictions of {task}: every prediction must be finite, {len(bad)} are not (first: {first['learning']}, "
            f"n {first['n']}, trial {first['trial']}, {first['item']}); run the sweep of {task} again"
        )


def _refuse_incomplete(ran: pd.DataFrame, table: pd.DataFrame, task: str) -> None:
    missing = len(ran) - len(table[["learning", "n", "m", "trial"]].drop_duplicates())
    if missing:
        raise SimworthError(
            f"predictions of {task}: every trial that ran must have its predictions, {missing} of {len(ran)} have "
            f"none; the tables come from different sweeps, run the sweep of {task} again"
        )


@dataclass(frozen=True)
class Mean:
    """A mean over trials with two intervals."""

    over_materials: Estimate
    """interval that covers the choice of measured materials (and trials)"""
    over_trials: Estimate
    """interval for these materials only"""


def clustered_mean(table: pd.DataFrame, level: float) -> Mean:
    """Mean error, each material counted once, of a table with columns trial, item, cluster and error.

    An interval is infinite where there is a single trial (both) or a single cluster (over materials).
    """
    cells = Cells.of(cube_of(table.assign(whole=0), "whole"))
    whole, trials = np.ones(1), cells.trials()
    return Mean(
        contrast_estimate(whole, cells.mean, (cells.materials(), trials), level),
        contrast_estimate(whole, cells.mean, (trials,), level),
    )


def contrast_estimate(
    contrast: np.ndarray, mean: np.ndarray, covariances: Sequence[tuple[np.ndarray, float]], level: float
) -> Estimate:
    """A weighted sum of mean errors with its interval, by the largest of the covariances (with degrees of freedom)."""
    value, freedom = float(contrast @ mean), min(freedom for _, freedom in covariances)
    if freedom == 0:
        return Estimate(value, -np.inf, np.inf)
    variance = max(0.0, *(float(contrast @ covariance @ contrast) for covariance, _ in covariances))
    half = float(stdtrit(freedom, 0.5 + level / 2) * np.sqrt(variance))
    return Estimate(value, value - half, value + half)


def trial_shares(trials: pd.DataFrame, predictions: pd.DataFrame, task: str) -> dict[str, float]:
    """Quantity of the law -> share of trials in its variance, from a sweep's two tables; the rest is the choice of
    measured materials. Empty where no law can be fitted."""
    errors = errors_of(trials, predictions, task)
    if errors.transfer.empty:
        return {}
    try:
        return fit_power_law(errors.n, errors.cube()).trial_shares()
    except ValueError:
        return {}
