"""The databases and their quality: what was read, what was kept, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    date: str
    licence: str
    redistribute: bool
    rows_read: int
    rows_kept: int
    values_kept: int
    left_out: tuple[Left, ...]
    """values, most frequent reason first"""
    rows_unused: tuple[tuple[str, int], ...]
    """(why, rows) of rows that hold nothing to use"""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PropertyFacts:
    """What a database holds of one property."""

    name: str
    release: str
    values: int
    materials: int
    replicates: int
    noise: float | None
    """median relative standard deviation between replicates"""


@dataclass(frozen=True)
class DatabaseFacts:
    """One database."""

    name: str
    md5: str
    files: tuple[Mapping[str, Any], ...]
    """name, md5, rows"""
    releases: tuple[ReleaseFacts, ...]
    properties: tuple[PropertyFacts, ...]
    private: bool
    """True where only aggregates of it may be shown"""


def database_facts(name: str, quality: Mapping[str, Any], redistribute: bool, shown: Sequence[str]) -> DatabaseFacts:
    """From data/quality/<database>.json; `shown` are the properties that tasks use."""
    releases = quality.get("releases", {})
    private = not redistribute or not all(release.get("redistribute", True) for release in releases.values())
    properties = quality.get("properties", {})
    return DatabaseFacts(
        name=name,
        md5=quality["snapshot"]["md5"],
        files=tuple(quality["snapshot"]["files"]),
        releases=tuple(_release(key, facts, private) for key, facts in releases.items()),
        properties=tuple(_property(key, properties[key]) for key in shown if key in properties),
        private=private,
    )


def _release(name: str, facts: Mapping[str, Any], private: bool) -> ReleaseFacts:
    return ReleaseFacts(
        name=name,
        date=facts.get("date", ""),
        licence=facts.get("licence", ""),
        redistribute=facts.get("redistribute", True),
        rows_read=facts["rows_read"],
        rows_kept=facts["rows_kept"],
        values_kept=facts["values_kept"],
        left_out=_left_out(facts, private),
        rows_unused=tuple((why, facts[key]) for key, why in _ROWS.items() if facts.get(key)),
        notes=() if private else tuple(facts.get("notes", ())),
    )


def _left_out(facts: Mapping[str, Any], private: bool) -> tuple[Left, ...]:
    rows = [(drop["reason"], drop["values"], "" if private else _example(drop["example"])) for drop in facts["dropped"]]
    rows += [
        (f"{named(prop)}: another release comes first", values, "")
        for prop, values in facts.get("passed_over", {}).items()
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


def _example(example: Mapping[str, Any]) -> str:
    return f"{example['file']} row {example['row']}, {example['column']}: {example['value'] or 'empty'}"


def _property(name: str, facts: Mapping[str, Any]) -> PropertyFacts:
    return PropertyFacts(
        name=name,
        release=facts.get("release", ""),
        values=facts["rows"],
        materials=facts["materials"],
        replicates=facts["replicates"],
        noise=facts.get("median_relative_spread"),
    )
