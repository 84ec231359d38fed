"""Confidence regions: all laws whose objective is within a limit of the best, and the extremes they imply: intervals of
parameters, values, gradients, and of simulations worth one experiment.

The profile-likelihood interval of any quantity is its range over {Q <= min Q + limit}. For a fixed shape
that set is an ellipsoid cut by the non-negative orthant, over which a linear functional has its extremes in
closed form; what is left is a search over the shape parameters alone, done on a grid that closes in on the region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.scaling.fit import GRID, ROUNDING, Fits, product_grid
from simworth.scaling.laws import Array
from simworth.scaling.noise import STEP, derivatives, noise_of
from simworth.scaling.varpro import Face, extremes, solve

Weights = Callable[[list[Array]], list[Array]]
"""exponents, (curves, candidates) each -> factor of each centred linear parameter in a linear functional"""

ENOUGH = {1: 0.4, 2: 0.1, 3: 0.02}
"""Share of the candidates inside the region at which a box has closed in, by number of shape parameters."""
ROUNDS = 14
KEPT = 12
"""Regions remembered."""


@dataclass(frozen=True)
class Region:
    """Candidates that cover the region of each curve, with their faces."""

    axes: Array
    """(curves, shapes, G) log shape parameters"""
    box: Array
    """(curves, shapes, 2) their bounds"""
    rss: Array
    """(curves, G^shapes)"""
    faces: list[Face]
    best: Array
    """(curves,) least objective"""
    limit: Array
    """(curves,) the region's rise above it"""

    def extremes(self, weights: Weights) -> tuple[Array, Array]:
        """(curves,) least and greatest value of the functional over the region."""
        candidates = product_grid(self.axes)
        powers = [np.exp(candidates[..., i]) for i in range(candidates.shape[-1])]
        low, high = extremes(self.faces, weights(powers), (self.best + self.limit)[:, None])
        return low.min(axis=1), high.max(axis=1)

    def shape(self, i: int) -> tuple[Array, Array]:
        """(curves,) range of the i-th shape parameter; 0 or inf where the region is open at a bound."""
        curves, q, size = self.axes.shape
        profile = self.rss.reshape(curves, *[size] * q).min(axis=_others(q, i))
        rise = np.sqrt(np.maximum(profile - self.best[:, None], 0.0)) - np.sqrt(self.limit)[:, None]
        axis, inside = self.axes[:, i], rise <= 0
        first = inside.argmax(axis=1)
        last = size - 1 - inside[:, ::-1].argmax(axis=1)
        low, high = _crossing(axis, rise, first, -1), _crossing(axis, rise, last, 1)
        empty = ~inside.any(axis=1)
        middle = np.exp(axis.mean(axis=1))
        bottom, top = self.box[:, i, 0] + ROUNDING, self.box[:, i, 1] - ROUNDING
        low = np.where(empty, middle, np.where(low <= bottom, 0.0, np.exp(low)))
        high = np.where(empty, middle, np.where(high >= top, np.inf, np.exp(high)))
        return low, high


def _crossing(axis: Array, rise: Array, at: Array, step: int) -> Array:
    """Where the profile crosses the limit, between grid point `at` (inside) and its outer neighbour."""
    rows = np.arange(axis.shape[0])
    beyond = np.clip(at + step, 0, axis.shape[1] - 1)
    inner, outer = rise[rows, at], rise[rows, beyond]
    gap = outer - inner
    share = np.where(gap > 0, -inner / np.where(gap > 0, gap, 1.0), 0.0)
    return np.asarray(axis[rows, at] + np.clip(share, 0.0, 1.0) * (axis[rows, beyond] - axis[rows, at]))


def region_of(fits: Fits, over: str, limit: Array) -> Region:
    """The region {Q <= min Q + limit} of every curve under the noise over points, trials or materials.

    Where the limit is infinite, so is every interval, and the region is that of a limit of 1.
    """
    limit = np.where(np.isfinite(limit), limit, 1.0)

    def search() -> Region:
        kept = [key for key in fits.memory if key[0] == "region"]
        for old in kept[: len(kept) + 1 - KEPT]:
            del fits.memory[old]
        return _search(fits, over, limit)

    return fits.remembered(("region", over, limit.tobytes()), search)


def bounds(fits: Fits, over: str, weights: Weights, level: float) -> tuple[Array, Array]:
    """(curves,) profile interval of a functional that is linear in the linear parameters."""
    limit = noise_of(fits, over).limit(gradient(fits, weights), level)
    low, high = region_of(fits, over, limit).extremes(weights)
    at, known = value(fits, weights), np.isfinite(limit)
    return np.where(known, np.minimum(low, at), -np.inf), np.where(known, np.maximum(high, at), np.inf)


def shape_bounds(fits: Fits, over: str, i: int, level: float) -> tuple[Array, Array]:
    """(curves,) profile interval of the i-th shape parameter."""
    direction = np.zeros((fits.coef.shape[0], len(fits.law.names)))
    direction[:, len(fits.law.linear) + i] = 1.0
    limit = noise_of(fits, over).limit(direction, level)
    low, high = region_of(fits, over, limit).shape(i)
    at, known = fits.shapes[:, i], np.isfinite(limit)
    return np.where(known, np.minimum(low, at), 0.0), np.where(known, np.maximum(high, at), np.inf)


def value(fits: Fits, weights: Weights) -> Array:
    """(curves,) the functional at the estimate."""
    at = [fits.shapes[:, i, None] for i in range(fits.shapes.shape[1])]
    return np.asarray(sum(w[:, 0] * fits.coef[:, j] for j, w in enumerate(_full(weights, at))))


def gradient(fits: Fits, weights: Weights) -> Array:
    """(curves, P) derivatives of the functional by centred linear parameters and log shape parameters."""
    return derivatives(fits, lambda log_shapes: _full(weights, list(np.moveaxis(np.exp(log_shapes), -1, 0))))[:, 0]


def _full(weights: Weights, powers: list[Array]) -> list[Array]:
    return [np.broadcast_to(np.asarray(w, dtype=float), powers[0].shape) for w in weights(powers)]


def _search(fits: Fits, over: str, limit: Array) -> Region:
    noise = noise_of(fits, over)
    q = fits.log_shapes.shape[1]
    y = np.asarray((fits.curves.mean * fits.weight)[:, None, :] @ noise.whiten)
    best = _evaluate(fits, noise.whiten, y, fits.log_shapes[:, None])[0][:, 0]
    low, high = fits.box[..., 0], fits.box[..., 1]
    for _ in range(ROUNDS):
        axes = low[..., None] + (high - low)[..., None] * np.linspace(0.0, 1.0, GRID[q])
        rss, faces = _evaluate(fits, noise.whiten, y, product_grid(axes))
        best = np.minimum(best, rss.min(axis=1))
        inside = rss <= (best + limit)[:, None]
        next_low, next_high = _next_box(fits, axes, inside)
        grows = ((next_low < low) | (next_high > high)).any(axis=1)
        done = ((inside.mean(axis=1) > ENOUGH[q]) & ~grows)[:, None]
        if done.all():
            break
        low, high = np.where(done, low, next_low), np.where(done, high, next_high)
    return Region(axes, fits.box, rss, faces, best, limit)


def _evaluate(fits: Fits, whiten: Array, y: Array, candidates: Array) -> tuple[Array, list[Face]]:
    columns = [np.asarray((c * fits.weight[:, None, :]) @ whiten) for c in fits.columns(candidates)]
    solution = solve(columns, y)
    return solution.rss, solution.faces


def _next_box(fits: Fits, axes: Array, inside: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The box of the candidates inside, one cell wider; twice as wide where the region meets its edge; about the
    estimate where none is inside."""
    curves, q, size = axes.shape
    cube = inside.reshape(curves, *[size] * q)
    rows = np.arange(curves)
    low, high = np.empty((curves, q)), np.empty((curves, q))
    for i in range(q):
        hit = np.asarray(cube.any(axis=_others(q, i)))
        axis, some, at = axes[:, i], hit.any(axis=1), fits.log_shapes[:, i]
        cell, width = axis[:, 1] - axis[:, 0], axis[:, -1] - axis[:, 0]
        first, last = hit.argmax(axis=1) - 1, size - hit[:, ::-1].argmax(axis=1)
        lower = np.where(first < 0, axis[:, 0] - width, axis[rows, first])
        upper = np.where(last == size, axis[:, -1] + width, axis[rows, np.minimum(last, size - 1)])
        low[:, i] = np.maximum(np.where(some, lower, at - cell), fits.box[:, i, 0])
        high[:, i] = np.minimum(np.where(some, upper, at + cell), fits.box[:, i, 1])
    return low, high


def _others(shapes: int, i: int) -> tuple[int, ...]:
    """Axes of a (curves, G, G, ...) grid of shape parameters, but that of the curves and the i-th."""
    return tuple(j + 1 for j in range(shapes) if j != i)


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
