"""Numbers as people read them."""

from __future__ import annotations

import math


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
    low = None if low is None or math.isinf(low) else low
    high = None if high is None or math.isinf(high) else high
    if high is None and not low:  # every quantity here is at least 0
        return "unbounded"
    if low is None:
        assert high is not None
        return f"up to {figure(high, digits, places)}"
    if high is None:
        return f"above {figure(low, digits, places)}"
    return f"{figure(low, digits, places)} to {figure(high, digits, places)}"
