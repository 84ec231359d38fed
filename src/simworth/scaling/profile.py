"""Profile-likelihood intervals of the one-dimensional law's parameters, values and slopes."""

from __future__ import annotations

import numpy as np

from simworth.scaling.fit import Fits
from simworth.scaling.laws import POWER, Array
from simworth.scaling.region import Weights, bounds, exponent_bounds


def interval(fits: Fits, name: str, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) low and high of D, alpha or C.

    D is unbounded above where alpha is. C has no lower bound but 0 where alpha has none: a slow enough decay
    to 0 looks like any constant.
    """
    low, high = exponent_bounds(fits, over, 0, level)
    if name == "alpha":
        return low, high
    which = POWER.linear.index(name)
    center = fits.center[0][:, None]

    def weights(powers: list[Array]) -> list[Array]:
        factors = POWER.rescale(powers, [center])
        return [factors[i] if i == which else np.zeros_like(powers[0]) for i in range(2)]

    found = [np.maximum(end, 0.0) for end in bounds(fits, over, weights, level)]
    if name == "C":
        return np.where(low == 0, 0.0, found[0]), found[1]
    return found[0], np.where(np.isinf(high), np.inf, found[1])


def value_weights(fits: Fits, n: float | Array) -> Weights:
    """The functional D n^-alpha + C; n one size or (curves,)."""
    z = (np.log(n) - fits.center[0])[:, None]
    return lambda powers: POWER.columns(powers, [z])


def predict(fits: Fits, n: Array, level: float, over: str) -> tuple[Array, Array]:
    """(curves, sizes) interval of the law's own value at n (curves, sizes)."""
    ends = [bounds(fits, over, value_weights(fits, n[:, i]), level) for i in range(n.shape[1])]
    empty = np.zeros((n.shape[0], 0))
    low = np.maximum(np.stack([e[0] for e in ends], axis=1), 0.0) if ends else empty
    high = np.stack([e[1] for e in ends], axis=1) if ends else empty
    return low, high


def slope(fits: Fits, n: float, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) interval of dR/dn at n."""
    z = (np.log(n) - fits.center[0])[:, None]

    def weights(powers: list[Array]) -> list[Array]:
        (alpha,) = powers
        return [-alpha * np.exp(-alpha * z) / n, np.zeros_like(alpha)]

    return bounds(fits, over, weights, level)


def fall(fits: Fits, start: float, end: float, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) interval of error(start) - error(end)."""
    here, there = value_weights(fits, start), value_weights(fits, end)
    return bounds(fits, over, lambda powers: [a - b for a, b in zip(here(powers), there(powers), strict=True)], level)
