"""Test sets, training sides and source sets of a trial, which later releases leave as they are, but for a quota.

Trial t orders the materials of a side by a hash of (root seed, database and property of the side, source or target, t,
material). The lowest fifth of the measured ones are the trial's test set, and a source set of size n is the first n of
the simulated ones. So curves are paired over n, source sets are nested, tasks with the same measurements are tested on
the same materials, and what a new release adds slips in between without changing the order of the others.

A test set is a fifth of the materials there are, so that m is one number a task. When k are added to N, the boundary
between the sides moves past some old materials: on average less than sqrt(0.16 N k / (N + k)), either all into the test
set or all out of it.

A task's split may hold groups out whole (all pairs of a polymer): the hash of a group's label decides then, groups are
tested until they make up a fifth of the materials, and the training side is cut to what every trial has.

Source or target is part of the hash: without it a test material that is also simulated would come early among the
simulations, and small source sets would hold far more of the answers than large ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simworth.config import Task
from simworth.prepare.splits import test_count, train_count

Role = Literal["source", "target"]


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def trial_seed(root: int, key: str, trial: int) -> int:
    """64-bit seed of a trial on the side with this `key`: its database and property."""
    return _hash64(f"{root}|{key}|{trial}")


def side_keys(task: Task) -> tuple[str, str]:
    """What the sides of a task's trials depend on beside the materials: database and property of source and target,
    so that tasks with the same measurements have the same test sets."""
    source, target = (f"{side.database}|{side.property}" for side in (task.source, task.target))
    return source, target


def item_hashes(items: Sequence[str]) -> np.ndarray:
    """(items,) uint64, one hash an item, whatever the trial."""
    return np.array([_hash64(item) for item in items], dtype=np.uint64)


def order(hashes: np.ndarray, seed: int, role: Role, rank: np.ndarray | None = None) -> np.ndarray:
    """(items,) indices of the items by their place in the trial of this seed; depends on the items alone, not on
    how they are listed. `rank` (items,) comes before the trial's draw."""
    mixed = _mix(hashes ^ np.uint64(_hash64(f"{seed}|{role}")))
    keys = (hashes, mixed) if rank is None else (hashes, mixed, rank)
    return np.lexsort(keys)


def _mix(x: np.ndarray) -> np.ndarray:
    """splitmix64's finalizer (Steele, Lea and Flood, OOPSLA 2014): a bijection of 64-bit words."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        result: np.ndarray = x ^ (x >> np.uint64(31))
    return result


def validation_mask(count: int, fraction: float) -> np.ndarray:
    """(count,) True where an item, in the trial's order, validates: `fraction` of every prefix, so that nested sets
    have nested validation sets; at least one each side where count is 2 or more."""
    places = np.arange(count)
    mask: np.ndarray = np.floor((places + 1) * fraction) > np.floor(places * fraction)
    if count >= 2 and not mask.any():
        mask[-1] = True
    return mask


@dataclass(frozen=True)
class Split:
    """One trial's sides, as indices into the task's source and target materials."""

    source: np.ndarray
    """(n_max,) simulated materials in the trial's order: a source set of size n is the first n"""
    test: np.ndarray
    """(n_test,) measured materials held out, at every n"""
    train: np.ndarray
    """(m_max,) measured materials on the training side, validation included: a training set of size m is the first m"""


def split(
    hashes: tuple[np.ndarray, np.ndarray],
    seeds: tuple[int, int],
    test_fraction: float,
    groups: np.ndarray | None = None,
) -> Split:
    """The sides of a trial, from the hashes of its (source, target) materials and its seeds on both sides.

    `groups` (measured materials,) hashes of what is held out whole; None: each material for itself.
    """
    target = order(hashes[1], seeds[1], "target")
    source = order(hashes[0], seeds[0], "source")
    tested = test_count(len(target), test_fraction)
    if groups is None:
        return Split(source, np.sort(target[:tested]), target[tested:])
    drawn = order(groups, seeds[1], "target")
    last = np.flatnonzero(groups[drawn] == groups[drawn[tested - 1]])[-1]
    test = np.sort(drawn[: last + 1])
    train = target[~np.isin(target, test)]
    return Split(source, test, train[: train_count(groups.tolist(), test_fraction)])
