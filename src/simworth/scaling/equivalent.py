"""Simulations worth one experiment, from two one-dimensional laws."""

from __future__ import annotations

import numpy as np

from simworth.estimate import LEVEL, Estimate
from simworth.scaling.power import PowerLaw


def equivalent_samples(law_n: PowerLaw, law_m: PowerLaw, n: float, m: float, level: float = LEVEL) -> Estimate:
    """(dR/dm) / (dR/dn): how many simulations lower the error as much as one experiment does at (n, m).

    law_n: the law in n at this m; law_m: the law in m at this n. This is the study's way for multitask
    learning, where the surface does not hold (doi 10.1038/s41524-025-01606-5). Returns value, low, high. The
    two slopes' profile intervals are joined on the log scale by the method of variance estimates recovery
    (Zou and Donner 2008, doi 10.1002/sim.3095), which takes them as independent.
    """
    by_n, by_m = float(law_n.gradient(n)), float(law_m.gradient(m))
    value = by_m / by_n if by_n < 0 else np.inf
    if law_n.fits is None or law_m.fits is None:
        return Estimate(value, np.nan, np.nan)
    (n_low, n_high), (m_low, m_high) = law_n.gradient_interval(n, level), law_m.gradient_interval(m, level)
    if not np.isfinite(value) or value == 0:
        return Estimate(value, 0.0, np.inf)
    low = np.hypot(_log_ratio(by_m, m_high), _log_ratio(n_low, by_n))
    high = np.hypot(_log_ratio(m_low, by_m), _log_ratio(by_n, n_high))
    return Estimate(value, float(value * np.exp(-low)), float(value * np.exp(high)))


def _log_ratio(a: float, b: float) -> float:
    """ln(a / b) of two slopes (negative, or 0: no gain at all)."""
    return float(np.log(a / b)) if b < 0 else np.inf
