"""A second opinion: the law refitted to resampled trials, and to resampled materials."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    assert fits.curves.errors is not None
    values = fits.curves.errors[0]
    present = ~np.ma.getmaskarray(values)
    data = np.where(present, values.data, 0.0)
    trials = data.shape[0]
    count = rng.multinomial(trials, np.full(trials, 1 / trials), size=draws).astype(float)
    if values.ndim == 3:
        materials = data.shape[2]
        tested = present.any(axis=(0, 1))
        weight = np.zeros((draws, materials))
        weight[:, tested] = rng.multinomial(tested.sum(), np.full(tested.sum(), 1 / tested.sum()), size=draws)
        if over == "trials":
            weight[:, :] = tested
        total = np.einsum("dj,tkj->dtk", weight, data, optimize=True)
        tests = np.einsum("dj,tkj->dtk", weight, present.astype(float), optimize=True)
        by_trial = total / np.maximum(tests, 1)
        ran = tests > 0
    else:
        by_trial, ran = (np.broadcast_to(values, (draws, *data.shape)) for values in (data, present))
    runs = np.einsum("dt,dtk->dk", count, ran.astype(float))
    means = np.einsum("dt,dtk->dk", count, np.where(ran, by_trial, 0.0)) / np.maximum(runs, 1)
    return np.where(runs > 0, means, 1.0), runs > 0
