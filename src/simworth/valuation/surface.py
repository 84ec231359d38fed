"""The n x m grid of a task: its two-dimensional law, the law in m, and what one more experiment is worth."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from simworth.scaling import PowerLaw, Surface, equivalent_samples, fit_power_law, fit_surface
from simworth.valuation.cube import WITH_SOURCE, cube_of, error_table, grid_of
from simworth.valuation.means import Mean, clustered_mean
from simworth.valuation.numbers import Estimate

Law = TypeVar("Law")
PARAMETERS: Final = ("A", "alpha", "B", "beta", "eps")
METHODS: Final = {
    "surface": "the gradient of the two-dimensional law",
    "two curves": "the gradients of the law in n and of the law in m, as the study does for multitask learning",
}
"""how equivalent samples were computed -> the same in words"""


@dataclass(frozen=True)
class GridPoint:
    """The error at one (n, m)."""

    n: int
    m: int
    trials: int
    mae: Mean
    """mean over trials, property's unit"""

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n, "m": self.m, "trials": self.trials, "mae": self.mae.over_materials.value} | {
            "low": self.mae.over_materials.low,
            "high": self.mae.over_materials.high,
        }


@dataclass(frozen=True)
class SurfaceValuation:
    """What the grid tells; every interval covers the choice of measured materials."""

    points: tuple[GridPoint, ...]
    """every (n, m) that was run, by m, then n"""
    n: int
    m: int
    """the corner where equivalent samples hold: the largest n and the whole training side"""
    parameters: dict[str, Estimate] | None = None
    """A, alpha, B, beta, eps of error = (A n^-alpha + B) m^-beta + eps; None where it cannot be fitted"""
    reason: str = ""
    """why it cannot, '' where it can"""
    warnings: tuple[str, ...] = ()
    """what makes the fit thinner than it should be"""
    law_m: dict[str, Estimate] | None = None
    """D, alpha, C of error = D m^-alpha + C at n; None where it cannot be fitted"""
    law_m_reason: str = ""
    """why it cannot, '' where it can"""
    equivalent: Estimate | None = None
    """simulations worth one experiment at (n, m); its value is None where simulations gain nothing there"""
    method: str = ""
    """a key of METHODS, '' where equivalent samples are unknown"""


def value_surface(trials: pd.DataFrame, predictions: pd.DataFrame, task: str, level: float) -> SurfaceValuation | None:
    """Fit the grid of a task, None where it has none; what cannot be fitted keeps its reason."""
    table = error_table(trials, predictions, task)
    table = table[table["learning"].isin(WITH_SOURCE)]
    if table.empty:
        return None
    found = SurfaceValuation(_points(table, level), int(table["n"].max()), int(table["m"].max()))
    surface, found = _with_surface(found, table, level)
    law_m, found = _with_law_m(found, table, level)
    if (table["learning"] == "multitask").any():
        return _by_two_curves(found, table, law_m, level)
    if surface is None:
        return found
    worth = Estimate.of(*surface.equivalent_samples(found.n, found.m, level))
    return replace(found, equivalent=worth, method="surface")


def _points(table: pd.DataFrame, level: float) -> tuple[GridPoint, ...]:
    found = []
    for _, part in table.groupby(["m", "n"], sort=True):
        n, m = (int(part[name].iloc[0]) for name in ("n", "m"))
        found.append(GridPoint(n, m, int(part["trial"].nunique()), clustered_mean(part, "error", level)))
    return tuple(found)


def _with_surface(
    found: SurfaceValuation, table: pd.DataFrame, level: float
) -> tuple[Surface | None, SurfaceValuation]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        surface, reason = _tried(lambda: fit_surface(*grid_of(table)))
    if surface is None:
        return None, replace(found, reason=reason)
    known = {name: Estimate.of(getattr(surface, name), *surface.interval(name, level)) for name in PARAMETERS}
    said = tuple(str(one.message).removeprefix("fit_surface: ") for one in caught)
    return surface, replace(found, parameters=known, warnings=said)


def _with_law_m(found: SurfaceValuation, table: pd.DataFrame, level: float) -> tuple[PowerLaw | None, SurfaceValuation]:
    at = table[table["n"] == found.n]
    law, reason = _tried(lambda: fit_power_law(np.unique(at["m"]), cube_of(at, "m")))
    if law is None:
        return None, replace(found, law_m_reason=reason)
    known = {name: Estimate.of(getattr(law, name), *law.interval(name, level)) for name in ("D", "alpha", "C")}
    return law, replace(found, law_m=known)


def _by_two_curves(
    found: SurfaceValuation, table: pd.DataFrame, law_m: PowerLaw | None, level: float
) -> SurfaceValuation:
    at = table[table["m"] == found.m]
    law_n, _ = _tried(lambda: fit_power_law(np.unique(at["n"]), cube_of(at, "n")))
    if law_n is None or law_m is None:
        return found
    worth = Estimate.of(*equivalent_samples(law_n, law_m, found.n, found.m, level))
    return replace(found, equivalent=worth, method="two curves")


def _tried(fit: Callable[[], Law]) -> tuple[Law | None, str]:
    """What a fit gives, or why it gives nothing."""
    try:
        return fit(), ""
    except ValueError as error:
        return None, str(error)
