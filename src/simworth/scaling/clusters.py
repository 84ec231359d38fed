"""How far the mean curve is known: its covariance over the choice of trials, and of measured materials.

Both are cluster-robust (sandwich) covariances of the mean, from what each trial, or each material,
contributes to it. They keep the covariance between the sizes n, which is strong: a trial has the same test set
at every n, and a material that is hard to predict is hard at every n. Materials and trials cross, so their joint
covariance is that of Cameron, Gelbach and Miller (2011, doi 10.1198/jbes.2010.07136):
V(trials) + V(materials) - V(single errors).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simworth.scaling.laws import Array


@dataclass(frozen=True)
class Cluster:
    """Covariance of the mean curve over one kind of replicate."""

    covariance: Array
    """(curves, points, points), in the errors' unit squared"""
    freedom: Array
    """(curves,) number of clusters less one"""

    def take(self, rows: list[int]) -> Cluster:
        """Some of the curves."""
        return Cluster(self.covariance[rows], self.freedom[rows])


def trial_cluster(by_trial: np.ma.MaskedArray, mean: Array) -> Cluster:
    """Over trials: by_trial (curves, trials, points), mean (curves, points)."""
    present = ~np.ma.getmaskarray(by_trial)
    share = np.where(present, by_trial.data - mean[:, None], 0.0)
    share /= np.maximum(present.sum(axis=1, keepdims=True), 1)
    return _outer(share, present.any(axis=2).sum(axis=1))


def material_clusters(values: np.ma.MaskedArray, mean: Array, trials: Cluster | None) -> Cluster:
    """Over materials and trials together: values (curves, trials, points, materials), mean (curves,
    points)."""
    per_curve = [_two_way(v, m) for v, m in zip(values, mean, strict=True)]
    covariance = np.stack([c for c, _ in per_curve])
    if trials is not None:
        covariance = covariance + trials.covariance
    return Cluster(covariance, np.array([max(j - 1, 1) for _, j in per_curve], dtype=float))


def _two_way(values: np.ma.MaskedArray, mean: Array) -> tuple[Array, int]:
    """V(materials) - V(single errors) of one curve, and the number of materials. values (trials, points,
    materials)."""
    present = ~np.ma.getmaskarray(values)
    tested = present.sum(axis=2, keepdims=True)
    runs = np.maximum((tested > 0).sum(axis=0, keepdims=True), 1)
    share = np.where(present, values.data - mean[:, None], 0.0) / (np.maximum(tested, 1) * runs)
    by_material = share.sum(axis=0).T
    materials = int(present.any(axis=(0, 1)).sum())
    cells = np.moveaxis(share, 1, 2).reshape(-1, mean.size)
    correction = materials / max(materials - 1, 1)
    return correction * by_material.T @ by_material - cells.T @ cells, materials


def _outer(share: Array, count: Array) -> Cluster:
    correction = count / np.maximum(count - 1, 1)
    covariance = correction[:, None, None] * np.einsum("cti,ctj->cij", share, share)
    return Cluster(covariance, np.maximum(count - 1, 1).astype(float))
