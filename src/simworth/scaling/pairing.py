"""The effect of pairing the trials: how many independent ones the same interval of alpha would have needed.

A trial keeps its test set at every n and grows its source set by addition, so that its errors rise and fall together;
what is common to all n moves the curve up or down and says nothing of alpha. Had every n its own trials, the interval
of alpha would be wider, and would shrink as 1 / sqrt(trials). How much is common the data decide: what a trial's
training adds by chance at one n, it does not share with the next.

The factor is found by drawing. The trials are scaled so that their mean is the fitted law, which is then the truth.
Paired: as many whole trials as there are, with replacement, many times; each draw is fitted and gives a trial-only
interval of alpha. Independent: f times as many, drawn anew at every n. The f whose intervals are, in the mean, as wide
is the factor; from 100 trials it scatters by an eighth and lies a tenth low. Widths are those of ln alpha, cut at the
exponents that are searched, since an interval may be open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simworth.estimate import LEVEL
from simworth.scaling.inputs import Errors, check_level, one_curve, trial_means
from simworth.scaling.laws import EXPONENT_BOUNDS, Array
from simworth.scaling.power import PowerLaws, fit_many

FACTORS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
"""Times as many independent trials that are tried."""
DRAWS: Final = 400
LEAST_TRIALS: Final = 5
"""Trials that ran at every n, below which nothing is said."""
OPEN: Final = 0.9
"""Share of the exponents searched beyond which an interval of alpha says nothing."""
CELLS: Final = 2_000_000
"""Errors drawn at once: 16 MB."""


@dataclass(frozen=True)
class Pairing:
    """How much more independent trials would have cost."""

    trials: int
    """that ran at every n"""
    factor: float
    """independent trials for each of these, for the same trial-only interval of alpha; NaN where these trials do not
    bound alpha, inf beyond the largest that is tried"""
    fall: float
    """the same for the variance of error(n_min) - error(n_max), whatever the law"""
    correlation: float
    """mean over pairs of n of the correlation of their errors over trials; NaN where a size's errors are all alike"""

    @property
    def even(self) -> float:
        """The factor where any two n are as correlated as they are in the mean: a contrast of the curve's points, such
        as alpha, then keeps 1 - correlation of its variance."""
        with np.errstate(divide="ignore"):
            return float(1 / np.float64(1 - self.correlation))

    @property
    def independent(self) -> float:
        """Independent trials at every n that would give the same interval of alpha."""
        return self.trials * self.factor


def worth_of_pairing(
    n: ArrayLike, errors: Errors, level: float = LEVEL, draws: int = DRAWS, seed: int = 0
) -> Pairing | None:
    """What pairing is worth for errors (trials, k) or (trials, k, materials) at n (k,), as `fit_power_law` takes them.

    None with fewer than LEAST_TRIALS trials that ran at every n. The same seed gives the same answer.
    """
    check_level(level)
    by_trial = trial_means(one_curve(errors))[0]
    whole = by_trial.data[~np.ma.getmaskarray(by_trial).any(axis=1)]
    if len(whole) < LEAST_TRIALS:
        return None
    sizes, order = np.unique(np.asarray(n, dtype=float), return_index=True)
    whole = whole[:, order]
    law = fit_many(sizes, whole[None])
    if _widths(law, level)[0] > OPEN * np.log(EXPONENT_BOUNDS[1] / EXPONENT_BOUNDS[0]):
        return Pairing(len(whole), np.nan, _fall(whole), _correlation(whole))
    true = whole * (law(sizes)[0] / whole.mean(axis=0))
    return Pairing(len(whole), _factor(sizes, true, level, draws, seed), _fall(whole), _correlation(whole))


def _factor(n: Array, errors: Array, level: float, draws: int, seed: int) -> float:
    rng, trials = np.random.default_rng(seed), len(errors)
    paired = _width(n, errors, trials, level, draws, rng, together=True)
    widths = np.array([_width(n, errors, round(f * trials), level, draws, rng, together=False) for f in FACTORS])
    widths = np.minimum.accumulate(widths)
    if paired < widths[-1]:
        return float(np.inf)
    return float(np.exp(np.interp(-paired, -widths, np.log(FACTORS))))


def _width(
    n: Array, errors: Array, count: int, level: float, draws: int, rng: np.random.Generator, *, together: bool
) -> float:
    """Mean width of the interval of ln alpha over `draws` of `count` trials each, whole or anew at every n."""
    trials, points = errors.shape
    widths, left = [], draws
    while left:
        part = min(left, max(1, CELLS // (count * points)))
        drawn = rng.integers(trials, size=(part, count, 1 if together else points))
        widths.append(_widths(fit_many(n, errors[drawn, np.arange(points)]), level))
        left -= part
    return float(np.concatenate(widths).mean())


def _widths(laws: PowerLaws, level: float) -> Array:
    """(curves,) widths of the trial-only interval of ln alpha, within the exponents searched."""
    low, high = laws.interval("alpha", level, "trials")
    return np.asarray(np.log(np.minimum(high, EXPONENT_BOUNDS[1]) / np.maximum(low, EXPONENT_BOUNDS[0])))


def _fall(errors: Array) -> float:
    """Variance of the difference of the curve's ends with independent trials over that with these."""
    first, last = errors[:, 0], errors[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((first.var() + last.var()) / (first - last).var())


def _correlation(errors: Array) -> float:
    """Mean correlation of two different columns."""
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.asarray(np.corrcoef(errors, rowvar=False))
    return float(between[np.triu_indices(len(between), 1)].mean())
