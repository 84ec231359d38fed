"""What a fit accepts: checks that name argument, rule and value, and the mean curves with what is known of
their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.scaling.clusters import Cluster, material_clusters, trial_cluster
from simworth.scaling.laws import Array

MIN_SIZES = 5
"""Distinct n below which three parameters and their uncertainty cannot both be had from a curve."""


@dataclass(frozen=True)
class Curves:
    """Mean error curves, one per row, with the covariance of the means where replicates tell it."""

    sizes: Array
    """(inputs, curves, points) n (and m), positive"""
    mean: Array
    """(curves, points) mean error, in the property's unit; 1 where not seen"""
    seen: NDArray[np.bool_]
    """(curves, points) False where masked throughout"""
    trials: Array
    """(curves, points) number of trials behind each mean; 1 for given means"""
    clusters: dict[str, Cluster] = field(default_factory=dict)
    """'trials' and 'materials', as far as the errors tell them apart"""
    errors: np.ma.MaskedArray | None = None
    """the errors as given, (curves, trials, points[, materials]), for the bootstrap"""

    @property
    def levels(self) -> tuple[str, ...]:
        """What intervals can cover, widest last."""
        return ("points",) if not self.clusters else tuple(self.clusters)

    def take(self, rows: list[int]) -> Curves:
        """Some of the curves."""
        clusters = {name: cluster.take(rows) for name, cluster in self.clusters.items()}
        errors = None if self.errors is None else self.errors[rows]
        return Curves(self.sizes[:, rows], self.mean[rows], self.seen[rows], self.trials[rows], clusters, errors)


def as_errors(errors: ArrayLike) -> np.ma.MaskedArray:
    """Errors as a masked array of floats."""
    try:
        values: np.ma.MaskedArray = np.ma.array(errors, dtype=float, copy=False, keep_mask=True)
    except (TypeError, ValueError) as error:
        raise ValueError(f"errors: must be an array of numbers, got {type(errors).__name__} ({error})") from error
    return values


def read_curves(n: ArrayLike, errors: ArrayLike) -> Curves:
    """n (k,) or (curves, k); errors (curves, k), (curves, trials, k) or (curves, trials, k, materials)."""
    values = as_errors(errors)
    if values.ndim not in (2, 3, 4):
        raise ValueError(f"errors: must have 1 to 3 axes a curve, got shape {values.shape[1:]}")
    axis = 1 if values.ndim == 2 else 2
    sizes = _sizes("n", n, values.shape[0], values.shape[axis])
    order = np.argsort(sizes, axis=1, kind="stable")
    if np.any(order != np.arange(order.shape[1])):
        sizes = np.take_along_axis(sizes, order, axis=1)
        index = np.expand_dims(order, tuple(i for i in range(1, values.ndim) if i != axis))
        values = np.ma.array(
            np.take_along_axis(values.data, index, axis),
            mask=np.take_along_axis(np.ma.getmaskarray(values), index, axis),
        )
    _check_errors(values, items=values.ndim == 4)
    curves = summarise(sizes[None], values)
    _check_sizes("n", sizes, curves.seen)
    return curves


def read_points(n: ArrayLike, m: ArrayLike, errors: ArrayLike) -> Curves:
    """One surface: n, m (points,); errors (points,), (trials, points) or (trials, points, materials)."""
    values = as_errors(errors)[None]
    if values.ndim not in (2, 3, 4):
        raise ValueError(f"errors: must have 1 to 3 axes, got shape {values.shape[1:]}")
    points = values.shape[1 if values.ndim == 2 else 2]
    sizes = np.stack([_sizes(name, given, 1, points) for name, given in (("n", n), ("m", m))])
    _check_errors(values, items=values.ndim == 4)
    curves = summarise(sizes, values)
    pairs = sizes[:, 0, curves.seen[0]].T
    unique, count = np.unique(pairs, axis=0, return_counts=True)
    if (count > 1).any():
        n_m = tuple(float(v) for v in unique[count > 1][0])
        raise ValueError(
            f"n, m: each pair once, got (n, m) = {n_m} more than once; give replicates as trials (an axis)"
        )
    return curves


def summarise(sizes: Array, values: np.ma.MaskedArray) -> Curves:
    """Means over trials (each trial counts once) and the clusters of their noise."""
    if values.ndim == 2:
        seen = ~np.ma.getmaskarray(values)
        return Curves(sizes, np.where(seen, values.data, 1.0), seen, seen.astype(float))
    by_trial = values if values.ndim == 3 else values.mean(axis=3)
    present = ~np.ma.getmaskarray(by_trial)
    trials = present.sum(axis=1).astype(float)
    seen = trials > 0
    mean = np.where(present, by_trial.data, 0.0).sum(axis=1) / np.maximum(trials, 1)
    mean = np.where(seen, mean, 1.0)
    _check_means(by_trial)
    clusters: dict[str, Cluster] = {}
    if (present.any(axis=2).sum(axis=1) >= 2).all():
        clusters["trials"] = trial_cluster(by_trial, mean)
    if values.ndim == 4:
        clusters["materials"] = material_clusters(values, mean, clusters.get("trials"))
    return Curves(sizes, mean, seen, trials, clusters, values)


def _sizes(name: str, given: ArrayLike, curves: int, points: int) -> Array:
    try:
        sizes = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: must be an array of numbers ({error})") from error
    if sizes.ndim not in (1, 2) or sizes.shape[-1] != points or (sizes.ndim == 2 and sizes.shape[0] != curves):
        raise ValueError(f"{name}: must match the errors' axis of {points} sizes, got shape {sizes.shape}")
    bad = ~(np.isfinite(sizes) & (sizes > 0))
    if bad.any():
        raise ValueError(
            f"{name}: must be finite and positive, got {sizes[bad][0]:g} at index {int(np.argwhere(bad)[0][-1])}"
        )
    return np.array(np.broadcast_to(sizes, (curves, points)))


def _check_sizes(name: str, sizes: Array, seen: NDArray[np.bool_]) -> None:
    repeated = (np.diff(sizes, axis=1) == 0).any(axis=0)
    if repeated.any():
        value = sizes[:, 1:][:, repeated][0, 0]
        raise ValueError(f"{name}: each size once, got {value:g} more than once; give replicates as trials (rows)")
    few = seen.sum(axis=1) < MIN_SIZES
    if few.any():
        count = int(seen.sum(axis=1)[few][0])
        raise ValueError(f"{name}: at least {MIN_SIZES} distinct unmasked sizes, got {count}; run more sizes")


def _check_errors(values: np.ma.MaskedArray, items: bool) -> None:
    """Refuse NaN, inf and negatives; zero too, save for the absolute error of a single item, which may well
    be 0."""
    shown = ~np.ma.getmaskarray(values)
    rule = "finite and not negative" if items else "finite and positive"
    bad = shown & ~(np.isfinite(values.data) & ((values.data >= 0) if items else (values.data > 0)))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"errors: must be {rule} where unmasked, got {values.data[where]} at index {where[1:]};"
            " mask what was not run (numpy.ma)"
        )


def _check_means(by_trial: np.ma.MaskedArray) -> None:
    bad = ~np.ma.getmaskarray(by_trial) & (by_trial.data <= 0)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"errors: a trial's mean must be positive, got {by_trial.data[where]} at index {where[1:]}")


def check_level(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: must lie between 0 and 1, got {level}")
    return float(level)


def check_sizes(name: str, given: ArrayLike) -> Array:
    """Sizes at which a law is evaluated: finite and positive."""
    sizes = np.asarray(given, dtype=float)
    bad = ~(np.isfinite(sizes) & (sizes > 0))
    if bad.any():
        raise ValueError(f"{name}: must be finite and positive, got {sizes[bad].ravel()[0]:g}")
    return sizes


def check_choice(name: str, given: str, allowed: Sequence[str]) -> str:
    """One of the allowed words."""
    if given not in allowed:
        raise ValueError(f"{name}: must be one of {', '.join(allowed)}, got {given!r}")
    return given
