"""From data to pixels, and the ticks that a reader expects."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simworth.report.svg import band
from simworth.report.text import MINUS
from simworth.valuation.records import Bound


@dataclass(frozen=True)
class Scale:
    """An axis: a data range laid on a pixel range."""

    low: float
    high: float
    start: float
    """pixel of `low`"""
    end: float
    """pixel of `high`"""
    log: bool = False

    def __call__(self, value: float) -> float:
        """Pixel of a value."""
        share = (self._inner(value) - self._inner(self.low)) / (self._inner(self.high) - self._inner(self.low))
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def clamp(self, value: float) -> float:
        """Pixel of the value, or of the axis's nearer end."""
        return self(min(max(value, self.low), self.high))

    def ticks(self, spacing: float) -> list[float]:
        """Round values at least `spacing` pixels apart, as many as fit."""
        candidates = [*_log_sets(self.low, self.high), *_linear_sets(self.low, self.high)] if self.log else []
        candidates = candidates or list(_linear_sets(self.low, self.high))
        fitting = [c for c in candidates if len(c) >= 2 and self._apart(c) >= spacing]
        return max(fitting, key=len, default=[self.low, self.high])

    def _apart(self, values: list[float]) -> float:
        pixels = [self(value) for value in values]
        return float(np.abs(np.diff(pixels)).min())

    def _inner(self, value: float) -> float:
        return math.log(value) if self.log else value


def log_scale(values: Iterable[float], start: float, end: float, pad: float = 0.03) -> Scale:
    """A logarithmic axis around positive values, `pad` of its length free at either end."""
    logs = [math.log(value) for value in values]
    free = pad * max(max(logs) - min(logs), 0.05)
    return Scale(math.exp(min(logs) - free), math.exp(max(logs) + free), start, end, log=True)


def linear_scale(values: Iterable[float], start: float, end: float, pad: float = 0.04) -> Scale:
    """A linear axis around values."""
    low, high = (float(end_of) for end_of in (np.min(list(values)), np.max(list(values))))
    free = pad * ((high - low) or abs(high) or 1.0)
    return Scale(low - free, high + free, start, end)


def _log_sets(low: float, high: float) -> list[list[float]]:
    """Decades; 1, 2 and 5 of each; 1 to 9 of each."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    sets = ([1.0], [1.0, 3.0], [1.0, 2.0, 5.0], [float(i) for i in range(1, 10)])
    return [
        [leading * 10.0**decade for decade in decades for leading in chosen if low <= leading * 10.0**decade <= high]
        for chosen in sets
    ]


def _linear_sets(low: float, high: float) -> list[list[float]]:
    """Multiples of 1, 2 and 5 times powers of ten."""
    top = math.floor(math.log10(high - low))
    steps = [leading * 10.0**power for power in (top, top - 1) for leading in (5.0, 2.0, 1.0)]
    return [[i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)] for step in steps]


def interval_band(rows: Iterable[tuple[float, Bound, Bound]], x: Scale, y: Scale, kind: str) -> str:
    """The area between the ends of (at, low, high); unbounded and non-positive ends reach to the axis."""
    given = list(rows)
    upper = [(x(at), y.end if high is None else y.clamp(high)) for at, _, high in given]
    lower = [(x(at), y.clamp(low) if low and low > 0 else y.start) for at, low, _ in given]
    return band(upper, lower, kind)


def tick_labels(values: Iterable[float]) -> list[str]:
    """Labels with the same number of decimals, on an axis of decades as many as each needs; thousands separated."""
    given = list(values)
    exact = [f"{value:.6g}" for value in given]
    if given and min(given) > 0 and max(given) >= 100 * min(given):  # decades: 0.01, 1, 100
        return [text if "e" in text else f"{float(text):,.10g}" for text in exact]
    places = max((len(text.partition(".")[2]) for text in exact if "e" not in text), default=0)
    return [(text if "e" in text else f"{float(text):,.{places}f}").replace("-", MINUS) for text in exact]
