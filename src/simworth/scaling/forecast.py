"""Forecasts: intervals that do not trust the form of the law, and the n that a target needs.

Real curves bend in ways no simple form holds: on real learning curves, intervals that trust the law cover half of what
they promise. The empirical interval therefore asks the curve itself: the law is refitted with the largest n held back,
one more each time, and how far it then missed the errors held back, per unit of log n, is what it is taken to miss
beyond n_max.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import Curves
from simworth.scaling.laws import POWER, Array
from simworth.scaling.profile import predict, value_weights
from simworth.scaling.region import bounds

MISS_SHARE = 0.7
"""Share of a curve's largest miss per unit of log n that the interval takes, at level 0.90."""
LEAST_POINTS = 4
"""Points below which no law is refitted for a rolling forecast."""
LARGEST_LOG_N = 200.0
"""ln n beyond which a target counts as never reached."""


def empirical(fits: Fits, n: Array, level: float, over: str) -> tuple[Array, Array]:
    """(curves, ...) interval at n: the model's, widened in quadrature by the rolling-origin error; logs throughout."""
    low, high = predict(fits, n, level, over)
    column = (slice(None), *[None] * n.ndim)
    sizes = fits.curves.sizes[0]
    n_max = np.where(fits.curves.seen, sizes, 0.0).max(axis=1)[column]
    reach = np.maximum(np.log(n / n_max), 0.0)
    miss = _scale(level) * MISS_SHARE * rolling_miss(fits)[column] * reach
    value = _value(fits, n)
    with np.errstate(divide="ignore"):
        down, up = np.log(value / np.maximum(low, 0.0)), np.log(high / value)
    return value * np.exp(-np.hypot(down, miss)), value * np.exp(np.hypot(up, miss))


def rolling_miss(fits: Fits) -> Array:
    """(curves,) largest |log(error / forecast)| per unit of log n over all held-back points and origins."""
    if "miss" not in fits.memory:
        fits.memory["miss"] = np.abs(rolling_errors(fits)).max(axis=(1, 2))
    miss: Array = fits.memory["miss"]
    return miss


def rolling_errors(fits: Fits) -> Array:
    """(curves, origins, points) log(error / forecast) per unit of log n beyond the origin; 0 where there is none."""
    curves = fits.curves
    points = curves.mean.shape[1]
    kept = curves.seen[:, None, :] & (np.arange(points) < np.arange(LEAST_POINTS, points)[:, None])
    usable = (kept.sum(axis=2) >= LEAST_POINTS) & (kept != curves.seen[:, None, :]).any(axis=2)
    origins = kept.shape[1]
    flat = Curves(
        np.repeat(curves.sizes, origins, axis=1), np.repeat(curves.mean, origins, axis=0),
        kept.reshape(-1, points), np.repeat(curves.trials, origins, axis=0),
    )  # fmt: skip
    back = fit_curves(POWER, flat, fits.loss)
    ahead = ~flat.seen & np.repeat(curves.seen, origins, axis=0)
    log_n = np.log(flat.sizes[0])
    origin = np.where(flat.seen, log_n, -np.inf).max(axis=1, keepdims=True)
    forecast = _power(back, log_n)
    step = np.where(ahead, log_n - origin, 1.0)
    miss = np.where(ahead, np.log(flat.mean / forecast) / step, 0.0)
    return np.where(usable[..., None], miss.reshape(kept.shape), 0.0)


def required(fits: Fits, target: float, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) least and greatest n at which some law of the region has the target: the forecast band, inverted."""
    ends = []
    for which in (0, 1):
        near = np.zeros(fits.coef.shape[0])
        far = np.full_like(near, LARGEST_LOG_N)
        for _ in range(60):
            middle = (near + far) / 2
            band = bounds(fits, over, value_weights(fits, np.exp(middle)), level)[which]
            near, far = np.where(band > target, middle, near), np.where(band > target, far, middle)
        ends.append(np.where(near >= LARGEST_LOG_N - 1e-6, np.inf, np.exp(far)))
    return ends[0], ends[1]


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


def _value(fits: Fits, n: Array) -> Array:
    logs = np.broadcast_to(np.log(n).ravel(), (fits.coef.shape[0], n.size))
    return _power(fits, logs).reshape(fits.coef.shape[0], *n.shape)


def _power(fits: Fits, log_n: Array) -> Array:
    columns = POWER.columns([fits.exponents[:, :1]], [log_n - fits.center[0][:, None]])
    return np.asarray(sum(fits.coef[:, i, None] * column for i, column in enumerate(columns)))
