"""Forecasts: intervals that do not trust the form of the law, and the n that a target needs.

Real curves bend in ways no simple form holds: on real learning curves, intervals that trust the law cover
half of what they promise. The empirical interval therefore asks the curve itself: the law is refitted with
the largest n held back, one more each time, and how far it then missed the errors held back, per unit of log
n, is what it is taken to miss beyond n_max.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import Curves
from simworth.scaling.laws import POWER, Array
from simworth.scaling.noise import noise_of
from simworth.scaling.profile import predict, value_weights
from simworth.scaling.region import gradient, region_of

MISS_SHARE = 0.58
FEW_ORIGINS = 2.0
"""The interval's half-width per unit of log n, at level 0.90, is a curve's largest miss times MISS_SHARE * (1
+ FEW_ORIGINS / origins): the largest of few is small by luck. Chosen so that 90 % of the curves with an even
data set number of LCDB (Mohr and Viering, PyPI lcdb 0.1.0) are covered eight times beyond the data; the odd
judge.
"""
LEAST_POINTS = 4
"""Points below which no law is refitted for a rolling forecast."""
LARGEST_LOG_N = 200.0
"""ln n beyond which a target counts as never reached."""
BISECTIONS = 50


def empirical(fits: Fits, n: Array, level: float, over: str) -> tuple[Array, Array]:
    """(curves, sizes) interval at n (curves, sizes): the model's, widened by the rolling miss."""
    low, high = predict(fits, n, level, over)
    n_max = np.where(fits.curves.seen, fits.curves.sizes[0], 0.0).max(axis=1)
    reach = np.maximum(np.log(n / n_max[:, None]), 0.0)
    miss = _scale(level) * rolling_miss(fits)[:, None] * reach
    value = _power(fits, np.log(n))
    with np.errstate(divide="ignore"):
        down, up = np.log(value / np.maximum(low, 0.0)), np.log(high / value)
    return value * np.exp(-np.hypot(down, miss)), value * np.exp(np.hypot(up, miss))


def rolling_miss(fits: Fits) -> Array:
    """(curves,) half-width of the log forecast per unit of log n that a curve's own misses suggest, at level
    0.90."""
    if ("miss",) not in fits.memory:
        largest = np.abs(rolling_errors(fits)).max(axis=(1, 2))
        origins = np.maximum(fits.curves.seen.sum(axis=1) - LEAST_POINTS, 1)
        fits.memory["miss",] = MISS_SHARE * (1.0 + FEW_ORIGINS / origins) * largest
    miss: Array = fits.memory["miss",]
    return miss


def rolling_errors(fits: Fits) -> Array:
    """(curves, origins, points) log(error / forecast) per unit of log n beyond the origin; 0 where there is
    none."""
    seen = fits.curves.seen
    points = seen.shape[1]
    rank = np.cumsum(seen, axis=1)
    kept = seen[:, None, :] & (rank[:, None, :] <= np.arange(LEAST_POINTS, points)[:, None])
    usable = kept.sum(axis=2) < seen.sum(axis=1, keepdims=True)
    which, _ = np.nonzero(usable)
    past = Curves(fits.curves.sizes[:, which], fits.curves.mean[which], kept[usable], fits.curves.trials[which])
    log_n = np.log(past.sizes[0])
    ahead = seen[which] & ~past.seen
    origin = np.where(past.seen, log_n, -np.inf).max(axis=1, keepdims=True)
    forecast = _power(fit_curves(POWER, past, fits.loss), log_n)
    step = np.where(ahead, log_n - origin, 1.0)
    missed = np.zeros(kept.shape)
    missed[usable] = np.where(
        ahead, np.log(np.where(ahead, past.mean, 1.0) / np.where(ahead, forecast, 1.0)) / step, 0.0
    )
    return missed


def required(fits: Fits, target: float, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) least and greatest n at which some law of the region has the target: the forecast band, inverted."""
    law = fits.parameters()
    log_n = np.log(np.minimum(solve_n(law["D"], law["alpha"], law["C"], target), np.exp(LARGEST_LOG_N)))
    limit = noise_of(fits, over).limit(gradient(fits, value_weights(fits, np.exp(log_n))), level)
    region = region_of(fits, over, limit)
    ends = []
    for which in (0, 1):
        near, far = np.zeros_like(log_n), np.full_like(log_n, LARGEST_LOG_N)
        for _ in range(BISECTIONS):
            middle = (near + far) / 2
            above = region.extremes(value_weights(fits, np.exp(middle)))[which] > target
            near, far = np.where(above, middle, near), np.where(above, far, middle)
        ends.append(np.where(near >= LARGEST_LOG_N - 1e-6, np.inf, np.exp(far)))
    known = np.isfinite(limit)
    return np.where(known, ends[0], 1.0), np.where(known, ends[1], np.inf)


def solve_n(d: Any, alpha: Any, c: Any, target: float) -> Array:
    """n with D n^-alpha + C = target; 1 at least, inf where the law never reaches it."""
    d, alpha, c = (np.asarray(v, dtype=float) for v in (d, alpha, c))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        n = np.exp(np.log(d / (target - c)) / alpha)
    reached = d + c <= target
    never = ~reached & ((target <= c) | (d == 0) | (alpha == 0))
    return np.where(reached, 1.0, np.where(never, np.inf, n))


def _scale(level: float) -> float:
    return float(special.ndtri((1 + level) / 2) / special.ndtri(0.95))


def _power(fits: Fits, log_n: Array) -> Array:
    columns = POWER.columns([fits.exponents[:, :1]], [log_n - fits.center[0][:, None]])
    return np.asarray(sum(fits.coef[:, i, None] * column for i, column in enumerate(columns)))
