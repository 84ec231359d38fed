"""Profile-likelihood intervals of a law's parameters, values, gradients, and of simulations worth one experiment."""

from __future__ import annotations

import numpy as np

from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array
from simworth.scaling.noise import STEP, noise_of
from simworth.scaling.region import Weights, bounds, gradient, region_of, shape_bounds

BISECTIONS = 50
WIDEST = 30.0
"""ln of the greatest ratio looked at on either side of the estimate."""


def interval(fits: Fits, name: str, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) low and high of one parameter.

    A linear parameter is unbounded above where a shape parameter that its column depends on is. The gap of a power law
    (C: the column of ones) has no lower bound but 0 where alpha has none: a slow enough decay looks like any constant.
    """
    linear = len(fits.law.linear)
    which = fits.law.names.index(name)
    if which >= linear:
        return shape_bounds(fits, over, which - linear, level)

    def weights(shapes: list[Array]) -> list[Array]:
        columns = fits.law.columns(shapes, [c[:, None] for c in fits.center])
        return [1 / column if i == which else np.zeros_like(shapes[0]) for i, column in enumerate(columns)]

    low, high = (np.maximum(end, 0.0) for end in bounds(fits, over, weights, level))
    shapes = [shape_bounds(fits, over, i, level) for i in range(len(fits.law.shape))]
    tied = _shapes_of(fits, which)
    for i in tied:
        high = np.where(np.isinf(shapes[i][1]), np.inf, high)
    if not tied and len(shapes) == 1:
        low = np.where(shapes[0][0] == 0, 0.0, low)
    return low, high


def _shapes_of(fits: Fits, which: int) -> list[int]:
    """Shape parameters that a column depends on."""
    sizes, here = [c[:1] for c in fits.center], list(fits.shapes[0])

    def column(shapes: list[Array]) -> float:
        return float(fits.law.columns([np.atleast_1d(one) for one in shapes], sizes)[which][0])

    middle = fits.box[0].mean(axis=1)
    moved = [[np.exp(middle[j]) if j == i else one for j, one in enumerate(here)] for i in range(len(here))]
    return [i for i, shapes in enumerate(moved) if column(shapes) != column(here)]


def value_weights(fits: Fits, *sizes: float | Array) -> Weights:
    """The functional error(sizes): one size an input, or (curves,)."""
    logs = [np.broadcast_to(np.log(size), fits.center[0].shape)[:, None] for size in sizes]
    return lambda shapes: fits.columns_at(shapes, logs)


def gradient_weights(fits: Fits, by: int, *sizes: float) -> Weights:
    """The functional d error / d sizes[by]."""
    up, down = (
        value_weights(fits, *(size * np.exp(step) if i == by else size for i, size in enumerate(sizes)))
        for step in (STEP, -STEP)
    )
    return lambda shapes: [(a - b) / (2 * STEP * sizes[by]) for a, b in zip(up(shapes), down(shapes), strict=True)]


def predict(fits: Fits, n: Array, level: float, over: str) -> tuple[Array, Array]:
    """(curves, sizes) interval of the law's own value at n (curves, sizes)."""
    ends = [bounds(fits, over, value_weights(fits, column), level) for column in n.T]
    if not ends:
        return np.zeros(n.shape), np.zeros(n.shape)
    low, high = (np.stack(end, axis=1) for end in zip(*ends, strict=True))
    return np.maximum(low, 0.0), high


def fall(fits: Fits, start: float, end: float, level: float, over: str) -> tuple[Array, Array]:
    """(curves,) interval of error(start) - error(end)."""
    here, there = value_weights(fits, start), value_weights(fits, end)
    return bounds(fits, over, lambda shapes: [a - b for a, b in zip(here(shapes), there(shapes), strict=True)], level)


def ratio(fits: Fits, n: float, m: float, value: float, level: float, over: str) -> tuple[float, float]:
    """Interval of (dR/dm) / (dR/dn) of a surface: those t for which some surface of the region has dR/dm = t dR/dn.

    low is 0 where beta may lie at its lower bound, at which m does nothing.
    """
    by_n, by_m = (gradient_weights(fits, i, n, m) for i in (0, 1))

    def difference(t: float) -> Weights:
        """|dR/dm| - t |dR/dn|, linear in (A, B, eps)"""
        return lambda shapes: [t * a - b for a, b in zip(by_n(shapes), by_m(shapes), strict=True)]

    nothing = shape_bounds(fits, over, 1, level)[0][0] == 0.0
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
