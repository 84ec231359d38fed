"""One task's valuation, from its trial table, its predictions and the summary of its sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from simworth.errors import SimworthError
from simworth.scaling import LAW_VERSION, Pairing, worth_of_pairing
from simworth.scaling.pairing import FACTORS
from simworth.sweep.records import SweepSummary
from simworth.valuation.classes import Sorting, value_classes
from simworth.valuation.cube import Errors, Mean, clustered_mean, errors_of
from simworth.valuation.draws import Draws, draws_of
from simworth.valuation.laws import FittedLaw, curve_of, direct_of, fit_laws
from simworth.valuation.pieces import Grouping, Interval, Point, finite
from simworth.valuation.records import Fit, LawReading, PairingWorth, Unvalued, Valued
from simworth.valuation.settle import DECIDED, Evidence, excluded, to_settle
from simworth.valuation.surface import value_surface

_UNKNOWN_FACTOR: Final = {
    False: "these trials do not bound alpha",
    True: f"more than {FACTORS[-1]:g} independent trials for each of these",
}


@dataclass(frozen=True)
class TaskResults:
    """What the results of a task are, and where they come from."""

    task: str
    source: str
    """database"""
    target: str
    """database"""
    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: SweepSummary
    grid: tuple[pd.DataFrame, pd.DataFrame] | None = None
    """trial and prediction tables of the n x m grid"""
    sorting: Sorting | None = None
    """classes of the materials"""
    same_property: bool = True
    laws: tuple[str, ...] = ()
    """registered laws fitted beside the study's; () for all"""


def value_task(results: TaskResults, level: float) -> Fit:
    """Fit one task. Waiting and failed sweeps, and curves that no law can be fitted to, keep their reason."""
    summary = results.summary
    unit = error_unit(summary.unit, summary.scale)
    if summary.status != "ok":
        return _unvalued(results, level, Unvalued(status=summary.status, reason=summary.reason, unit=unit))
    errors = errors_of(results.trials, results.predictions, results.task)
    draws = draws_of(errors, None if results.sorting is None else results.sorting.table)
    errors = draws.errors(errors)
    if errors.transfer.empty:
        why = "no trial with simulations ran; the trial table says why"
        return _unvalued(results, level, Unvalued(status="failed", reason=why, unit=unit))
    curve = curve_of(errors, level)
    try:
        law, here = fit_laws(errors, curve[-1].mae, level, results.laws)
    except ValueError as error:
        why = f"no law can be fitted: {error}"
        return _unvalued(results, level, Unvalued(status="failed", reason=why, unit=unit))
    return _valued(results, level, unit, errors, curve, law, here, draws)


def _unvalued(results: TaskResults, level: float, entry: Unvalued) -> Fit:
    return Fit(
        task=results.task,
        level=level,
        law_version=LAW_VERSION,
        source=results.source,
        target=results.target,
        same_property=results.same_property,
        entry=entry,
    )


def _valued(
    results: TaskResults,
    level: float,
    unit: str,
    errors: Errors,
    curve: tuple[Point, ...],
    law: FittedLaw,
    here: FittedLaw | None,
    draws: Draws,
) -> Fit:
    surface = None if results.grid is None else value_surface(*results.grid, results.task, level, draws)
    sorted_ones = [] if results.sorting is None else value_classes(errors, results.predictions, results.sorting, level)
    direct, gain = direct_of(errors, level), _gain(errors, curve[-1].n, level)
    entry = Valued(
        **dict(_reading(law, curve[-1], direct, gain, "over_materials")),
        unit=unit,
        n_max=curve[-1].n,
        m=results.summary.m,
        materials=results.summary.materials,
        trials=int(errors.transfer["trial"].nunique()),
        law_m=None if surface is None else surface.law_m,
        mae_at_n_max=curve[-1].mae,
        direct_mae=None if direct is None else direct.mae,
        equivalent_samples=None if surface is None else surface.equivalent,
        classes={one.name: one.valuation for one in sorted_ones},
        verdict_reason=law.reason,
        excluded=excluded(law.gain),
        to_settle=_to_settle(law, errors, results, draws),
        these_materials_only=None if here is None else _reading(here, curve[-1], direct, gain, "over_trials"),
        diagnostics=law.diagnostics,
        surface=None if surface is None else surface.fit,
        grouping=None if results.sorting is None else _grouping(results.sorting),
        form=law.form,
        class_correlation=draws.found,
    )
    return Fit(
        task=results.task,
        level=level,
        law_version=LAW_VERSION,
        source=results.source,
        target=results.target,
        same_property=results.same_property,
        entry=entry,
        laws=law.laws,
        clusters=int(errors.transfer["cluster"].nunique()),
        curve=curve,
        direct=direct,
        pairing=pairing_of(worth_of_pairing(errors.n, errors.cube(), level)),
        adaptive=growth.reason if (growth := results.summary.adaptive) else "",
        line=law.line,
        surface_points=() if surface is None else surface.points,
        class_curves={one.name: one.curve for one in sorted_ones},
        frozen=law.frozen,
        frozen_these_materials_only=() if here is None else here.frozen,
    )


def _reading(law: FittedLaw, last: Point, direct: Point | None, gain: Mean | None, over: str) -> LawReading:
    """What the law says with intervals that cover trials alone, or the choice of materials, too."""
    materials = over == "over_materials"

    def ends(point: Point) -> Interval:
        if materials:
            return Interval(low=point.low, high=point.high)
        return Interval(low=point.trials_low, high=point.trials_high)

    return LawReading(
        law=law.parameters,
        verdict=law.verdict,
        gap=law.gap,
        forecast=law.forecast,
        doubling_lowers_mae_by=law.doubling,
        gain=law.gain,
        required_n=law.required,
        mae_at_n_max_interval=ends(last),
        direct_mae_interval=None if direct is None else ends(direct),
        direct_minus_transfer=None if gain is None else getattr(gain, over),
    )


def _to_settle(law: FittedLaw, errors: Errors, results: TaskResults, draws: Draws) -> tuple[str, ...]:
    known = Evidence(
        gain=law.gain,
        trials=int(errors.transfer["trial"].nunique()),
        materials=results.summary.materials,
        n_max=int(errors.n[-1]),
        of_trials=law.of_trials,
        bar=law.bar,
        by_class=draws.found is not None and draws.found.drawn,
        if_run=law.if_run,
    )
    return to_settle(known) or (DECIDED if law.verdict == "inconclusive" else ())


def _gain(errors: Errors, n_max: int, level: float) -> Mean | None:
    pairs = errors.paired(n_max)
    return None if pairs.empty else clustered_mean(pairs, "error", level)


def _grouping(sorting: Sorting) -> Grouping:
    return Grouping(by=sorting.by, same_property=sorting.same_property, shown=sorting.shown)


def pairing_of(worth: Pairing | None) -> PairingWorth | None:
    """What independent trials would have cost (`simworth.scaling.pairing`), as a record."""
    if worth is None:
        return None
    known = math.isfinite(worth.factor)
    return PairingWorth(
        trials=worth.trials,
        independent_trials=round(worth.independent) if known else None,
        factor=finite(worth.factor) if known else None,
        fall_factor=worth.fall if math.isfinite(worth.fall) else None,
        reason="" if known else _UNKNOWN_FACTOR[math.isinf(worth.factor)],
    )


def error_unit(unit: str, scale: str) -> str:
    """Unit of an error of a property: its own, or that of its decimal logarithm."""
    if scale == "linear":
        return unit
    if scale == "log10":
        return f"log10({unit})" if unit else "log10"
    raise SimworthError(f"property scale must be linear or log10, got {scale!r}")
