"""The verdict on a law, by rules stated here.

Falls are natural logarithms of ratios of the law's own values: 0.02 is 2 % lower.

The *past fall* is ln(error(n_min) / error(n_max)) per decade of n, at the estimate.
The *next fall* is ln(error(n_max) / error(10 n_max)), with its interval.
A fall is *negligible* below 0.02 a decade. "Proven" is at the interval's level.

- "harm" if a rise is proven: the slope of a straight line of the error on log n is above 0, and 0.02 a decade at least;
- else "not scaling" if the past fall is proven negligible (its interval lies below 0.02 a decade);
- else "inconclusive" if a constant error is within the region (no fall is proven), or if the form of the law does not
  hold (p of the lack of fit below 0.01, `simworth.scaling.diagnostics`; or, for the study's law, nearly all of the
  forms' weights lie with others, `simworth.scaling.selection.weighed`);
- else, with the bar at a quarter of the past fall, 0.02 at least:
  "scaling" if the next fall is proven above the bar, "saturated" if it is proven below, "inconclusive" if neither.

The gap C is "identified" if a fall is proven (at 0.98), the form of the law holds, no parameter lies at a bound, its
lower bound is above 0, n spans 1.5 decades or more, and its interval is no wider than C; else "upper bound" if
the interval's upper end is at most 0.8 of the error at n_max; else "not
identified".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simworth.scaling.diagnostics import bounds_hit, lack_of_fit, rejected, rise
from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array
from simworth.scaling.region import bounds, interval, value, value_weights

NEGLIGIBLE = 0.02
"""Fall of ln error per decade of n that is as good as none."""
QUARTER = 0.25
"""Share of the past fall below which the next decade's counts as saturated."""
DECADES = 1.5
"""Decades of n that a claim on C needs."""
PROVEN = 0.98
"""Level at which a fall must be proven before C is identified: 1 % of flat curves, the rise being the other half."""
BOUND_SHARE = 0.8
"""Share of the error at n_max above which an upper bound on C says nothing."""


@dataclass(frozen=True)
class Verdict:
    verdict: str
    """ "scaling" | "saturated" | "not scaling" | "harm" | "inconclusive" """
    gap: str
    """ "identified" | "upper bound" | "not identified" """
    reason: str
    """one sentence with the figures the verdict rests on"""
    bar: float | None = None
    """fall of ln error by ten times n that "scaling" asks for, where the verdict hangs on it"""


def judge(fits: Fits, level: float, over: str, rival: str = "") -> Verdict:
    """Verdict and gap of a single curve; `rival` tells of another form, by which this one does not hold."""
    words, reason, bar = _scaling(fits, level, over, rival)
    return Verdict(words, _gap(fits, level, over, rival), reason, bar)


def _scaling(fits: Fits, level: float, over: str, rival: str) -> tuple[str, str, float | None]:
    """Verdict, reason and bar."""
    first, last, decades = span(fits)
    up = rise(fits, level, over)
    if up.low > 0 and up.value >= NEGLIGIBLE:
        return "harm", f"the error rises by {up.value:.1%} per decade of n, {up.low:.1%} at least", None
    before, after = (float(value(fits, value_weights(fits, n))[0]) for n in (first, last))
    past = float(np.log(before / after)) / decades
    if not _exceeds(fits, first, last, NEGLIGIBLE * decades, level, over)[1]:
        return "not scaling", f"the error falls by less than {NEGLIGIBLE:.0%} per decade of n", None
    if not _exceeds(fits, first, last, 0.0, level, over)[0]:
        return "inconclusive", "the data allow a fall and a standstill alike", None
    if rejected(fits) or rival:
        why = f"lack of fit, p = {lack_of_fit(fits):.1g}" if rejected(fits) else rival
        reason = f"the error falls, but not as {fits.law.formula} ({why}), so that what ten times n gains is open"
        return "inconclusive", reason, None
    bar = max(NEGLIGIBLE, QUARTER * past)
    surely, maybe = _exceeds(fits, last, 10 * last, bar, level, over)
    more = f"{1 - np.exp(-bar):.1%}"
    if surely:
        return "scaling", f"ten times n would lower the error by more than {more}", bar
    if not maybe:
        return "saturated", f"the error fell, but ten times n would lower it by less than {more}", bar
    return "inconclusive", f"the error falls, but whether ten times n gains more than {more} is open", bar


def span(fits: Fits) -> tuple[float, float, float]:
    """n_min, n_max and the decades between them, of the first curve."""
    sizes = fits.curves.sizes[0, 0][fits.curves.seen[0]]
    return float(sizes.min()), float(sizes.max()), float(np.log10(sizes.max() / sizes.min()))


def _exceeds(fits: Fits, start: float, end: float, fall: float, level: float, over: str) -> tuple[bool, bool]:
    """Whether ln(error(start) / error(end)) > fall surely, and whether possibly.

    The sign of error(start) e^-fall - error(end), linear in (D, C), decides.
    """
    here, there, factor = value_weights(fits, start), value_weights(fits, end), np.exp(-fall)

    def weights(powers: list[Array]) -> list[Array]:
        return [factor * a - b for a, b in zip(here(powers), there(powers), strict=True)]

    low, high = bounds(fits, over, weights, level)
    tiny = 1e-12 * float(fits.fitted[0].max())
    return bool(low[0] > tiny), bool(high[0] > tiny)


def _gap(fits: Fits, level: float, over: str, rival: str) -> str:
    if "C" not in fits.law.names:
        return "not identified"
    low, high = (float(v[0]) for v in interval(fits, "C", level, over))
    first, last, decades = span(fits)
    sound = low > 0 and decades >= DECADES and high - low <= fits.parameters()["C"][0] and not bounds_hit(fits)
    if sound and not rival and not rejected(fits) and _exceeds(fits, first, last, 0.0, max(level, PROVEN), over)[0]:
        return "identified"
    if high <= BOUND_SHARE * float(value(fits, value_weights(fits, last))[0]):
        return "upper bound"
    return "not identified"
