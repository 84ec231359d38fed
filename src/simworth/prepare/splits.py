"""Splits: which measured materials are held out together. `tasks.<task>.split` names one.

A split labels every measured material. Materials with one label are on one side of every trial, since a hash of the
label decides, so that a test set holds groups that training never saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.errors import SimworthError
from simworth.registry import Registry


@dataclass(frozen=True)
class Measured:
    """The measured materials of a task, in order of their items: what a split may look at. No value is among it."""

    items: list[str]
    """(materials,) identities"""
    structures: list[str]
    """(materials,) canonical structure; of a pair, its polymer"""
    partners: list[str]
    """(materials,) solvent of a pair, else ''"""
    classes: list[str]
    """(materials,) class by name, '' where unknown"""
    points: np.ndarray
    """(materials, columns) transformed descriptors of `structures`"""


Split = Callable[[Measured], Sequence[str]]
"""-> (materials,) labels"""
SPLITS: Final[Registry[Split]] = Registry("split", "simworth.splits")
ALONE: Final = ("material", "pair")
"""splits that hold out single materials"""


@SPLITS.register("material")
@SPLITS.register("pair")
def alone(measured: Measured) -> Sequence[str]:
    """Each material, or pair, for itself."""
    return measured.items


@SPLITS.register("polymer")
def by_polymer(measured: Measured) -> Sequence[str]:
    """All pairs of a polymer together: errors are those for polymers that nobody has measured."""
    return measured.structures


@SPLITS.register("solvent")
def by_solvent(measured: Measured) -> Sequence[str]:
    """All pairs of a solvent together."""
    if not all(measured.partners):
        raise SimworthError("split 'solvent': materials are no polymer-solvent pairs; choose another split")
    return measured.partners


@SPLITS.register("class")
def by_class(measured: Measured) -> Sequence[str]:
    """A class together; what has no class, for itself."""
    return [name or item for name, item in zip(measured.classes, measured.items, strict=True)]


@SPLITS.register("cluster")
def by_cluster(measured: Measured) -> Sequence[str]:
    """Neighbours in descriptor space together: k-means with as many clusters as the root of the number of structures.

    A cluster is named by its first structure, so that one to which nothing is added keeps its name.
    """
    from sklearn.cluster import KMeans  # half a second to import, for this split alone

    structures, first, back = np.unique(measured.structures, return_index=True, return_inverse=True)
    clusters = max(2, round(float(np.sqrt(len(structures)))))
    found = KMeans(min(clusters, len(structures)), n_init=4, random_state=0).fit_predict(measured.points[first])
    names = {int(label): str(structures[np.argmax(found == label)]) for label in np.unique(found)}
    return [names[int(label)] for label in found[back]]


def test_count(measured: int, fraction: float) -> int:
    """Materials in a test set: the fraction, rounded up, so that m is its complement rounded down."""
    return measured - int(np.floor(measured * (1 - fraction) + 1e-9))


def train_count(groups: Sequence[object], fraction: float) -> int:
    """Materials on the training side of every trial, one number a task: groups are tested whole until they make up the
    fraction, so that the last may exceed it by all of its materials but one."""
    largest = max(Counter(groups).values())
    return len(groups) - test_count(len(groups), fraction) - (largest - 1)
