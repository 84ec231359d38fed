"""Yeo and Johnson's power transform (Biometrika 87, 954, 2000), its inverse, and the exponent of a sample."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import boxcox1p, inv_boxcox1p

LAMBDA_RANGE: Final = (-4.0, 6.0)
"""exponents are kept in this range, symmetric about the identity 1"""
_SAFE: Final = 20.0
"""times the largest value that must be transformed without over- or underflow"""
_TOLERANCE: Final = 1.48e-8
"""of the exponent"""


def yeo_johnson(x: np.ndarray, lam: np.ndarray | float) -> np.ndarray:
    """Yeo-Johnson transform, broadcasting."""
    up, down = _snapped(lam), _snapped(2 - lam)
    result: np.ndarray = np.where(x >= 0, boxcox1p(np.maximum(x, 0), up), -boxcox1p(-np.minimum(x, 0), down))
    return result


def _snapped(lam: np.ndarray | float) -> np.ndarray:
    """Exponents this near to 0 mean the logarithm; SciPy's inverse is wrong for denormal ones."""
    result: np.ndarray = np.where(np.abs(lam) < 1e-10, 0.0, lam)
    return result


def inverse_yeo_johnson(y: np.ndarray, lam: np.ndarray | float) -> np.ndarray:
    """Its inverse; the caller keeps y inside the image."""
    up, down = _snapped(lam), _snapped(2 - lam)
    result: np.ndarray = np.where(y >= 0, inv_boxcox1p(np.maximum(y, 0), up), -inv_boxcox1p(-np.minimum(y, 0), down))
    return result


def fit_lambda(x: np.ndarray) -> float:
    """Maximum-likelihood exponent of a (values,) finite sample; 1, the identity, for a constant one.

    The number of scipy.stats.yeojohnson_normmax to the bit, in a fifth of its time: the logarithms of the sample,
    which no exponent changes, are taken once.
    """
    if np.ptp(x) == 0:
        return 1.0
    if not np.isfinite(x).all():
        raise ValueError("Yeo-Johnson transform: a value is not finite")
    from scipy.optimize import fminbound  # takes a while to import, and workers fit no transform

    sample = _Sample(x)
    with np.errstate(all="ignore"):
        lam = float(fminbound(sample.cost, *_bounds(x), xtol=_TOLERANCE))
    return float(np.clip(lam, *LAMBDA_RANGE)) if np.isfinite(lam) else 1.0


class _Sample:
    """A sample's logarithms, and its likelihood by the exponent."""

    def __init__(self, x: np.ndarray) -> None:
        self._up = np.flatnonzero(x >= 0)
        self._down = np.flatnonzero(x < 0)
        self._logs = np.log1p(x[self._up]), np.log1p(-x[self._down])
        self._jacobian = np.sum(np.sign(x) * np.log1p(np.abs(x)))
        self._out = np.empty(len(x))

    def cost(self, lam: float) -> float:
        """Negative log-likelihood; inf where the transformed sample has no variance that a float can hold."""
        eps = np.finfo(np.float64).eps
        up, down = self._logs
        self._out[self._up] = up if abs(lam) < eps else np.expm1(lam * up) / lam
        self._out[self._down] = -np.expm1((2 - lam) * down) / (2 - lam) if abs(lam - 2) > eps else -down
        variance = np.var(self._out)
        log = np.log(variance) if variance >= np.finfo(np.float64).smallest_normal else -np.inf
        likelihood = -len(self._out) / 2 * log + (lam - 1) * self._jacobian
        return float("inf") if np.isinf(likelihood) else -float(likelihood)


def _bounds(x: np.ndarray) -> tuple[float, float]:
    """Exponents between which nothing over- or underflows, as in SciPy (github.com/scipy/scipy/pull/18852)."""
    numbers, largest = np.finfo(np.float64), np.log1p(_SAFE * np.max(np.abs(x)))
    eps = np.log(numbers.eps)
    low, high = (np.log(numbers.tiny) - eps) / 2 / largest, (np.log(numbers.max) + eps) / 2 / largest
    if np.all(x < 0):
        return 2 - high, 2 - low
    return (max(2 - high, low), min(2 - low, high)) if np.any(x < 0) else (low, high)
