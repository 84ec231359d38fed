"""The databases and their quality: what was read, what was kept, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simworth.data.records import Example, HeldProperty, QualityReport, ReleaseQuality, SnapshotFile
from simworth.report.text import named


@dataclass(frozen=True)
class Left:
    """Values left out for one reason."""

    reason: str
    values: int
    example: str
    """the first one, '' where the release may not be shown"""
    share: float
    """of the most frequent reason, 0 to 1"""


@dataclass(frozen=True)
class ReleaseFacts:
    """One selected release."""

    name: str
    quality: ReleaseQuality
    left_out: tuple[Left, ...]
    """values, most frequent reason first"""
    rows_unused: tuple[tuple[str, int], ...]
    """(why, rows) of rows that hold nothing to use"""
    notes: tuple[str, ...]
    """none where the release may not be shown"""


@dataclass(frozen=True)
class DatabaseFacts:
    """One database."""

    name: str
    files: tuple[SnapshotFile, ...]
    releases: tuple[ReleaseFacts, ...]
    properties: Mapping[str, HeldProperty]
    """by name, in the tasks' order"""
    private: bool
    """True where only aggregates of it may be shown"""


def database_facts(name: str, quality: QualityReport, redistribute: bool, shown: Sequence[str]) -> DatabaseFacts:
    """From a database's report; `shown` are the properties that tasks use."""
    private = not redistribute or not all(release.redistribute for release in quality.releases.values())
    return DatabaseFacts(
        name=name,
        files=quality.snapshot.files,
        releases=tuple(_release(key, facts, private) for key, facts in quality.releases.items()),
        properties={key: quality.properties[key] for key in shown if key in quality.properties},
        private=private,
    )


def _release(name: str, quality: ReleaseQuality, private: bool) -> ReleaseFacts:
    unused = tuple((why, rows) for key, why in _ROWS.items() if (rows := getattr(quality, key)))
    return ReleaseFacts(name, quality, _left_out(quality, private), unused, () if private else quality.notes)


def _left_out(facts: ReleaseQuality, private: bool) -> tuple[Left, ...]:
    rows = [(drop.reason, drop.values, "" if private else _example(drop.example)) for drop in facts.dropped]
    rows += [
        (f"{named(prop)}: another release comes first", values, "")
        for prop, values in facts.passed_over.items()
        if values
    ]
    rows.sort(key=lambda row: (-row[1], row[0]))
    most = max((values for _, values, _ in rows), default=1)
    return tuple(Left(reason, values, example, values / most) for reason, values, example in rows)


_ROWS = {
    "rows_repeated": "repeat another row",
    "rows_broken": "have too few or too many fields",
    "rows_without_values": "hold no value of any property in use",
}


def _example(example: Example) -> str:
    return f"{example.file} row {example.row}, {example.column}: {example.value or 'empty'}"
