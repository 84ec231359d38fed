"""One task's part of the page: its numbers, its figures (on the page and as SVG files), and what may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from markupsafe import Markup

from simworth.report import materials, surfaces  # noqa: F401  their charts register themselves
from simworth.report.answers import Answer, answer
from simworth.report.charts import CHARTS, SQUARE, ChartInput, Drawing, curve, miniature
from simworth.report.classes import ClassSection, class_section, worth_of_experiment
from simworth.report.text import SIMULATED, SourceWords
from simworth.sweep.records import SweepSummary
from simworth.valuation.backtest import Backtest, ProposedList
from simworth.valuation.noise import NoiseStudy
from simworth.valuation.records import Fit, TaskEntry, Valued
from simworth.valuation.result_files import TaskTables

SIZES: Final = {"curve": (740, 430), "in-m": (366, 260)}
"""chart -> pixels where they are not SQUARE"""
MINI, NARROW = (168, 74), (366, 380)
"""pixels of the miniature, and of the learning curve on a phone"""
PLACED: Final = ("curve", "surface", "in-m", "parity", "materials")
"""charts that have a place of their own on the page; any other stands behind them"""


@dataclass(frozen=True)
class TaskFacts:
    """One task, ready for the template."""

    key: str
    colour: int
    """which of the page's colours is the task's"""
    entry: TaskEntry
    fit: Fit
    summary: SweepSummary
    answer: Answer | None = None
    private: bool = False
    """True where no single material may be shown"""
    relative_error: float | None = None
    """error at n_max over the median measured value; None for a logarithm"""
    figures: Mapping[str, Drawing] = field(default_factory=dict)
    """chart -> drawing; `mini` and `curve-narrow` are the learning curve in other sizes"""
    classes: ClassSection | None = None
    words: SourceWords = SIMULATED
    worth: Markup | None = None
    """what one more experiment is worth in simulations, None or '' where unknown"""
    backtest: Backtest | None = None
    proposal: ProposedList | None = None
    noise: NoiseStudy | None = None
    sure: str = ""
    """how sure a prediction of the ensemble is, '' where unknown"""

    @property
    def more(self) -> list[Drawing]:
        """Charts without a place of their own."""
        return [one for name, one in self.figures.items() if name in CHARTS and name not in PLACED]


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
    shown = None if private else tables.predictions
    return TaskFacts(
        key=key,
        colour=colour,
        entry=entry,
        fit=tables.fit,
        summary=tables.summary,
        answer=answer(entry, words),
        private=private,
        relative_error=_relative(tables, entry),
        figures=drawings(ChartInput(key, entry, tables.fit, tables.trials, shown, words)),
        classes=class_section(key, entry, tables.fit, private),
        words=words,
        worth=worth_of_experiment(entry),
    )


def drawings(data: ChartInput) -> dict[str, Drawing]:
    """Every registered chart that has something to draw."""
    drawn = {name: CHARTS[name](data.at(name, SIZES.get(name, SQUARE))) for name in CHARTS}
    found = {name: drawing for name, drawing in drawn.items() if drawing is not None}
    found["mini"] = Drawing(miniature(data.at("mini", MINI)))
    found["curve-narrow"] = curve(data.at("curve-narrow", NARROW))
    return found


def _relative(tables: TaskTables, entry: Valued) -> float | None:
    if tables.summary.scale != "linear":
        return None
    typical = float(tables.predictions["y_true"].abs().median())
    return entry.mae_at_n_max / typical if typical > 0 else None


COLOURS: Final = ("#1d5fa6", "#b3440e", "#0b7558", "#7a459c", "#8a6100", "#a72f62", "#0a6f86", "#5a6b12")
"""the tasks' colours on a light ground, as in page.css"""
LIGHT: Final = {
    "ground": "#ffffff", "ink": "#1b1c1e", "soft": "#55585d", "faint": "#6c7076", "rule": "#dcd9d2", "grid": "#e9e6df",
    "wash": "#f4f1ea", "neutral": "#5f6368", "sans": 'Inter, "Helvetica Neue", Arial, sans-serif',
}  # fmt: skip


def static_figures(tasks: Sequence[TaskFacts]) -> Iterator[tuple[str, str]]:
    """(file name, SVG) of every figure. Colours are written out, since drawing programs know no CSS variables."""
    for task in tasks:
        for name, drawing in task.figures.items():
            if name in CHARTS:
                yield f"{task.key}-{name}.svg", _alone(drawing.svg, task.colour)


def _alone(svg: str, colour: int) -> str:
    css = resources.files("simworth.report").joinpath("chart.css").read_text(encoding="utf-8")
    values = LIGHT | {"c": COLOURS[colour]}
    css = re.sub(r"var\(--([a-z]+)\)", lambda found: values[found.group(1)], css)
    svg = re.sub(r'<(circle|path|line)[^>]*class="hit[^>]*/>', "", svg)
    svg = re.sub(r' data-tip="[^"]*"', "", svg)
    return svg.replace("</desc>", f"</desc><style>{css}</style>", 1) + "\n"
