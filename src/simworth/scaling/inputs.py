"""What a fit accepts: checks that name argument, rule and value, and the mean curves with what is known of
their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.scaling.clusters import Cluster, Replicates, crossed_clusters, trial_cluster
from simworth.scaling.laws import Array

MIN_SIZES = 5
"""Distinct n below which three parameters and their uncertainty cannot both be had from a curve."""
SMALLEST = 1e-60
"""Mean error below which, and above whose inverse, products of errors leave the floats."""


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

    @property
    def levels(self) -> tuple[str, ...]:
        """What intervals can cover, widest last."""
        return ("points",) if not self.clusters else tuple(self.clusters)

    def take(self, rows: list[int]) -> Curves:
        """Some of the curves."""
        clusters = {name: cluster.take(rows) for name, cluster in self.clusters.items()}
        return Curves(self.sizes[:, rows], self.mean[rows], self.seen[rows], self.trials[rows], clusters)


Errors = ArrayLike | Replicates
"""Means, errors by trial, or errors by trial and material"""


def as_replicates(errors: Errors) -> Replicates:
    """Errors as a masked array of floats, with weights and clusters that fit them."""
    given = errors if isinstance(errors, Replicates) else Replicates(errors)  # type: ignore[arg-type]
    mask = given.errors.mask if isinstance(given.errors, np.ma.MaskedArray) else np.ma.nomask
    values: np.ma.MaskedArray = np.ma.array(as_numbers("errors", given.errors), mask=mask, copy=False)
    _check_weights(values, given.weights)
    if given.clusters is not None:
        _check_clusters(values, np.asarray(given.clusters))
    return Replicates(values, given.weights, given.clusters)


def one_curve(errors: Errors) -> Replicates:
    """Errors of a single curve or surface with a leading axis of curves."""
    given = as_replicates(errors)
    weights = np.broadcast_to(np.asarray(given.weights), given.errors.shape)[None] if np.ndim(given.weights) else 1.0
    return Replicates(given.errors[None], weights, given.clusters)


def read_curves(n: ArrayLike, errors: Errors) -> Curves:
    """n (k,) or (curves, k); errors (curves, k), (curves, trials, k) or (curves, trials, k, materials)."""
    given = as_replicates(errors)
    values, axis = given.errors, _axis_of_points(given)
    sizes = _sizes("n", n, values.shape[0], values.shape[axis])
    order = np.argsort(sizes, axis=1, kind="stable")
    if np.any(order != np.arange(order.shape[1])):
        sizes = np.take_along_axis(sizes, order, axis=1)
        given = _reordered(given, np.expand_dims(order, tuple(i for i in range(1, values.ndim) if i != axis)), axis)
    curves = summarise(sizes[None], given)
    _check_sizes(sizes, curves.seen)
    return curves


def read_points(n: ArrayLike, m: ArrayLike, errors: Errors) -> Curves:
    """One surface: n, m (points,); errors (points,), (trials, points) or (trials, points, materials)."""
    given = one_curve(errors)
    points = given.errors.shape[_axis_of_points(given)]
    sizes = np.stack([_sizes(name, given_sizes, 1, points) for name, given_sizes in (("n", n), ("m", m))])
    curves = summarise(sizes, given)
    pairs = sizes[:, 0, curves.seen[0]].T
    unique, count = np.unique(pairs, axis=0, return_counts=True)
    if (count > 1).any():
        n_m = tuple(float(v) for v in unique[count > 1][0])
        raise ValueError(
            f"n, m: each pair once, got (n, m) = {n_m} more than once; give replicates as trials (an axis)"
        )
    return curves


def _axis_of_points(given: Replicates) -> int:
    if given.errors.ndim not in (2, 3, 4):
        raise ValueError(f"errors: must have 1 to 3 axes a curve, got shape {given.errors.shape[1:]}")
    return min(given.errors.ndim - 1, 2)


def summarise(sizes: Array, given: Replicates) -> Curves:
    """Means over trials (each trial counts once) and the clusters of their noise."""
    values = given.errors
    _check_errors(values, items=values.ndim == 4)
    if values.ndim == 2:
        seen = ~np.ma.getmaskarray(values)
        _check_scale(values.data[seen])
        return Curves(sizes, np.where(seen, values.data, 1.0), seen, seen.astype(float))
    by_trial = trial_means(given)
    present = ~np.ma.getmaskarray(by_trial)
    trials = present.sum(axis=1).astype(float)
    seen = trials > 0
    _check_means(by_trial)
    if values.ndim == 4:
        mean, clusters = crossed_clusters(given)
    else:
        mean = np.where(present, by_trial.data, 0.0).sum(axis=1) / np.maximum(trials, 1)
        several = (present.any(axis=2).sum(axis=1) >= 2).all()
        clusters = {"trials": trial_cluster(by_trial, mean)} if several else {}
    _check_scale(mean[seen])
    return Curves(sizes, np.where(seen, mean, 1.0), seen, trials, clusters)


def trial_means(given: Replicates) -> np.ma.MaskedArray:
    """(curves, trials, points) mean of each trial over its measurements."""
    values = given.errors
    if values.ndim < 4:
        return values
    if not values.shape[3]:
        raise ValueError("errors: must hold a measured material, got none (materials axis of length 0)")
    weights = np.where(np.ma.getmaskarray(values), 0.0, np.broadcast_to(np.asarray(given.weights), values.shape))
    tested = weights.sum(axis=3)
    total = (weights * np.where(weights > 0, values.data, 0.0)).sum(axis=3)
    return np.ma.array(total / np.where(tested > 0, tested, 1.0), mask=tested == 0)


def _reordered(given: Replicates, index: NDArray[np.intp], axis: int) -> Replicates:
    errors = np.ma.asarray(np.take_along_axis(given.errors, index, axis))
    weights = given.weights
    if np.ndim(weights):
        weights = np.take_along_axis(np.broadcast_to(np.asarray(weights), errors.shape), index, axis)
    return Replicates(errors, weights, given.clusters)


def _check_weights(values: np.ma.MaskedArray, given: ArrayLike) -> None:
    weights = as_numbers("weights", given)
    try:
        shown = np.broadcast_to(weights, values.shape)[~np.ma.getmaskarray(values)]
    except ValueError:
        raise ValueError(f"weights: must match the errors' shape {values.shape}, got {weights.shape}") from None
    bad = ~(np.isfinite(shown) & (shown > 0))
    if bad.any():
        raise ValueError(f"weights: must be finite and positive where errors are unmasked, got {shown[bad][0]:g}")


def _check_clusters(values: np.ma.MaskedArray, labels: NDArray[Any]) -> None:
    if labels.shape[-1:] != values.shape[-1:]:
        raise ValueError(f"clusters: one label a material, {values.shape[-1:]}, got shape {labels.shape}")
    kinds = sorted({type(label).__name__ for label in labels.ravel().tolist()})
    if len(kinds) > 1 or "NoneType" in kinds or (labels.dtype.kind == "f" and np.isnan(labels).any()):
        raise ValueError(
            f"clusters: labels must be all texts or all numbers, got {' and '.join(kinds)}, or NaN; a material that is "
            "drawn alone takes a label of its own"
        )


def _sizes(name: str, given: ArrayLike, curves: int, points: int) -> Array:
    sizes = as_numbers(name, given)
    if sizes.ndim not in (1, 2) or sizes.shape[-1] != points or (sizes.ndim == 2 and sizes.shape[0] != curves):
        raise ValueError(f"{name}: must match the errors' axis of {points} sizes, got shape {sizes.shape}")
    bad = ~(np.isfinite(sizes) & (sizes > 0))
    if bad.any():
        raise ValueError(
            f"{name}: must be finite and positive, got {sizes[bad][0]:g} at index {int(np.argwhere(bad)[0][-1])}"
        )
    return np.array(np.broadcast_to(sizes, (curves, points)))


def _check_sizes(sizes: Array, seen: NDArray[np.bool_]) -> None:
    repeated = (np.diff(sizes, axis=1) == 0).any(axis=0)
    if repeated.any():
        value = sizes[:, 1:][:, repeated][0, 0]
        raise ValueError(f"n: each size once, got {value:g} more than once; give replicates as trials (rows)")
    few = seen.sum(axis=1) < MIN_SIZES
    if few.any():
        count = int(seen.sum(axis=1)[few][0])
        raise ValueError(f"n: at least {MIN_SIZES} distinct unmasked sizes, got {count}; run more sizes")


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


def _check_scale(means: Array) -> None:
    """Squares of errors must be floats, too."""
    if (far := (means < SMALLEST) | (means > 1 / SMALLEST)).any():
        raise ValueError(
            f"errors: must lie between {SMALLEST:g} and {1 / SMALLEST:g}, got {means[far][0]:g}; give them in another "
            "unit"
        )


def _check_means(by_trial: np.ma.MaskedArray) -> None:
    bad = ~np.ma.getmaskarray(by_trial) & (by_trial.data <= 0)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"errors: a trial's mean must be positive, got {by_trial.data[where]} at index {where[1:]}")


def as_numbers(name: str, given: ArrayLike) -> Array:
    """An array of real numbers."""
    try:
        if np.asarray(given).dtype.kind == "c":
            raise TypeError("complex")
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: must be an array of numbers ({error})") from error


POSITIVE = "be finite and positive"


def check_number(name: str, given: Any, rule: str, low: float, high: float = np.inf, why: str = "") -> float:
    """A single number, low and high excluded; `rule` says so in words."""
    if isinstance(given, str) or np.ndim(given) or not np.isreal(given) or not low < given < high:
        raise ValueError(f"{name}: must {rule}, got {given!r}{why}")
    return float(given)


def check_level(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    return check_number("level", level, "lie between 0 and 1", 0.0, 1.0)


def check_coefficients(law: object, names: Sequence[str]) -> None:
    """Known coefficients of a law, its attributes of these names."""
    for name in names:
        check_number(name, getattr(law, name), "be finite and not negative", -np.nextafter(0.0, 1.0))


def check_sizes(name: str, given: ArrayLike) -> Array:
    """Sizes at which a law is evaluated: finite and positive."""
    sizes = as_numbers(name, given)
    bad = ~(np.isfinite(sizes) & (sizes > 0))
    if bad.any():
        raise ValueError(f"{name}: must be finite and positive, got {sizes[bad].ravel()[0]:g}")
    return sizes


def check_choice(name: str, given: str, allowed: Sequence[str]) -> str:
    """One of the allowed words."""
    if given not in allowed:
        raise ValueError(f"{name}: must be one of {', '.join(allowed)}, got {given!r}")
    return given
