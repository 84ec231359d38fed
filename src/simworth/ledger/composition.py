"""Whether a database still holds the same kinds of material: a forecast speaks of more of the same only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.stats import chi2_contingency

UNLIKELY: Final = 1e-3
"""probability below which two sets of classes are not draws from the same database"""
LEAST_EXPECTED: Final = 5.0
"""expected count below which classes are pooled"""


def changed(before: Mapping[str, int], now: Mapping[str, int]) -> float | None:
    """Probability of class counts as different as these in two draws from one database, where it is below UNLIKELY.

    None where they may well be the same, or where classes are unknown. A release that only adds materials, or only
    takes some away, is compared by what it added or took.
    """
    names = sorted(set(before) | set(now))
    old, new = (np.array([counts.get(name, 0) for name in names], dtype=float) for counts in (before, now))
    if (new >= old).all():
        new = new - old
    elif (new <= old).all():
        old = old - new
    probability = _same(old, new)
    return probability if probability is not None and probability < UNLIKELY else None


def _same(first: np.ndarray, second: np.ndarray) -> float | None:
    """Probability of a chi-square test of homogeneity, rare classes pooled; None where nothing can be tested."""
    if first.sum() == 0 or second.sum() == 0:
        return None
    table = np.stack([first, second])
    expected = table.sum(axis=0) * min(first.sum(), second.sum()) / table.sum()
    rare = expected < LEAST_EXPECTED
    pooled = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)]) if rare.any() else table
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return None
    return float(chi2_contingency(pooled).pvalue)
