"""The one-dimensional law of many curves at once; every number of `PowerLaw` is an array over the curves here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simworth.estimate import LEVEL, Estimate
from simworth.scaling import forecast, region
from simworth.scaling.fit import Fits
from simworth.scaling.inputs import POSITIVE, check_choice, check_level, check_number, check_sizes
from simworth.scaling.laws import POWER, Array

METHODS: Final = ("drift", "model")
"""of `predict`"""


@dataclass(frozen=True)
class ManyLaws:
    """error(n) = D n^-alpha + C of many curves."""

    D: Array
    """(curves,)"""
    alpha: Array
    """(curves,)"""
    C: Array
    """(curves,)"""
    fits: Fits | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return int(self.D.size)

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover: ("points",), ("trials",) or ("trials", "materials")."""
        return () if self.fits is None else self.fits.curves.levels

    def __call__(self, n: ArrayLike) -> Array:
        """(curves, ...) error at n, in the property's unit."""
        n, column = self._sizes(n)
        return np.asarray(self.D[column] * n ** -self.alpha[column] + self.C[column])

    def gradient(self, n: ArrayLike) -> Array:
        """(curves, ...) dR/dn: derivative of the error by n."""
        n, column = self._sizes(n)
        return np.asarray(-self.alpha[column] * self.D[column] * n ** (-self.alpha[column] - 1.0))

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[Array, Array]:
        """(curves,) low and high of D, alpha or C. See `PowerLaw.interval`."""
        check_choice("name", name, POWER.names)
        if self.fits is None:
            return self._unknown(self.D)
        return region.interval(self.fits, name, check_level(level), self.widest(over))

    def predict(self, n: ArrayLike, level: float = LEVEL, method: str = "drift", over: str | None = None) -> Estimate:
        """(curves, ...) error at n. See `PowerLaw.predict`."""
        if method == "empirical":
            raise ValueError("method: 'empirical' is replaced by the default, 'drift': leave method out")
        check_choice("method", method, METHODS)
        value = self(n)
        if self.fits is None:
            return Estimate(value, *self._unknown(value))
        sizes = np.array(np.broadcast_to(self._sizes(n)[0], value.shape)).reshape(len(self), -1)
        if method == "drift":
            found = forecast.predict_drifting(self.fits, sizes, check_level(level), self.widest(over))
            return Estimate(*(end.reshape(value.shape) for end in found))
        low, high = region.predict(self.fits, sizes, check_level(level), self.widest(over))
        return Estimate(value, low.reshape(value.shape), high.reshape(value.shape))

    def gain(self, factor: float, level: float = LEVEL, over: str | None = None) -> list[forecast.FactorGain]:
        """One a curve. See `PowerLaw.gain`."""
        factor = check_number("factor", factor, "be finite and above 1", 1.0)
        if self.fits is None:
            raise ValueError("PowerLaw: a law from known coefficients has no data to forecast from; compare its values")
        return forecast.gain(self.fits, factor, check_level(level), self.widest(over))

    def gradient_interval(self, n: float, level: float = LEVEL, over: str | None = None) -> tuple[Array, Array]:
        """(curves,) low and high of dR/dn."""
        if self.fits is None:
            return self._unknown(self.D)
        weights = region.gradient_weights(self.fits, 0, check_number("n", n, POSITIVE, 0.0))
        return region.bounds(self.fits, self.widest(over), weights, check_level(level))

    def required_n(
        self,
        target: float | None = None,
        level: float = LEVEL,
        over: str | None = None,
        *,
        relative: float | None = None,
    ) -> Estimate:
        """(curves,) n at which the error falls to the target. See `PowerLaw.required_n`."""
        if (target is None) == (relative is None):
            raise ValueError("required_n: takes a target error or a share of today's (relative=0.95), one of them")
        if relative is not None:
            return self._required_relative(relative, level, over)
        target = check_number("target", target, "be a finite, positive error", 0.0)
        value = forecast.solve_n(self.D, self.alpha, self.C, target)
        if self.fits is None:
            return Estimate(value, *self._unknown(value))
        low, high = forecast.required(self.fits, target, check_level(level), self.widest(over))
        return Estimate(value, np.minimum(low, value), np.maximum(high, value))

    def _required_relative(self, share: float, level: float, over: str | None) -> Estimate:
        why = "; 0.95 asks for 5 % less than today"
        share = check_number("relative", share, "lie between 0 and 1", 0.0, 1.0, why)
        if self.fits is None:
            raise ValueError("relative: a law from known coefficients has no n_max; give a target error")
        return forecast.required_relative(self.fits, share, check_level(level), self.widest(over))

    def widest(self, over: str | None) -> str:
        """What an interval covers: as asked, checked; by default the widest that the errors allow."""
        return self.over[-1] if over is None else check_choice("over", over, self.over)

    @staticmethod
    def _sizes(n: ArrayLike) -> tuple[Array, tuple[slice | None, ...]]:
        """Sizes that broadcast against the index returned, which takes (curves,) to (curves, ...)."""
        sizes = check_sizes("n", n)
        return sizes, (slice(None), *[None] * sizes.ndim)

    @staticmethod
    def _unknown(like: Array) -> tuple[Array, Array]:
        return np.full_like(like, np.nan), np.full_like(like, np.nan)
