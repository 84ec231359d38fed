"""What a task's trials predicted of the materials that they held out, with spread and distance, from their tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simworth.model.domain import nearest, structure_columns
from simworth.model.interval import HeldOut
from simworth.prepare.arrays import TaskData


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
        group=side.rows[sample, 0] if side.rows.shape[1] > 1 else side.material[sample],
        deviation=(found["y"] - center).abs().to_numpy(),
    )


def measured_points(data: TaskData) -> list[np.ndarray]:
    """(structures, columns) transformed descriptors of the measured materials, one array a part of a sample."""
    width = structure_columns(data.transform)
    return [np.unique(data.inputs[np.unique(rows)][:, :width], axis=0) for rows in data.target.rows.T]


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
