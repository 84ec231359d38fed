"""Tasks that share a target: which source is worth more, paired on the same test materials.

Trials of such tasks hold back the same measurements, so that the difference of two errors is known far better than
either error. Between sizes that were run, an error is interpolated linearly in log n; nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Settings
from simworth.errors import SimworthError, did_you_mean
from simworth.scaling import Estimate, Replicates
from simworth.scaling.clusters import Cells
from simworth.valuation.cube import Errors, contrast_estimate, cube_of
from simworth.valuation.pieces import Comparison
from simworth.valuation.words import count, figure, span

SHARED: Final = 0.5
"""share of two tasks' tests (trial and item) that must be the same"""
SEARCH: Final = 401
"""sizes n at which equality is tested"""
_SECOND: Final = 10**12
"""added to the sizes of the second task, so that both lie on one axis"""


def rivals(settings: Settings, tasks: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of two tasks or more that are tested on the same property of the same database."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys(tasks):
        if name not in settings.tasks:
            raise SimworthError(f"no task {name!r} in params.yaml{did_you_mean(name, settings.tasks)}")
        task = settings.tasks[name]
        groups.setdefault((task.target.database, task.target.property), []).append(name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def comparisons(errors: Mapping[str, Errors], level: float) -> dict[str, dict[str, Comparison]]:
    """Task -> other task -> comparison, of tasks that share a target; those with other test materials left out."""
    found: dict[str, dict[str, Comparison]] = {name: {} for name in errors}
    for ours, theirs in permutations(errors, 2):
        if shared(errors[ours], errors[theirs]) >= SHARED:
            found[ours][theirs] = compare(errors[ours], errors[theirs], level)
    return found


def shared(ours: Errors, theirs: Errors) -> float:
    """Share of the tests (trial and item) of either task that both have."""
    one, other = (pd.MultiIndex.from_frame(part.transfer[["trial", "item"]]).unique() for part in (ours, theirs))
    return len(one.intersection(other)) / max(len(one.union(other)), 1)


def compare(ours: Errors, theirs: Errors, level: float) -> Comparison:
    """One task's curve against another's; SimworthError where they are tested on different materials."""
    if shared(ours, theirs) < SHARED:
        raise SimworthError(
            f"tasks are compared on the same test materials: these share {shared(ours, theirs):.0%} of their tests, "
            f"{SHARED:.0%} are needed; compare tasks with one target, one split and as many trials"
        )
    pair = Paired.of(ours, theirs, level)
    top, other = int(ours.n[-1]), int(theirs.n[-1])
    at = max(min(top, other), int(ours.n[0]), int(theirs.n[0]))
    equal = pair.equal_n(top)
    return Comparison(
        n=at,
        at_equal_n=pair.difference(at, at),
        n_max=top,
        other_n_max=other,
        at_n_max=pair.difference(top, other),
        equal_n=equal,
        worth=Estimate(*(end / top for end in equal)),
        materials=pair.materials,
        trials=pair.trials,
    )


@dataclass(frozen=True)
class Paired:
    """Mean errors of both tasks at all their sizes, with one covariance."""

    n: tuple[np.ndarray, np.ndarray]
    mean: np.ndarray
    """(k_ours + k_theirs,)"""
    covariances: tuple[tuple[np.ndarray, float], ...]
    """over materials and over trials, each with its degrees of freedom"""
    level: float
    materials: int
    trials: int

    @classmethod
    def of(cls, ours: Errors, theirs: Errors, level: float) -> Paired:
        """From the tests that both tasks have at all their sizes; classes are drawn where they are for either."""
        sides = enumerate(_drawn_alike(ours.transfer, theirs.transfer))
        table = pd.concat([part.assign(point=part["n"] + _SECOND * side) for side, part in sides], ignore_index=True)
        cube = cube_of(table, "point")
        everywhere = np.asarray(~np.ma.getmaskarray(cube.errors).any(axis=1, keepdims=True), dtype=bool)
        both = np.ma.MaskedArray(cube.errors.data, np.broadcast_to(~everywhere, cube.errors.shape))
        cells = Cells.of(Replicates(both, cube.weights, cube.clusters))
        return cls(
            (ours.n, theirs.n),
            cells.mean,
            (cells.materials(), cells.trials()),
            level,
            int(np.count_nonzero(everywhere.sum(axis=(0, 1)))),
            int(np.count_nonzero(everywhere.sum(axis=(1, 2)))),
        )

    def difference(self, n: float, other: float) -> Estimate:
        """This task's error at n less the other's at `other`."""
        return self._estimate(self._contrast(n, other))

    def mean_difference(self, sizes: Sequence[tuple[float, float]] = ()) -> Estimate:
        """The same, mean over (n, other's n); none: equal n, at the sizes of this task, which the other must reach."""
        pairs = sizes or [(n, n) for n in self.n[0]]
        return self._estimate(np.mean([self._contrast(n, other) for n, other in pairs], axis=0))

    def equal_n(self, n: float) -> Estimate:
        """Simulations of the other that give this task's error at n: those whose difference is not told from 0.

        0 and infinity where equality may lie below or above all that was run of the other.
        """
        grid = np.geomspace(self.n[1][0], self.n[1][-1], SEARCH)
        found = np.array([self.difference(n, other) for other in grid])  # value, low, high
        reached = found[:, 0] >= 0  # the other errs no more than this one
        value = float(grid[np.argmax(reached)]) if reached.any() else np.inf
        undecided = np.flatnonzero((found[:, 1] <= 0) & (found[:, 2] >= 0))
        if undecided.size == 0 and not reached.any():
            return Estimate(np.inf, float(grid[-1]), np.inf)
        if undecided.size == 0:
            return Estimate(value, 0.0 if reached.all() else value, value)
        low, high = undecided[0], undecided[-1]
        return Estimate(value, float(grid[low]) if low > 0 else 0.0, float(grid[high]) if high < SEARCH - 1 else np.inf)

    def _contrast(self, n: float, other: float) -> np.ndarray:
        return np.concatenate([_interpolation(self.n[0], n), -_interpolation(self.n[1], other)])

    def _estimate(self, contrast: np.ndarray) -> Estimate:
        return contrast_estimate(contrast, self.mean, self.covariances, self.level)


def _drawn_alike(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Tables of errors (columns item, cluster) with the clusters of that which joins most items in one."""
    widest = min(tables, key=lambda table: table["cluster"].nunique() / table["item"].nunique())
    clusters = widest.drop_duplicates("item").set_index("item")["cluster"]
    return [table.assign(cluster=table["item"].map(clusters).fillna(table["cluster"])) for table in tables]


def _interpolation(sizes: np.ndarray, n: float) -> np.ndarray:
    """(k,) weights of the errors at `sizes` in that at n."""
    at = np.log(sizes.astype(float))
    return np.array([np.interp(np.log(n), at, one) for one in np.eye(len(sizes))])


def compare_text(task: str, other: str, found: Comparison) -> str:
    """The comparison in sentences."""
    lines = [
        f"{task} against {other}, on the same {count(found.materials)} test materials in {count(found.trials)} trials:",
        f"  at n = {count(found.n)} each: {_lower(task, found.at_equal_n)}",
        f"  at n = {count(found.n_max)} and {count(found.other_n_max)}: {_lower(task, found.at_n_max)}",
        f"  {equal_sentence(task, other, found)}",
    ]
    return "\n".join(lines)


def equal_sentence(task: str, other: str, found: Comparison) -> str:
    """How many simulations of one are worth those of the other."""
    value, low, high = found.equal_n
    start = f"the error of {task} at n = {count(found.n_max)}"
    if not np.isfinite(value):
        text = f"{start} is not reached by {other} with its {count(found.other_n_max)}"
        return f"{text} (interval: from n = {count(low)})" if low < found.other_n_max else text
    ends = "not known" if not low and np.isinf(high) else span(low, high, places=0)
    worth = f"one simulation of {task} is worth {figure(found.worth.value, 2)} of {other}"
    return f"{start} takes n = {count(round(value))} of {other} (interval {ends}): {worth}"


def _lower(task: str, difference: Estimate) -> str:
    less = difference.value <= 0
    low, high = (-difference.high, -difference.low) if less else (difference.low, difference.high)
    said = f"{figure(abs(difference.value))} {'less' if less else 'more'} (interval {figure(low)} to {figure(high)})"
    return f"{task} errs by {said}{'' if low > 0 else ', not told apart'}"
