"""Each figure of the page as an SVG file of its own, for papers and talks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Final

from simworth.report.facts import TaskFacts

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
