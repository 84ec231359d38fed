"""The databases and their quality: what was read, what was kept, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simworth.data.records import HeldProperty, QualityReport, ReleaseQuality
from simworth.report.text import named


@dataclass(frozen=True)
class DatabaseFacts:
    """One database."""

    name: str
    quality: QualityReport
    properties: Mapping[str, HeldProperty]
    """by name, in the tasks' order"""
    private: bool
    """True where only aggregates of it may be shown"""


@dataclass(frozen=True)
class Left:
    """Values left out for one reason."""

    reason: str
    values: int
    example: str
    """the first one, '' where the release may not be shown"""


def database_facts(name: str, quality: QualityReport, redistribute: bool, shown: Sequence[str]) -> DatabaseFacts:
    """From a database's report; `shown` are the properties that tasks use."""
    private = not redistribute or not all(release.redistribute for release in quality.releases.values())
    properties = {key: quality.properties[key] for key in shown if key in quality.properties}
    return DatabaseFacts(name, quality, properties, private)


def left_out(release: ReleaseQuality, private: bool) -> list[Left]:
    """Values of a release, most frequent reason first."""
    found = []
    for drop in release.dropped:
        at = drop.example
        example = "" if private else f"{at.file} row {at.row}, {at.column}: {at.value or 'empty'}"
        found.append(Left(drop.reason, drop.values, example))
    passed_over = release.passed_over.items()
    found += [Left(f"{named(key)}: another release comes first", values, "") for key, values in passed_over if values]
    return sorted(found, key=lambda left: (-left.values, left.reason))


def rows_unused(release: ReleaseQuality) -> list[tuple[str, int]]:
    """(why, rows) of rows that hold nothing to use."""
    why = {
        "repeat another row": release.rows_repeated,
        "have too few or too many fields": release.rows_broken,
        "hold no value of any property in use": release.rows_without_values,
    }
    return [(text, rows) for text, rows in why.items() if rows]
