"""Which candidate is best, and whether it is distinguishably better than the present settings.

The best of many candidates looks better than it is on the trials that chose it. So the best one and the present
settings are evaluated once more on trials that had no part in the choice, and the verdict is read there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from simworth.tuning.study import Candidate

LEVEL: Final = 0.95
"""one-sided confidence at which a candidate counts as better"""


@dataclass(frozen=True)
class Comparison:
    """Two settings on the same trials."""

    before: float
    """mean error of the present settings; NaN where they failed"""
    after: float
    """mean error of the best candidate"""
    difference: float
    """after - before, paired by trial; NaN where one failed"""
    standard_error: float
    """of the difference, over trials"""
    better: bool
    """whether the difference lies below 0 by more than chance at LEVEL"""


def best_of(candidates: Sequence[Candidate]) -> Candidate | None:
    """The one of the lowest objective, the earliest of equals; None where all failed."""
    ended = [one for one in candidates if one.errors]
    return min(ended, key=lambda one: (one.objective, one.number)) if ended else None


def compare(before: Sequence[float], after: Sequence[float]) -> Comparison:
    """Paired (trials,) errors; none, or one that is not finite, where a side failed."""
    means = [float(np.mean(side)) if len(side) else np.nan for side in (before, after)]
    if not np.isfinite(means).all():
        return Comparison(means[0], means[1], np.nan, np.nan, better=False)
    apart = np.subtract(after, before)
    mean, error = float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(len(apart)))
    better = mean < -float(stdtrit(len(apart) - 1, LEVEL)) * error
    return Comparison(means[0], means[1], mean, error, better)
