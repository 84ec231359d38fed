"""Profile-likelihood intervals of the surface: parameters, values, and simulations worth one experiment."""

from __future__ import annotations

import numpy as np

from simworth.scaling.fit import Fits
from simworth.scaling.laws import SURFACE, Array
from simworth.scaling.noise import noise_of
from simworth.scaling.region import Weights, bounds, exponent_bounds, gradient, region_of

BISECTIONS = 50
WIDEST = 30.0
"""ln of the greatest ratio looked at on either side of the estimate."""


def interval(fits: Fits, name: str, level: float, over: str) -> tuple[float, float]:
    """Low and high of one parameter of a single surface; A and B are unbounded above where their exponents
    are."""
    if name in SURFACE.exponents:
        return _floats(exponent_bounds(fits, over, SURFACE.exponents.index(name), level))
    which = SURFACE.linear.index(name)
    centers = [c[:, None] for c in fits.center]

    def weights(powers: list[Array]) -> list[Array]:
        factors = SURFACE.rescale(powers, centers)
        return [factors[i] if i == which else np.zeros_like(powers[0]) for i in range(3)]

    low, high = _floats(bounds(fits, over, weights, level))
    tied = {"A": (0, 1), "B": (1,), "eps": ()}[name]
    open_above = any(np.isinf(exponent_bounds(fits, over, i, level)[1][0]) for i in tied)
    return max(low, 0.0), np.inf if open_above else high


def predict(fits: Fits, n: float, m: float, level: float, over: str) -> tuple[float, float]:
    """Interval of the surface's own value at (n, m)."""
    z = _centred(fits, n, m)
    return _floats(bounds(fits, over, lambda powers: SURFACE.columns(powers, z), level))


def ratio(fits: Fits, n: float, m: float, value: float, level: float, over: str) -> tuple[float, float]:
    """Interval of (dR/dm) / (dR/dn): those t for which some surface of the region has dR/dm = t dR/dn.

    low is 0 where beta may lie at its lower bound, at which m does nothing.
    """
    z = _centred(fits, n, m)

    def difference(t: float) -> Weights:
        """|dR/dm| - t |dR/dn|, linear in (A, B, eps)"""

        def weights(powers: list[Array]) -> list[Array]:
            alpha, beta = powers
            both, in_m, _ = SURFACE.columns(powers, z)
            return [both * (beta / m - t * alpha / n), in_m * beta / m, np.zeros_like(both)]

        return weights

    nothing = exponent_bounds(fits, over, 1, level)[0][0] == 0.0
    start = 0.0 if 0 < value < np.inf else -WIDEST
    if start:
        value = n / m
    limit = noise_of(fits, over).limit(gradient(fits, difference(value)), level)
    if not np.isfinite(limit[0]):
        return 0.0, np.inf
    region = region_of(fits, over, limit)
    ends = []
    for which, sign in ((0, -1.0), (1, 1.0)):
        near, far = start, WIDEST
        for _ in range(BISECTIONS):
            middle = (near + far) / 2
            inside = sign * region.extremes(difference(value * np.exp(sign * middle)))[which][0] >= 0
            near, far = (middle, far) if inside else (near, middle)
        ends.append(float(value * np.exp(sign * near)) if near < WIDEST - 1e-6 else (np.inf if sign > 0 else 0.0))
    return 0.0 if nothing else ends[0], ends[1]


def _centred(fits: Fits, n: float, m: float) -> list[Array]:
    return [(np.log(size) - c)[:, None] for size, c in zip((n, m), fits.center, strict=True)]


def _floats(ends: tuple[Array, Array]) -> tuple[float, float]:
    return float(ends[0][0]), float(ends[1][0])
