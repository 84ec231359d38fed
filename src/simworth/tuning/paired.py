"""Errors of two settings on the same trials, compared pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy.special import stdtrit

LEVEL: Final = 0.95
"""confidence: one-sided of what counts as better, two-sided of what counts as equal"""


@dataclass(frozen=True)
class PairedErrors:
    """Mean errors before and after a change of settings; NaN where one of them failed."""

    before: float
    after: float
    standard_error: float
    """of the difference of the means, over trials"""
    trials: int

    @classmethod
    def of(cls, before: Sequence[float] | np.ndarray, after: Sequence[float] | np.ndarray) -> Self:
        """From (trials,) errors; none, or one that is not finite, where a side failed."""
        first, second = (float(np.mean(side)) if len(side) else np.nan for side in (before, after))
        if not np.isfinite([first, second]).all():
            return cls(first, second, np.nan, 0)
        apart = np.subtract(after, before)
        return cls(first, second, float(apart.std(ddof=1) / np.sqrt(len(apart))), len(apart))

    @property
    def difference(self) -> float:
        """Of the means, after - before."""
        return self.after - self.before

    @property
    def better(self) -> bool:
        """Whether the difference lies below 0 by more than chance at LEVEL."""
        return self.difference < -self._quantile(LEVEL) * self.standard_error

    @property
    def share(self) -> float:
        """|difference| / mean error before."""
        return abs(self.difference) / self.before

    @property
    def sigmas(self) -> float:
        """|difference| in standard errors; 0 where nothing differs."""
        return abs(self.difference) / self.standard_error if self.difference else 0.0

    @property
    def chance(self) -> float:
        """Standard errors that the interval of the difference at LEVEL spans on either side."""
        return self._quantile((1 + LEVEL) / 2)

    def _quantile(self, probability: float) -> float:
        """Of Student's t."""
        return float(stdtrit(self.trials - 1, probability))
