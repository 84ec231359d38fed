"""Predictive intervals of an ensemble, calibrated on what its own trials predicted of materials that they held out.

A half-width is q (a + b s + c d): s is how far the networks disagree, d the distance to the nearest measured material.
a, b, c are a non-negative least squares fit of the held-out absolute residuals, q is the conformal quantile of
residual / (a + b s + c d), materials weighted equally. The coverage that a card states is nested: every group
(a pair's polymer, else a material) is judged by a calibration that has not seen it.
Romano et al. (2019), Barber et al. (2021), doi:10.1214/20-AOS1965.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.model.domain import nearest, structure_columns
from simworth.model.records import Calibration
from simworth.prepare.arrays import SideData, TaskData

_MIN_GROUPS: Final = 10
"""groups below which no interval is calibrated"""
_FLOOR: Final = 1e-9


@dataclass(frozen=True)
class HeldOut:
    """Predictions of measured samples by the trials that held them out, (samples,) each, in the unit of the values."""

    residual: np.ndarray
    """absolute difference of the measured value and the mean of these trials"""
    spread: np.ndarray
    """standard deviation over these trials"""
    distance: np.ndarray
    """to the nearest measured material on the training side, mean over these trials"""
    group: np.ndarray
    """number of the group that is judged whole: a pair's polymer, else the material"""
    deviation: np.ndarray
    """absolute difference of the measured value and the mean of all measured values"""

    def rows(self, keep: np.ndarray) -> HeldOut:
        """Those of a mask."""
        return HeldOut(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def calibrate(held: HeldOut, level: float) -> Calibration | None:
    """None where fewer than ten groups were held out."""
    groups, place = np.unique(held.group, return_inverse=True)
    if len(groups) < _MIN_GROUPS:
        return None
    weights = 1.0 / np.bincount(place)[place]
    widths = half_widths_by_others(held, level)
    return Calibration(
        scale=_scale(held, weights, level),
        level=level,
        marginal=_quantile(held.deviation, weights, level),
        coverage=float(np.average(held.residual <= widths + _FLOOR, weights=weights)),
        groups=len(groups),
        reach=float(held.distance.max()),
        typical=float(np.median(widths)),
    )


def half_widths_by_others(held: HeldOut, level: float) -> np.ndarray:
    """(samples,) half-widths, each by a calibration that has not seen the sample's group."""
    groups, place = np.unique(held.group, return_inverse=True)
    weights, widths = 1.0 / np.bincount(place)[place], np.zeros(len(place))
    for group in range(len(groups)):
        mine = place == group
        a, b, c = _scale(held.rows(~mine), weights[~mine], level)
        widths[mine] = a + b * held.spread[mine] + c * held.distance[mine]
    return widths


def _scale(held: HeldOut, weights: np.ndarray, level: float) -> tuple[float, float, float]:
    from scipy.optimize import nnls  # who asks a calibrated model never needs it

    columns = np.column_stack([np.ones(len(weights)), held.spread, held.distance])
    root = np.sqrt(weights)
    fitted, _ = nnls(columns * root[:, None], held.residual * root)
    widths = np.maximum(columns @ fitted, _FLOOR)
    q = _quantile(held.residual / widths, weights, level)
    a, b, c = (float(q * one) for one in fitted)
    return a, b, c


def _quantile(values: np.ndarray, weights: np.ndarray, level: float) -> float:
    """Conformal quantile: the sample to come counts as one more group, of a value beyond all others."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / (weights.sum() + 1.0)
    return float(values[order][min(int(np.searchsorted(share, level)), len(values) - 1)])


def held_out(data: TaskData, predictions: pd.DataFrame) -> HeldOut:
    """Of the predictions of all trials of one (n, m).

    A pair has two records where some trials had measured its polymer and others had not, since their errors differ.
    """
    side = data.target
    table = predictions[["trial", "item", "y_true", "y_pred"]].copy()
    material = table["item"].map({item: index for index, item in enumerate(side.items)}).to_numpy()
    first = np.searchsorted(side.material, np.arange(len(side.items)))
    table["sample"] = first[material] + table.groupby(["trial", "item"]).cumcount().to_numpy()
    table["distance"], table["new"] = _distances(data, table)
    grouped = table.groupby(["sample", "new"], sort=True)
    found = grouped.agg(
        y=("y_true", "first"), mean=("y_pred", "mean"), sd=("y_pred", "std"), distance=("distance", "mean")
    ).reset_index()
    spread = found["sd"].fillna(found["sd"].median() if found["sd"].notna().any() else 0.0)
    sample = found["sample"].to_numpy()
    center = float(side.values.mean())
    return HeldOut(
        residual=(found["y"] - found["mean"]).abs().to_numpy(),
        spread=spread.to_numpy(),
        distance=found["distance"].to_numpy(),
        group=groups_of(side)[sample],
        deviation=(found["y"] - center).abs().to_numpy(),
    )


def groups_of(side: SideData) -> np.ndarray:
    """(samples,) number of the group that is judged whole: all pairs of a polymer at all temperatures, else a
    material."""
    first = [item.split("|")[0] for item in side.items]
    numbers: np.ndarray = np.unique(first, return_inverse=True)[1][side.material]
    return numbers


def _distances(data: TaskData, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) distance to the nearest measured structure on the training side of the row's trial, the largest of a
    pair's parts; (rows,) whether the first part was not measured there."""
    side, width = data.target, structure_columns(data.transform)
    out, new = np.zeros(len(table)), np.zeros(len(table), dtype=bool)
    samples, trials = table["sample"].to_numpy(), table["trial"].to_numpy()
    for trial in np.unique(trials):
        mine = trials == trial
        tested = np.isin(side.material, side.material[samples[mine]])
        for part, rows in enumerate(side.rows.T):
            points = data.inputs[np.unique(rows[~tested])][:, :width]
            asked, back = np.unique(rows[samples[mine]], return_inverse=True)
            found = nearest(points, data.inputs[asked][:, :width])[back]
            out[mine] = np.maximum(out[mine], found)
            new[mine] |= (found > 0) & (part == 0) & (side.rows.shape[1] > 1)
    return out, new
