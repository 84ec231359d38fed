"""One task's part of the page: its numbers, its figures (on the page and as SVG files), and what may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from simworth.report.answers import Answer, answer
from simworth.report.charts import CurveData, learning_curve, miniature
from simworth.report.classes import ClassSection, class_section, worth_of_experiment
from simworth.report.materials import (
    MaterialCurves,
    Parity,
    material_chart,
    material_curves,
    parity_chart,
    parity_of,
)
from simworth.report.surfaces import in_m_chart, points_in_m, surface_chart, surface_data
from simworth.report.text import SIMULATED, SourceWords
from simworth.valuation.cube import errors_of
from simworth.valuation.records import Fit, TaskEntry, Valued

WIDE, NARROW = (740, 430), (366, 380)
"""pixels of the learning curve on a desk and on a phone"""
SMALL = (366, 260)
"""pixels of the curve over measured materials"""
SQUARE = (366, 340)
"""pixels of the charts of single materials, and of the surface"""


@dataclass(frozen=True)
class TaskTables:
    """What the report reads of one task."""

    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: Mapping[str, Any]
    fit: Fit


@dataclass(frozen=True)
class TaskFacts:
    """One task, ready for the template."""

    key: str
    colour: int
    """which of the page's colours is the task's"""
    entry: TaskEntry
    fit: Fit
    summary: Mapping[str, Any]
    answer: Answer | None = None
    private: bool = False
    """True where no single material may be shown"""
    relative_error: float | None = None
    """error at n_max over the median measured value; None for a logarithm"""
    figures: Mapping[str, str] | None = None
    """name -> SVG: mini, curve, curve-narrow, surface and in-m where there is a grid, and where they may be shown
    parity and materials"""
    parity: Parity | None = None
    materials: MaterialCurves | None = None
    classes: ClassSection | None = None
    words: SourceWords = SIMULATED
    worth: Markup | None = None
    """what one more experiment is worth in simulations, None or '' where unknown"""


def task_facts(
    key: str,
    colour: int,
    tables: TaskTables,
    entry: TaskEntry,
    private: bool,
    words: SourceWords = SIMULATED,
) -> TaskFacts:
    """Facts and figures of one task; without a law, its reason only."""
    if not isinstance(entry, Valued):
        return TaskFacts(key, colour, entry, tables.fit, tables.summary, words=words)
    data = curve_data(key, entry, tables.fit, words)
    figures = {
        "mini": miniature(data, f"{key}-mini"),
        "curve": learning_curve(data, *WIDE, f"{key}-curve"),
        "curve-narrow": learning_curve(data, *NARROW, f"{key}-curve-narrow"),
    }
    grid = surface_data(key, entry, tables.fit)
    if grid is not None:
        figures["surface"] = surface_chart(grid, *SQUARE, f"{key}-surface", words)
    in_m = points_in_m(entry, tables.fit)
    if in_m:
        figures["in-m"] = in_m_chart(key, entry, in_m, data.level, SMALL, f"{key}-in-m", words)
    parity, materials = (None, None) if private else _single(key, tables, entry.unit, figures, words)
    return TaskFacts(
        key=key,
        colour=colour,
        entry=entry,
        fit=tables.fit,
        summary=tables.summary,
        answer=answer(entry, words),
        private=private,
        relative_error=_relative(tables, entry),
        figures=figures,
        parity=parity,
        materials=materials,
        classes=class_section(key, entry, tables.fit, private),
        words=words,
        worth=worth_of_experiment(entry),
    )


def curve_data(key: str, entry: Valued, fit: Fit, words: SourceWords = SIMULATED) -> CurveData:
    """What the learning curve is drawn from."""
    return CurveData(
        task=key,
        unit=entry.unit,
        level=f"{100 * fit.level:g} %",
        points=fit.curve,
        line=fit.line,
        direct=fit.direct,
        forecast=list(entry.forecast.values()),
        gap=float(entry.law["C"].value) if entry.gap == "identified" else None,
        words=words,
    )


def _single(
    key: str, tables: TaskTables, unit: str, figures: dict[str, str], words: SourceWords
) -> tuple[Parity | None, MaterialCurves | None]:
    parity = parity_of(tables.predictions, key, unit) if tables.fit.same_property else None
    if parity is not None:
        figures["parity"] = parity_chart(parity, *SQUARE, f"{key}-parity")
    materials = material_curves(errors_of(tables.trials, tables.predictions, key), key, unit)
    if materials.table.empty:
        return parity, None
    figures["materials"] = material_chart(materials, *SQUARE, f"{key}-materials", words)
    return parity, materials


def _relative(tables: TaskTables, entry: Valued) -> float | None:
    if tables.summary["scale"] != "linear":
        return None
    typical = float(tables.predictions["y_true"].abs().median())
    return entry.mae_at_n_max / typical if typical > 0 else None


COLOURS: Final = ("#1d5fa6", "#b3440e", "#0b7558", "#7a459c", "#8a6100", "#a72f62", "#0a6f86", "#5a6b12")
"""the tasks' colours on a light ground, as in page.css"""
LIGHT: Final = {
    "ground": "#ffffff", "ink": "#1b1c1e", "soft": "#55585d", "faint": "#6c7076", "rule": "#dcd9d2", "grid": "#e9e6df",
    "wash": "#f4f1ea", "neutral": "#5f6368", "sans": 'Inter, "Helvetica Neue", Arial, sans-serif',
}  # fmt: skip
WANTED: Final = ("curve", "surface", "in-m", "parity", "materials")


def static_figures(tasks: Sequence[TaskFacts]) -> Iterator[tuple[str, str]]:
    """(file name, SVG) of every figure. Colours are written out, since drawing programs know no CSS variables."""
    for task in tasks:
        for name in WANTED:
            if task.figures and name in task.figures:
                yield f"{task.key}-{name}.svg", _alone(task.figures[name], task.colour)


def _alone(svg: str, colour: int) -> str:
    css = resources.files("simworth.report").joinpath("chart.css").read_text(encoding="utf-8")
    values = LIGHT | {"c": COLOURS[colour]}
    css = re.sub(r"var\(--([a-z]+)\)", lambda found: values[found.group(1)], css)
    svg = re.sub(r'<(circle|path|line)[^>]*class="hit[^>]*/>', "", svg)
    svg = re.sub(r' data-tip="[^"]*"', "", svg)
    return svg.replace("</desc>", f"</desc><style>{css}</style>", 1) + "\n"
