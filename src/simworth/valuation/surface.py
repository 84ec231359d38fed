"""The n x m grid of a task: its two-dimensional law, the law in m, and what one more experiment is worth."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from simworth.scaling import Estimate, PowerLaw, Surface, equivalent_samples, fit_power_law, fit_surface
from simworth.valuation.cube import WITH_SOURCE, clustered_mean, cube_of, error_table, grid_of
from simworth.valuation.draws import Draws
from simworth.valuation.laws import parameters
from simworth.valuation.pieces import Equivalent, GridPoint, LawValues, SurfaceFit, finite

Law = TypeVar("Law")
PARAMETERS: Final = ("A", "alpha", "B", "beta", "eps")
METHODS: Final = {
    "surface": "the gradient of the two-dimensional law",
    "two curves": "the gradients of the law in n and of the law in m, since the form of the surface does not hold",
}
"""how equivalent samples were computed -> the same in words"""


@dataclass(frozen=True)
class SurfaceValuation:
    """What the grid tells; every interval covers the choice of measured materials."""

    points: tuple[GridPoint, ...]
    """every (n, m) that was run, by m, then n"""
    fit: SurfaceFit
    law_m: LawValues | None
    """D, alpha, C of error = D m^-alpha + C at the largest n; None where it cannot be fitted"""
    equivalent: Equivalent | None
    """at the largest n and the whole training side; its value is None where simulations gain nothing there"""


def value_surface(
    trials: pd.DataFrame, predictions: pd.DataFrame, task: str, level: float, draws: Draws
) -> SurfaceValuation | None:
    """Fit the grid of a task, None where it has none; what cannot be fitted keeps its reason."""
    table = draws(error_table(trials, predictions, task))
    table = table[table["learning"].isin(WITH_SOURCE)]
    if table.empty:
        return None
    n, m = int(table["n"].max()), int(table["m"].max())
    surface, why, warned = _surface(table)
    in_m, why_m = _law(table[table["n"] == n], "m")
    if surface is None or not surface.form_holds:
        in_n, _ = _law(table[table["m"] == m], "n")
        worth = None if in_n is None or in_m is None else equivalent_samples(in_n, in_m, n, m, level)
        method = "two curves"
    else:
        worth = surface.equivalent_samples(n, m, level)
        method = "surface"
    known = dict.fromkeys(PARAMETERS) if surface is None else parameters(surface, level, names=PARAMETERS)
    return SurfaceValuation(
        _points(table, level),
        SurfaceFit(**known, reason=why, law_m_reason=why_m, warnings=warned),
        None if in_m is None else parameters(in_m, level),
        None if worth is None else _equivalent(worth, n, m, method),
    )


def _points(table: pd.DataFrame, level: float) -> tuple[GridPoint, ...]:
    found = []
    for _, part in table.groupby(["m", "n"], sort=True):
        n, m = (int(part[name].iloc[0]) for name in ("n", "m"))
        value, low, high = clustered_mean(part, level).over_materials
        ends = {"low": finite(low), "high": finite(high)}
        found.append(GridPoint(n=n, m=m, trials=int(part["trial"].nunique()), mae=float(value), **ends))
    return tuple(found)


def _surface(table: pd.DataFrame) -> tuple[Surface | None, str, tuple[str, ...]]:
    """The surface or None, the reason why there is none, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        surface, reason = _tried(lambda: fit_surface(*grid_of(table)))
    warned = tuple(str(one.message).removeprefix("fit_surface: ") for one in caught)
    if surface is not None and not surface.form_holds:
        warned += ("the form of the surface does not hold (lack of fit): equivalent samples are those of two curves",)
    return surface, reason, warned if surface is not None else ()


def _law(table: pd.DataFrame, size: str) -> tuple[PowerLaw | None, str]:
    """The law along one side of the grid, or the reason why there is none."""
    return _tried(lambda: fit_power_law(np.unique(table[size]), cube_of(table, size)))


def _equivalent(worth: Estimate, n: int, m: int, method: str) -> Equivalent:
    value, low, high = (finite(one) for one in worth)
    return Equivalent(value=value, low=low, high=high, n=n, m=m, method=method)


def _tried(fit: Callable[[], Law]) -> tuple[Law | None, str]:
    """What a fit gives, or why it gives nothing."""
    try:
        return fit(), ""
    except ValueError as error:
        return None, str(error)
