"""What each version of the engine and of the law corrected, so that an entry made anew says why it is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simworth.ledger.records import LedgerEntry


def _always(_: LedgerEntry) -> bool:
    return True


def _pairs(entry: LedgerEntry) -> bool:
    return entry.protocol.get("learning") == "multitask"


def _wiedemann_franz(entry: LedgerEntry) -> bool:
    grouping = entry.valuation.grouping
    return grouping is not None and grouping.by == "wiedemann_franz"


@dataclass(frozen=True)
class Correction:
    """One thing that a version does right and the versions before did not."""

    part: str
    """engine | law"""
    version: int
    """the first that has it"""
    text: str
    concerns: Callable[[LedgerEntry], bool] = _always
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
        "law", 2, "a material counts once however often it was tested; before, each trial's mean counted once, which "
        "left the choice of the materials that a trial tests in the error's level",
    ),
    Correction(
        "law", 2, "nothing is claimed where the form of the law does not hold, C is identified only where a fall is "
        "proven, and a proven rise is called harm",
    ),
    Correction(
        "law", 2, "groups by the Wiedemann-Franz law take the decimal logarithm of the thermal conductivity; before, "
        "the conductivity itself was taken for its logarithm, so that most materials were in the wrong group",
        _wiedemann_franz,
    ),
    Correction(
        "law", 2, "forecasts, the gain of a doubling and the n for a lower error come from a law whose exponent may "
        "drift; before, they were widened by how far the law missed its own largest n, most of which was noise",
    ),
    Correction(
        "law", 3, "intervals of surfaces, and of what an experiment is worth in simulations, grow where the first grid "
        "of their search missed the region",
    ),
    Correction(
        "law", 3, "forecasts draw the covariance of few trials and materials towards a smooth one, whose scatter made "
        "intervals wide",
    ),
)  # fmt: skip


def corrections(before: LedgerEntry, now: LedgerEntry) -> tuple[str, ...]:
    """What the entry `now` corrects of the task's entry before it, in sentences."""
    return tuple(
        f"{one.part} {one.version}: {one.text}"
        for one in CORRECTIONS
        if version(before, one.part) < one.version <= version(now, one.part) and one.concerns(now)
    )


def version(entry: LedgerEntry, part: str) -> int:
    """Version of the engine or of the law behind an entry."""
    return entry.engine if part == "engine" else int(entry.settings.law_version)
