"""Bootstrap: the law refitted to resampled trials, and to resampled materials."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.scaling.clusters import Cells, Replicates
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import Curves
from simworth.scaling.laws import Array


def bootstrap(fits: Fits, draws: int, seed: int, level: float, over: str) -> dict[str, tuple[float, float]]:
    """Percentile intervals of every parameter of a single curve."""
    if over == "points":
        raise ValueError("over: bootstrap resamples replicates and got means alone; give trials (rows)")
    means, seen = resampled_means(fits, draws, np.random.default_rng(seed), over)
    sizes = np.repeat(fits.curves.sizes[:, :1], draws, axis=1)
    again = fit_curves(fits.law, Curves(sizes, means, seen, seen.astype(float)), fits.loss).parameters()
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = {name: np.quantile(values, tails) for name, values in again.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def resampled_means(fits: Fits, draws: int, rng: np.random.Generator, over: str) -> tuple[Array, NDArray[np.bool_]]:
    """(draws, points) mean curves, and where they are seen."""
    assert fits.curves.replicates is not None
    given = fits.curves.replicates
    values = given.errors[0]
    trials = values.shape[0]
    count = rng.multinomial(trials, np.full(trials, 1 / trials), size=draws).astype(float)
    if values.ndim == 3:
        return _drawn_materials(given, count, rng, over)
    present = ~np.ma.getmaskarray(values)
    runs = count @ present
    means = count @ np.where(present, values.data, 0.0) / np.maximum(runs, 1)
    return np.where(runs > 0, means, 1.0), runs > 0


def _drawn_materials(given: Replicates, count: Array, rng: np.random.Generator, over: str) -> tuple[Array, Any]:
    """(draws, points) mean over the trials and the clusters of materials drawn, and whether any was tested."""
    cells = Cells.of(given, 0)
    tested = np.asarray(cells.share.any(axis=(0, 1)))
    names, index = np.unique(cells.labels[tested], return_inverse=True)
    weight = np.broadcast_to(tested, (len(count), len(tested))).astype(float)
    if over == "materials":
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=len(count))
        weight[:, tested] = drawn[:, index]
    times = np.einsum("dt,tkj->dkj", count, cells.share)
    own = np.einsum("dt,tkj->dkj", count, cells.share * cells.values) / np.where(times > 0, times, 1.0)
    size = np.where(times > 0, weight[:, None] * cells.share.sum(axis=0), 0.0)
    total = size.sum(axis=2)
    return np.where(total > 0, (size * own).sum(axis=2) / np.where(total > 0, total, 1.0), 1.0), total > 0
