"""What each version of the engine and of the law corrected, so that an entry made anew says why it is new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Content = Mapping[str, Any]


def _always(_: Content) -> bool:
    return True


def _pairs(content: Content) -> bool:
    return bool(content["protocol"].get("learning") == "multitask")


def _wiedemann_franz(content: Content) -> bool:
    return bool((content["valuation"].get("grouping") or {}).get("by") == "wiedemann_franz")


@dataclass(frozen=True)
class Correction:
    """One thing that a version does right and the versions before did not."""

    part: str
    """engine | law"""
    version: int
    """the first that has it"""
    text: str
    concerns: Callable[[Content], bool] = _always
    """whether an entry's content is touched by it"""


CORRECTIONS: Final = (
    Correction(
        "engine", 2, "a trial of pairs no longer depends on the other trials of its block: batches are drawn from its "
        "own rows", _pairs,
    ),
    Correction(
        "engine", 2, "test sets are keyed by database and property instead of the task's name, so that tasks with the "
        "same measurements are tested on the same materials",
    ),
    Correction(
        "law", 2, "intervals over clusters of unequal size: the mean over pairs is a ratio, whose influence is size x "
        "(error - mean); the sizes themselves counted as noise before", _pairs,
    ),
    Correction(
        "law", 2, "groups by the Wiedemann-Franz law take the decimal logarithm of the thermal conductivity; before, "
        "the conductivity itself was taken for its logarithm, so that most materials were in the wrong group",
        _wiedemann_franz,
    ),
)  # fmt: skip


def corrections(before: Content | None, now: Content) -> list[str]:
    """What the entry `now` corrects of the task's entry before it, in sentences; empty for a first entry."""
    if before is None:
        return []
    return [
        f"{one.part} {one.version}: {one.text}"
        for one in CORRECTIONS
        if version(before, one.part) < one.version <= version(now, one.part) and one.concerns(now)
    ]


def version(content: Content, part: str) -> int:
    """Version of the engine or of the law behind an entry."""
    return int(content["protocol"]["engine"] if part == "engine" else content["settings"]["law_version"])
