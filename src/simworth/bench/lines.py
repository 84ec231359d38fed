"""A line of the speed table: ours, what it is measured against, and the ratio that was aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One comparison. A line that could not be measured holds no numbers, but the reason."""

    name: str
    """what was done"""
    opponent: str
    """what ours is measured against"""
    unit: str
    """of `ours` and `against`"""
    target: float
    """the ratio to reach"""
    ours: float | None = None
    against: float | None = None
    """the same work done the other way, or a limit that ours must keep"""
    ratio: float | None = None
    """how many times better ours is: against / ours for seconds and bytes, ours / against for rates"""
    spread: tuple[float, float] | None = None
    """lowest and highest ratio of the rounds, where there were several"""
    size: str = ""
    """how much work it was"""
    note: str = ""
    """what a reader must know beside the numbers"""
    reason: str = ""
    """why it was not measured, or did not count; '' where it did"""

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None where nothing was measured."""
        return None if self.ratio is None else self.ratio >= self.target

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, `met` included."""
        return {**asdict(self), "spread": self.spread and list(self.spread), "met": self.met}


@dataclass(frozen=True)
class Aim:
    """A line before it is measured."""

    name: str
    opponent: str
    unit: str
    target: float

    def measured(
        self,
        ours: float,
        against: float,
        *,
        rate: bool = False,
        spread: Sequence[float] = (),
        size: str = "",
        note: str = "",
    ) -> Line:
        """With its numbers. `rate`: more is better. `spread`: the ratio of every round."""
        ratio = ours / against if rate else against / ours
        ends = (min(spread), max(spread)) if len(spread) > 1 else None
        return Line(self.name, self.opponent, self.unit, self.target, ours, against, ratio, ends, size, note)

    def missing(self, reason: str, size: str = "") -> Line:
        """Without numbers, and why."""
        return Line(self.name, self.opponent, self.unit, self.target, size=size, reason=reason)
