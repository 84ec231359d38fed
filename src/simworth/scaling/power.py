"""The one-dimensional law, error(n) = D n^-alpha + C: one curve (`PowerLaw`) or many at once
(`PowerLaws`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simworth.scaling import forecast, verdict
from simworth.scaling.bootstrap import bootstrap
from simworth.scaling.diagnostics import diagnose
from simworth.scaling.estimate import LEVEL, Estimate, plain
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import check_choice, check_level, check_sizes, read_curves
from simworth.scaling.laws import POWER, Array
from simworth.scaling.profile import interval, predict, slope

LAW_VERSION = "1"
"""Raised whenever the same errors would give other numbers."""


def fit_power_law(n: ArrayLike, errors: ArrayLike, *, loss: str = "squares") -> PowerLaw:
    """Fit error(n) = D n^-alpha + C to one curve.

    n: (k,) simulated samples, distinct, in any order, five or more.
    errors: in the property's unit, (k,) means; or (trials, k), paired by row; or (trials, k, materials)
    absolute errors.
        numpy.ma masks what was not run, or was not in a trial's test set.
    loss: "squares" or "huber" (less weight to points beyond 1.345 robust standard deviations).
    """
    values: np.ma.MaskedArray = np.ma.array(errors, copy=False)
    return fit_many(n, values[None], loss=loss)[0]


def fit_many(n: ArrayLike, errors: ArrayLike, *, loss: str = "squares") -> PowerLaws:
    """Fit many curves at once: as `fit_power_law`, with a leading axis of curves on errors (and, if wanted,
    on n).

    n: (k,) or (curves, k). errors: (curves, k), (curves, trials, k) or (curves, trials, k, materials).
    """
    check_choice("loss", loss, ("squares", "huber"))
    return PowerLaws.of(fit_curves(POWER, read_curves(n, errors), loss))


@dataclass(frozen=True)
class PowerLaws:
    """Laws of many curves; every number of `PowerLaw` is an array over the curves here."""

    D: Array
    alpha: Array
    C: Array
    fits: Fits | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, fits: Fits) -> PowerLaws:
        return cls(**fits.parameters(), fits=fits)

    def __len__(self) -> int:
        return int(self.D.size)

    def __getitem__(self, i: int) -> PowerLaw:
        part = None if self.fits is None else self.fits.take([i])
        return PowerLaw(float(self.D[i]), float(self.alpha[i]), float(self.C[i]), part)

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover: ("points",), ("trials",) or ("trials", "materials")."""
        return () if self.fits is None else self.fits.curves.levels

    def __call__(self, n: ArrayLike, each: bool = False) -> Array:
        """(curves, ...) error at n, in the property's unit; each: n is (curves, ...), sizes of a curve's own."""
        n, column = self._sizes(n, each)
        return np.asarray(self.D[column] * n ** -self.alpha[column] + self.C[column])

    def slope(self, n: ArrayLike, each: bool = False) -> Array:
        """(curves, ...) derivative of the error by n."""
        n, column = self._sizes(n, each)
        return np.asarray(-self.alpha[column] * self.D[column] * n ** (-self.alpha[column] - 1.0))

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[Array, Array]:
        """(curves,) low and high of D, alpha or C. See `PowerLaw.interval`."""
        check_choice("name", name, POWER.names)
        if self.fits is None:
            return np.full(len(self), np.nan), np.full(len(self), np.nan)
        return interval(self.fits, name, check_level(level), self._over(over))

    def predict(
        self,
        n: ArrayLike,
        level: float = LEVEL,
        method: str = "model",
        over: str | None = None,
        each: bool = False,
    ) -> Estimate:
        """(curves, ...) error at n; each: n is (curves, ...), sizes of a curve's own. See `PowerLaw.predict`."""
        check_choice("method", method, ("model", "empirical"))
        value = self(n, each)
        if self.fits is None:
            return Estimate(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
        sizes = np.array(np.broadcast_to(self._sizes(n, each)[0], value.shape)).reshape(len(self), -1)
        rule = forecast.empirical if method == "empirical" else predict
        low, high = rule(self.fits, sizes, check_level(level), self._over(over))
        return Estimate(value, low.reshape(value.shape), high.reshape(value.shape))

    def slope_interval(self, n: float, level: float = LEVEL, over: str | None = None) -> tuple[Array, Array]:
        """(curves,) low and high of the derivative of the error by n."""
        if self.fits is None:
            return np.full(len(self), np.nan), np.full(len(self), np.nan)
        return slope(self.fits, float(check_sizes("n", n)), check_level(level), self._over(over))

    def required_n(self, target: float, level: float = LEVEL, over: str | None = None) -> Estimate:
        """(curves,) n at which the error falls to the target. See `PowerLaw.required_n`."""
        if not (np.isfinite(target) and target > 0):
            raise ValueError(f"target: must be a finite, positive error, got {target}")
        value = forecast.solve_n(self.D, self.alpha, self.C, float(target))
        if self.fits is None:
            return Estimate(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
        low, high = forecast.required(self.fits, float(target), check_level(level), self._over(over))
        return Estimate(value, np.minimum(low, value), np.maximum(high, value))

    def _over(self, over: str | None) -> str:
        return self.over[-1] if over is None else check_choice("over", over, self.over)

    def _sizes(self, n: ArrayLike, each: bool) -> tuple[Array, tuple[slice | None, ...]]:
        """Sizes that broadcast against the index returned, which takes (curves,) to (curves, ...)."""
        sizes = check_sizes("n", n)
        if each and (sizes.ndim == 0 or sizes.shape[0] != len(self)):
            raise ValueError(f"n: with each=True must have {len(self)} rows, one a curve, got shape {sizes.shape}")
        return sizes, (slice(None), *[None] * (sizes.ndim - each))


@dataclass(frozen=True)
class PowerLaw:
    """error(n) = D n^-alpha + C, fitted or from known coefficients.

    A law from known coefficients has every method; its intervals are NaN. The transfer gap C is what no
    number of simulations can remove.
    """

    D: float
    """scale, in the error's unit (times n^alpha)"""
    alpha: float
    """decay rate"""
    C: float
    """transfer gap, in the error's unit"""
    fits: Fits | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("D", "alpha", "C"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name}: must be finite and not negative, got {value}")

    @cached_property
    def _many(self) -> PowerLaws:
        return PowerLaws(np.array([self.D]), np.array([self.alpha]), np.array([self.C]), self.fits)

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover: () for known coefficients, ("points",), ("trials",) or ("trials",
        "materials")."""
        return self._many.over

    def __call__(self, n: ArrayLike) -> Any:
        """Error at n, in the property's unit; the shape of n."""
        return _first(self._many(n))

    def slope(self, n: ArrayLike) -> Any:
        """dR/dn at n; the shape of n."""
        return _first(self._many.slope(n))

    def slope_interval(self, n: float, level: float = LEVEL, over: str | None = None) -> tuple[float, float]:
        """Profile interval of dR/dn at one n."""
        low, high = self._many.slope_interval(n, level, over)
        return float(low[0]), float(high[0])

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[float, float]:
        """Profile-likelihood interval of "D", "alpha" or "C": (low, high), high inf where unbounded.

        low is 0 where only an upper bound is known.
        over: what the interval covers; the widest that the errors allow by default.
            "materials": the choice of measured materials, and trials; "trials": trials alone ("these
            materials only");
            "points": where only means were given, their scatter about the law.
        """
        low, high = self._many.interval(name, level, over)
        return float(low[0]), float(high[0])

    def predict(self, n: ArrayLike, level: float = LEVEL, method: str = "model", over: str | None = None) -> Estimate:
        """Error at n: value, low, high, each of n's shape.

        method: "model" trusts the form of the law, and covers the law's own value; "empirical" widens that by
        how far
            the law missed when the largest n were held back, for honest extrapolation.
        """
        return Estimate(*(_first(v) for v in self._many.predict(n, level, method, over)))

    def required_n(self, target: float, level: float = LEVEL, over: str | None = None) -> Estimate:
        """n at which the error falls to the target: value, low, high; inf where the law never reaches it."""
        return Estimate(*(float(v[0]) for v in self._many.required_n(target, level, over)))

    def judge(self, level: float = LEVEL, over: str | None = None) -> verdict.Verdict:
        """Verdict and gap with the figures they rest on, by the rules stated in
        `simworth.scaling.verdict`."""
        return verdict.judge(self._fits(), check_level(level), self._many._over(over))

    @property
    def verdict(self) -> str:
        """ "scaling" | "saturated" | "not scaling" | "inconclusive", at 90 %, covering what the errors
        allow."""
        return self.judge().verdict

    @property
    def gap(self) -> str:
        """ "identified" | "upper bound" | "not identified", at 90 %."""
        return self.judge().gap

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """How much the data could tell: see `simworth.scaling.diagnostics.diagnose`."""
        return diagnose(self._fits(), self._many.over[-1])

    def bootstrap(
        self, draws: int = 400, seed: int = 0, level: float = LEVEL, over: str | None = None
    ) -> dict[str, Any]:
        """Percentile intervals of D, alpha and C over resampled trials (and materials): a second opinion."""
        return bootstrap(self._fits(), draws, seed, check_level(level), self._many._over(over))

    def to_dict(self, level: float = LEVEL, over: str | None = None) -> dict[str, Any]:
        """Plain floats for JSON; None where unbounded or unknown."""
        coefficients = {
            name: Estimate(getattr(self, name), *self.interval(name, level, over)).to_dict() for name in POWER.names
        }
        if self.fits is None:
            return {"law_version": LAW_VERSION, **coefficients}
        judged = self.judge(level, over)
        return {
            "law_version": LAW_VERSION,
            "level": level,
            "over": self._many._over(over),
            **coefficients,
            "verdict": judged.verdict,
            "gap": judged.gap,
            "reason": judged.reason,
            "diagnostics": {k: plain(v) if isinstance(v, float) else v for k, v in self.diagnostics.items()},
        }

    def _fits(self) -> Fits:
        if self.fits is None:
            raise ValueError("PowerLaw: a law from known coefficients has no data to judge; fit one with fit_power_law")
        return self.fits


def _first(values: Array) -> Any:
    return float(values[0]) if values.ndim == 1 else values[0]
