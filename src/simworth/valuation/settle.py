"""Decisions from a forecast, in sentences: what is excluded, and which data would answer an open question."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from simworth.data.polymer_classes import class_title
from simworth.scaling import Estimate
from simworth.valuation.groupings import UNKNOWN
from simworth.valuation.pieces import Gain, RequiredN
from simworth.valuation.records import Valued
from simworth.valuation.words import BEYOND, count, figure, needed, needed_span, share

WORTHWHILE: Final = 0.02
"""relative gain of a doubling below which it is called hardly worth it"""
MOST: Final = 100
"""multiple of today's trials, materials or simulations beyond which they are no way to settle anything"""
TOLD_UP_TO: Final = 0.5
"""relative change above which "at most" says nothing"""
TOLD_CLASSES: Final = 3
"""classes whose gain is told in a sentence; the page and valuation.json hold all"""
TOLD_CUTS: Final = 2
"""errors relative to today's whose n is told in a sentence"""
DECIDED: Final = ("nothing more is needed to decide on a doubling: the forecast itself tells what it gains",)


@dataclass(frozen=True)
class Evidence:
    """What today's interval of the gain rests on."""

    gain: Gain
    trials: int
    materials: int
    n_max: int
    of_trials: float | None
    """share of trials in the variance of the error at n_max, the rest being the choice of materials; None where a
    single trial or material tells nothing of it"""
    bar: float | None = None
    """fall of ln error by ten times n that a verdict of scaling asks for, where that is what is open"""
    by_class: bool = False
    """whether intervals draw classes, so that more materials of the same ones tell little"""
    if_run: Mapping[float, Estimate] = field(default_factory=dict)
    """multiple of n_max -> the fall to it that is expected, with the interval that running it would leave"""


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


def decisions(entry: Valued) -> list[str]:
    """All that a valuation decides: what a doubling gains and how an open verdict ends, the n that less error needs,
    and what single classes gain."""
    first = decision(entry.gain, entry.excluded, entry.to_settle, entry.verdict)
    texts = (first, needed_sentence(entry.required_n, entry.n_max), classes_sentence(entry))
    return [text for text in texts if text]


def needed_sentence(rows: Sequence[RequiredN], n_max: int) -> str:
    """Simulations that an error needs which is lower than today's by the first few cuts; '' where none is known."""
    parts = []
    for row in [row for row in rows if row.relative is not None][:TOLD_CUTS]:
        n, ends = needed(row.n, n_max), needed_span(row.low, row.high, n_max)
        n = n if n in ("never", BEYOND) else f"n = {n}"
        less = f"{share(1 - float(row.relative or 0))} below today's"
        parts.append(f"{less}: {n}" if ends == n else f"{less}: {n} (interval {ends})")
    return f"simulations for an error {', '.join(parts)}" if parts else ""


def classes_sentence(entry: Valued) -> str:
    """What a doubling lowers the error of the classes by that gain most; '' where none is known to gain."""
    gains = {name: one.doubling_lowers_mae_by for name, one in entry.classes.items() if name != UNKNOWN}
    known = {name: one for name, one in gains.items() if one is not None and all(map(math.isfinite, one))}
    most = sorted(((name, one) for name, one in known.items() if one.value > 0), key=lambda item: -item[1].value)
    parts = [
        f"{class_title(name)} {figure(one.value)} {entry.unit}".rstrip() + f" ({figure(one.low)} to {figure(one.high)})"
        for name, one in most[:TOLD_CLASSES]
    ]
    what = "class" if entry.grouping is None or entry.grouping.by == "material_class" else "group"
    return f"by {what}, a doubling lowers the error most for {', '.join(parts)}" if parts else ""


def decision(gain: Gain | None, excludes: tuple[str, ...], settle: tuple[str, ...], verdict: str) -> str:
    """What the gain decides, in one line; an inconclusive verdict ends with what is excluded and what would tell."""
    parts = [gain_sentence(gain)] if gain else []
    parts += [open_question(excludes, settle)] if verdict == "inconclusive" and settle else []
    return "; ".join(parts)


def open_question(excludes: tuple[str, ...], settle: tuple[str, ...]) -> str:
    """How an inconclusive verdict ends."""
    return f"excluded: {', '.join(excludes)}; to settle it: {', or '.join(settle)}"


def excluded(gain: Gain) -> tuple[str, ...]:
    """What the intervals rule out, in sentences."""
    found = []
    for name, estimate in (("a doubling", gain.x2), ("ten times n", gain.x10)):
        if math.isfinite(estimate.high) and estimate.high < TOLD_UP_TO:
            most = max(estimate.high, 0.0)
            found.append(f"{name} gains at most {share(most)}" if most else f"{name} gains nothing")
        if estimate.low > 0:
            found.append(f"{name} gains at least {share(estimate.low)}")
    if -TOLD_UP_TO < gain.x2.low < 0:
        found.append(f"a doubling raises the error by at most {share(-gain.x2.low)}")
    return tuple(found) or ("nothing yet: a doubling may gain or lose half of the error",)


def to_settle(known: Evidence) -> tuple[str, ...]:
    """How many simulations, trials or measured materials would tell, the smallest multiple of today's number first.

    A variance falls in proportion to the number of trials or materials; more simulations tell by being run. Empty where
    the interval of a doubling already lies on one side of 0 and of WORTHWHILE, and nothing else is open.
    """
    gain = known.gain
    if not all(math.isfinite(end) for end in gain.x2):
        return ("more trials and more measured materials would tell: one alone shows no spread",)
    needed = _needed(known)
    if needed is None:
        return ()
    found = sorted([*_by_running(known), *_by_repeating(known, needed)])
    if found:
        return tuple(text for _, text in found)
    times = 1 / needed if needed > 0 else math.inf
    if times <= MOST:
        trials, materials = (math.ceil(one * times) for one in (known.trials, known.materials))
        both = f"{count(trials)} trials and {count(materials)} measured materials"
        return (f"about {both} together would tell (now {count(known.trials)} and {count(known.materials)})",)
    return (f"no {MOST} times as many simulations, trials or measured materials of this kind would tell",)


def _needed(known: Evidence) -> float | None:
    """Share of today's variance at which what is open would be told; None where nothing is."""
    doubling = _variance_share(known.gain.x2, 0.0, WORTHWHILE)
    if known.bar is not None:
        bar = -math.expm1(-known.bar)
        tenfold = _variance_share(known.gain.x10, bar, bar)
        return tenfold if tenfold is not None else doubling
    return doubling


def _variance_share(gain: Estimate, falls: float, hardly: float) -> float | None:
    """Share of today's variance at which the interval of a gain would lie above `falls` or below `hardly`, whichever is
    nearer; None where it does already, or is unbounded."""
    value, low, high = gain
    if low > falls or high < hardly or not (math.isfinite(low) and math.isfinite(high)):
        return None
    above = (value - falls) / (value - low) if value > low else 0.0
    below = (hardly - value) / (high - value) if high > value else 0.0
    return max(above, below, 0.0) ** 2


def _by_repeating(known: Evidence, needed: float) -> Iterator[tuple[float, str]]:
    """(multiple of today's number, sentence) of more trials and of more measured materials."""
    if known.of_trials is None:
        return
    materials = "measured materials of more classes" if known.by_class else "measured materials"
    parts = (("trials", known.of_trials, known.trials), (materials, 1 - known.of_trials, known.materials))
    for name, part, now in parts:
        left = needed - (1 - part)  # what this part may still contribute
        times = part / left if left > 0 else math.inf
        if times <= MOST:
            yield times, _tell(now * times, name, now)


def _by_running(known: Evidence) -> Iterator[tuple[float, str]]:
    """The same of more simulations: the least multiple whose own measured fall would lie on one side."""
    bar = WORTHWHILE if known.bar is None else -math.expm1(-known.bar / math.log2(10))
    for times, fall in sorted(known.if_run.items()):
        floor = 0.0 if known.bar is None else 1 - (1 - bar) ** math.log2(times)
        if fall.low > floor or fall.high < 1 - (1 - bar) ** math.log2(times):
            yield times, _tell(known.n_max * times, "simulations", known.n_max)
            return


def _tell(number: float, name: str, now: int) -> str:
    rounded = number if number < 100 else float(f"{number:.2g}")
    return f"about {count(math.ceil(rounded))} {name} (now {count(now)}) would tell"
