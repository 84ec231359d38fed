"""One task's valuation, from its trial table, its predictions and the summary of its sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from simworth.columns import Quantity
from simworth.scaling import LAW_VERSION, Pairing, worth_of_pairing
from simworth.scaling.pairing import FACTORS
from simworth.sweep.records import SweepSummary
from simworth.valuation.classes import Sorting, value_classes
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.draws import Draws, draws_of
from simworth.valuation.laws import FittedLaw, Means, fit_laws
from simworth.valuation.pieces import Grouping, finite
from simworth.valuation.records import Fit, PairingWorth, TaskEntry, Unvalued, Valued
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
    unit = Quantity(summary.property, summary.unit, summary.scale).error_unit()
    if summary.status != "ok":
        return _fit(results, level, Unvalued(status=summary.status, reason=summary.reason, unit=unit))
    errors = errors_of(results.trials, results.predictions, results.task)
    draws = draws_of(errors, None if results.sorting is None else results.sorting.table)
    errors = draws.errors(errors)
    if errors.transfer.empty:
        why = "no trial with simulations ran; the trial table says why"
        return _fit(results, level, Unvalued(status="failed", reason=why, unit=unit))
    means = Means.of(errors, level)
    try:
        law, here = fit_laws(errors, means, level, results.laws)
    except ValueError as error:
        why = f"no law can be fitted: {error}"
        return _fit(results, level, Unvalued(status="failed", reason=why, unit=unit))
    return _valued(results, level, unit, errors, means, law, here, draws)


def _fit(results: TaskResults, level: float, entry: TaskEntry, **charts: Any) -> Fit:
    """`charts`: what the charts of a task with a law are drawn from."""
    return Fit(
        task=results.task,
        level=level,
        law_version=LAW_VERSION,
        source=results.source,
        target=results.target,
        same_property=results.same_property,
        entry=entry,
        **charts,
    )


def _valued(
    results: TaskResults,
    level: float,
    unit: str,
    errors: Errors,
    means: Means,
    law: FittedLaw,
    here: FittedLaw | None,
    draws: Draws,
) -> Fit:
    surface = None if results.grid is None else value_surface(*results.grid, results.task, level, draws)
    how, last, direct = results.sorting, means.curve[-1], means.direct
    sorted_ones = [] if how is None else value_classes(errors, results.predictions, how, level)
    entry = Valued(
        **dict(law.reading),
        unit=unit,
        n_max=last.n,
        m=results.summary.m,
        materials=results.summary.materials,
        trials=int(errors.transfer["trial"].nunique()),
        law_m=None if surface is None else surface.law_m,
        mae_at_n_max=last.mae,
        direct_mae=None if direct is None else direct.mae,
        equivalent_samples=None if surface is None else surface.equivalent,
        classes={one.name: one.valuation for one in sorted_ones},
        verdict_reason=law.reason,
        excluded=excluded(law.gain),
        to_settle=_to_settle(law, errors, results, draws),
        these_materials_only=None if here is None else here.reading,
        diagnostics=law.diagnostics,
        surface=None if surface is None else surface.fit,
        grouping=None if how is None else Grouping(by=how.by, same_property=how.same_property, shown=how.shown),
        form=law.form,
        class_correlation=draws.found,
    )
    return _fit(
        results,
        level,
        entry,
        laws=law.laws,
        clusters=int(errors.transfer["cluster"].nunique()),
        curve=means.curve,
        direct=direct,
        pairing=pairing_of(worth_of_pairing(errors.n, errors.cube(), level)),
        adaptive=growth.reason if (growth := results.summary.adaptive) else "",
        line=law.line,
        surface_points=() if surface is None else surface.points,
        class_curves={one.name: one.curve for one in sorted_ones},
        frozen=law.frozen,
        frozen_these_materials_only=() if here is None else here.frozen,
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
    return to_settle(known) or (DECIDED if law.reading.verdict == "inconclusive" else ())


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
