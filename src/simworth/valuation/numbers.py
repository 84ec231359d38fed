"""Numbers as the valuation keeps them (JSON) and as people read them (text)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from simworth.records import KEPT_DIGITS

TINIEST: Final = 1e-200
"""numbers below are 0 that arithmetic missed"""


@dataclass(frozen=True)
class Estimate:
    """A number and the interval around it."""

    value: float | None
    """best value; None where no finite one exists (an n that the law never reaches)"""
    low: float | None
    """lower end of the interval; None is unbounded"""
    high: float | None
    """upper end of the interval; None is unbounded"""

    @classmethod
    def of(cls, value: float, low: float, high: float) -> Estimate:
        """From floats, infinite ones becoming None."""
        return cls(kept(value), kept(low), kept(high))

    def to_dict(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


def kept(number: float) -> float | None:
    """A number as result files keep it: finite, six significant digits; infinity is None, NaN a ValueError."""
    number = float(number)
    if math.isnan(number):
        raise ValueError("a result must be a number, got NaN")
    if math.isinf(number):
        return None
    if abs(number) < TINIEST:
        return 0.0
    return float(f"{number:.{KEPT_DIGITS}g}")


def decimals(number: float, digits: int = 3) -> int:
    """Decimal places that show `digits` significant digits of a number."""
    if number == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(float(f"{number:.{digits}g}")))))


def figure(number: float, digits: int = 3, places: int | None = None) -> str:
    """A number for reading: `digits` significant digits, or a fixed number of decimal places."""
    if places is not None and places <= 6:
        return f"{number:,.{places}f}"
    if number != 0 and not 1e-4 <= abs(number) < 1e5:
        return f"{number:.{digits - 1}e}"
    return f"{number:,.{decimals(number, digits)}f}"


def count(number: float) -> str:
    """A number of things, with thousands separated; a large one from a law is rounded to three digits."""
    whole = float(number)
    if whole >= 1e12:
        return "over a trillion"
    if whole >= 1e6:
        size, word = (1e9, "billion") if whole >= 1e9 else (1e6, "million")
        return f"{whole / size:.3g} {word}"
    if whole != round(whole) and whole >= 1000:
        whole = float(f"{whole:.3g}")
    return f"{math.ceil(whole):,}"


def span(low: float | None, high: float | None, places: int | None = None, digits: int = 3) -> str:
    """An interval for reading: "0.034 to 0.045", "above 0.034", "up to 0.045", "unbounded"."""
    if high is None and not low:  # every quantity here is at least 0
        return "unbounded"
    if low is None:
        assert high is not None
        return f"up to {figure(high, digits, places)}"
    if high is None:
        return f"above {figure(low, digits, places)}"
    return f"{figure(low, digits, places)} to {figure(high, digits, places)}"
