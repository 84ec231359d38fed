"""The fitted law of a task, as numbers with intervals: over the choice of materials, and for these materials only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simworth.scaling import PowerLaw, fit_power_law
from simworth.scaling.profile import value_weights
from simworth.scaling.region import bounds
from simworth.valuation.cube import Errors
from simworth.valuation.numbers import Estimate, kept

PARAMETERS: Final = ("D", "alpha", "C")
FACTORS: Final = (2, 4, 10)
"""multiples of n_max that are forecast"""
CUTS: Final = (0.95, 0.9, 0.75, 0.5)
"""shares of the error at n_max for which the required n is told"""
LINE_POINTS: Final = 61
"""points of the drawn law, from the smallest n to ten times the largest"""


@dataclass(frozen=True)
class Forecast:
    """The error to expect at an n that has not been run."""

    n: int
    mae: Estimate
    """interval by the law and by how well it has forecast its own largest n (rolling origin)"""

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n, "mae": self.mae.value, "low": self.mae.low, "high": self.mae.high}


@dataclass(frozen=True)
class FittedLaw:
    """error = D n^-alpha + C of one task, with intervals of one kind."""

    parameters: dict[str, Estimate]
    verdict: str
    """scaling | saturated | not scaling | inconclusive"""
    gap: str
    """identified | upper bound | not identified"""
    reason: str
    """one sentence with the figures that the verdict rests on"""
    forecast: dict[str, Forecast]
    """x2, x4, x10"""
    doubling: Estimate
    """fall of the error from n_max to 2 n_max; narrower than the two errors' intervals, which move together"""
    required: tuple[tuple[float, Estimate], ...]
    """(target error, n that reaches it); an n of None is never reached"""
    line: tuple[tuple[int, Estimate], ...]
    """(n, error by the law) for drawing, by the same method as the forecasts"""
    frozen: tuple[tuple[int, Estimate], ...]
    """(n, error) at n_max * 2^(j / 4), j = 0 ... 16: what the ledger keeps to be judged by a later release"""
    diagnostics: dict[str, Any]


def fit_laws(errors: Errors, mae_at_n_max: float, level: float) -> tuple[FittedLaw, FittedLaw | None]:
    """The law over the choice of materials, and for these materials only (None where a single trial ran).

    ValueError where none can be fitted.
    """
    law = fit_power_law(errors.n, errors.cube())
    here = _read(law, errors.n, mae_at_n_max, level, "trials") if "trials" in law.over else None
    return _read(law, errors.n, mae_at_n_max, level, "materials"), here


def _read(law: PowerLaw, n: np.ndarray, mae: float, level: float, over: str) -> FittedLaw:
    top = int(n.max())
    judged = law.judge(level, over)

    def ahead(at: int) -> Estimate:
        return Estimate.of(*law.predict(at, level=level, method="empirical", over=over))

    def required(target: float) -> Estimate:
        return Estimate.of(*law.required_n(target, level=level, over=over))

    return FittedLaw(
        parameters={name: Estimate.of(getattr(law, name), *law.interval(name, level, over)) for name in PARAMETERS},
        verdict=judged.verdict,
        gap=judged.gap,
        reason=judged.reason,
        forecast={f"x{factor}": Forecast(top * factor, ahead(top * factor)) for factor in FACTORS},
        doubling=_fall(law, top, 2 * top, level, over),
        required=tuple((_target(share, mae), required(_target(share, mae))) for share in CUTS),
        line=_along(law, np.geomspace(n.min(), 10 * top, LINE_POINTS), level, over),
        frozen=_along(law, top * 2.0 ** (np.arange(17) / 4), level, over),
        diagnostics=plain(law.diagnostics),
    )


def _fall(law: PowerLaw, start: int, end: int, level: float, over: str) -> Estimate:
    """law(start) - law(end): its profile interval, widened by what the empirical forecast adds at `end`."""
    assert law.fits is not None
    here, there = value_weights(law.fits, start), value_weights(law.fits, end)

    def difference(powers: list[np.ndarray]) -> list[np.ndarray]:
        return [a - b for a, b in zip(here(powers), there(powers), strict=True)]

    low, high = (float(end_of[0]) for end_of in bounds(law.fits, over, difference, level))
    value = float(law(start) - law(end))
    trusting, wary = (law.predict(end, level=level, method=method, over=over) for method in ("model", "empirical"))
    miss = [math.sqrt(max((w - w0) ** 2 - (t - w0) ** 2, 0.0)) for w, t, w0 in _ends(wary, trusting)]
    return Estimate.of(value, value - math.hypot(value - low, miss[1]), value + math.hypot(high - value, miss[0]))


def _ends(wary: Any, trusting: Any) -> tuple[tuple[float, float, float], ...]:
    return (wary.low, trusting.low, wary.value), (wary.high, trusting.high, wary.value)


def _target(share: float, mae: float) -> float:
    return float(f"{share * mae:.3g}")


def _along(law: PowerLaw, at: np.ndarray, level: float, over: str) -> tuple[tuple[int, Estimate], ...]:
    sizes = np.unique(np.round(at).astype(int))
    value, low, high = law.predict(sizes, level=level, method="empirical", over=over)
    return tuple((int(n), Estimate.of(*ends)) for n, *ends in zip(sizes, value, low, high, strict=True))


def plain(value: Any) -> Any:
    """JSON-able copy of diagnostics: finite floats, infinity and NaN (not determined) as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else kept(float(value))
    return value if value is None or isinstance(value, str) else str(value)
