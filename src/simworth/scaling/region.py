"""Confidence regions: all laws whose objective is within a limit of the best, and the extremes they imply.

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
from simworth.scaling.noise import FAINT, STEP, noise_of
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
        profile = self.rss.reshape(curves, *[size] * q)
        profile = profile.min(axis=tuple(j + 1 for j in range(q) if j != i)) if q > 1 else profile
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
    key = ("region", over, limit.tobytes())
    if key not in fits.memory:
        kept = [k for k in fits.memory if k[0] == "region"]
        for old in kept[: len(kept) + 1 - KEPT]:
            del fits.memory[old]
        fits.memory[key] = _search(fits, over, limit)
    region: Region = fits.memory[key]
    return region


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
    return np.asarray(sum(w[:, 0] * fits.coef[:, j] for j, w in enumerate(_full(fits, weights, at))))


def gradient(fits: Fits, weights: Weights) -> Array:
    """(curves, P) derivatives of the functional by centred linear parameters and log shape parameters."""
    at = fits.log_shapes[:, None]
    coef = np.maximum(fits.coef, FAINT * fits.coef.sum(axis=1, keepdims=True))
    here = _full(fits, weights, list(np.moveaxis(np.exp(at), -1, 0)))
    parts = [w[:, 0] for w in here]
    for i in range(at.shape[-1]):
        shift = np.zeros(at.shape[-1])
        shift[i] = STEP
        up = _full(fits, weights, list(np.moveaxis(np.exp(at + shift), -1, 0)))
        down = _full(fits, weights, list(np.moveaxis(np.exp(at - shift), -1, 0)))
        slope = sum(coef[:, j] * (u - d)[:, 0] for j, (u, d) in enumerate(zip(up, down, strict=True)))
        parts.append(np.asarray(slope / (2 * STEP)))
    return np.stack(parts, axis=-1)


def _full(fits: Fits, weights: Weights, powers: list[Array]) -> list[Array]:
    return [np.broadcast_to(np.asarray(w, dtype=float), powers[0].shape) for w in weights(powers)]


def _search(fits: Fits, over: str, limit: Array) -> Region:
    noise = noise_of(fits, over)
    q = fits.log_shapes.shape[1]
    y = _white(noise.whiten, (fits.curves.mean * fits.weight)[:, None, :])
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
    columns = [_white(whiten, c * fits.weight[:, None, :]) for c in fits.columns(candidates)]
    solution = solve(columns, y)
    return solution.rss, solution.faces


def _white(whiten: Array, rows: Array) -> Array:
    return np.asarray(rows @ whiten)


def _next_box(fits: Fits, axes: Array, inside: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The box of the candidates inside, one cell wider; twice as wide where the region meets its edge; about the
    estimate where none is inside."""
    curves, q, size = axes.shape
    cube = inside.reshape(curves, *[size] * q)
    rows = np.arange(curves)
    low, high = np.empty((curves, q)), np.empty((curves, q))
    for i in range(q):
        hit = _any_but(cube, i)
        axis, some, at = axes[:, i], hit.any(axis=1), fits.log_shapes[:, i]
        cell, width = axis[:, 1] - axis[:, 0], axis[:, -1] - axis[:, 0]
        first, last = hit.argmax(axis=1) - 1, size - hit[:, ::-1].argmax(axis=1)
        lower = np.where(first < 0, axis[:, 0] - width, axis[rows, first])
        upper = np.where(last == size, axis[:, -1] + width, axis[rows, np.minimum(last, size - 1)])
        low[:, i] = np.maximum(np.where(some, lower, at - cell), fits.box[:, i, 0])
        high[:, i] = np.minimum(np.where(some, upper, at + cell), fits.box[:, i, 1])
    return low, high


def _any_but(cube: NDArray[np.bool_], i: int) -> NDArray[np.bool_]:
    """(curves, G) any over every exponent's axis but the i-th."""
    return np.asarray(np.moveaxis(cube, i + 1, 1).reshape(cube.shape[0], cube.shape[i + 1], -1).any(axis=2))
