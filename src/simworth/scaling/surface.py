"""The two-dimensional law, error(n, m) = (A n^-alpha + B) m^-beta + eps: simulations and experiments together; and
what one is worth in the other, by it or by two one-dimensional laws."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simworth.estimate import LEVEL, Estimate
from simworth.scaling.diagnostics import diagnose_surface, rejected
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import (
    POSITIVE,
    Errors,
    check_choice,
    check_coefficients,
    check_level,
    check_number,
    check_sizes,
    read_points,
)
from simworth.scaling.laws import SURFACE, Array
from simworth.scaling.planning import Allocation, Step, plan
from simworth.scaling.power import PowerLaw
from simworth.scaling.region import interval, ratio

MIN_POINTS = 7
"""Two more than the law has parameters."""


class ScalingWarning(UserWarning):
    """The fit stands, on ground that is thinner than it should be."""


def fit_surface(n: ArrayLike, m: ArrayLike, errors: Errors) -> Surface:
    """Fit error(n, m) = (A n^-alpha + B) m^-beta + eps.

    n, m: (points,) simulated and measured samples, each pair once.
    errors: (points,) means, (trials, points) or (trials, points, materials), masked where not run; as for
    curves. Refused on a single m or fewer than three n; warned of (`ScalingWarning`) below three m or under
    one decade of n.
    """
    curves = read_points(n, m, errors)
    sizes = curves.sizes[:, 0, curves.seen[0]]
    _check_design(sizes)
    fits = fit_curves(SURFACE, curves)
    return Surface(**{name: float(v[0]) for name, v in fits.parameters(flat=True).items()}, fits=fits)


def _check_design(sizes: Array) -> None:
    n, m = (np.unique(v) for v in sizes)
    if m.size < 2:
        raise ValueError(f"m: a surface needs two or more sizes, got only {m[0]:g}; beta, B and eps are not identified")
    if n.size < 3:
        raise ValueError(f"n: a surface needs three or more sizes, got {n.size}")
    if sizes.shape[1] < MIN_POINTS:
        raise ValueError(f"errors: a surface needs {MIN_POINTS} or more unmasked points, got {sizes.shape[1]}")
    thin = [f"{m.size} sizes of m; three or more tell beta from eps"] if m.size < 3 else []
    if n[-1] < 10 * n[0]:
        thin.append(f"n spans {np.log10(n[-1] / n[0]):.2f} decades; one or more tell alpha from B")
    for text in thin:
        warnings.warn(f"fit_surface: {text}", ScalingWarning, stacklevel=3)


@dataclass(frozen=True)
class Surface:
    """error(n, m) = (A n^-alpha + B) m^-beta + eps, fitted or from known coefficients (whose intervals are
    NaN)."""

    A: float
    alpha: float
    B: float
    beta: float
    eps: float
    fits: Fits | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_coefficients(self, SURFACE.names)

    def predict(self, n: ArrayLike, m: ArrayLike) -> Any:
        """Error at (n, m), which broadcast; in the property's unit."""
        n, m = check_sizes("n", n), check_sizes("m", m)
        return _plain((self.A * n**-self.alpha + self.B) * m**-self.beta + self.eps)

    __call__ = predict

    def gradient(self, n: ArrayLike, m: ArrayLike) -> tuple[Any, Any]:
        """(dR/dn, dR/dm) at (n, m): what one more simulation, or experiment, changes the error by."""
        n, m = check_sizes("n", n), check_sizes("m", m)
        by_n = -self.alpha * self.A * n ** (-self.alpha - 1) * m**-self.beta
        by_m = -self.beta * (self.A * n**-self.alpha + self.B) * m ** (-self.beta - 1)
        return _plain(by_n), _plain(by_m)

    def interval(self, name: str, level: float = LEVEL, over: str | None = None) -> tuple[float, float]:
        """Profile interval of A, alpha, B, beta or eps; over: as for `PowerLaw.interval`."""
        check_choice("name", name, SURFACE.names)
        if self.fits is None:
            return np.nan, np.nan
        low, high = interval(self.fits, name, check_level(level), self._over(over))
        return float(low[0]), float(high[0])

    def equivalent_samples(self, n: float, m: float, level: float = LEVEL, over: str | None = None) -> Estimate:
        """Simulations worth one experiment, (dR/dm) / (dR/dn): value and profile interval; inf where n gains
        nothing. The interval is unbounded, 0 to inf, where the form of the surface does not hold (`form_holds`)."""
        n, m = (check_number(name, size, POSITIVE, 0.0) for name, size in (("n", n), ("m", m)))
        by_n, by_m = self.gradient(n, m)
        value = by_m / by_n if by_n < 0 else np.inf
        if self.fits is None:
            return Estimate(value, np.nan, np.nan)
        if not self.form_holds:
            return Estimate(value, 0.0, np.inf)
        low, high = ratio(self.fits, n, m, value, check_level(level), self._over(over))
        return Estimate(value, min(low, value), max(high, value))

    def indifference(self, error: float, n: ArrayLike) -> Any:
        """m that gives this error at each n: one indifference curve; inf where no number of experiments
        does."""
        n, error = check_sizes("n", n), check_number("error", error, POSITIVE, 0.0)
        if error <= self.eps or self.beta == 0:
            return _plain(np.full(n.shape, np.inf))
        return _plain(((self.A * n**-self.alpha + self.B) / (error - self.eps)) ** (1 / self.beta))

    def allocate(self, budget: float, cost_simulation: float, cost_experiment: float, n: float, m: float) -> Allocation:
        """The next (dn, dm), whole numbers, that lower the error most for one budget."""
        first = self.plan(budget, cost_simulation, cost_experiment, n, m)[0]
        return Allocation(first.dn, first.dm)

    def plan(
        self, budget: float, cost_simulation: float, cost_experiment: float, n: float, m: float, steps: int = 1
    ) -> list[Step]:
        """Several budgets ahead: each step's (dn, dm), where it leads, and the error there."""
        return plan(self.predict, budget, cost_simulation, cost_experiment, float(n), float(m), steps)

    @property
    def form_holds(self) -> bool:
        """False where the residuals reject the form (p of the lack of fit below 0.01)."""
        return self.fits is None or not rejected(self.fits)

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """See `simworth.scaling.diagnostics.diagnose_surface`."""
        if self.fits is None:
            raise ValueError("Surface: a law from known coefficients has no data to judge; fit one with fit_surface")
        return diagnose_surface(self.fits, self._over(None))

    @property
    def over(self) -> tuple[str, ...]:
        """What intervals can cover; () for known coefficients."""
        return () if self.fits is None else self.fits.curves.levels

    def _over(self, over: str | None) -> str:
        return self.over[-1] if over is None else check_choice("over", over, self.over)


def _plain(values: Array) -> Any:
    return float(values) if np.ndim(values) == 0 else values


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
