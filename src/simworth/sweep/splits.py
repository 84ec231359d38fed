"""Who is tested, who trains, who is simulated: sides that no later release changes.

Trial t gives every material a place by a hash of (root seed, task, t, role, item). The lowest fifth of the measured
ones are the trial's test set, and a source set of size n is the first n of the simulated ones. So curves are paired
over n, source sets are nested, and what a new release adds slips in between without moving the others.

The role is part of the hash: without it a test material that is also simulated would come early among the simulations,
and small source sets would hold far more of the answers than large ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Role = Literal["source", "target"]


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def trial_seed(root: int, task: str, trial: int) -> int:
    """64-bit seed of a trial."""
    return _hash64(f"{root}|{task}|{trial}")


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


def test_count(measured: int, fraction: float) -> int:
    """Materials in a test set: the fraction, rounded up, so that m is its complement rounded down."""
    return measured - int(np.floor(measured * (1 - fraction) + 1e-9))


def split(
    source_hashes: np.ndarray,
    target_hashes: np.ndarray,
    seed: int,
    test_fraction: float,
    source_rank: np.ndarray | None = None,
) -> Split:
    """The sides of the trial with this seed."""
    target = order(target_hashes, seed, "target")
    tested = test_count(len(target), test_fraction)
    return Split(order(source_hashes, seed, "source", source_rank), np.sort(target[:tested]), target[tested:])
