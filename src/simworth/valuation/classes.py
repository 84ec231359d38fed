"""The classes of a task's measured materials: each one's curve, law, simulation against measurement, and advice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.columns import Quantity
from simworth.scaling import PowerLaw, PowerLaws, fit_many
from simworth.valuation.advice import MIN_MEASURED, OPEN, advise, corrected_deviation
from simworth.valuation.cube import Errors, cube_of
from simworth.valuation.curve import Point, curve_of
from simworth.valuation.groups import GROUPINGS, Groups, Materials
from simworth.valuation.numbers import Estimate, kept

PARAMETERS: Final = ("D", "alpha", "C")


@dataclass(frozen=True)
class Deviation:
    """Simulated against measured values of the materials that have both, in the property's unit."""

    materials: int
    bias: float
    """median of simulated less measured"""
    mae: float
    """mean absolute difference"""
    correlation: float | None
    """Pearson's r; None without variation"""
    corrected_mae: float | None
    """mean absolute difference after the best linear correction, leave-one-out"""

    def to_dict(self) -> dict[str, Any]:
        numbers = {name: getattr(self, name) for name in ("bias", "mae", "correlation", "corrected_mae")}
        return {"materials": self.materials} | {k: None if v is None else kept(v) for k, v in numbers.items()}


@dataclass(frozen=True)
class Sorting:
    """How the measured materials of a task are sorted into classes."""

    by: str
    """name of the grouping (`simworth.valuation.groups`)"""
    shown: bool
    """False where a database of the task may not be redistributed: deviations then count for the advice alone"""
    measured: Quantity
    """what is measured"""
    simulated: Quantity
    """what the source holds"""
    table: pd.DataFrame
    """columns side, item, material_class"""

    @property
    def same_property(self) -> bool:
        """False where source and target have different properties, so that no deviation means anything."""
        return self.measured.property == self.simulated.property

    def to_dict(self) -> dict[str, Any]:
        """What the valuation keeps of it."""
        return {"by": self.by, "same_property": self.same_property, "shown": self.shown}


@dataclass(frozen=True)
class ClassValuation:
    """What is known of one class."""

    name: str
    measured: int
    """materials that were tested"""
    simulated: int
    curve: tuple[Point, ...] = ()
    """mean absolute error at every n; empty without measured materials"""
    law: dict[str, Estimate] | None = None
    """D, alpha, C with intervals over the choice of materials"""
    law_reason: str = ""
    """why there is no law, '' where there is one"""
    verdict: str = ""
    gap: str = ""
    doubling: Estimate | None = None
    """fall of the error from n_max to 2 n_max"""
    deviation: Deviation | None = None
    """None where it may not be shown, is of another property, or has too few materials"""
    advice: str = OPEN
    advice_reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The class's part of valuation.json."""
        last = self.curve[-1].mae.over_materials if self.curve else None
        return {
            "measured": self.measured,
            "simulated": self.simulated,
            "mae_at_n_max": None if last is None else last.value,
            "mae_at_n_max_interval": None if last is None else {"low": last.low, "high": last.high},
            "law": None if self.law is None else {name: one.to_dict() for name, one in self.law.items()},
            "law_reason": self.law_reason,
            "verdict": self.verdict or None,
            "gap": self.gap or None,
            "doubling_lowers_mae_by": None if self.doubling is None else self.doubling.to_dict(),
            "parity": None if self.deviation is None else self.deviation.to_dict(),
            "advice": self.advice,
            "advice_reason": self.advice_reason,
        }


def deviation_of(rows: pd.DataFrame) -> Deviation | None:
    """Simulated against measured values of a class (columns item, y_true, y_sim); None with too few materials."""
    rows = rows.loc[np.isfinite(rows["y_sim"]), ["item", "y_true", "y_sim"]].drop_duplicates()
    if rows["item"].nunique() < MIN_MEASURED:
        return None
    measured, simulated = (rows[name].to_numpy(float) for name in ("y_true", "y_sim"))
    off, varied = simulated - measured, np.ptp(measured) > 0 and np.ptp(simulated) > 0
    return Deviation(
        materials=int(rows["item"].nunique()),
        bias=float(np.median(off)),
        mae=float(np.abs(off).mean()),
        correlation=float(np.corrcoef(measured, simulated)[0, 1]) if varied else None,
        corrected_mae=corrected_deviation(measured, simulated),
    )


def value_classes(
    errors: Errors, predictions: pd.DataFrame, sorting: Sorting, level: float
) -> tuple[ClassValuation, ...]:
    """Every class, the largest first; all laws are fitted at once. `predictions` tell simulated values.

    A class of pairs has few polymers; its intervals cover the choice of pairs, for these polymers.
    """
    groups = GROUPINGS[sorting.by](Materials(predictions, sorting.table, sorting.measured, sorting.simulated))
    deviations = _deviations(predictions, groups) if sorting.same_property else {}
    items = errors.transfer["item"]
    table = errors.transfer.assign(group=items.map(groups.measured), cluster=items)
    parts = {str(name): part for name, part in table.groupby("group", sort=False)}
    enough = [name for name in groups.names if name in parts and parts[name]["item"].nunique() >= MIN_MEASURED]
    laws, reason = _laws(errors.n, [parts[name] for name in enough])
    fitted = {name: laws[i] for i, name in enumerate(enough)} if laws is not None else {}
    found = []
    for name in groups.names:
        part, simulated = parts.get(name), groups.simulated.get(name, 0)
        if part is None:
            found.append(
                ClassValuation(name, 0, simulated, law_reason=_too_few(0), advice_reason="nothing is measured")
            )
        else:
            known = ClassValuation(name, int(part["item"].nunique()), simulated, _curve(part, level))
            known = replace(known, deviation=deviations.get(name))
            known = _judged(known, fitted.get(name), reason, level)
            found.append(known if sorting.shown else replace(known, deviation=None))
    return tuple(found)


def _curve(part: pd.DataFrame, level: float) -> tuple[Point, ...]:
    return curve_of(Errors(part, part.iloc[:0]), level)


def _deviations(predictions: pd.DataFrame, groups: Groups) -> dict[str, Deviation | None]:
    names = predictions["item"].map(groups.measured)
    return {str(name): deviation_of(rows) for name, rows in predictions.groupby(names)}


def _laws(n: np.ndarray, parts: list[pd.DataFrame]) -> tuple[PowerLaws | None, str]:
    """The laws of several classes, or why there are none."""
    if not parts:
        return None, ""
    cubes = [cube_of(part, "n") for part in parts]
    if len({cube.shape[1] for cube in cubes}) > 1:
        return None, "no law: some sizes n tested no material of some class"
    trials, materials = (max(cube.shape[axis] for cube in cubes) for axis in (0, 2))
    size = (len(cubes), trials, len(n), materials)
    whole = np.ma.MaskedArray(np.zeros(size), mask=np.ones(size, dtype=bool))
    for i, cube in enumerate(cubes):
        whole[i, : cube.shape[0], :, : cube.shape[2]] = cube
    try:
        return fit_many(n, whole), ""
    except ValueError as error:
        return None, f"no law can be fitted: {error}"


def _judged(known: ClassValuation, law: PowerLaw | None, reason: str, level: float) -> ClassValuation:
    """The class with its law, verdict and advice, or with the reason why it has none."""
    if law is None:
        why = _too_few(known.measured) if known.measured < MIN_MEASURED else reason
        return replace(known, law_reason=why, advice_reason=why)
    judged, last = law.judge(level), known.curve[-1]
    doubling = Estimate.of(*law.fall(last.n, 2 * last.n, level))
    corrected = None if known.deviation is None else known.deviation.corrected_mae
    error = last.mae.over_materials.value or 0.0
    advice, because = advise(judged.verdict, judged.gap, doubling, error, corrected, judged.reason)
    return replace(
        known,
        law={name: Estimate.of(getattr(law, name), *law.interval(name, level)) for name in PARAMETERS},
        verdict=judged.verdict,
        gap=judged.gap,
        doubling=doubling,
        advice=advice,
        advice_reason=because,
    )


def _too_few(measured: int) -> str:
    return f"too few measurements to say: {measured} measured materials, {MIN_MEASURED} needed"
