"""The learning curve of a task and its fitted law, with intervals over the choice of materials and for these only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.scaling import Estimate, FittedForm, PowerLaw, Surface, Verdict, fit_power_law
from simworth.scaling.diagnostics import REJECTED
from simworth.valuation.cube import Errors, Mean, clustered_mean
from simworth.valuation.pieces import STUDY_LAW, Form, Gain, Interval, LawValues, Point, RequiredN, Sized, finite
from simworth.valuation.records import LawReading

FACTORS: Final = (2, 4, 10)
"""multiples of n_max that are forecast"""
CUTS: Final = (0.95, 0.9, 0.75, 0.5)
"""shares of the error at n_max for which the required n is told"""


@dataclass(frozen=True)
class Means:
    """What errors say without a law."""

    curve: tuple[Point, ...]
    """every n that was run, ascending"""
    direct: Point | None
    """direct learning, None where it did not run"""
    gain: Mean | None
    """direct less transfer at the largest n, test measurement by test measurement; None where direct did not run"""

    @classmethod
    def of(cls, errors: Errors, level: float) -> Means:
        """The means of these errors."""
        direct = None if errors.direct.empty else _point(errors.direct, 0, level)
        pairs = errors.paired(int(errors.n[-1]))
        return cls(curve_of(errors, level), direct, None if pairs.empty else clustered_mean(pairs, level))


@dataclass(frozen=True)
class FittedLaw:
    """error = D n^-alpha + C of one task, and what it says."""

    law: PowerLaw
    judged: Verdict
    """over the choice of materials"""
    reading: LawReading
    """over the choice of materials"""
    here: LawReading | None
    """for these materials only; None where a single trial ran"""

    @property
    def gain(self) -> Gain:
        """What more simulations gain, over the choice of materials."""
        assert self.reading.gain is not None  # so in entries of format 1 alone
        return self.reading.gain

    @classmethod
    def of(cls, errors: Errors, means: Means, level: float) -> FittedLaw:
        """ValueError where no law can be fitted."""
        law = fit_power_law(errors.n, errors.cube())
        judged = law.judge(level, "materials")
        reading = _read(law, judged, means, level, "materials")
        if "trials" not in law.over:
            return cls(law, judged, reading, None)
        return cls(law, judged, reading, _read(law, law.judge(level, "trials"), means, level, "trials"))


def form_of(forms: Sequence[FittedForm]) -> Form:
    """The forms' weights, the study's first, as a record."""
    p = forms[0].lack_of_fit
    return Form(
        weights={one.law.name: round(one.weight, 4) for one in forms},
        formulas={one.law.name: one.law.formula for one in forms},
        lack_of_fit=p,
        rejected=p is not None and p < REJECTED,
    )


def _read(law: PowerLaw, judged: Verdict, means: Means, level: float, over: str) -> LawReading:
    last = means.curve[-1]

    def required(share: float) -> RequiredN:
        value, low, high = (finite(one) for one in law.required_n(relative=share, level=level, over=over))
        return RequiredN(target=float(f"{share * last.mae:.3g}"), relative=share, n=value, low=low, high=high)

    def ends(point: Point) -> Interval:
        if over == "materials":
            return Interval(low=point.low, high=point.high)
        return Interval(low=point.trials_low, high=point.trials_high)

    ahead = along(law, last.n * np.array(FACTORS), level, over)
    return LawReading(
        law=parameters(law, level, over),
        verdict=judged.verdict,
        gap=judged.gap,
        forecast={f"x{factor}": sized for factor, sized in zip(FACTORS, ahead, strict=True)},
        doubling_lowers_mae_by=doubling(law, last.n, level, over),
        gain=gain_of(law, level, over),
        required_n=tuple(required(share) for share in CUTS),
        mae_at_n_max_interval=ends(last),
        direct_mae_interval=None if means.direct is None else ends(means.direct),
        direct_minus_transfer=None if means.gain is None else getattr(means.gain, f"over_{over}"),
    )


def parameters(
    law: PowerLaw | Surface, level: float, over: str | None = None, names: Sequence[str] = STUDY_LAW
) -> LawValues:
    """The law's parameters with their profile intervals."""
    return {name: Estimate(getattr(law, name), *law.interval(name, level, over)) for name in names}


def doubling(law: PowerLaw, start: int, level: float, over: str = "materials") -> Estimate:
    """Fall of the error from n_max = `start` to twice that: the relative gain times the error at n_max."""
    error, gain = float(law.predict(start, level=level, over=over).value), law.gain(2.0, level, over).fall
    return Estimate(*(error * end for end in gain))


def gain_of(law: PowerLaw, level: float, over: str) -> Gain:
    """Relative falls from n_max to multiples of it, and how likely a doubling is to gain more than some."""
    gains = {factor: law.gain(float(factor), level, over) for factor in FACTORS}
    odds = {f"{x:g}": round(float(p), 3) for x, p in gains[2].p_more_than.items()}
    return Gain(**{f"x{factor}": one.fall for factor, one in gains.items()}, p_more_than=odds)


def along(law: PowerLaw, at: np.ndarray, level: float, over: str) -> tuple[Sized, ...]:
    """Forecasts at these n, rounded to whole ones."""
    sizes = np.unique(np.round(at).astype(int))
    found = law.predict(sizes, level=level, over=over)
    return tuple(Sized.at(int(n), Estimate(*ends)) for n, *ends in zip(sizes, *found, strict=True))


def diagnostic(value: object) -> float | tuple[str, ...] | None:
    """A diagnostic as a record holds it: a number, null where it was not determined, or names."""
    if isinstance(value, int | float | np.number):
        return float(value) if np.isfinite(value) else None
    return None if value is None else tuple(str(name) for name in np.atleast_1d(np.asarray(value, dtype=object)))


CSV_COLUMNS: Final = ("n", "mae", "low", "high", "law")
"""columns of results/curves/<task>.csv, which `dvc plots` draws"""
SPREAD: Final = (0.05, 0.95)
"""quantiles of the trials' errors that are drawn as their spread"""


def curve_of(errors: Errors, level: float) -> tuple[Point, ...]:
    """Every n that was run, ascending."""
    return tuple(_point(errors.at(int(n)), int(n), level) for n in errors.n)


def _point(table: pd.DataFrame, n: int, level: float) -> Point:
    single = table.groupby("trial")["error"].mean().to_numpy()
    low, high = np.quantile(single, SPREAD)
    mean = clustered_mean(table, level)
    wide, narrow = mean.over_materials, mean.over_trials
    return Point(
        n=n,
        mae=float(wide.value),
        low=finite(wide.low),
        high=finite(wide.high),
        trials=len(single),
        trials_low=finite(narrow.low),
        trials_high=finite(narrow.high),
        spread_low=float(low),
        spread_high=float(high),
    )


def curve_table(points: Sequence[Point], law: LawValues | None) -> pd.DataFrame:
    """The plot's table, columns CSV_COLUMNS; the law fills the last. Empty where nothing ran."""
    fitted = None if law is None else study_law(law)
    rows = [
        [one.n, one.mae, one.low, one.high, None if fitted is None else float(fitted(float(one.n)))] for one in points
    ]
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS))


def study_law(law: LawValues) -> PowerLaw:
    """The law of known coefficients that a record holds."""
    d, alpha, c = (float(law[name].value) for name in STUDY_LAW)
    return PowerLaw(d, alpha, c)
