"""The classes of a task's measured materials: each one's curve, law, simulation against measurement, and advice.

The rule of the advice (extend, change or stop the simulations of a class) is stated here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.columns import Quantity
from simworth.scaling import Estimate, PowerLaw, PowerLaws, Replicates, fit_many
from simworth.valuation.cube import Errors, cube_of
from simworth.valuation.groupings import GROUPINGS, Groups, Materials
from simworth.valuation.laws import curve_of, doubling, parameters
from simworth.valuation.pieces import ClassValuation, Interval, Parity, Point
from simworth.valuation.words import figure

MIN_MEASURED: Final = 10
"""measured materials below which a class's law, deviation and advice say nothing"""
EXPLAINS: Final = 0.8
"""share of the error at the largest n that the simulation's own deviation must reach to explain it"""

EXTEND: Final = "extend"
CHANGE: Final = "change the simulation"
STOP: Final = "stop"
OPEN: Final = "cannot tell yet"

RULE: Final = {
    EXTEND: "the verdict is scaling, and the interval of what a doubling gains lies above 0",
    CHANGE: "the curve is saturated or not scaling, and the simulation itself, after the best linear correction, still "
    f"misses the measured values by at least {EXPLAINS:.0%} of the error at the largest n: more of the same "
    "simulations cannot help, better ones may",
    STOP: "the curve is saturated and its transfer gap is identified",
    OPEN: f"in every other case, and always with fewer than {MIN_MEASURED} measured materials",
}
"""advice -> when it is given; the first that applies, in this order"""


def advise(
    verdict: str, gap: str, doubling: Estimate, error: float, corrected: float | None, why: str = ""
) -> tuple[str, str]:
    """Advice and its reason.

    `error` is the mean absolute error at the largest n, `corrected` the simulation's own deviation from the
    measured values after a linear correction (None where unknown), `doubling` the fall from n_max to 2 n_max, `why`
    what the verdict rests on.
    """
    if verdict == "scaling" and doubling.low > 0:
        return EXTEND, "the error still falls, and the interval of what a doubling gains lies above 0"
    if verdict in ("saturated", "not scaling") and corrected is not None and corrected >= EXPLAINS * error:
        share = figure(100 * corrected / error, 2)
        return CHANGE, f"the simulation's own deviation after linear correction is {share} % of the error"
    if verdict == "saturated" and gap == "identified":
        return STOP, "the curve has levelled off at a known transfer gap"
    if verdict == "scaling":
        return OPEN, "the error falls, but a doubling may gain nothing"
    if verdict == "inconclusive":
        return OPEN, why or "a fall and a standstill are both possible"
    return OPEN, "the curve is flat, but what holds it up is not known"


def corrected_deviation(measured: np.ndarray, simulated: np.ndarray) -> float | None:
    """Mean absolute deviation of measured from a + b simulated, each material left out of its own line.

    None with fewer than MIN_MEASURED materials or without variation.
    """
    if len(measured) < MIN_MEASURED or np.ptp(simulated) == 0:
        return None
    design = np.column_stack([np.ones_like(simulated), simulated])
    own, *_ = np.linalg.lstsq(design, measured, rcond=None)
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    return float(np.mean(np.abs((measured - design @ own) / np.maximum(1 - leverage, 1e-9))))


@dataclass(frozen=True)
class Sorting:
    """How the measured materials of a task are sorted into classes."""

    by: str
    """name of the grouping (`simworth.valuation.groupings`)"""
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


@dataclass(frozen=True)
class ValuedClass:
    """One class and its curve."""

    name: str
    curve: tuple[Point, ...]
    """mean absolute error at every n; empty without measured materials"""
    valuation: ClassValuation


def parity_of(rows: pd.DataFrame, least: int = MIN_MEASURED) -> Parity | None:
    """Simulated against measured values (columns item, y_true, y_sim); None with fewer than `least` materials."""
    rows = rows.loc[np.isfinite(rows["y_sim"]), ["item", "y_true", "y_sim"]].drop_duplicates()
    if rows["item"].nunique() < least:
        return None
    measured, simulated = (rows[name].to_numpy(float) for name in ("y_true", "y_sim"))
    off = simulated - measured
    varied = len(off) > 2 and np.ptp(measured) > 0 and np.ptp(simulated) > 0
    return Parity(
        materials=int(rows["item"].nunique()),
        bias=float(np.median(off)),
        mae=float(np.abs(off).mean()),
        correlation=float(np.corrcoef(measured, simulated)[0, 1]) if varied else None,
        corrected_mae=corrected_deviation(measured, simulated),
    )


def value_classes(errors: Errors, predictions: pd.DataFrame, sorting: Sorting, level: float) -> tuple[ValuedClass, ...]:
    """Every class, the largest first; all laws are fitted at once. `predictions` tell simulated values.

    A class of pairs has few polymers; its intervals cover the choice of pairs, for these polymers.
    """
    groups = GROUPINGS[sorting.by](Materials(predictions, sorting.table, sorting.measured, sorting.simulated))
    parities = _parities(predictions, groups) if sorting.same_property else {}
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
            few, why = _too_few(0), "nothing is measured"
            empty = ClassValuation(measured=0, simulated=simulated, law_reason=few, advice=OPEN, advice_reason=why)
            found.append(ValuedClass(name, (), empty))
            continue
        curve, parity = curve_of(Errors(part, part.iloc[:0]), level), parities.get(name)
        last = curve[-1]
        known = ClassValuation(
            measured=int(part["item"].nunique()),
            simulated=simulated,
            mae_at_n_max=last.mae,
            mae_at_n_max_interval=Interval(low=last.low, high=last.high),
            parity=parity if sorting.shown else None,
        )
        found.append(ValuedClass(name, curve, _judged(known, fitted.get(name), reason, last, parity, level)))
    return tuple(found)


def _parities(predictions: pd.DataFrame, groups: Groups) -> dict[str, Parity | None]:
    names = predictions["item"].map(groups.measured)
    return {str(name): parity_of(rows) for name, rows in predictions.groupby(names)}


def _laws(n: np.ndarray, parts: list[pd.DataFrame]) -> tuple[PowerLaws | None, str]:
    """The laws of several classes, or why there are none."""
    if not parts:
        return None, ""
    cubes = [cube_of(part, "n") for part in parts]
    if any(cube.errors.shape[1] != len(n) for cube in cubes):
        return None, "no law: some sizes n tested no material of some class"
    trials, materials = (max(cube.errors.shape[axis] for cube in cubes) for axis in (0, 2))
    size = (len(cubes), trials, len(n), materials)
    errors: np.ma.MaskedArray = np.ma.MaskedArray(np.zeros(size), mask=np.ones(size, dtype=bool))
    weights = np.ones(size)
    for i, cube in enumerate(cubes):
        a, _, b = cube.errors.shape
        errors[i, :a, :, :b], weights[i, :a, :, :b] = cube.errors, np.maximum(cube.weights, 1.0)
    try:
        return fit_many(n, Replicates(errors, weights)), ""
    except ValueError as error:
        return None, f"no law can be fitted: {error}"


def _judged(
    known: ClassValuation, law: PowerLaw | None, reason: str, last: Point, parity: Parity | None, level: float
) -> ClassValuation:
    """The class with its law, verdict and advice, or with the reason why it has none."""
    if law is None:
        why = _too_few(known.measured) if known.measured < MIN_MEASURED else reason
        return known.model_copy(update={"law_reason": why, "advice": OPEN, "advice_reason": why})
    judged, gains = law.judge(level), doubling(law, last.n, level)
    corrected = None if parity is None else parity.corrected_mae
    advice, because = advise(judged.verdict, judged.gap, gains, last.mae, corrected, judged.reason)
    return known.model_copy(
        update={
            "law": parameters(law, level),
            "verdict": judged.verdict,
            "gap": judged.gap,
            "doubling_lowers_mae_by": gains,
            "advice": advice,
            "advice_reason": because,
        }
    )


def _too_few(measured: int) -> str:
    return f"too few measurements to say: {measured} measured materials, {MIN_MEASURED} needed"
