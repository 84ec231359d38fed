"""What a valuation holds: results/fits/<task>.json and reports/valuation.json.

Errors are mean absolute errors in the task's unit. Null is unbounded: an interval without that end, an n that the law
never reaches. Intervals cover the choice of measured materials unless a field says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simworth.data.records import Snapshot
from simworth.records import EstimateField, Record
from simworth.valuation.pieces import (
    ClassCorrelation,
    ClassValuation,
    Comparison,
    Equivalent,
    Form,
    Gain,
    GridPoint,
    Grouping,
    Interval,
    LawValues,
    Point,
    Recipe,
    RequiredN,
    Sized,
    SurfaceFit,
)


class LawReading(Record):
    """What the law says, with intervals of one kind."""

    law: LawValues
    verdict: str
    """scaling | saturated | not scaling | harm | inconclusive"""
    gap: str
    """identified | upper bound | not identified"""
    forecast: dict[str, Sized]
    """x2, x4, x10 -> the error at that multiple of n_max"""
    doubling_lowers_mae_by: EstimateField
    """fall of the error from n_max to 2 n_max"""
    gain: Gain | None = None
    """null in entries of format 1"""
    required_n: tuple[RequiredN, ...] = ()
    mae_at_n_max_interval: Interval
    direct_mae_interval: Interval | None
    direct_minus_transfer: EstimateField | None
    """direct learning less transfer at n_max, test measurement by test measurement; above 0 where simulations help"""


class Unvalued(Record):
    """A task without a law."""

    status: Literal["waiting", "failed"]
    reason: str
    unit: str
    releases: dict[str, Snapshot] = Field(default={})


class Valued(LawReading):
    """A task with a law."""

    status: Literal["ok"] = "ok"
    unit: str
    """of every error; log10(...) where errors are those of the decimal logarithm"""
    releases: dict[str, Snapshot] = Field(default={})
    """database -> its state"""
    n_max: int
    m: int
    """training side, validation included"""
    materials: int
    """measured materials in use"""
    trials: int
    law_m: LawValues | None
    """error = D m^-alpha + C at n_max"""
    mae_at_n_max: float
    direct_mae: float | None
    """error without simulations"""
    equivalent_samples: Equivalent | None
    classes: dict[str, ClassValuation]
    verdict_reason: str
    """one sentence with the figures that the verdict rests on"""
    excluded: tuple[str, ...] = ()
    """what the intervals rule out, in sentences"""
    to_settle: tuple[str, ...] = ()
    """what would settle what they leave open, the cheapest first"""
    these_materials_only: LawReading | None
    """the same with intervals over trials alone, which say nothing of other materials; null after a single trial"""
    diagnostics: dict[str, float | tuple[str, ...] | None]
    """what the data could tell of the law (`simworth.scaling.diagnostics`)"""
    surface: SurfaceFit | None
    grouping: Grouping | None
    form: Form | None = None
    """null in entries by law 3 and before"""
    class_correlation: ClassCorrelation | None = None
    """null where no class is known"""
    recipe: Recipe | None = None
    """in valuation.json; not in fits and ledger, whose protocol holds the task's settings"""
    compare: dict[str, Comparison] = Field(default={})
    """other task with the same target and the same test materials -> comparison; not in fits and ledger"""

    def number(self, name: str) -> float | None:
        """A diagnostic that is a number; None where it was not determined."""
        found = self.diagnostics.get(name)
        return None if isinstance(found, tuple) else found

    @property
    def bounds_hit(self) -> tuple[str, ...]:
        """Parameters of the law that lie on a bound, where an estimate says no more than that."""
        found = self.diagnostics.get("bounds_hit")
        return found if isinstance(found, tuple) else ()


TaskEntry = Annotated[Valued | Unvalued, Field(discriminator="status")]


class Valuation(Record):
    """reports/valuation.json: what each simulation database is worth for each task."""

    format: int = 1
    """2 is written; older ones are read"""
    level: float = Field(gt=0, lt=1)
    """probability that an interval is meant to hold with"""
    tasks: dict[str, TaskEntry]


class PairingWorth(Record):
    """Independent trials at every n that would have given the same interval of alpha over trials."""

    trials: int
    independent_trials: int | None
    factor: float | None
    """independent trials for each of these; null for the reason"""
    fall_factor: float | None
    """the same for the variance of the error's fall from the smallest to the largest n"""
    reason: str


class Fit(Record):
    """results/fits/<task>.json: a task's valuation and what its charts are drawn from; aggregates only."""

    task: str
    level: float
    law_version: str
    laws: tuple[str, ...] = ()
    """registered laws fitted beside the study's; () for those of the package"""
    source: str
    """database"""
    target: str
    """database"""
    same_property: bool = True
    """False where source and target have different properties"""
    entry: TaskEntry
    clusters: int = 0
    """number of what intervals over materials draw: materials, the polymers of measured pairs, or classes"""
    curve: tuple[Point, ...] = ()
    """ascending n"""
    direct: Point | None = None
    pairing: PairingWorth | None = None
    adaptive: str = ""
    """why an adaptive sweep ended with so many trials; '' where their number was fixed"""
    line: tuple[Sized, ...] = ()
    """the law from the smallest n to ten times the largest, for drawing"""
    surface_points: tuple[GridPoint, ...] = ()
    """by m, then n"""
    class_curves: dict[str, tuple[Point, ...]] = Field(default={})
    frozen: tuple[Sized, ...] = ()
    """forecasts at n_max 2^(j / 4), j = 0 ... 16, which the ledger keeps"""
    frozen_these_materials_only: tuple[Sized, ...] = ()
