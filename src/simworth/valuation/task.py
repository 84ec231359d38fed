"""One task's valuation, from its trial table, its predictions and the summary of its sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.columns import Quantity
from simworth.scaling import LAW_VERSION, LAWS, Pairing, worth_of_pairing
from simworth.scaling.laws import BUILT_IN, POWER
from simworth.scaling.pairing import FACTORS
from simworth.sweep.records import SweepSummary
from simworth.valuation.classes import Sorting, value_classes
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.draws import Draws, draws_of
from simworth.valuation.laws import FittedLaw, Means, along, diagnostic, form_of
from simworth.valuation.pieces import Grouping, finite
from simworth.valuation.records import Fit, PairingWorth, TaskEntry, Unvalued, Valued
from simworth.valuation.settle import DECIDED, Evidence, excluded, to_settle
from simworth.valuation.surface import value_surface

MULTIPLES: Final = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 20.0, 50.0, 100.0)
"""of n_max that are tried where more simulations might settle a question"""
LINE_POINTS: Final = 61
"""points of the drawn law, from the smallest n to ten times the largest"""
PACKAGED: Final = {law.name for law in BUILT_IN if law is not POWER}
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
        fitted = FittedLaw.of(errors, means, level)
    except ValueError as error:
        why = f"no law can be fitted: {error}"
        return _fit(results, level, Unvalued(status="failed", reason=why, unit=unit))
    return _valued(results, level, unit, errors, means, fitted, draws)


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
    results: TaskResults, level: float, unit: str, errors: Errors, means: Means, fitted: FittedLaw, draws: Draws
) -> Fit:
    surface = None if results.grid is None else value_surface(*results.grid, results.task, level, draws)
    how, last, direct, law = results.sorting, means.curve[-1], means.direct, fitted.law
    sorted_ones = () if how is None else value_classes(errors, results.predictions, how, level)
    beside = tuple(name for name in results.laws or tuple(LAWS) if name != POWER.name)
    ahead = last.n * 2.0 ** (np.arange(17) / 4)
    entry = Valued(
        **dict(fitted.reading),
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
        verdict_reason=fitted.judged.reason,
        excluded=excluded(fitted.gain),
        to_settle=_to_settle(results, level, errors, fitted, draws),
        these_materials_only=fitted.here,
        diagnostics={name: diagnostic(value) for name, value in law.diagnostics.items()},
        surface=None if surface is None else surface.fit,
        grouping=None if how is None else Grouping(by=how.by, same_property=how.same_property, shown=how.shown),
        form=form_of(law.forms(beside)),
        class_correlation=draws.found,
    )
    return _fit(
        results,
        level,
        entry,
        laws=() if set(beside) == PACKAGED else tuple(sorted(beside)),
        clusters=int(errors.transfer["cluster"].nunique()),
        curve=means.curve,
        direct=direct,
        pairing=pairing_of(worth_of_pairing(errors.n, errors.cube(), level)),
        adaptive=growth.reason if (growth := results.summary.adaptive) else "",
        line=along(law, np.geomspace(errors.n[0], 10 * last.n, LINE_POINTS), level, "materials"),
        surface_points=() if surface is None else surface.points,
        class_curves={one.name: one.curve for one in sorted_ones},
        frozen=along(law, ahead, level, "materials"),
        frozen_these_materials_only=() if fitted.here is None else along(law, ahead, level, "trials"),
    )


def _to_settle(results: TaskResults, level: float, errors: Errors, fitted: FittedLaw, draws: Draws) -> tuple[str, ...]:
    unsettled = fitted.judged.verdict == "inconclusive"
    known = Evidence(
        gain=fitted.gain,
        trials=int(errors.transfer["trial"].nunique()),
        materials=results.summary.materials,
        n_max=int(errors.n[-1]),
        of_trials=fitted.law.trial_shares().get("error at n_max"),
        bar=fitted.judged.bar if unsettled else None,
        by_class=draws.found is not None and draws.found.drawn,
        if_run=fitted.law.fall_if_run(MULTIPLES, level, "materials"),
    )
    return to_settle(known) or (DECIDED if unsettled else ())


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
