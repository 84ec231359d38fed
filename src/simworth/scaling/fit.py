"""The estimate: least squares on relative errors by variable projection, for any law and many curves at once.

The weights are relative (1 / fitted error), iterated while the search narrows, and where some sizes have
fewer trials than others, the variance of each mean is the trials' share plus a between-point variance. The
search is a grid over the shape parameters followed by a zoom, so that there is no starting value to be lucky with;
the grid and the zoom minimise the same objective. Errors that share a covariance are not weighted by it: what
trials or materials do to the whole curve moves it along the law itself, where generalised and ordinary least
squares agree; it belongs in the intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simworth.scaling.inputs import Curves
from simworth.scaling.laws import Array, Law
from simworth.scaling.varpro import Solution, solve

Made = TypeVar("Made")

GRID = {1: 64, 2: 24, 3: 12}
"""Grid points per shape parameter, by their number (log-spaced over the bounds)."""
ZOOM = {1: 9, 2: 7, 3: 5}
STEPS = {1: 14, 2: 18, 3: 24}
SHRINK = 0.3
CHUNK = 4096
"""Points (curves times sizes) fitted together: what stays in a processor's cache."""
LEAST = 1e-9
"""Share of a mean error that a fitted one does not fall below: residuals are weighed relative to it."""
ROUNDING = 1e-9
"""Distance of a logarithm from a bound that is none."""
FITTED = ("log_shapes", "coef", "fitted", "weight")
"""fields of `Fits` with a row per curve"""


@dataclass(frozen=True)
class Fits:
    """Fitted curves, one per row, in centred inputs: the evidence that intervals and diagnostics draw on."""

    law: Law
    curves: Curves
    center: Array
    """(inputs, curves) mean log size"""
    z: Array
    """(inputs, curves, points) centred log sizes"""
    log_shapes: Array
    """(curves, shapes) natural logarithms, in the parameters' own units"""
    coef: Array
    """(curves, linear) centred linear parameters"""
    fitted: Array
    """(curves, points)"""
    weight: Array
    """(curves, points) square root of the weights: 1 / fitted error, times the trials' share; 0 where
    masked"""
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """what was computed once and is asked for again: noise, regions, forms; keys are tuples"""

    @property
    def shapes(self) -> Array:
        """(curves, shapes)"""
        return np.exp(self.log_shapes)

    @property
    def box(self) -> Array:
        """(curves, shapes, 2) bounds of log_shapes."""
        center = np.zeros_like(self.center[:1])
        shift = [center[0] if one.of_size is None else self.center[one.of_size] for one in self.law.shape]
        ends = np.log([[one.low, one.high] for one in self.law.shape])
        return np.asarray(np.stack(shift, axis=1)[..., None] + ends)

    def parameters(self, flat: bool = False) -> dict[str, Array]:
        """Every parameter in the law's own units, (curves,) each; flat: a shape at its lower bound is 0."""
        at_bound = flat & (self.log_shapes <= self.box[..., 0] + ROUNDING)
        shapes = list(np.where(at_bound, 0.0, self.shapes).T)
        columns = self.law.columns(shapes, list(self.center))
        linear = [self.coef[:, i] / column for i, column in enumerate(columns)]
        return dict(zip(self.law.names, [*linear, *shapes], strict=True))

    def remembered(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was computed under this key, else what `make` does."""
        if key not in self.memory:
            self.memory[key] = make()
        found: Made = self.memory[key]
        return found

    def take(self, rows: list[int]) -> Fits:
        """Some of the curves."""
        parts = {name: getattr(self, name)[rows] for name in FITTED}
        return Fits(self.law, self.curves.take(rows), self.center[:, rows], self.z[:, rows], **parts)

    def columns(self, log_shapes: Array) -> list[Array]:
        """Columns (curves, candidates, points) at log shapes (curves, candidates, shapes), 1 at the mean log size."""
        shapes = [np.exp(log_shapes[..., i, None]) for i in range(log_shapes.shape[-1])]
        sizes = [z[:, None, :] + c[:, None, None] for z, c in zip(self.z, self.center, strict=True)]
        return self.columns_at(shapes, sizes)

    def columns_at(self, shapes: list[Array], log_sizes: list[Array]) -> list[Array]:
        """Centred columns at any log sizes; shapes and sizes have the curves first, and broadcast."""
        centers = [c.reshape(-1, *[1] * (shapes[0].ndim - 1)) for c in self.center]
        there, here = self.law.columns(shapes, log_sizes), self.law.columns(shapes, centers)
        return [a / b for a, b in zip(there, here, strict=True)]


def fit_curves(law: Law, curves: Curves) -> Fits:
    """Fit every curve; see the module's text for what is minimised."""
    rows = max(1, CHUNK // curves.mean.shape[1])
    if curves.mean.shape[0] <= rows:
        return _fit_chunk(law, curves)
    parts = [range(i, min(i + rows, len(curves.mean))) for i in range(0, len(curves.mean), rows)]
    found = [_fit_chunk(law, curves.take(list(part))) for part in parts]
    joined: dict[str, Any] = {name: np.concatenate([getattr(fit, name) for fit in found]) for name in FITTED}
    center, z = (np.concatenate([getattr(fit, name) for fit in found], axis=1) for name in ("center", "z"))
    return Fits(law, curves, center, z, **joined)


def _fit_chunk(law: Law, curves: Curves) -> Fits:
    logs = np.log(curves.sizes)
    seen = curves.seen
    center = (logs * seen).sum(axis=2) / seen.sum(axis=1)
    z = np.where(seen, logs - center[..., None], 0.0)
    weight, c = seen / curves.mean, len(curves.mean)
    nothing = np.zeros((c, len(law.shape))), np.zeros((c, len(law.linear)))
    start = Fits(law, curves, center, z, *nothing, curves.mean, weight)
    found = _zoom(_coarse(start))
    if not _even(curves.trials, seen):
        found = _zoom(found)
    return found


def objective(fits: Fits, log_shapes: Array, weight: Array) -> Solution:
    """Weighted non-negative least squares at the candidates (curves, candidates, shapes)."""
    columns = [np.asarray(c * weight[:, None, :]) for c in fits.columns(log_shapes)]
    return solve(columns, (fits.curves.mean * weight)[:, None, :])


def product_grid(axes: Array) -> Array:
    """(curves, shapes, G) axes -> (curves, G^shapes, shapes) candidates."""
    q, size = axes.shape[1:]
    index = np.stack(np.meshgrid(*[np.arange(size)] * q, indexing="ij"), axis=-1).reshape(-1, q)
    return np.stack([axes[:, i, index[:, i]] for i in range(q)], axis=-1)


def _even(trials: Array, seen: NDArray[np.bool_]) -> bool:
    most = np.where(seen, trials, 0.0).max(axis=1, keepdims=True)
    return bool((~seen | (trials == most)).all())


def _coarse(fits: Fits) -> Fits:
    q = fits.log_shapes.shape[1]
    low, high = fits.box[..., :1], fits.box[..., 1:]
    candidates = product_grid(low + (high - low) * np.linspace(0.0, 1.0, GRID[q]))
    return _settle(fits, candidates, objective(fits, candidates, fits.weight))[0]


def _zoom(fits: Fits) -> Fits:
    q = fits.log_shapes.shape[1]
    low, high = fits.box[..., 0], fits.box[..., 1]
    width = 1.5 * (high - low) / (GRID[q] - 1)
    steps = np.linspace(-1.0, 1.0, ZOOM[q])
    for _ in range(STEPS[q]):
        fits = replace(fits, weight=_weights(fits))
        axes = np.clip(fits.log_shapes[..., None] + width[..., None] * steps, low[..., None], high[..., None])
        candidates = product_grid(axes)
        fits, best = _settle(fits, candidates, objective(fits, candidates, fits.weight))
        edges = (best == candidates.min(axis=1)) | (best == candidates.max(axis=1))
        bound = (best <= low) | (best >= high)
        width = np.where(edges & ~bound, width, width * SHRINK)
    return fits


def _settle(fits: Fits, candidates: Array, solution: Solution) -> tuple[Fits, Array]:
    """Move every curve to its best candidate."""
    rows = np.arange(candidates.shape[0])
    best = solution.rss.argmin(axis=1)
    chosen, coef = candidates[rows, best], solution.coef[rows, best]
    columns = fits.columns(chosen[:, None])
    fitted = sum(coef[:, i, None] * column[:, 0] for i, column in enumerate(columns))
    fitted = np.where(fits.curves.seen, np.maximum(fitted, LEAST * fits.curves.mean), 1.0)
    return replace(fits, log_shapes=chosen, coef=coef, fitted=fitted), chosen


def _weights(fits: Fits) -> Array:
    """Square roots of the weights at the present fit."""
    weight = fits.curves.seen / fits.fitted
    if not _even(fits.curves.trials, fits.curves.seen):
        weight = weight * _trial_share(fits, weight)
    return weight


def _trial_share(fits: Fits, weight: Array) -> Array:
    """Means of fewer trials weigh less: 1 / sqrt(trial variance / trials + between-point variance), scaled to
    1."""
    seen, trials = fits.curves.seen, np.maximum(fits.curves.trials, 1.0)
    cluster = fits.curves.clusters.get("trials")
    if cluster is None:
        return np.ones_like(weight)
    points = seen.sum(axis=1, keepdims=True)
    relative = np.einsum("cii->ci", cluster.covariance) * weight**2
    per_trial = (relative * trials).sum(axis=1, keepdims=True) / points
    residual = ((fits.curves.mean - fits.fitted) * weight) ** 2
    spread = residual.sum(axis=1, keepdims=True) / np.maximum(points - len(fits.law.names), 1)
    between = np.maximum(spread - relative.sum(axis=1, keepdims=True) / points, 0.0)
    variance = per_trial / trials + between
    top = np.where(seen, variance, 0.0).max(axis=1, keepdims=True)
    return np.where(top > 0, np.sqrt(top / np.where(variance > 0, variance, 1.0)), 1.0)
