"""Whether a structure lies outside what an ensemble was trained on.

A structure is outside where its nearest training structure is farther away than 99 % of the training structures are
from theirs, in the root mean square of the transformed descriptors, as the networks see them. One training structure
in a hundred would itself be called outside, were it new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.learning.transforms import InputTransform

CONDITION: Final = "condition"
"""block of a pair's inputs that comes last: 1 for the solvent, T in K, 1/T"""
SHARE: Final = 0.99
"""of the training structures that count as inside"""
_ASKED: Final = 4000
"""training structures whose distance to the nearest other one sets the limit; all of them where there are fewer"""
_BLOCK: Final = 256


@dataclass(frozen=True)
class Domain:
    """The training structures in descriptor space."""

    points: np.ndarray
    """(structures, columns) float32 transformed descriptors of all source and target structures, at the largest n"""
    limit: float
    """distance beyond which a structure is outside"""

    @classmethod
    def of(cls, points: np.ndarray) -> Domain:
        """From (structures, columns) distinct training structures; a single one leaves no room around it."""
        points = np.ascontiguousarray(points, dtype=np.float32)
        if len(points) < 2:
            return cls(points, 0.0)
        asked = np.unique(np.linspace(0, len(points) - 1, min(len(points), _ASKED)).astype(int))
        return cls(points, float(np.quantile(nearest(points, points[asked], asked), SHARE)))

    def distance(self, x: np.ndarray) -> np.ndarray:
        """(rows, columns) -> (rows,) distance to the nearest training structure, in units of the limit."""
        # a limit of 0 (copies only) leaves no room: anything else is outside
        limit = max(self.limit, float(np.finfo(np.float32).tiny))
        distance: np.ndarray = nearest(self.points, np.asarray(x, dtype=np.float32)) / limit
        return distance


def beyond(kelvin: np.ndarray, low: float, high: float) -> np.ndarray:
    """(rows,) temperatures -> (rows,) distance as that of structures: 0 between low and high, above 1 outside."""
    excess = np.maximum(np.maximum(low - kelvin, kelvin - high), 0.0)
    distance: np.ndarray = np.where(excess > 0, 1.0 + excess / max(high - low, 1.0), 0.0)
    return distance


def structure_columns(transform: InputTransform) -> int:
    """Leading input columns that describe a structure; what follows is a pair's condition."""
    return sum(len(block.kept) for block in transform.blocks if block.name != CONDITION)


def nearest(points: np.ndarray, x: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """(rows,) root mean square difference to the nearest point; `own` (rows,) names the point that each row is."""
    lengths = np.einsum("ij,ij->i", points, points)
    out = np.empty(len(x))
    for start in range(0, len(x), _BLOCK):
        rows = x[start : start + _BLOCK]
        squares = lengths[None] - 2 * rows @ points.T
        if own is not None:
            squares[np.arange(len(rows)), own[start : start + _BLOCK]] = np.inf
        nearest = points[np.argmin(squares, axis=1)]
        # exact for the nearest one: the expanded square loses digits where two structures almost agree
        out[start : start + _BLOCK] = np.sqrt(np.mean((rows - nearest) ** 2, axis=1, dtype=np.float64))
    return out
