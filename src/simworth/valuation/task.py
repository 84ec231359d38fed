"""One task's valuation, from its trial table, its predictions and the summary of its sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simworth.errors import SimworthError
from simworth.scaling import Pairing, worth_of_pairing
from simworth.valuation.classes import ClassValuation, Sorting, value_classes
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.curve import Point, curve_of, direct_of
from simworth.valuation.laws import FittedLaw, fit_laws
from simworth.valuation.means import Mean, clustered_mean
from simworth.valuation.surface import SurfaceValuation, value_surface


@dataclass(frozen=True)
class TaskValuation:
    """What is known of one task. Everything after `reason` is empty unless status is ok."""

    task: str
    unit: str
    """of every error; log10(...) where the errors are those of the decimal logarithm"""
    status: str
    """ok | waiting | failed"""
    reason: str = ""
    """why there is no law, '' where there is one"""
    n_max: int = 0
    m: int = 0
    """training side, validation included"""
    materials: int = 0
    """measured materials in use"""
    clusters: int = 0
    """what intervals over materials take to be drawn: materials, or the polymers of measured pairs"""
    trials: int = 0
    """trials behind the law"""
    adaptive: str = ""
    """why an adaptive sweep ended with so many trials; '' where their number was fixed"""
    curve: tuple[Point, ...] = ()
    direct: Point | None = None
    gain: Mean | None = None
    """direct learning less transfer at n_max, pair by pair; above 0 where simulations help"""
    law: FittedLaw | None = None
    """intervals over the choice of materials"""
    law_here: FittedLaw | None = None
    """intervals for these materials only"""
    pairing: Pairing | None = None
    """what independent trials would have cost; None with too few trials"""
    surface: SurfaceValuation | None = None
    """the n x m grid, None where the task has none"""
    sorting: Sorting | None = None
    """how materials were sorted into classes, None where they were not"""
    classes: tuple[ClassValuation, ...] = ()


def value_task(
    trials: pd.DataFrame,
    predictions: pd.DataFrame,
    summary: Mapping[str, Any],
    level: float,
    grid: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    sorting: Sorting | None = None,
) -> TaskValuation:
    """Fit one task. Waiting and failed sweeps, and curves that no law can be fitted to, keep their reason.

    `grid` holds the trial and prediction tables of the n x m grid, `sorting` the classes of its materials.
    """
    task = str(summary["task"])
    unit = error_unit(str(summary["unit"]), str(summary["scale"]))
    if summary["status"] != "ok":
        return TaskValuation(task, unit, str(summary["status"]), str(summary["reason"]))
    errors = errors_of(trials, predictions, task)
    if errors.transfer.empty:
        return TaskValuation(task, unit, "failed", "no trial with simulations ran; the trial table says why")
    found = _fitted(task, unit, errors, summary, level)
    if found.status != "ok":
        return found
    return replace(
        found,
        surface=None if grid is None else value_surface(*grid, task, level),
        sorting=sorting,
        classes=() if sorting is None else value_classes(errors, predictions, sorting, level),
    )


def _fitted(task: str, unit: str, errors: Errors, summary: Mapping[str, Any], level: float) -> TaskValuation:
    points = curve_of(errors, level)
    n_max = points[-1].n
    value = points[-1].mae.over_materials.value
    assert value is not None
    try:
        law, law_here = fit_laws(errors, value, level)
    except ValueError as error:
        return TaskValuation(task, unit, "failed", f"no law can be fitted: {error}")
    return TaskValuation(
        task=task,
        unit=unit,
        status="ok",
        n_max=n_max,
        m=int(summary["m"]),
        materials=int(summary["materials"]),
        clusters=int(errors.transfer["cluster"].nunique()),
        trials=int(errors.transfer["trial"].nunique()),
        adaptive=str(summary.get("adaptive", {}).get("reason", "")),
        curve=points,
        direct=direct_of(errors, level),
        gain=_gain(errors, n_max, level),
        law=law,
        law_here=law_here,
        pairing=worth_of_pairing(errors.n, errors.cube(), level),
    )


def _gain(errors: Errors, n_max: int, level: float) -> Mean | None:
    pairs = errors.paired(n_max)
    return None if pairs.empty else clustered_mean(pairs, "error", level)


def error_unit(unit: str, scale: str) -> str:
    """Unit of an error of a property: its own, or that of its decimal logarithm."""
    if scale == "linear":
        return unit
    if scale == "log10":
        return f"log10({unit})" if unit else "log10"
    raise SimworthError(f"property scale must be linear or log10, got {scale!r}")
