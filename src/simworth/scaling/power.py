"""The one-dimensional law, error(n) = D n^-alpha + C, of one curve or of many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from simworth.estimate import LEVEL, Estimate
from simworth.scaling import forecast, region, verdict
from simworth.scaling.diagnostics import diagnose, trial_shares
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.forecast import FactorGain
from simworth.scaling.inputs import (
    POSITIVE,
    Errors,
    check_choice,
    check_coefficients,
    check_level,
    check_number,
    check_sizes,
    one_curve,
    read_curves,
)
from simworth.scaling.laws import POWER, Array
from simworth.scaling.plot import AHEAD, plot
from simworth.scaling.selection import FittedForm, compete, weighed

METHODS: Final = ("drift", "model")
"""of `predict`"""
Value = TypeVar("Value")
"""a float for one curve, (curves,) for many"""


def fit_power_law(n: ArrayLike, errors: Errors) -> PowerLaw:
    """Fit error(n) = D n^-alpha + C to one curve.

    n: (k,) simulated samples, distinct, in any order, five or more.
    errors: in the property's unit. (k,) means; or (trials, k), a trial a row, paired over n; or (trials, k, materials)
      absolute errors, or `Replicates` of these: materials that weigh as many measurements as they have, and are drawn
      by clusters. numpy.ma masks what was not run, or was not in a trial's test set.
    ValueError names argument, rule and value: fewer than five n, a repeated n, an unmasked NaN, inf,
    negative or zero error (save that of a single material, which may be 0).
    """
    return fit_many(n, one_curve(errors))[0]


def fit_many(n: ArrayLike, errors: Errors) -> PowerLaws:
    """Fit many curves at once: as `fit_power_law`, with a leading axis of curves on errors and, if wanted, on n.

    n: (k,) or (curves, k). errors: (curves, k), (curves, trials, k) or (curves, trials, k, materials).
    """
    fits = fit_curves(POWER, read_curves(n, errors))
    return PowerLaws(**fits.parameters(), fits=fits)


@dataclass(frozen=True)
class AnyPowerLaw(Generic[Value]):
    """What one law and many have in common; inside, every array has the curves first."""

    D: Value
    """scale, in the error's unit (times n^alpha)"""
    alpha: Value
    """decay rate"""
    C: Value
    """transfer gap, in the error's unit: what no number of simulations can remove"""
    fits: Fits | None = field(default=None, repr=False, compare=False)
    """the evidence; None for known coefficients"""

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover, widest last: () for known coefficients, ("points",), ("trials",) or both of
        ("trials", "materials")."""
        return () if self.fits is None else self.fits.curves.levels

    def __call__(self, n: ArrayLike) -> Any:
        """Error at n, in the property's unit; the shape of n."""
        return self._told(self._at(n))

    def gradient(self, n: ArrayLike) -> Any:
        """dR/dn at n; the shape of n."""
        sizes, (d, alpha, _) = self._columns(n)
        return self._told(-alpha * d * sizes ** (-alpha - 1.0))

    def gradient_interval(self, n: float, level: float = LEVEL, over: str | None = None) -> tuple[Value, Value]:
        """Profile interval of dR/dn at one n."""
        low, high = _unknown(self._coefficients[0])
        if self.fits is not None:
            weights = region.gradient_weights(self.fits, 0, check_number("n", n, POSITIVE, 0.0))
            low, high = region.bounds(self.fits, self._widest(over), weights, check_level(level))
        return self._told(low), self._told(high)

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[Value, Value]:
        """Profile-likelihood interval of "D", "alpha" or "C": (low, high).

        low is 0 where only an upper bound is known, high is inf where none is.
        over: what the interval covers, the widest that the errors allow by default: "materials", the choice of measured
          materials, and trials; "trials", trials alone (these materials only); "points", the scatter of given means
          about the law.
        """
        check_choice("name", name, POWER.names)
        low, high = _unknown(self._coefficients[0])
        if self.fits is not None:
            value = getattr(self, name)
            low, high = region.interval(self.fits, name, check_level(level), self._widest(over))
            low, high = np.minimum(low, value), np.maximum(high, value)  # they may miss it by a rounding
        return self._told(low), self._told(high)

    def predict(self, n: ArrayLike, level: float = LEVEL, method: str = "drift", over: str | None = None) -> Estimate:
        """Error at n: value, low, high, each of n's shape.

        method: "drift" lets the exponent drift beyond and between the data, and holds on real curves (its value is the
          median of what is likely); "model" trusts the form of the law, and covers the law's own value.
        """
        if method == "empirical":
            raise ValueError("method: 'empirical' is replaced by the default, 'drift': leave method out")
        check_choice("method", method, METHODS)
        value = self._at(n)
        if self.fits is None:
            return self._estimate(value, *_unknown(value))
        sizes = np.array(np.broadcast_to(check_sizes("n", n), value.shape)).reshape(len(value), -1)
        if method == "drift":
            found = forecast.predict_drifting(self.fits, sizes, check_level(level), self._widest(over))
        else:
            ends = region.predict(self.fits, sizes, check_level(level), self._widest(over))
            found = Estimate(value, *ends)
        return self._estimate(*(end.reshape(value.shape) for end in found))

    def required_n(
        self,
        target: float | None = None,
        level: float = LEVEL,
        over: str | None = None,
        *,
        relative: float | None = None,
    ) -> Estimate:
        """n at which the error falls to the target: value, low, high; inf where the law never reaches it.

        relative: a share of the error at n_max instead, by the drifting law; the uncertain level cancels, so that it is
        known better.
        """
        if (target is None) == (relative is None):
            raise ValueError("required_n: takes a target error or a share of today's (relative=0.95), one of them")
        if relative is not None:
            why = "; 0.95 asks for 5 % less than today"
            share = check_number("relative", relative, "lie between 0 and 1", 0.0, 1.0, why)
            if self.fits is None:
                raise ValueError("relative: a law from known coefficients has no n_max; give a target error")
            return self._estimate(*forecast.required_relative(self.fits, share, check_level(level), self._widest(over)))
        target = check_number("target", target, "be a finite, positive error", 0.0)
        value = forecast.solve_n(*self._coefficients, target)
        if self.fits is None:
            return self._estimate(value, *_unknown(value))
        low, high = forecast.required(self.fits, target, check_level(level), self._widest(over))
        return self._estimate(value, np.minimum(low, value), np.maximum(high, value))

    def _gains(self, factor: float, level: float, over: str | None) -> list[FactorGain]:
        """One a curve."""
        factor = check_number("factor", factor, "be finite and above 1", 1.0)
        if self.fits is None:
            raise ValueError("PowerLaw: a law from known coefficients has no data to forecast from; compare its values")
        return forecast.gain(self.fits, factor, check_level(level), self._widest(over))

    def _told(self, values: Array) -> Any:
        """Values (curves, ...) as this law tells them."""
        raise NotImplementedError

    def _estimate(self, *ends: Array) -> Estimate:
        return Estimate(*(self._told(end) for end in ends))

    @property
    def _coefficients(self) -> tuple[Array, Array, Array]:
        """D, alpha and C, (curves,) each."""
        d, alpha, c = (np.atleast_1d(np.asarray(one, dtype=float)) for one in (self.D, self.alpha, self.C))
        return d, alpha, c

    def _columns(self, n: ArrayLike) -> tuple[Array, list[Array]]:
        """Checked sizes, and D, alpha and C that broadcast against them to (curves, ...)."""
        sizes = check_sizes("n", n)
        return sizes, [one[(slice(None), *[None] * sizes.ndim)] for one in self._coefficients]

    def _at(self, n: ArrayLike) -> Array:
        """(curves, ...) error at n."""
        sizes, (d, alpha, c) = self._columns(n)
        return np.asarray(d * sizes**-alpha + c)

    def _widest(self, over: str | None) -> str:
        """What an interval covers: as asked, checked; by default the widest that the errors allow."""
        return self.over[-1] if over is None else check_choice("over", over, self.over)

    def _evidence(self) -> Fits:
        if self.fits is None:
            raise ValueError("PowerLaw: a law from known coefficients has no data to judge; fit one with fit_power_law")
        return self.fits


@dataclass(frozen=True)
class PowerLaw(AnyPowerLaw[float]):
    """error(n) = D n^-alpha + C, fitted or from known coefficients.

    A law from known coefficients has every method that needs no data; its intervals are NaN.
    """

    def __post_init__(self) -> None:
        check_coefficients(self, POWER.names)

    def _told(self, values: Array) -> Any:
        return float(values[0]) if values.ndim == 1 else values[0]

    def gain(self, factor: float = 2.0, level: float = LEVEL, over: str | None = None) -> FactorGain:
        """Relative fall of the error from n_max to `factor` times that, with interval, and the probabilities that it
        exceeds 1, 2 and 5 %: by the drifting law; the uncertain level cancels."""
        return self._gains(factor, level, over)[0]

    def fall_if_run(
        self, factors: Sequence[float], level: float = LEVEL, over: str | None = None
    ) -> dict[float, Estimate]:
        """Multiple of n_max -> the relative fall to it that is expected, with the interval that running it on the same
        trials and materials would leave; empty for means alone."""
        factors = [check_number("factors", one, "be finite and above 1", 1.0) for one in factors]
        return forecast.fall_if_run(self._evidence(), factors, check_level(level), self._widest(over))

    def plot(self, ax: Any = None, *, ahead: float = AHEAD, level: float = LEVEL, n: ArrayLike | None = None) -> Any:
        """Draw errors, law and forecast with interval over log axes, to `ahead` times n_max; needs matplotlib.

        ax: matplotlib axes, new ones by default; returned. n: (k,) sizes to draw instead; a law from known coefficients
        needs them.
        """
        return plot(self, ax, ahead, level, n)

    def forms(self, names: str | Sequence[str] = ()) -> list[FittedForm]:
        """The laws of these names (all that are registered, by default) fitted to the same errors, with their weights;
        this one first."""
        return compete(self._evidence(), [names] if isinstance(names, str) else names)

    def judge(self, level: float = LEVEL, over: str | None = None) -> verdict.Verdict:
        """Verdict, gap and the reason, by the rules that `simworth.scaling.verdict` states."""
        fits, over = self._evidence(), self._widest(over)
        return weighed(fits, verdict.judge(fits, check_level(level), over), level, over)

    @cached_property
    def _judged(self) -> verdict.Verdict:
        return self.judge()

    @property
    def verdict(self) -> str:
        """scaling | saturated | not scaling | harm | inconclusive: at 90 %, over what the errors allow."""
        return self._judged.verdict

    @property
    def gap(self) -> str:
        """identified | upper bound | not identified: at 90 %, over what the errors allow."""
        return self._judged.gap

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """How much the data could tell: see `simworth.scaling.diagnostics.diagnose`."""
        return diagnose(self._evidence(), self._widest(None))

    def trial_shares(self) -> dict[str, float]:
        """Part of the variance of alpha, C and the error at n_max that more trials would take away; the rest is the
        choice of measured materials and scatter between points. See `simworth.scaling.diagnostics`."""
        return trial_shares(self._evidence())


@dataclass(frozen=True)
class PowerLaws(AnyPowerLaw[Array]):
    """The laws of many curves, whose numbers have a leading axis of curves; indexing gives one curve's `PowerLaw`."""

    def __len__(self) -> int:
        return int(self.D.size)

    def __getitem__(self, i: int) -> PowerLaw:
        part = None if self.fits is None else self.fits.take([i])
        return PowerLaw(float(self.D[i]), float(self.alpha[i]), float(self.C[i]), part)

    def _told(self, values: Array) -> Any:
        return values

    def gain(self, factor: float = 2.0, level: float = LEVEL, over: str | None = None) -> list[FactorGain]:
        """One a curve. See `PowerLaw.gain`."""
        return self._gains(factor, level, over)


def _unknown(like: Array) -> Array:
    """(2, ...) ends of an interval where no data stand behind the law."""
    return np.full((2, *like.shape), np.nan)
