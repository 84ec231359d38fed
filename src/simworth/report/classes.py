"""The classes of a task, as rows of a table with a miniature curve each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from simworth.data.classes import CLASS_WORDS
from simworth.report.scale import log_scale
from simworth.report.svg import band, dot, figure, path
from simworth.report.text import Numbers, amount, named
from simworth.valuation.advice import EXTEND, RULE
from simworth.valuation.groups import UNKNOWN
from simworth.valuation.numbers import count

HEADINGS: Final = {
    "material_class": ("Class by class", "class"),
    "wiedemann_franz": ("Near to and far from the Wiedemann-Franz law", "group"),
}
"""grouping -> heading, and what a group is called"""
EXPLAINED: Final = {
    "wiedemann_franz": "The Wiedemann-Franz law ties the two conductivities of a metal: κ = L σ T, with "  # noqa: RUF001
    "L = 2.44 × 10⁻⁸ W Ω/K² and T = 300 K. Where it holds, a thermal conductivity tells the electrical one, so that "  # noqa: RUF001
    "the source is close to the target.",
}


@dataclass(frozen=True)
class ClassRow:
    """One class, ready for the template."""

    key: str
    """its name in valuation.json"""
    title: str
    place: str
    """its place in valuation.json"""
    entry: Mapping[str, Any]
    mini: str
    """SVG of its curve, '' where nothing was measured"""


@dataclass(frozen=True)
class ClassSection:
    """The classes of a task."""

    heading: str
    word: str
    explained: str
    rows: tuple[ClassRow, ...]
    """classes that have a law"""
    few: tuple[ClassRow, ...]
    """classes with too few measured materials for one"""
    unmeasured: tuple[ClassRow, ...]
    """classes that are simulated only"""
    rule: Mapping[str, str]
    """advice -> when it is given"""
    parity: bool
    """whether any row may show the simulation against the measurement"""


def class_section(task: str, entry: Mapping[str, Any], fit: Mapping[str, Any], private: bool) -> ClassSection | None:
    """The classes of a task, None where it has none."""
    if not entry["classes"]:
        return None
    heading, word = HEADINGS.get(entry["grouping"]["by"], ("Group by group", "group"))
    rows = tuple(
        _row(task, name, i, found, fit["class_curves"][name], entry["unit"])
        for i, (name, found) in enumerate(entry["classes"].items())
    )
    lawful = tuple(row for row in rows if row.entry["law"])
    few = tuple(row for row in rows if row.entry["measured"] and not row.entry["law"])
    unmeasured = tuple(row for row in rows if not row.entry["measured"])
    parity = not private and any(row.entry["parity"] for row in rows)
    explained = EXPLAINED.get(entry["grouping"]["by"], "")
    return ClassSection(heading, word, explained, lawful, few, unmeasured, RULE, parity)


def _row(
    task: str, name: str, number: int, found: Mapping[str, Any], curve: Sequence[Mapping[str, Any]], unit: str
) -> ClassRow:
    svg = class_miniature(task, name, found, curve, unit, f"{task}-class-{number}") if found["law"] else ""
    return ClassRow(name, class_title(name), f"tasks/{task}/classes/{name}", found, svg)


def class_title(name: str) -> str:
    """A class as words: PSTR -> polystyrenes."""
    return CLASS_WORDS.get(name, named(name))


def class_miniature(
    task: str,
    name: str,
    found: Mapping[str, Any],
    curve: Sequence[Mapping[str, Any]],
    unit: str,
    place: str,
    width: float = 150,
    height: float = 46,
) -> str:
    """Points of a class's curve, their interval, and its law."""
    law = {parameter: found["law"][parameter]["value"] for parameter in ("D", "alpha", "C")}
    fitted = [law["D"] * row["n"] ** -law["alpha"] + law["C"] for row in curve]
    x = log_scale([row["n"] for row in curve], 4, width - 4)
    ends = [row[key] for row in curve for key in ("mae", "low", "high") if row[key] and row[key] > 0]
    y = log_scale([*ends, *fitted], height - 4, 4)
    upper = [(x(row["n"]), y.end if row["high"] is None else y.clamp(row["high"])) for row in curve]
    lower = [(x(row["n"]), y.start if row["low"] is None else y.clamp(row["low"])) for row in curve]
    said = f"From {amount(curve[0]['mae'], unit)} at n = {count(curve[0]['n'])} to {amount(curve[-1]['mae'], unit)} at "
    return figure(
        width,
        height,
        f"{named(task)}, {class_title(name)}",
        f"{said}n = {count(curve[-1]['n'])}.",
        place,
        "mini class-mini",
        band(upper, lower, "wide"),
        path([(x(row["n"]), y(value)) for row, value in zip(curve, fitted, strict=True)], "law"),
        *(dot((x(row["n"]), y.clamp(row["mae"])), 2, "point") for row in curve),
    )


def to_extend(entry: Mapping[str, Any]) -> list[str]:
    """Classes whose simulations should be extended, in words."""
    known = {name: found for name, found in entry["classes"].items() if name != UNKNOWN}
    return [class_title(name) for name, found in known.items() if found["advice"] == EXTEND]


def worth_of_experiment(numbers: Numbers, task: str) -> Markup:
    """One sentence on equivalent samples; '' where they are unknown."""
    place = f"tasks/{task}/equivalent_samples"
    if numbers.at(place) is None:
        return Markup("")
    start = Markup("At n = {} and m = {}, ").format(numbers.whole(f"{place}/n"), numbers.whole(f"{place}/m"))
    low, high = numbers.at(f"{place}/low"), numbers.at(f"{place}/high")
    if numbers.at(f"{place}/value") is None:
        at_least = Markup(" (at least {})").format(_many(numbers, f"{place}/low")) if low else Markup("")
        return start + Markup("one more experiment is worth <b>more than any number of simulations</b>{}.").format(
            at_least
        )
    said = Markup("one more experiment is worth <b>{} simulations</b>").format(_many(numbers, f"{place}/value"))
    if not low and high is None:
        return start + said + Markup(", though these data bound that number on neither side.")
    if not low or high is None:
        return start + said + Markup(" ({}).").format(numbers.span(place))
    return start + said + Markup(" ({} to {}).").format(_many(numbers, f"{place}/low"), _many(numbers, f"{place}/high"))


def _many(numbers: Numbers, place: str) -> Markup:
    """A number of simulations: a count where it is large, with three digits where it is small."""
    return numbers.whole(place) if numbers.at(place) >= 1000 else numbers(place)
