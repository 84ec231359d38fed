"""Means of errors that belong to a trial and to a material, and how far they are known: cluster-robust covariances.

The mean is post-stratified: a material counts once however often it was tested (as many times as it has measurements),
so that which materials a trial drew for its test set does not move the level. It is a weighted sum of single errors,
sum_i a_i e_i, and a ratio. Its influence by material is a_i (e_i - mean); by trial it is that of the jackknife,
a_i (e_i - mean of the material's other trials). Influences are summed over what repeats, a trial or a cluster of
materials, and keep the covariance between sizes, which is strong: a trial has the same test set at every n, and a
material that is hard to predict is hard at every n. Materials and trials cross, so that their joint covariance is that
of Cameron, Gelbach and Miller (2011, doi 10.1198/jbes.2010.07136): V(trials) + V(clusters of materials) - V(cells of
both).

Clusters of unequal size carry their share of the weight: correction and degrees of freedom are those of a weighted
mean of independent values (Satterthwaite), and reduce to J / (J - 1) and J - 1 for J clusters of one size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.scaling.laws import Array


@dataclass(frozen=True)
class Replicates:
    """Absolute errors told apart by trial and material, with the number of measurements behind each."""

    errors: np.ma.MaskedArray
    """(trials, points, materials), or with a leading axis of curves; mean over a material's measurements, masked
    where a trial did not test it"""
    weights: ArrayLike = 1.0
    """measurements behind each error, broadcast to its shape; where it is not masked, above 0"""
    clusters: ArrayLike | None = None
    """(materials,) labels, or (curves, materials): materials with one label have correlated errors and are drawn
    together; None: each is drawn alone"""


@dataclass(frozen=True)
class Cluster:
    """Covariance of the mean curve over one kind of replicate."""

    covariance: Array
    """(curves, points, points), in the errors' unit squared"""
    freedom: Array
    """(curves,) degrees of freedom; 0 where a single replicate tells nothing of its choice: unbounded intervals"""

    def take(self, rows: list[int]) -> Cluster:
        """Some of the curves."""
        return Cluster(self.covariance[rows], self.freedom[rows])


@dataclass(frozen=True)
class Cells:
    """Single errors of one curve and their part in the mean of each size."""

    values: Array
    """(trials, points, materials), 0 where not tested"""
    share: Array
    """(trials, points, materials) weights that sum to 1 at each point, 0 where not tested"""
    labels: NDArray[np.intp]
    """(materials,) index of each material's cluster"""

    @classmethod
    def of(cls, replicates: Replicates, row: int | None = None) -> Cells:
        """Those of one curve, of which `replicates` holds several where `row` is given."""
        errors, weights, labels = replicates.errors, np.asarray(replicates.weights, dtype=float), replicates.clusters
        weights = np.broadcast_to(weights, errors.shape)
        if row is not None:
            errors, weights = errors[row], weights[row]
            labels = np.asarray(labels)[row] if labels is not None and np.ndim(labels) == 2 else labels
        present = ~np.ma.getmaskarray(errors)
        weights = np.where(present, weights, 0.0)
        times = weights.sum(axis=0, keepdims=True)
        size = times / np.maximum(present.sum(axis=0, keepdims=True), 1)
        share = weights * size / np.where(times > 0, times, 1.0)
        share /= np.maximum(size.sum(axis=2, keepdims=True), 1e-300)
        index = np.arange(errors.shape[2]) if labels is None else np.unique(np.asarray(labels), return_inverse=True)[1]
        return cls(np.where(present, errors.data, 0.0), share, index.reshape(-1))

    @cached_property
    def mean(self) -> Array:
        """(points,)"""
        return np.asarray((self.share * self.values).sum(axis=(0, 2)))

    def trials(self) -> tuple[Array, float]:
        """Covariance (points, points) over trials, and its degrees of freedom."""
        return _covariance(self._by_trial.sum(axis=2), self.share.sum(axis=2), jackknife=True)

    def materials(self) -> tuple[Array, float]:
        """Covariance (points, points) over clusters of materials and trials together, and its degrees of freedom."""
        by_material = (self.share * (self.values - self.mean[:, None])).sum(axis=0, keepdims=True)
        influence, share = (_by_label(part, self.labels)[0] for part in (by_material, self.share.sum(0, keepdims=True)))
        between, freedom = _covariance(influence.T, share.T)
        cells = np.moveaxis(_by_label(self._by_trial, self.labels), 1, 2).reshape(-1, influence.shape[0])
        return between + self.trials()[0] - cells.T @ cells, freedom

    @cached_property
    def _by_trial(self) -> Array:
        """(trials, points, materials) influence of each error against the other trials of its material; against the
        mean where a single trial tested it."""
        share = self.share
        whole = share.sum(axis=0)
        own = (share * self.values).sum(axis=0) / np.where(whole > 0, whole, 1.0)
        others = np.where(whole > 0, whole - share, 1.0)
        several = others > 1e-9 * whole
        factor = np.where(several, whole / np.where(several, others, 1.0), 1.0)
        return np.asarray(share * factor * (self.values - np.where(several, own, self.mean[:, None])))


def _by_label(part: Array, labels: NDArray[np.intp]) -> Array:
    """(trials, points, clusters) sums over the materials of each cluster."""
    if np.array_equal(labels, np.arange(len(labels))):
        return part
    belongs = np.eye(int(labels.max(initial=-1)) + 1)[labels]
    return np.asarray(part @ belongs)


def _covariance(influence: Array, share: Array, jackknife: bool = False) -> tuple[Array, float]:
    """Covariance of a weighted mean from its groups' influences (groups, points), and its degrees of freedom.

    share: (groups, points) part of each group in the mean. For independent values of one variance, the sum of squared
    influences misses that of the mean by 1 - 2 sum w^3 / sum w^2 + sum w^2, with w the shares; influences by the
    jackknife are larger by the square of that.
    """
    w = share.mean(axis=1)
    w = w[w > 0]
    if w.size < 2:
        return influence.T @ influence, 0.0
    w = w / w.sum()
    square = np.sum(w**2)
    kept = 1.0 - 2.0 * np.sum(w**3) / square + square
    scale = kept if jackknife else 1.0 / kept
    return influence.T @ influence * scale, float(max(square**2 / np.sum(w**4) - 1.0, 1.0))


def trial_cluster(by_trial: np.ma.MaskedArray, mean: Array) -> Cluster:
    """Over trials of given means: by_trial (curves, trials, points), mean (curves, points)."""
    present = ~np.ma.getmaskarray(by_trial)
    share = present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    influence = share * np.where(present, by_trial.data - mean[:, None], 0.0)
    return _stacked([_covariance(i, s) for i, s in zip(influence, share, strict=True)])


def crossed_clusters(replicates: Replicates) -> tuple[Array, dict[str, Cluster]]:
    """Means (curves, points) of errors (curves, trials, points, materials), and the covariance of each over 'trials'
    and, with them, over 'materials'."""
    curves = [Cells.of(replicates, row) for row in range(len(replicates.errors))]
    clusters = {"materials": _stacked([cells.materials() for cells in curves])}
    trials = _stacked([cells.trials() for cells in curves])
    if (trials.freedom > 0).all():
        clusters = {"trials": trials} | clusters
    return np.stack([cells.mean for cells in curves]), clusters


def _stacked(found: list[tuple[Array, float]]) -> Cluster:
    return Cluster(np.stack([covariance for covariance, _ in found]), np.array([freedom for _, freedom in found]))


@dataclass(frozen=True)
class IntraclassCorrelation:
    """Whether materials of one class err alike."""

    icc: float
    """intraclass correlation of the materials' mean errors, by one-way analysis of variance; NaN without two classes
    of which one has two materials"""
    p: float
    """share of random classes of the same sizes whose correlation is as large"""
    classes: int

    @property
    def drawn(self) -> bool:
        """Whether intervals should draw classes: the correlation is not chance."""
        return self.icc > 0 and self.p < CORRELATED


CORRELATED: Final = 0.05
"""p of the intraclass correlation below which intervals draw classes"""
SHUFFLES: Final = 1999


def class_correlation(errors: Replicates | ArrayLike, labels: ArrayLike) -> IntraclassCorrelation:
    """Correlation of per-material errors within classes, with the p of a permutation test.

    errors: (trials, points, materials) absolute errors of one curve, masked where not tested, or `Replicates`; a
    material counts with its mean over trials and points. labels: (materials,), "" or None: a class of its own.
    """
    given = errors if isinstance(errors, Replicates) else Replicates(np.ma.asarray(errors))
    if given.errors.ndim != 3 or np.shape(labels) != given.errors.shape[2:]:
        shapes = f"{given.errors.shape} and {np.shape(labels)}"
        raise ValueError(f"errors, labels: must have shapes (trials, points, materials) and (materials,), got {shapes}")
    cells = Cells.of(given)
    weight = cells.share.sum(axis=(0, 1))
    tested = weight > 0
    mean = (cells.share * cells.values).sum(axis=(0, 1))[tested] / weight[tested]
    alone = [label if label not in ("", None) else ("alone", i) for i, label in enumerate(np.asarray(labels).tolist())]
    codes = {label: i for i, label in enumerate(dict.fromkeys(alone))}
    index = np.unique([codes[label] for label, kept in zip(alone, tested, strict=True) if kept], return_inverse=True)[1]
    size = np.bincount(index)
    if size.size < 2 or size.max() < 2:
        return IntraclassCorrelation(np.nan, 1.0, int(size.size))
    rng = np.random.default_rng(0)
    drawn = np.stack([mean, *(rng.permutation(mean) for _ in range(SHUFFLES))])
    found = _icc(drawn, index, size)
    p = float((found >= found[0] - 1e-12).mean())
    return IntraclassCorrelation(float(found[0]), p, int(size.size))


def _icc(values: Array, index: NDArray[np.intp], size: NDArray[np.intp]) -> Array:
    """(draws,) ICC(1) of values (draws, materials), with the mean class size of unequal classes (Donner 1986)."""
    total, classes = values.shape[1], size.size
    sums = values @ np.eye(classes)[index]
    between = (sums**2 / size).sum(axis=1) - values.sum(axis=1) ** 2 / total
    within = ((values**2).sum(axis=1) - (sums**2 / size).sum(axis=1)) / (total - classes)
    between, mean_size = between / (classes - 1), (total - (size**2).sum() / total) / (classes - 1)
    whole = between + (mean_size - 1) * within
    return np.asarray((between - within) / np.where(whole > 0, whole, 1.0))
