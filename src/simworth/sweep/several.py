"""Learning from a source of several releases or several properties: labels, order of pretrainings, what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from simworth.config import Training
from simworth.learning.transforms import LabelTransform, PartLabels
from simworth.prepare.arrays import SideData, TaskData

LEAST: Final = 5
"""simulations of a release in a source set below which networks are not pretrained on it"""


def part_labels(side: SideData, chosen: np.ndarray, training: Training, parts: int, threads: int) -> PartLabels:
    """Transforms of the labels of `chosen` (trials, materials), one a property; the identity where a trial has none."""
    each = []
    for part in range(parts):
        own = [side.values[np.isin(side.material, row) & (side.part == part)] for row in chosen]
        values = [one if len(one) else np.zeros(1) for one in own]
        each.append(LabelTransform.fit(values, training.output_steps, training.clip_output, threads))
    return PartLabels(tuple(each))


def turns(side: SideData, chosen: np.ndarray, validating: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Release after release, and the trials (kept,) whose `chosen` (trials, materials) hold enough of it; `validating`
    (materials,) marks those that no network learns from."""
    assert side.part is not None
    for part in range(int(side.part.max()) + 1):
        holds = np.zeros(len(side.items), dtype=bool)
        holds[side.material[side.part == part]] = True
        held = holds[chosen]
        able = (held.sum(axis=1) >= LEAST) & held[:, validating].any(axis=1) & held[:, ~validating].any(axis=1)
        if able.any():
            yield part, np.flatnonzero(able)


def kept_weights(data: TaskData, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What predicts the task's property from descriptors alone: no inputs that tell releases apart, which are 0 for
    measurements, and one output."""
    if data.source.part is None:
        return weights
    first = weights["hidden0.weight"][:, : data.described]
    outputs = {name: weights[name][..., :1] for name in ("output.weight", "output.bias")}
    return weights | {"hidden0.weight": first} | outputs
