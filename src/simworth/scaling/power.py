"""The one-dimensional law, error(n) = D n^-alpha + C, of one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simworth.estimate import LEVEL, Estimate
from simworth.scaling import forecast, verdict
from simworth.scaling.diagnostics import diagnose, trial_shares
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.forecast import FactorGain
from simworth.scaling.inputs import (
    Errors,
    check_coefficients,
    check_level,
    check_number,
    one_curve,
    read_curves,
)
from simworth.scaling.laws import POWER, Array
from simworth.scaling.many import ManyLaws
from simworth.scaling.plot import AHEAD, plot
from simworth.scaling.selection import FittedForm, compete, weighed


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
class PowerLaw:
    """error(n) = D n^-alpha + C, fitted or from known coefficients.

    A law from known coefficients has every method that needs no data; its intervals are NaN.
    """

    D: float
    """scale, in the error's unit (times n^alpha)"""
    alpha: float
    """decay rate"""
    C: float
    """transfer gap, in the error's unit: what no number of simulations can remove"""
    fits: Fits | None = field(default=None, repr=False, compare=False)
    """the evidence; None for known coefficients"""

    def __post_init__(self) -> None:
        check_coefficients(self, POWER.names)

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover, widest last: () for known coefficients, ("points",), ("trials",) or both of
        ("trials", "materials")."""
        return self._many.over

    def __call__(self, n: ArrayLike) -> Any:
        """Error at n, in the property's unit; the shape of n."""
        return _first(self._many(n))

    def gradient(self, n: ArrayLike) -> Any:
        """dR/dn at n; the shape of n."""
        return _first(self._many.gradient(n))

    def gradient_interval(self, n: float, level: float = LEVEL, over: str | None = None) -> tuple[float, float]:
        """Profile interval of dR/dn at one n."""
        low, high = self._many.gradient_interval(n, level, over)
        return float(low[0]), float(high[0])

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[float, float]:
        """Profile-likelihood interval of "D", "alpha" or "C": (low, high).

        low is 0 where only an upper bound is known, high is inf where none is.
        over: what the interval covers, the widest that the errors allow by default: "materials", the choice of measured
          materials, and trials; "trials", trials alone (these materials only); "points", the scatter of given means
          about the law.
        """
        low, high = self._many.interval(name, level, over)
        return float(low[0]), float(high[0])

    def predict(self, n: ArrayLike, level: float = LEVEL, method: str = "drift", over: str | None = None) -> Estimate:
        """Error at n: value, low, high, each of n's shape.

        method: "drift" lets the exponent drift beyond and between the data, and holds on real curves (its value is the
          median of what is likely); "model" trusts the form of the law, and covers the law's own value.
        """
        return Estimate(*(_first(v) for v in self._many.predict(n, level, method, over)))

    def gain(self, factor: float = 2.0, level: float = LEVEL, over: str | None = None) -> FactorGain:
        """Relative fall of the error from n_max to `factor` times that, with interval, and the probabilities that it
        exceeds 1, 2 and 5 %: by the drifting law; the uncertain level cancels."""
        return self._many.gain(factor, level, over)[0]

    def fall_if_run(
        self, factors: Sequence[float], level: float = LEVEL, over: str | None = None
    ) -> dict[float, Estimate]:
        """Multiple of n_max -> the relative fall to it that is expected, with the interval that running it on the same
        trials and materials would leave; empty for means alone."""
        factors = [check_number("factors", one, "be finite and above 1", 1.0) for one in factors]
        return forecast.fall_if_run(self._fits(), factors, check_level(level), self._many.widest(over))

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
        return _floats(self._many.required_n(target, level, over, relative=relative))

    def plot(self, ax: Any = None, *, ahead: float = AHEAD, level: float = LEVEL, n: ArrayLike | None = None) -> Any:
        """Draw errors, law and forecast with interval over log axes, to `ahead` times n_max; needs matplotlib.

        ax: matplotlib axes, new ones by default; returned. n: (k,) sizes to draw instead; a law from known coefficients
        needs them.
        """
        return plot(self, ax, ahead, level, n)

    def forms(self, names: str | Sequence[str] = ()) -> list[FittedForm]:
        """The laws of these names (all that are registered, by default) fitted to the same errors, with their weights;
        this one first."""
        return compete(self._fits(), [names] if isinstance(names, str) else names)

    def judge(self, level: float = LEVEL, over: str | None = None) -> verdict.Verdict:
        """Verdict, gap and the reason, by the rules that `simworth.scaling.verdict` states."""
        fits, over = self._fits(), self._many.widest(over)
        return weighed(fits, verdict.judge(fits, check_level(level), over), level, over)

    @cached_property
    def _judged(self) -> verdict.Verdict:
        return self.judge()

    @property
    def verdict(self) -> str:
        """scaling | saturated | not scaling | inconclusive: at 90 %, over what the errors allow."""
        return self._judged.verdict

    @property
    def gap(self) -> str:
        """identified | upper bound | not identified: at 90 %, over what the errors allow."""
        return self._judged.gap

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """How much the data could tell: see `simworth.scaling.diagnostics.diagnose`."""
        return diagnose(self._fits(), self._many.widest(None))

    def trial_shares(self) -> dict[str, float]:
        """Part of the variance of alpha, C and the error at n_max that more trials would take away; the rest is the
        choice of measured materials and scatter between points. See `simworth.scaling.diagnostics`."""
        return trial_shares(self._fits())

    @cached_property
    def _many(self) -> ManyLaws:
        return ManyLaws(np.array([self.D]), np.array([self.alpha]), np.array([self.C]), self.fits)

    def _fits(self) -> Fits:
        if self.fits is None:
            raise ValueError("PowerLaw: a law from known coefficients has no data to judge; fit one with fit_power_law")
        return self.fits


class PowerLaws(ManyLaws):
    """The laws of many curves; indexing gives one curve's `PowerLaw`."""

    def __getitem__(self, i: int) -> PowerLaw:
        part = None if self.fits is None else self.fits.take([i])
        return PowerLaw(float(self.D[i]), float(self.alpha[i]), float(self.C[i]), part)


def _first(values: Array) -> Any:
    return float(values[0]) if values.ndim == 1 else values[0]


def _floats(estimate: Estimate) -> Estimate:
    return Estimate(*(float(end[0]) for end in estimate))
