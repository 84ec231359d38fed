"""What a forecast decides: what the next simulations gain, what is excluded, and what would settle the rest."""

from __future__ import annotations

import math
from typing import Final

from simworth.scaling import Estimate
from simworth.valuation.numbers import count
from simworth.valuation.pieces import Gain

WORTHWHILE: Final = 0.02
"""relative gain of a doubling below which it is called hardly worth it"""
MOST: Final = 100
"""multiple of today's trials or materials beyond which they are no way to settle anything"""


def share(fraction: float, digits: int = 2) -> str:
    """A fraction in per cent, for reading."""
    return f"{100 * fraction:.{digits}g} %"


def gain_sentence(gain: Gain) -> str:
    """What a doubling of the simulations gains, and how likely it is to gain something."""
    value, low, high = gain.x2
    if not (math.isfinite(low) and math.isfinite(high)):
        return "what a doubling gains is not known"
    ends = f"interval {share(low)} to {share(high)}"
    if value >= 0:
        start = f"a doubling lowers the error by {share(value)} ({ends})"
    else:
        start = f"a doubling raises the error by {share(-value)} ({ends} lower)"
    odds = [f"more than {share(float(x))} with probability {p:.2g}" for x, p in gain.p_more_than.items()]
    return f"{start}: {', '.join(odds)}" if odds else start


def decision(gain: Gain, settle: tuple[str, ...], verdict: str) -> str:
    """What the gain decides, in one line; an inconclusive verdict ends with what is excluded and what would tell."""
    parts = [gain_sentence(gain)]
    if verdict == "inconclusive":
        parts += [*excluded(gain), *settle]
    return "; ".join(parts)


def excluded(gain: Gain) -> tuple[str, ...]:
    """What the intervals rule out, in sentences; empty where they rule out nothing worth saying."""
    found = []
    for name, estimate in (("a doubling", gain.x2), ("ten times n", gain.x10)):
        if math.isfinite(estimate.high) and estimate.high < 0.5:
            most = max(estimate.high, 0.0)
            found.append(f"{name} gains at most {share(most)}" if most else f"{name} gains nothing")
        if estimate.low > 0:
            found.append(f"{name} gains at least {share(estimate.low)}")
    return tuple(found)


def to_settle(gain: Gain, of_trials: float | None, trials: int, materials: int) -> tuple[str, ...]:
    """How many trials or measured materials would tell whether a doubling is worth it, the cheapest first.

    of_trials: share of trials in the variance of the error at n_max; the rest is the choice of materials. A variance
    falls in proportion to their number. Empty where the interval of a doubling already lies on one side.
    """
    needed = _variance_share(gain.x2)
    if needed is None or of_trials is None:
        return ()
    found = []
    for name, part, now in (("trials", of_trials, trials), ("measured materials", 1 - of_trials, materials)):
        left = needed - (1 - part)  # what this part may still contribute
        times = part / left if left > 0 else math.inf
        if times <= MOST:
            found.append((times, f"about {count(math.ceil(now * times))} {name} (now {count(now)}) would tell"))
    if found:
        return tuple(text for _, text in sorted(found))
    times = 1 / needed
    if times <= MOST:
        both = f"{count(math.ceil(trials * times))} trials and {count(math.ceil(materials * times))} measured materials"
        return (f"about {both} together would tell (now {count(trials)} and {count(materials)})",)
    return ("neither more trials nor more measured materials of this kind would tell soon: simulate more sizes of n",)


def _variance_share(doubling: Estimate) -> float | None:
    """Share of today's variance at which the interval of a doubling's gain would leave out 0 or WORTHWHILE, whichever
    is nearer to doing so; None where it does already, or is unbounded."""
    value, low, high = doubling
    if low > 0 or high < WORTHWHILE or not (math.isfinite(low) and math.isfinite(high)):
        return None
    falls = value / (value - low) if value > low else 0.0
    hardly = (WORTHWHILE - value) / (high - value) if high > value else 0.0
    nearer = max(falls, hardly)
    return nearer**2 if nearer > 0 else None
