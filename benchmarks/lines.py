"""A line of the speed table: ours, what it is measured against, and the ratio that was aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import Field, model_validator

from benchmarks.machine import Machine
from simworth.records import Record


class Line(Record):
    """One comparison. A line that could not be measured holds no numbers, but the reason."""

    name: str = Field(min_length=1)
    """what was done"""
    opponent: str = Field(min_length=1)
    """what ours is measured against"""
    unit: str = Field(min_length=1)
    """of `ours` and `against`"""
    target: float = Field(gt=0)
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
    met: bool | None = None
    """whether the target was reached; None where nothing was measured"""

    @model_validator(mode="after")
    def _measured_or_missing(self) -> Self:
        numbers = [self.ours is None, self.against is None, self.ratio is None, self.met is None]
        if any(numbers) != all(numbers) or all(numbers) != bool(self.reason):
            raise ValueError("a line has its numbers or a reason why it has none")
        return self


class Report(Record):
    """reports/bench.json: the speed table."""

    made_by: ClassVar[str] = "make bench"

    machine: Machine
    full: bool
    """whether the long parts were asked for, too"""
    minutes: float
    """that the measuring took"""
    failed: dict[str, str]
    """part that could not be measured -> why"""
    lines: list[Line]


@dataclass(frozen=True)
class Target:
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
        numbers = {"ours": ours, "against": against, "ratio": ratio, "spread": ends, "met": ratio >= self.target}
        return Line(**self._words(size), note=note, **numbers)  # type: ignore[arg-type]

    def missing(self, reason: str, size: str = "") -> Line:
        """Without numbers, and why."""
        return Line(**self._words(size), reason=reason)  # type: ignore[arg-type]

    def _words(self, size: str) -> dict[str, str | float]:
        return {
            "name": self.name,
            "opponent": self.opponent,
            "unit": self.unit,
            "target": self.target,
            "size": size,
        }
