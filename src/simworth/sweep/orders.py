"""Source orders: which simulations come first. `tasks.<task>.source_order` names one.

An order ranks the simulated materials of a trial; the lowest rank comes first, and among equal ones the trial draws. It
sees structures, and measured values of the trial's training side alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.prepare.arrays import SideData, TaskData
from simworth.registry import Registry

_MEGABYTES: Final = 64
_DIGITS: Final = 6
"""distances are rounded, so that materials alike in all but bits tie, and the trial decides between them"""
_ROUND: Final = 0.02
"""share of the materials left that `proposed` takes before it looks again"""
_CHANCE: Final = 0.001
"""level at which wanted structures count as other than the candidates"""
_COMPARED: Final = 2000
"""candidates at most that wanted structures are told from; of more, evenly spaced ones"""
_FOLDS: Final = 5
_LARGEST: Final = 5.0
"""bound of a logarithm of odds, so that none counts more than 150 times as much as one that may be either"""
_PENALTY: Final = 30.0
"""of the squared coefficients: wanted structures are few, and columns many"""


@dataclass(frozen=True)
class OrderInputs:
    """What an order may look at."""

    simulated: np.ndarray
    """(simulated materials, columns) transformed descriptors"""
    measured: np.ndarray
    """(measured materials, columns) transformed descriptors, of the test set, too"""
    train: np.ndarray
    """(m,) measured materials on the trial's training side"""
    values: np.ndarray
    """(m,) their measured values"""


Order = Callable[[OrderInputs], np.ndarray]
"""-> (simulated materials,) rank"""
ORDERS: Final[Registry[Order]] = Registry("source order", "simworth.source_orders")
RANDOM: Final = "random"
"""the trial's draw alone"""
PROPOSED: Final = "proposed"
"""as `simworth propose` ranks"""


@ORDERS.register(RANDOM)
def by_draw(known: OrderInputs) -> np.ndarray:
    """As the trial draws them."""
    return np.zeros(len(known.simulated))


@ORDERS.register("nearest")
def nearest_first(known: OrderInputs) -> np.ndarray:
    """By the Euclidean distance to the nearest measured material."""
    nearest = [chunk.min(axis=1) for chunk in _chunked(known.simulated, known.measured)]
    distance: np.ndarray = np.round(np.concatenate(nearest), _DIGITS)
    return distance


@ORDERS.register("farthest")
def farthest_first(known: OrderInputs) -> np.ndarray:
    """The reverse."""
    return -nearest_first(known)


@ORDERS.register(PROPOSED)
def proposed_first(known: OrderInputs) -> np.ndarray:
    """As `simworth propose` ranks candidates for the structures measured on the training side; as the trial draws them
    where those are not told apart from the simulations."""
    wanted = known.measured[known.train]
    alike = likeness(known.simulated, wanted)
    return (
        np.zeros(len(known.simulated)) if alike is None else coverage_order(known.simulated, wanted, None, alike).rank
    )


def likeness(candidates: np.ndarray, wanted: np.ndarray) -> np.ndarray | None:
    """(candidates,) density of the `wanted` (wanted, columns) over that of the candidates at each, up to a factor, by a
    logistic regression; None where it does not tell left-out structures apart by more than chance.

    If wanted structures are drawn as the candidates are, what is near those that happen to be known is worth no more
    than the rest, and taking it first leaves the rest out. (A two-sample test by a classifier: Lopez-Paz and Oquab,
    ICLR 2017; its ranks are compared as by Mann and Whitney.)
    """
    from scipy.stats import mannwhitneyu
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if len(wanted) < _FOLDS or len(candidates) < _FOLDS:
        return None
    some = candidates[np.linspace(0, len(candidates) - 1, min(len(candidates), _COMPARED)).astype(int)]
    rows, is_wanted = np.concatenate([some, wanted]), np.repeat([False, True], [len(some), len(wanted)])
    middle, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1.0
    rows = (rows - middle) / scale
    model = LogisticRegression(C=1 / _PENALTY, class_weight="balanced", max_iter=1000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    left_out = cross_val_predict(model, rows, is_wanted, cv=folds, method="decision_function")
    if mannwhitneyu(left_out[is_wanted], left_out[~is_wanted], alternative="greater").pvalue > _CHANCE:
        return None
    odds = model.fit(rows, is_wanted).decision_function((candidates - middle) / scale)
    return np.asarray(np.exp(np.clip(odds, -_LARGEST, _LARGEST)))


@dataclass(frozen=True)
class Coverage:
    """Candidates in the order in which they cover the wanted structures."""

    rank: np.ndarray
    """(candidates,) 0 first"""
    gain: np.ndarray
    """(candidates,) what each added to the coverage of the wanted structures when it was taken"""
    distance: np.ndarray
    """(candidates,) to the nearest wanted structure"""


def coverage_order(
    candidates: np.ndarray, wanted: np.ndarray, there: np.ndarray | None = None, weight: np.ndarray | None = None
) -> Coverage:
    """Greedy cover of `wanted` (wanted, columns) by `candidates` (candidates, columns), beside what is `there`.

    Coverage is the sum over wanted structures of sqrt(sum of k), k = exp(-(d / h)^2) with the chosen structures, where
    h is the median distance from a wanted structure to its fifth candidate: near ones count most, and the more a
    wanted structure has, the less another adds, so that the list is diverse. (A concave sum over a kernel is
    submodular: greedy choice reaches 63 % of the best; Nemhauser, Wolsey and Fisher, Math. Program. 14, 265, 1978.)
    `weight` (candidates,) multiplies what each adds. After each round the best 2 % of what is left are taken, so that
    large pools take a few hundred rounds.
    """
    distance = _distances(candidates, wanted)
    width = float(np.median(np.partition(distance, min(4, len(candidates) - 1), axis=0)[min(4, len(candidates) - 1)]))
    width = max(width, float(np.finfo(np.float32).tiny))
    kernel = np.exp(-((distance / width) ** 2))
    held = np.zeros(len(wanted))
    if there is not None and len(there):
        held = np.exp(-((_distances(there, wanted) / width) ** 2)).sum(axis=0)
    rank, gain = np.zeros(len(candidates)), np.zeros(len(candidates))
    left, taken = np.arange(len(candidates)), 0
    while len(left):
        found = (np.sqrt(held + kernel[left]) - np.sqrt(held)).sum(axis=1)
        score = found if weight is None else found * weight[left]
        order = np.lexsort((np.arange(len(left)), -np.round(score, 9)))
        now = order[: max(1, int(_ROUND * len(left)))]
        chosen = left[now]
        rank[chosen], gain[chosen] = taken + np.arange(len(chosen)), found[now]
        held = held + kernel[chosen].sum(axis=0)
        taken, left = taken + len(chosen), np.delete(left, now)
    return Coverage(rank, gain, distance.min(axis=1))


def _distances(rows: np.ndarray, to: np.ndarray) -> np.ndarray:
    """(rows, to) Euclidean distances, float32."""
    return np.concatenate([np.asarray(chunk, dtype=np.float32) for chunk in _chunked(rows, to)])


def _chunked(rows: np.ndarray, to: np.ndarray) -> Iterator[np.ndarray]:
    """(rows, to) Euclidean distances in chunks of rows."""
    from sklearn.metrics import pairwise_distances_chunked  # half a second to import, for orders by distance alone

    chunks: Iterator[np.ndarray] = pairwise_distances_chunked(rows, to, working_memory=_MEGABYTES)
    return chunks


def points(data: TaskData, side: SideData) -> np.ndarray:
    """(materials, parts * columns) transformed descriptors of each material's first sample."""
    first = np.searchsorted(side.material, np.arange(len(side.items)))
    found: np.ndarray = data.inputs[side.rows[first], : data.described].reshape(len(first), -1).astype(np.float64)
    return found


def source_rank(data: TaskData, name: str, train: np.ndarray) -> np.ndarray | None:
    """(simulated materials,) what sorts them before the trial's draw, for the measured materials `train` (m,) that the
    trial learns from; None where the draw alone decides."""
    if name == RANDOM:
        return None
    order, target = ORDERS[name], data.target
    values = np.array([target.values[target.material == item].mean() for item in train])
    return order(OrderInputs(points(data, data.source), points(data, target), train, values))
