"""What a valuation says: numbers as people read them, and verdicts in words."""

from __future__ import annotations

import math
from typing import Final

from simworth.scaling import Estimate
from simworth.scaling.laws import EXPONENT_BOUNDS
from simworth.valuation.pieces import Bound, LawValues
from simworth.valuation.records import Valued

VERDICTS: Final = {
    "scaling": "more simulations are forecast to lower the error",
    "saturated": "more of the same simulations would hardly lower the error",
    "not scaling": "the error does not depend on the number of simulations",
    "harm": "more of the same simulations raise the error",
    "inconclusive": "whether more simulations lower the error cannot be told yet",
}
"""verdict -> the same in words; why, the verdict's reason says"""

FURTHER: Final = {
    "scaling": "will lower it further",
    "unproven": "should by the law lower it further",
    "saturated": "will hardly lower it",
    "not scaling": "will not change it",
    "harm": "will raise it",
}
"""verdict -> what more simulations do to the error, in a headline; "unproven" is "scaling" by
a law whose forecast of ten times n allows no gain"""

GAPS: Final = {
    "identified": "the transfer gap C is known",
    "upper bound": "only an upper bound of the transfer gap C is known",
    "not identified": "the transfer gap C is not known from these data",
}
"""gap -> the same in words"""

FAR: Final = 100
"""multiple of n_max beyond which an n by the law is no number any more"""
BEYOND: Final = f"more than {FAR} times today's"
NOT_KNOWN: Final = "not known"


def verdict_sentence(verdict: str, reason: str) -> str:
    """The verdict and the one reason for it, the same wherever it is told."""
    return f"{verdict}: {VERDICTS[verdict]}" + (f"; {reason}" if reason else "")


def parameter(law: LawValues, name: str, digits: int = 3) -> str:
    """A parameter of the law for reading; at a bound, where no value was found, the bound itself."""
    estimate = law[name]
    if _lost(law, name):
        return NOT_KNOWN
    if name == "alpha" and _at_top(estimate):
        return f"above {figure(EXPONENT_BOUNDS[1], 2)}"
    if name == "alpha" and estimate.value <= EXPONENT_BOUNDS[0] * 1.001:
        return f"below {figure(EXPONENT_BOUNDS[0], 1)}"
    if estimate.value == 0:
        return f"up to {figure(estimate.high, digits)}" if estimate.high < float("inf") else NOT_KNOWN
    return figure(estimate.value, digits)


def parameter_span(law: LawValues, name: str, digits: int = 3) -> str:
    """The interval of a parameter for reading."""
    low, high = law[name].low, law[name].high
    top = name == "alpha" and high >= EXPONENT_BOUNDS[1] * 0.999
    if _lost(law, name) or ((not low or low <= EXPONENT_BOUNDS[0] * 1.001) and (high == float("inf") or top)):
        return NOT_KNOWN
    return span(low, float("inf") if top else high, digits=digits)


def _at_top(alpha: Estimate) -> bool:
    return bool(alpha.value >= EXPONENT_BOUNDS[1] * 0.999)


def _lost(law: LawValues, name: str) -> bool:
    """D where alpha is at its bound, alpha where nothing falls: numbers that no data stand behind."""
    if name == "D":
        return "alpha" in law and _at_top(law["alpha"])
    return name == "alpha" and "D" in law and law["D"].value == 0


def needed(n: Bound, n_max: float) -> str:
    """A number of simulations by the law, for reading; null is never."""
    if n is None:
        return "never"
    return BEYOND if n > FAR * n_max else count(n)


def needed_span(low: Bound, high: Bound, n_max: float) -> str:
    """The interval of such a number for reading."""
    if low is None:
        return "never"
    if high is not None and high <= FAR * n_max:
        return f"{count(low)} to {count(high)}"
    if low > FAR * n_max:
        return BEYOND
    return f"above {count(low)}" if low > n_max else NOT_KNOWN


def against_direct(entry: Valued) -> str:
    """below | above | undecided | not run: where transfer at n_max lies against direct learning."""
    gain = entry.direct_minus_transfer
    if gain is None:
        return "not run"
    if gain.low > 0:
        return "below"
    return "above" if gain.high < 0 else "undecided"


NOW: Final = {
    "below": "lower the error",
    "above": "raise the error",
    "undecided": "not told apart",
    "not run": "not compared",
}
"""where transfer lies against direct learning -> what today's simulations do"""


def comparison(entry: Valued) -> str:
    """One clause on transfer against direct learning, with the paired difference and its interval."""
    side, gain = against_direct(entry), entry.direct_minus_transfer
    if gain is None:
        return "direct learning was not run, so there is nothing to compare with"
    ends = span(-gain.high, -gain.low) if gain.value < 0 else span(gain.low, gain.high)
    shown = f"{figure(abs(gain.value))} (interval {ends})"
    if side == "below":
        return f"transfer lies below direct learning by {shown}"
    if side == "above":
        return f"transfer lies above direct learning by {shown}: the simulations do harm"
    where = "below" if gain.value >= 0 else "above"
    return f"not told apart from direct learning: transfer is {where} it by {shown}"


def drawn_sentence(entry: Valued) -> str:
    """What intervals draw where materials of a class err alike, else ''."""
    found = entry.class_correlation
    if found is None or not found.drawn or found.icc is None:
        return ""
    return (
        f"Materials of one class err alike (correlation {figure(found.icc, 2)}, p = {figure(found.p, 2)}): intervals "
        f"draw the {found.classes} classes, not single materials"
    )


def form_sentence(entry: Valued) -> str:
    """Whether the study's form of law holds, and which form the curve speaks for where not; '' where nothing tells."""
    found = entry.form
    if found is None or found.lack_of_fit is None:
        return ""
    if not found.rejected:
        return f"The form D n^-alpha + C is not rejected (lack of fit, p = {found.lack_of_fit:.2g})"
    best = max(found.weights, key=lambda name: found.weights[name])
    return (
        f"The form D n^-alpha + C does not hold (lack of fit, p = {found.lack_of_fit:.1g}); of {len(found.weights)} "
        f"forms, {best} has the largest weight ({figure(found.weights[best], 2)}): {found.formulas[best]}"
    )


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


def share(fraction: float, digits: int = 2) -> str:
    """A fraction in per cent, for reading."""
    return f"{100 * fraction:.{digits}g} %"
