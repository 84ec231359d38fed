"""A task's valuation as JSON: its entry in valuation.json, and the fuller record that the report draws from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from simworth.scaling import LAW_VERSION, Pairing
from simworth.scaling.pairing import FACTORS
from simworth.valuation.laws import FittedLaw
from simworth.valuation.means import Mean
from simworth.valuation.numbers import Estimate, kept
from simworth.valuation.surface import PARAMETERS as SURFACE_PARAMETERS
from simworth.valuation.surface import SurfaceValuation
from simworth.valuation.task import TaskValuation

_UNKNOWN_FACTOR: Final = {
    False: "these trials do not bound alpha",
    True: f"more than {FACTORS[-1]:g} independent trials for each of these",
}


def fit_record(
    valuation: TaskValuation, source: str, target: str, level: float, same_property: bool = True
) -> dict[str, Any]:
    """results/fits/<task>.json: entry, databases, and the curve for drawing. Aggregates only, no material's values."""
    law = valuation.law
    return {
        "task": valuation.task,
        "level": level,
        "law_version": LAW_VERSION,
        "source": source,
        "target": target,
        "same_property": same_property,
        "entry": entry_of(valuation),
        "clusters": valuation.clusters,
        "curve": [point.to_dict() for point in valuation.curve],
        "direct": None if valuation.direct is None else valuation.direct.to_dict(),
        "pairing": pairing_of(valuation.pairing),
        "adaptive": valuation.adaptive,
        "line": [] if law is None else _rows(law.line),
        "surface_points": [] if valuation.surface is None else [one.to_dict() for one in valuation.surface.points],
        "class_curves": {one.name: [point.to_dict() for point in one.curve] for one in valuation.classes},
        "frozen": [] if law is None else _rows(law.frozen),
        "frozen_these_materials_only": [] if valuation.law_here is None else _rows(valuation.law_here.frozen),
    }


def _rows(line: Iterable[tuple[int, Estimate]]) -> list[dict[str, Any]]:
    return [{"n": n, "mae": at.value, "low": at.low, "high": at.high} for n, at in line]


def pairing_of(worth: Pairing | None) -> dict[str, Any] | None:
    """Independent trials at every n that would have given the same trial-only interval of alpha, in all and for each
    of these (`simworth.scaling.pairing`): null for the reason. `fall_factor` is the same for the variance of the
    error's fall from the smallest to the largest n."""
    if worth is None:
        return None
    known = math.isfinite(worth.factor)
    return {
        "trials": worth.trials,
        "independent_trials": round(worth.independent) if known else None,
        "factor": kept(worth.factor) if known else None,
        "fall_factor": kept(worth.fall) if math.isfinite(worth.fall) else None,
        "reason": "" if known else _UNKNOWN_FACTOR[math.isinf(worth.factor)],
    }


def entry_of(valuation: TaskValuation) -> dict[str, Any]:
    """The task's entry in valuation.json; `releases` is filled in where the snapshots are known."""
    if valuation.status != "ok" or valuation.law is None:
        return {"status": valuation.status, "reason": valuation.reason, "unit": valuation.unit, "releases": {}}
    last, direct, gain, law = valuation.curve[-1].mae, valuation.direct, valuation.gain, _law(valuation.law)
    return {
        "status": valuation.status,
        "unit": valuation.unit,
        "releases": {},
        "n_max": valuation.n_max,
        "m": valuation.m,
        "materials": valuation.materials,
        "trials": valuation.trials,
        "law": law["law"],
        "law_m": law_m_of(valuation.surface),
        "mae_at_n_max": last.over_materials.value,
        "direct_mae": None if direct is None else direct.mae.over_materials.value,
        "verdict": law["verdict"],
        "gap": law["gap"],
        "forecast": law["forecast"],
        "equivalent_samples": equivalent_of(valuation.surface),
        "classes": {one.name: one.to_dict() for one in valuation.classes},
        "mae_at_n_max_interval": _ends(last, "over_materials"),
        "direct_mae_interval": None if direct is None else _ends(direct.mae, "over_materials"),
        "direct_minus_transfer": None if gain is None else gain.over_materials.to_dict(),
        "doubling_lowers_mae_by": law["doubling_lowers_mae_by"],
        "required_n": law["required_n"],
        "verdict_reason": valuation.law.reason,
        "these_materials_only": None if valuation.law_here is None else _here(valuation, valuation.law_here),
        "diagnostics": valuation.law.diagnostics,
        "surface": surface_of(valuation.surface),
        "grouping": None if valuation.sorting is None else valuation.sorting.to_dict(),
    }


def law_m_of(surface: SurfaceValuation | None) -> dict[str, Any] | None:
    """error = D m^-alpha + C at the largest n."""
    if surface is None or surface.law_m is None:
        return None
    return {name: estimate.to_dict() for name, estimate in surface.law_m.items()}


def equivalent_of(surface: SurfaceValuation | None) -> dict[str, Any] | None:
    """Simulations worth one experiment at (n, m), with the way they were computed."""
    if surface is None or surface.equivalent is None:
        return None
    return {**surface.equivalent.to_dict(), "n": surface.n, "m": surface.m, "method": surface.method}


def surface_of(surface: SurfaceValuation | None) -> dict[str, Any] | None:
    """error = (A n^-alpha + B) m^-beta + eps; the parameters are null where it cannot be fitted, for the reason."""
    if surface is None:
        return None
    known = surface.parameters
    return {
        **{name: None if known is None else known[name].to_dict() for name in SURFACE_PARAMETERS},
        "reason": surface.reason,
        "law_m_reason": surface.law_m_reason,
        "warnings": list(surface.warnings),
    }


def _here(valuation: TaskValuation, law: FittedLaw) -> dict[str, Any]:
    direct, gain = valuation.direct, valuation.gain
    return {
        **_law(law),
        "mae_at_n_max_interval": _ends(valuation.curve[-1].mae, "over_trials"),
        "direct_mae_interval": None if direct is None else _ends(direct.mae, "over_trials"),
        "direct_minus_transfer": None if gain is None else gain.over_trials.to_dict(),
    }


def _law(law: FittedLaw) -> dict[str, Any]:
    return {
        "law": {name: estimate.to_dict() for name, estimate in law.parameters.items()},
        "verdict": law.verdict,
        "gap": law.gap,
        "forecast": {name: forecast.to_dict() for name, forecast in law.forecast.items()},
        "doubling_lowers_mae_by": law.doubling.to_dict(),
        "required_n": [{"target": target, "n": n.value, "low": n.low, "high": n.high} for target, n in law.required],
    }


def _ends(mean: Mean, kind: str) -> dict[str, float | None]:
    estimate = getattr(mean, kind)
    return {"low": estimate.low, "high": estimate.high}
