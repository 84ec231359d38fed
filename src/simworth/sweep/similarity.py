"""Source sets of controlled similarity to the target: simulations ranked by how near they are to measured materials."""

from __future__ import annotations

from typing import Final

import numpy as np
from sklearn.metrics import pairwise_distances_chunked

from simworth.prepare.arrays import SideData, TaskData

_MEGABYTES: Final = 64
_DIGITS: Final = 6
"""distances are rounded, so that materials alike in all but bits tie, and the trial decides between them"""


def source_rank(data: TaskData, source_order: str) -> np.ndarray | None:
    """(simulated materials,) what sorts them before the trial's draw; None where the draw alone decides.

    The distance of a simulated material is that of its transformed descriptors to those of the nearest measured
    material (Euclidean). It sees structures alone, no measured and no simulated value.
    """
    if source_order == "random":
        return None
    measured = _points(data, data.target)
    chunks = pairwise_distances_chunked(
        _points(data, data.source), measured, reduce_func=_nearest, working_memory=_MEGABYTES
    )
    distance: np.ndarray = np.round(np.concatenate(list(chunks)), _DIGITS)
    rank: np.ndarray = distance if source_order == "nearest" else -distance
    return rank


def _points(data: TaskData, side: SideData) -> np.ndarray:
    """(materials, parts * columns) inputs of each material's first sample."""
    first = np.searchsorted(side.material, np.arange(len(side.items)))
    points: np.ndarray = data.inputs[side.rows[first]].reshape(len(first), -1).astype(np.float64)
    return points


def _nearest(distances: np.ndarray, _start: int) -> np.ndarray:
    """(rows, measured) -> (rows,)."""
    nearest: np.ndarray = distances.min(axis=1)
    return nearest
