"""The pieces that records of a valuation are made of.

Errors are mean absolute errors in the task's unit. Null is unbounded: an interval without that end, an n that the law
never reaches. Intervals cover the choice of measured materials unless a field says otherwise.
"""

from __future__ import annotations

import math
from typing import Any, Final

from pydantic import JsonValue

from simworth.records import EstimateField, Record
from simworth.scaling import Estimate

Bound = float | None
"""an end of an interval, null where it is unbounded"""
LawValues = dict[str, EstimateField]
"""parameter of the law -> estimate; error = D n^-alpha + C has D, alpha and C"""
STUDY_LAW: Final = ("D", "alpha", "C")
"""parameters of the study's law, which is always fitted"""


class Interval(Record):
    """The ends of an interval."""

    low: Bound
    high: Bound


class Sized(Record):
    """An error at one n."""

    n: int
    """simulated samples"""
    mae: float
    """mean absolute error"""
    low: Bound
    high: Bound

    @classmethod
    def at(cls, n: int, error: Estimate) -> Sized:
        return cls(n=n, mae=float(error.value), low=finite(error.low), high=finite(error.high))


class Point(Sized):
    """The measured error at one n of the learning curve; n = 0 is direct learning."""

    trials: int
    """trials that ran"""
    trials_low: Bound
    """ends of the interval for these materials only"""
    trials_high: Bound
    spread_low: float
    """5 % and 95 % quantiles of single trials' errors"""
    spread_high: float


class GridPoint(Sized):
    """The measured error at one (n, m)."""

    m: int
    """measured materials on the training side"""
    trials: int


class Gain(Record):
    """What more simulations gain: relative fall of the error from n_max; below 0 where it rises."""

    x2: EstimateField
    x4: EstimateField
    x10: EstimateField
    p_more_than: dict[str, float]
    """relative fall -> probability that a doubling gains more than it"""


class Form(Record):
    """Which form of law the curve speaks for; the study's law is fitted whatever form wins."""

    weights: dict[str, float]
    """law -> its weight by AICc, of all that were fitted; they sum to 1"""
    formulas: dict[str, str]
    """law -> printed form"""
    lack_of_fit: float | None
    """p of the test that the study's law holds; null where its points leave nothing to judge by"""
    rejected: bool
    """whether it does not hold, so that no claim rests on it"""


class ClassCorrelation(Record):
    """Whether materials of one class err alike."""

    icc: float | None
    """intraclass correlation of the materials' mean errors; null without two classes, one of them with two materials"""
    p: float
    """share of random classes of the same sizes whose correlation is as large"""
    classes: int
    """classes, a material without one counting as one"""
    drawn: bool
    """whether intervals draw classes instead of single materials"""


class Recipe(Record):
    """The settings by which a value was found: another recipe may make more of the same database."""

    settings: dict[str, JsonValue]
    """learning, descriptors, split, source order and training of params.yaml"""
    found_by: str
    """tasks.<task>.found_by of params.yaml, '' where it is not said"""


class RequiredN(Record):
    """Simulations that an error needs, by the law."""

    relative: float | None = None
    """the wanted error over that at n_max"""

    target: float
    """wanted error"""
    n: Bound
    """null: never reached"""
    low: Bound
    high: Bound
    """null: perhaps never"""


class Equivalent(Record):
    """Simulations worth one experiment at (n, m)."""

    value: Bound
    """null: simulations gain nothing there"""
    low: Bound
    high: Bound
    n: int
    m: int
    method: str
    """surface | two curves"""


class SurfaceFit(Record):
    """error = (A n^-alpha + B) m^-beta + eps; the parameters are null where it cannot be fitted."""

    A: EstimateField | None
    alpha: EstimateField | None
    B: EstimateField | None
    beta: EstimateField | None
    eps: EstimateField | None
    reason: str
    """why it cannot be fitted, '' where it can"""
    law_m_reason: str
    """why there is no law in m alone, '' where there is one"""
    warnings: tuple[str, ...]
    """what makes the fit thinner than it should be"""


class Parity(Record):
    """Simulated against measured values of the materials that have both."""

    materials: int
    bias: float
    """median of simulated less measured"""
    mae: float
    """mean absolute difference"""
    correlation: float | None
    """Pearson's r; null without variation"""
    corrected_mae: float | None
    """mean absolute difference after the best linear correction, each material left out of its own line"""


class ClassValuation(Record):
    """One class of measured materials."""

    measured: int
    """materials that were tested"""
    simulated: int
    mae_at_n_max: float | None = None
    mae_at_n_max_interval: Interval | None = None
    law: LawValues | None = None
    law_reason: str = ""
    """why there is no law, '' where there is one"""
    verdict: str | None = None
    gap: str | None = None
    doubling_lowers_mae_by: EstimateField | None = None
    parity: Parity | None = None
    """null where it may not be shown, is of another property, or has too few materials"""
    advice: str = ""
    advice_reason: str = ""


class Grouping(Record):
    """How measured materials were sorted into classes."""

    by: str
    """name of a registered grouping"""
    same_property: bool
    """false where source and target have different properties, so that no parity means anything"""
    shown: bool
    """false where a database may not be redistributed, so that no parity is kept"""


class Comparison(Record):
    """A task's error against that of another task with the same target, on the same test materials."""

    n: int
    """largest n that both have"""
    at_equal_n: EstimateField
    """this task's error less the other's at n; below 0 where this task's source is the better one"""
    n_max: int
    """of this task"""
    other_n_max: int
    at_n_max: EstimateField
    """the same at each one's largest n"""
    equal_n: EstimateField
    """the other's simulations that give this task's error at n_max; null: more than it has"""
    worth: EstimateField
    """the other's simulations that one of this task's is worth: equal_n / n_max"""
    materials: int
    """measured materials that both tested"""
    trials: int


def finite(number: Any) -> Bound:
    """A number as a record holds it: None where it is infinite; ValueError where it is none."""
    value = float(number)
    if math.isnan(value):
        raise ValueError("a result must be a number, got NaN")
    return value if math.isfinite(value) else None
