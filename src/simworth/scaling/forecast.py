"""Forecasts: errors beyond and between the data, the gain of more simulations, and the n that a target needs.

The default is the law whose exponent may drift (see `simworth.scaling.drift`): real curves bend in ways that no simple
form holds, and intervals that trust the form cover half of what they promise on real learning curves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import special

from simworth.estimate import Estimate
from simworth.scaling.drift import Drift, posteriors, read_priors, regular
from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array
from simworth.scaling.noise import noise_of
from simworth.scaling.region import gradient, region_of, value_weights

LARGEST_LOG_N = 200.0
"""ln n beyond which a target counts as never reached."""
LARGEST_LOG = 700.0
"""ln of the greatest number that is told"""
BISECTIONS = 50
FALLS: Final = (0.01, 0.02, 0.05)
"""relative falls whose probabilities are told"""
FARTHEST: Final = 1000.0
"""multiple of n_max beyond which no n is told"""
STEPS: Final = 60


@dataclass(frozen=True)
class FactorGain:
    """What more simulations bring, relative to the error at n_max, which cancels."""

    factor: float
    """n / n_max"""
    fall: Estimate
    """1 - error(n) / error(n_max); negative where the error rises"""
    p_more_than: dict[float, float]
    """relative fall -> probability that it is exceeded"""


def drifting(fits: Fits, over: str) -> list[Drift]:
    """One posterior a curve; curves of one design share the grid's covariances."""
    return fits.remembered(("drift", over), lambda: _drifting(fits, over))


def _drifting(fits: Fits, over: str) -> list[Drift]:
    designs = defaultdict(list)
    for i, (n, seen) in enumerate(zip(fits.curves.sizes[0], fits.curves.seen, strict=True)):
        designs[seen.tobytes(), n[seen].tobytes()].append(i)
    found: dict[int, Drift] = {}
    for rows in designs.values():
        seen = fits.curves.seen[rows[0]]
        mean = fits.curves.mean[rows][:, seen]
        known = _relative_covariance(fits, over, rows, seen, mean)
        prior = read_priors()["points" if known is None else "replicates"]
        part = posteriors(np.log(fits.curves.sizes[0, rows[0], seen]), np.log(mean), known, prior)
        found |= dict(zip(rows, part, strict=True))
    return [found[i] for i in range(len(found))]


def _relative_covariance(fits: Fits, over: str, rows: list[int], seen: Array, mean: Array) -> Array | None:
    """(curves, sizes, sizes) covariance of the logarithms, wider by Student's t where replicates are few."""
    if over == "points":
        return None
    cluster = fits.curves.clusters[over].take(rows)
    freedom = np.maximum(cluster.freedom, 1.0)
    wider = (special.stdtrit(freedom, 0.95) / special.ndtri(0.95)) ** 2
    covariance = cluster.covariance[:, seen][:, :, seen] / (mean[:, :, None] * mean[:, None, :])
    return regular(covariance * wider[:, None, None])


def predict_drifting(fits: Fits, n: Array, level: float, over: str) -> Estimate:
    """(curves, sizes) error at n (curves, sizes): median and quantiles."""
    probabilities = np.array([0.5, (1 - level) / 2, (1 + level) / 2])
    if not n.shape[1]:
        return Estimate(*np.zeros((3, *n.shape)))
    ends = [
        one.predict(np.log(sizes) - one.log_n_max, probabilities)
        for one, sizes in zip(drifting(fits, over), n, strict=True)
    ]
    value, low, high = np.exp(np.clip(np.stack(ends, axis=1), -LARGEST_LOG, LARGEST_LOG))
    known = _known(fits, over)[:, None]
    return Estimate(value, np.where(known, low, 0.0), np.where(known, high, np.inf))


def gain(fits: Fits, factor: float, level: float, over: str) -> list[FactorGain]:
    """Relative fall of the error from n_max to `factor` times that, one a curve."""
    h = float(np.log(factor))
    probabilities = np.array([0.5, (1 - level) / 2, (1 + level) / 2])
    found = []
    for one, known in zip(drifting(fits, over), _known(fits, over), strict=True):
        value, low, high = (float(-np.expm1(min(-end, LARGEST_LOG))) for end in one.fall(h, probabilities))
        falls = {x: one.falls_by_more(h, -float(np.log1p(-x))) for x in FALLS}
        found.append(FactorGain(factor, Estimate(value, low, high) if known else Estimate(value, -np.inf, 1.0), falls))
    return found


def fall_if_run(fits: Fits, factors: Sequence[float], level: float, over: str) -> dict[float, Estimate]:
    """Of a single curve: multiple of n_max -> relative fall to it that is expected, with the interval that running it
    on the same trials and materials would leave. The scatter of a paired difference is that of the sizes run, by their
    distance from n_max. Empty for means alone, and where a single replicate tells nothing of its choice."""
    if over == "points" or not _known(fits, over)[0]:
        return {}
    seen = fits.curves.seen[0]
    known = _relative_covariance(fits, over, [0], seen, fits.curves.mean[[0]][:, seen])
    assert known is not None
    covariance, variance = known[0], np.diag(known[0])
    paired = np.sqrt(np.maximum(variance + variance[-1] - 2 * covariance[-1], 0.0))
    away = (log_sizes := np.log(fits.curves.sizes[0, 0, seen]))[-1] - log_sizes
    (one,), z = drifting(fits, over), float(special.ndtri((1 + level) / 2))
    found = {}
    for factor in factors:
        h = float(np.log(factor))
        fall, half = float(one.fall(h, np.array([0.5]))[0]), z * float(np.interp(h, away[::-1], paired[::-1]))
        found[factor] = Estimate(*(float(-np.expm1(-end)) for end in (fall, fall - half, fall + half)))
    return found


def required_relative(fits: Fits, share: float, level: float, over: str) -> Estimate:
    """(curves,) n at which the error is `share` of that at n_max; inf beyond FARTHEST times n_max."""
    steps, found = np.linspace(0.0, np.log(FARTHEST), STEPS), []
    for one, falls, known in zip(
        drifting(fits, over), _falls(fits, steps, level, over), _known(fits, over), strict=True
    ):
        n = np.exp([one.log_n_max + _first_above(steps, fall, -float(np.log(share))) for fall in falls])
        found.append(n if known else np.array([n[0], np.exp(one.log_n_max), np.inf]))
    return Estimate(*np.array(found).T)


def _falls(fits: Fits, steps: Array, level: float, over: str) -> list[Array]:
    """One (3, steps) a curve: ln(error(n_max) / error(n)), likely, at most and at least, kept for every share asked."""
    ends = np.array([0.5, (1 + level) / 2, (1 - level) / 2])

    def fall(one: Drift) -> Array:
        return np.stack([one.fall(h, ends) if h > 0 else np.zeros(3) for h in steps], axis=1)

    return fits.remembered(("falls", over, level), lambda: [fall(one) for one in drifting(fits, over)])


def _first_above(x: Array, y: Array, target: float) -> float:
    """Where y, joined by lines, first reaches the target; inf where it does not."""
    reached = np.nonzero(y >= target)[0]
    if not reached.size:
        return float(np.inf)
    i = int(reached[0])
    return float(x[0] if i == 0 else np.interp(target, y[i - 1 : i + 1], x[i - 1 : i + 1]))


def _known(fits: Fits, over: str) -> Array:
    """(curves,) False where a single replicate tells nothing of its choice."""
    if over == "points":
        return np.ones(len(fits.curves.mean), dtype=bool)
    return np.asarray(fits.curves.clusters[over].freedom >= 1.0)


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
