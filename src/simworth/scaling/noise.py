"""The covariance of a curve, split into what lies along the law and what lies across it.

At the estimate, the law's tangent space holds every small change the parameters can make. Noise across it
shows in the residuals; noise along it does not, and is what the parameters inherit. Along the law the
covariance is that of the clusters (trials, or trials and materials) plus a between-point variance, which is
what the residuals show beyond the clusters' own share; across it, it is the residual variance. Noise along
the law is never taken to be smaller than across it. With means alone there are no clusters, and this is the
textbook's residual variance.

Projecting on the tangent space (3 or 5 dimensions) instead of inverting the clusters' covariance keeps the
intervals honest when there are hardly more trials than sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array

FLOOR = 1e-6
"""Relative standard deviation below which noise is not believed (exact data would have intervals of no
width)."""
STEP = 1e-4
FAINT = 1e-6
"""Share of the error given to a linear parameter at 0 when the direction of its exponent is wanted."""


@dataclass(frozen=True)
class Noise:
    """Covariance of the weighted means of each curve; P = number of parameters."""

    tangent: Array
    """(curves, points, P) orthonormal directions along the law"""
    triangle: Array
    """(curves, P, P) parameters -> tangent directions"""
    along: Array
    """(curves, P, P) covariance in tangent directions"""
    clustered: Array
    """(curves, P, P) the clusters' part of it"""
    across: Array
    """(curves,) variance per direction off the law"""
    between: Array
    """(curves,) between-point variance, relative"""
    expected: Array
    """(curves,) variance off the law that the clusters explain; 0 without clusters"""
    residual: Array
    """(curves,) sum of squares off the law"""
    freedom_clusters: Array
    freedom_across: Array
    whiten: Array
    """(curves, points, points) symmetric operator that makes the weighted means' noise white"""

    def limit(self, gradient: Array, level: float) -> Array:
        """(curves,) rise of the objective that bounds a functional, whose gradient (curves, P) is by
        parameters.

        The quantile is that of F(1, nu), with nu by Satterthwaite from the clusters' and the between-point
        variance's shares; the latter's own variance is in proportion to between * across (it is a difference,
        cut off at 0). Infinite where the clusters are a single one, whose choice nothing tells of.
        """
        a = np.linalg.solve(np.swapaxes(self.triangle, 1, 2), gradient[..., None])[..., 0]
        a = a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-300)
        total = np.einsum("ci,cij,cj->c", a, self.along, a)
        clustered = np.einsum("ci,cij,cj->c", a, self.clustered, a)
        rest = np.einsum("ci,ci->c", a, a) * np.sqrt(self.between * self.across)
        spread = clustered**2 / np.maximum(self.freedom_clusters, 1.0) + rest**2 / self.freedom_across
        freedom = np.where(spread > 0, total**2 / np.maximum(spread, 1e-300), 1e6)
        freedom = np.round(np.clip(freedom, 1.0, 1e6), 6)  # equal limits share a region
        limit = np.asarray(special.stdtrit(freedom, (1.0 + level) / 2.0) ** 2)
        return np.where(self.freedom_clusters > 0, limit, np.inf)


def noise_of(fits: Fits, over: str) -> Noise:
    """The noise of the means over 'points', 'trials' or 'materials'."""
    return fits.remembered(("noise", over), lambda: _estimate(fits, over))


def tangent_space(fits: Fits) -> tuple[Array, Array]:
    """Orthonormal tangent directions (curves, points, P) and triangle (curves, P, P), in weighted means."""
    jacobian = derivatives(fits, lambda log_shapes: [c[:, 0] for c in fits.columns(log_shapes)])
    tangent, triangle = np.linalg.qr(jacobian * fits.weight[..., None])
    return tangent, triangle


def derivatives(fits: Fits, columns: Callable[[Array], list[Array]]) -> Array:
    """(curves, values, P) derivatives of sum_i coef_i column_i by centred linear and log shape parameters, at the
    estimate. columns: log shapes (curves, 1, shapes) -> one (curves, values) a linear parameter."""
    at = fits.log_shapes[:, None]
    parts = columns(at)
    coef = np.maximum(fits.coef, FAINT * fits.coef.sum(axis=1, keepdims=True))
    slopes = []
    for shift in STEP * np.eye(at.shape[-1]):
        up, down = columns(at + shift), columns(at - shift)
        slope = sum(coef[:, j, None] * (u - d) for j, (u, d) in enumerate(zip(up, down, strict=True)))
        slopes.append(np.asarray(slope / (2 * STEP)))
    return np.stack([*parts, *slopes], axis=-1)


def _estimate(fits: Fits, over: str) -> Noise:
    tangent, triangle = tangent_space(fits)
    points = fits.curves.seen.sum(axis=1)
    p = tangent.shape[-1]
    freedom = np.maximum(points - p, 1).astype(float)
    y = (fits.curves.mean - fits.fitted) * fits.weight
    off = y - np.einsum("cki,ci->ck", tangent, np.einsum("cki,ck->ci", tangent, y))
    residual = (off**2).sum(axis=1)
    clustered, expected, freedom_clusters = _clustered(fits, over, tangent, freedom)
    between = np.maximum(residual / freedom - expected, 0.0)
    across = np.maximum(between + expected, FLOOR**2)
    eye = np.eye(p)
    along = _at_least(clustered + between[:, None, None] * eye, across)
    return Noise(
        tangent, triangle, along, clustered, across, between, expected, residual, freedom_clusters, freedom,
        _whitening(tangent, along, across),
    )  # fmt: skip


def _clustered(fits: Fits, over: str, tangent: Array, freedom: Array) -> tuple[Array, Array, Array]:
    """The clusters' covariance along the law, their mean variance across it, their degrees of freedom."""
    curves, _, p = tangent.shape
    if over == "points":
        return np.zeros((curves, p, p)), np.zeros(curves), np.ones(curves)
    cluster = fits.curves.clusters[over]
    weighted = fits.weight[:, :, None] * cluster.covariance * fits.weight[:, None, :]
    along = np.einsum("cki,ckl,clj->cij", tangent, weighted, tangent)
    across = np.einsum("ckk->c", weighted) - np.einsum("cii->c", along)
    return along, np.maximum(across, 0.0) / freedom, cluster.freedom


def _at_least(covariance: Array, floor: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, floor[:, None])
    return np.asarray(np.einsum("cij,cj,ckj->cik", vectors, values, vectors))


def _whitening(tangent: Array, along: Array, across: Array) -> Array:
    values, vectors = np.linalg.eigh(along)
    scale = 1.0 / np.sqrt(values) - 1.0 / np.sqrt(across)[:, None]
    directions = np.einsum("cki,cij->ckj", tangent, vectors)
    inner = np.einsum("ckj,cj,clj->ckl", directions, scale, directions)
    eye = np.eye(tangent.shape[1])
    return np.asarray(inner + eye / np.sqrt(across)[:, None, None])
