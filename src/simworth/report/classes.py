"""The classes of a task, as rows of a table with a miniature curve each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from simworth.data.polymer_classes import class_title
from simworth.report.svg import dot, figure, interval_band, log_scale, path
from simworth.report.text import named, number, whole, with_unit
from simworth.valuation.classes import EXTEND
from simworth.valuation.groupings import UNKNOWN
from simworth.valuation.laws import study_law
from simworth.valuation.pieces import ClassValuation, LawValues, Point
from simworth.valuation.records import Fit, Valued
from simworth.valuation.words import FAR, count

MINI: Final = (150, 46)
"""pixels of a class's curve"""
HEADINGS: Final = {
    "material_class": ("Class by class", "class"),
    "distance": ("Like the measured ones and unlike them", "group"),
    "wiedemann_franz": ("Near to and far from the Wiedemann-Franz law", "group"),
}
"""grouping -> heading, and what a group is called"""
EXPLAINED: Final = {
    "distance": "How far a material's descriptors (of a pair, its polymer's) are from those of the nearest other "
    "measured one, in standard deviations. The error of the farthest third is nearer to that for new kinds of "
    "material; of pairs only where all pairs of a polymer are held out together.",
    "wiedemann_franz": "The Wiedemann-Franz law ties the two conductivities of a metal: κ = L σ T, with "  # noqa: RUF001
    "L = 2.44 × 10⁻⁸ W Ω/K² and T = 300 K. Where it holds, a thermal conductivity tells the electrical one, so that "  # noqa: RUF001
    "the source is close to the target.",
}


@dataclass(frozen=True)
class ClassRow:
    """One class, ready for the template."""

    title: str
    entry: ClassValuation
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
    parity: bool
    """whether any row may show the simulation against the measurement"""


def class_section(task: str, entry: Valued, fit: Fit, private: bool) -> ClassSection | None:
    """The classes of a task, None where it has none."""
    if not entry.classes or entry.grouping is None:
        return None
    by = entry.grouping.by
    heading, word = HEADINGS.get(by, (f"By {named(by)}", "group"))
    rows = tuple(
        _row(task, name, i, found, fit.class_curves[name], entry.unit)
        for i, (name, found) in enumerate(entry.classes.items())
    )
    lawful = tuple(row for row in rows if row.entry.law)
    few = tuple(row for row in rows if row.entry.measured and not row.entry.law)
    unmeasured = tuple(row for row in rows if not row.entry.measured)
    parity = not private and any(row.entry.parity for row in rows)
    return ClassSection(heading, word, EXPLAINED.get(by, ""), lawful, few, unmeasured, parity)


def _row(task: str, name: str, number: int, found: ClassValuation, curve: Sequence[Point], unit: str) -> ClassRow:
    svg = ""
    if found.law:
        svg = class_miniature(f"{named(task)}, {class_title(name)}", found.law, curve, unit, f"{task}-class-{number}")
    return ClassRow(class_title(name), found, svg)


def class_miniature(title: str, law: LawValues, curve: Sequence[Point], unit: str, place: str) -> str:
    """Points of a class's curve, their interval, and its law."""
    width, height = MINI
    fitted = [float(study_law(law)(float(row.n))) for row in curve]
    x = log_scale([row.n for row in curve], 4, width - 4)
    ends = [end for row in curve for end in (row.mae, row.low, row.high)]
    y = log_scale([*ends, *fitted], height - 4, 4)
    said = f"From {with_unit(curve[0].mae, unit)} at n = {count(curve[0].n)} to {with_unit(curve[-1].mae, unit)} at "
    return figure(
        width,
        height,
        title,
        f"{said}n = {count(curve[-1].n)}.",
        place,
        "mini class-mini",
        interval_band([(row.n, row.low, row.high) for row in curve], x, y, "wide"),
        path([(x(row.n), y(value)) for row, value in zip(curve, fitted, strict=True)], "law"),
        *(dot((x(row.n), y.clamp(row.mae)), 2, "point") for row in curve),
    )


def to_extend(entry: Valued) -> list[str]:
    """Classes whose simulations should be extended, in words."""
    known = {name: found for name, found in entry.classes.items() if name != UNKNOWN}
    return [class_title(name) for name, found in known.items() if found.advice == EXTEND]


def worth_of_experiment(entry: Valued) -> Markup:
    """One sentence on equivalent samples; '' where they are unknown."""
    worth = entry.equivalent_samples
    if worth is None:
        return Markup("")
    start = Markup("At n = {} and m = {}, ").format(whole(worth.n), whole(worth.m))
    low, high = worth.low, worth.high
    if worth.value is None or worth.value > FAR * worth.n:
        at_least = Markup(" (at least {})").format(_many(low)) if low else Markup("")
        text = "one more experiment is worth <b>more than any number of simulations</b>{}."
        return start + Markup(text).format(at_least)
    said = Markup("one more experiment is worth <b>{} simulations</b>").format(_many(worth.value))
    if high is None or high > FAR * worth.n:
        neither = Markup(", though these data bound that number on neither side.")
        return start + said + (Markup(" (above {}).").format(_many(low)) if low else neither)
    between = Markup("{} to {}").format(_many(low), _many(high)) if low else Markup("up to {}").format(_many(high))
    return start + said + Markup(" ({}).").format(between)


def _many(value: float) -> Markup:
    """A number of simulations: a count where it is large, with three digits where it is small."""
    return whole(value) if value >= 1000 else number(value)
