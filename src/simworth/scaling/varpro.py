"""Variable projection: the non-negative least-squares problem in the linear parameters, for fixed exponents.

For each set of active (non-zero) linear parameters, a *face* of the non-negative orthant, the problem is
ordinary least squares, solved by Gram-Schmidt for all curves and all candidate exponents at once. The non-
negative solution is the best face whose coefficients are non-negative, and because every face keeps its
triangular factor, so are the extremes of any linear functional over the ellipsoid {rss <= limit} cut by the
orthant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from simworth.scaling.laws import Array

TINY = 1e-300


@dataclass(frozen=True)
class Face:
    """Least squares on some of the columns; every array is (curves, candidates)."""

    members: tuple[int, ...]
    coef: list[Array]
    triangle: list[list[Array]]
    """triangle[j][i], i <= j: component of column members[j] along the i-th orthonormal direction"""
    rss: Array

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """(curves, candidates) no coefficient below 0"""
        return np.asarray(np.all([c >= 0 for c in self.coef], axis=0))


@dataclass(frozen=True)
class Solution:
    """All faces of one problem, and the non-negative optimum among them."""

    faces: list[Face]
    rss: Array
    """(curves, candidates)"""
    coef: Array
    """(curves, candidates, p)"""


def solve_face(columns: Sequence[Array], y: Array, members: tuple[int, ...]) -> Face:
    """Least squares of y (curves, 1, points) on the chosen columns (curves, candidates, points)."""
    directions: list[Array] = []
    triangle: list[list[Array]] = []
    along: list[Array] = []
    residual = y
    for i in members:
        rest, row = columns[i], []
        for q in directions:
            row.append(_dot(q, rest))
            rest = rest - row[-1][..., None] * q
        row.append(np.sqrt(_dot(rest, rest)) + TINY)
        directions.append(rest / row[-1][..., None])
        triangle.append(row)
        along.append(_dot(directions[-1], residual))
        residual = residual - along[-1][..., None] * directions[-1]
    return Face(members, _back_substitute(triangle, along), triangle, _dot(residual, residual))


def solve(columns: Sequence[Array], y: Array) -> Solution:
    """Non-negative least squares by enumeration of the faces (2^p of them, the origin included; p is 2 or 3)."""
    p = len(columns)
    faces = [solve_face(columns, y, s) for size in range(p, -1, -1) for s in combinations(range(p), size)]
    rss = np.broadcast_to(faces[-1].rss, faces[0].rss.shape)
    coef = np.zeros((*rss.shape, p))
    for face in faces[:-1]:
        better = face.feasible & (face.rss < rss)
        rss = np.where(better, face.rss, rss)
        coef[better] = 0.0
        for i, values in zip(face.members, face.coef, strict=True):
            coef[..., i][better] = values[better]
    return Solution(faces, rss, coef)


def extremes(faces: Sequence[Face], weights: Sequence[Array], limit: Array) -> tuple[Array, Array]:
    """Least and greatest sum_i weights_i linear_i over {linear >= 0, rss <= limit}, per candidate.

    weights: one array (curves, candidates) per linear parameter; limit (curves, 1).
    Returns (curves, candidates) twice: +inf and -inf where the set is empty.
    The optimum lies in the relative interior of some face, where it is that face's own unconstrained extreme.
    """
    shape = faces[0].rss.shape
    low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
    for face in faces:
        inside = face.rss <= limit
        if not inside.any():
            continue
        radius = np.sqrt(np.maximum(limit - face.rss, 0.0))
        w = [np.broadcast_to(weights[i], shape) for i in face.members]
        z = _forward_substitute(face.triangle, w)
        norm = np.sqrt(sum(v * v for v in z)) + TINY
        direction = _back_substitute(face.triangle, [v / norm for v in z])
        center = sum(a * b for a, b in zip(w, face.coef, strict=True))
        for sign in (-1.0, 1.0):
            point = [c + sign * radius * d for c, d in zip(face.coef, direction, strict=True)]
            valid = inside & np.logical_and.reduce([x >= 0 for x in point])
            value = center + sign * radius * norm
            low = np.where(valid, np.minimum(low, value), low)
            high = np.where(valid, np.maximum(high, value), high)
    return low, high


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("...k,...k->...", a, b))


def _back_substitute(triangle: list[list[Array]], rhs: list[Array]) -> list[Array]:
    """Solve R x = rhs with R[i][j] = triangle[j][i]."""
    x: list[Array] = [np.zeros(0)] * len(rhs)
    for i in range(len(rhs) - 1, -1, -1):
        rest = rhs[i]
        for j in range(i + 1, len(rhs)):
            rest = rest - triangle[j][i] * x[j]
        x[i] = rest / triangle[i][i]
    return x


def _forward_substitute(triangle: list[list[Array]], rhs: list[Array]) -> list[Array]:
    """Solve R^T x = rhs."""
    x: list[Array] = []
    for i, row in enumerate(triangle):
        rest = rhs[i]
        for j in range(i):
            rest = rest - row[j] * x[j]
        x.append(rest / row[i])
    return x
