"""Planted truths: laws, designs and noise that the tests share. Every generator takes its seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from simworth.scaling import PowerLaw, PowerLaws, fit_many

Array = NDArray[np.float64]

TRUTH = PowerLaw(D=0.7, alpha=0.3, C=0.05)
NO_GAP = PowerLaw(D=0.7, alpha=0.3, C=0.0)
NARROW, WIDE = (100.0, 1_000.0), (100.0, 70_000.0)


def sizes(span: tuple[float, float], points: int = 10) -> Array:
    """Log-spaced n over the span."""
    return np.geomspace(*span, points)


def noisy_curves(law: PowerLaw, n: Array, noise: float, runs: int, seed: int) -> Array:
    """(runs, k) means with relative noise, independent per point."""
    rng = np.random.default_rng(seed)
    return law(n) * (1 + noise * rng.standard_normal((runs, n.size)))


def trial_curves(
    law: PowerLaw, n: Array, trials: int, spread: float, between: float, common: float, runs: int, seed: int
) -> Array:
    """(runs, trials, k): relative spread of trials, a share `common` of its variance the same at every n.

    between: relative deviation of each point from the law, the same in every trial.
    """
    rng = np.random.default_rng(seed)
    points = 1 + between * rng.standard_normal((runs, 1, n.size))
    whole = np.sqrt(common) * rng.standard_normal((runs, trials, 1))
    own = np.sqrt(1 - common) * rng.standard_normal((runs, trials, n.size))
    return np.maximum(law(n) * points * (1 + spread * (whole + own)), 1e-6)


def planted_materials(
    law: PowerLaw,
    n: Array,
    trials: int,
    materials: int,
    rng: np.random.Generator,
    item_noise: float = 0.3,
    spread: float = 0.5,
) -> np.ma.MaskedArray:
    """(trials, k, materials) absolute errors: each material has a D and a C of its own, whose population means are the
    law's (log-normal, of this spread); a fifth of the materials are in each trial's test set, the same at every n."""
    own_d, own_c = np.exp(spread * rng.standard_normal((2, materials)) - spread**2 / 2)
    curve = law.D * own_d * n[:, None] ** -law.alpha + law.C * own_c
    training = 1 + 0.05 * rng.standard_normal((trials, 1, 1))
    item = np.exp(item_noise * rng.standard_normal((trials, n.size, materials)) - item_noise**2 / 2)
    rank = rng.random((trials, materials)).argsort(axis=1).argsort(axis=1)
    out = np.broadcast_to((rank >= materials // 5)[:, None, :], item.shape)
    return np.ma.array(curve * training * item, mask=out)


def fitted(n: Array, curves: Iterable[np.ma.MaskedArray], at_once: int = 25) -> Iterator[PowerLaws]:
    """Laws of curves of one design, fitted many at once: a third of the time of one by one."""
    kept = iter(curves)
    while part := list(islice(kept, at_once)):
        yield fit_many(n, np.ma.stack(part))


def covers(low: Array, high: Array, value: float) -> float:
    """Share of the intervals that hold the value."""
    return float(np.mean((low <= value) & (value <= high)))
