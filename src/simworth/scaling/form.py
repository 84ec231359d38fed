"""Tests of the form of a law: lack of fit, and a rise, which the law cannot describe.

With replicates, the residuals off the law are compared with what the replicates say of their variance (an F test on
pure error). Trials alone judge, where they are told apart: they say how the curve of these materials bends, and the
law is that curve's. With means alone, an F test asks whether the residuals still bend: whether powers of log n beyond
the law's tangent space (for surfaces, log n times log m and the squares) explain more than their share.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from scipy import special

from simworth.estimate import Estimate
from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array
from simworth.scaling.noise import noise_of

REJECTED = 0.01
"""p of the lack of fit below which the form does not hold."""
MOST_BENDS = 3
"""Directions in which bent residuals are looked for."""


def rejected(fits: Fits) -> bool:
    """Whether the form of a single curve's law does not hold."""
    p = lack_of_fit(fits)
    return p is not None and p < REJECTED


def lack_of_fit(fits: Fits) -> float | None:
    """p of a single curve's or surface's lack of fit; None where its points leave nothing to judge by."""
    if ("lack of fit",) not in fits.memory:
        fits.memory["lack of fit",] = _bent(fits) if fits.curves.levels == ("points",) else _pure_error(fits)
    p: float | None = fits.memory["lack of fit",]
    return p


def _pure_error(fits: Fits) -> float | None:
    """Residual variance off the law over that of the replicates, degrees of freedom by Satterthwaite."""
    over = fits.curves.levels[0]
    noise, cluster = noise_of(fits, over), fits.curves.clusters[over]
    weight, tangent = fits.weight[0], noise.tangent[0]
    off = np.eye(len(weight)) - tangent @ tangent.T
    covariance = off @ (weight[:, None] * cluster.covariance[0] * weight) @ off
    trace, square = float(np.trace(covariance)), float(np.sum(covariance**2))
    if trace <= 0 or cluster.freedom[0] == 0 or fits.curves.seen[0].sum() <= tangent.shape[1]:
        return None
    freedom = trace**2 / square
    return float(special.fdtrc(freedom, freedom * cluster.freedom[0], float(noise.residual[0]) / trace))


def _bent(fits: Fits) -> float | None:
    """Whether polynomials of the log sizes explain the residuals of means."""
    noise, seen = noise_of(fits, "points"), fits.curves.seen[0]
    free = int(seen.sum()) - noise.tangent.shape[2]
    bends = min(MOST_BENDS, free // 2)
    if bends < 1:
        return None
    weight, tangent = fits.weight[0], noise.tangent[0]
    columns = _without(tangent, _polynomials(fits.z[:, 0], bends) * weight[:, None])
    residual = _without(tangent, ((fits.curves.mean - fits.fitted)[0] * weight)[:, None])[:, 0]
    values, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    explained = float(np.sum((values[:, sizes > 1e-9 * sizes.max(initial=0)].T @ residual) ** 2))
    count = int((sizes > 1e-9 * sizes.max(initial=0)).sum())
    rest = max(float(residual @ residual) - explained, 1e-18 * len(weight))
    return float(special.fdtrc(count, free - count, (explained / count) / (rest / (free - count))))


def _polynomials(z: Array, count: int) -> Array:
    """(points, count) products of log sizes: of degree 3 and more for curves, of degree 2 for surfaces."""
    scaled = z / np.abs(z).max(axis=1, keepdims=True)
    if len(z) == 1:
        return np.stack([scaled[0] ** degree for degree in range(3, 3 + count)], axis=1)
    pairs = sorted(combinations_with_replacement(range(len(z)), 2), key=lambda pair: pair[0] == pair[1])
    return np.stack([scaled[i] * scaled[j] for i, j in pairs[:count]], axis=1)


def _without(tangent: Array, columns: Array) -> Array:
    return np.asarray(columns - tangent @ (tangent.T @ columns))


def rise(fits: Fits, level: float, over: str) -> Estimate:
    """Slope of a straight line through a single curve: change of the error, as a share of its level, per decade."""
    seen = fits.curves.seen[0]
    z, mean = np.log10(fits.curves.sizes[0, 0, seen]), fits.curves.mean[0, seen]
    scale = mean / mean.mean()
    design = np.column_stack([np.ones_like(z), z - z.mean()]) / scale[:, None]
    inverse = np.linalg.pinv(design)
    relative = mean / mean.mean() / scale
    value = float(inverse[1] @ relative)
    residual = relative - design @ (inverse @ relative)
    freedom = float(max(len(z) - 2, 1))
    variance = float(residual @ residual) / freedom * float(inverse[1] @ inverse[1])
    if over != "points":
        cluster = fits.curves.clusters[over]
        unit = scale * mean.mean()
        covariance = cluster.covariance[0][np.ix_(seen, seen)] / (unit[:, None] * unit)
        known = float(inverse[1] @ covariance @ inverse[1])
        if cluster.freedom[0] == 0:
            return Estimate(value, -np.inf, np.inf)
        freedom, variance = (float(cluster.freedom[0]), known) if known > variance else (freedom, variance)
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * float(np.sqrt(variance))
    return Estimate(value, value - half, value + half)
