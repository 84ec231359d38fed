"""Charts of a task, a registry, and the first of them: the learning curve, large and as a miniature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from simworth.registry import Registry
from simworth.report.svg import (
    Frame,
    Scale,
    dot,
    element,
    figure,
    interval_band,
    line,
    log_scale,
    path,
    whisker,
    words,
)
from simworth.report.text import SIMULATED, SourceWords, in_unit, named, with_unit
from simworth.valuation.pieces import Bound, Point, Sized
from simworth.valuation.records import Fit, Valued
from simworth.valuation.words import count, span

SQUARE: Final = (366, 340)
"""pixels of a chart"""


@dataclass(frozen=True)
class ChartInput:
    """What a chart may be drawn from: one valued task and where the drawing goes."""

    task: str
    """its key in params.yaml"""
    entry: Valued
    fit: Fit
    trials: pd.DataFrame
    """columns of `simworth.columns.TRIAL_COLUMNS`"""
    predictions: pd.DataFrame | None
    """columns of `simworth.columns.PREDICTION_COLUMNS`; None where no single material may be shown"""
    words: SourceWords = SIMULATED
    size: tuple[float, float] = SQUARE
    """width and height, pixels"""
    name: str = ""
    """of the drawing, unique on the page"""

    @property
    def unit(self) -> str:
        """of every error"""
        return self.entry.unit

    @property
    def level(self) -> str:
        """of the intervals, as "90 %" """
        return f"{100 * self.fit.level:g} %"

    @property
    def n_title(self) -> str:
        """of an axis of n"""
        return f"{self.words.kind} {self.words.unit} n, log scale"

    @property
    def m_title(self) -> str:
        """of an axis of m"""
        return f"measured training {self.words.whole} m, log scale"

    @property
    def forecast(self) -> list[Sized]:
        """at x2, x4, x10"""
        return list(self.entry.forecast.values())

    @property
    def gap(self) -> float | None:
        """C where it is identified"""
        return float(self.entry.law["C"].value) if self.entry.gap == "identified" else None

    def at(self, name: str, size: tuple[float, float]) -> ChartInput:
        """The same for another drawing."""
        return replace(self, name=f"{self.task}-{name}", size=size)


@dataclass(frozen=True)
class Drawing:
    """A chart, ready for the page."""

    svg: str
    caption: str = ""
    """plain text, or Markup"""
    title: str = ""


Chart = Callable[[ChartInput], Drawing | None]
"""draws one task; None where there is nothing to draw"""
CHARTS: Final[Registry[Chart]] = Registry("chart", "simworth.charts")
"""name -> chart; every one is drawn for every valued task, on the page and as reports/figures/<task>-<name>.svg"""


@CHARTS.register("curve")
def curve(data: ChartInput) -> Drawing:
    """The learning curve: error against n on logarithmic axes, with intervals, law, forecast and direct learning."""
    frame = Frame.of(data.size)
    x = log_scale([data.fit.curve[0].n, data.fit.line[-1].n], frame.left, frame.right, pad=0.02)
    y = log_scale(_heights(data), frame.bottom, frame.top)
    svg = figure(
        *data.size,
        f"Learning curve of {named(data.task)}",
        _description(data),
        data.name,
        "curve",
        element(
            "rect",
            x=x(data.entry.n_max),
            y=frame.top,
            width=frame.right - x(data.entry.n_max),
            height=frame.bottom - frame.top,
            class_="future",
        ),
        frame.axes(x, y, data.n_title, f"mean absolute error{in_unit(data.unit)}, log scale"),
        _gap(data, frame, y),
        _law(data, x, y),
        _intervals(data, x, y),
        _direct(data, frame, y),
        _today(data, frame, x),
        _marks(data, x, y),
    )
    return Drawing(svg)


def miniature(data: ChartInput) -> str:
    """The same without words: points, law, and the forecast of a doubling."""
    width, height = data.size
    x = log_scale([data.fit.curve[0].n, data.forecast[0].n], 5, width - 8)
    direct = [] if data.fit.direct is None else [data.fit.direct.mae]
    ahead = data.forecast[0]
    ends = [end for row in (*data.fit.curve, ahead) for end in (row.mae, row.low, row.high)]
    y = log_scale([*ends, *direct], height - 6, 6)
    until = [row for row in data.fit.line if row.n <= data.entry.n_max]
    beyond = [until[-1], ahead]
    parts = [interval_band(_wide(data.fit.curve), x, y, "wide")]
    if data.fit.direct is not None:
        parts.append(line((0, y(data.fit.direct.mae)), (width, y(data.fit.direct.mae)), "direct"))
    parts += [
        path([(x(row.n), y(row.mae)) for row in until], "law"),
        path([(x(row.n), y(row.mae)) for row in beyond], "law ahead"),
        *(dot((x(row.n), y(row.mae)), 2.2, "point") for row in data.fit.curve),
        whisker(x(ahead.n), ahead.low, ahead.high, y, "whisker"),
        dot((x(ahead.n), y(ahead.mae)), 3, "point ahead"),
    ]
    return figure(width, height, f"{named(data.task)} in brief", _description(data), data.name, "mini", *parts)


def _heights(data: ChartInput) -> list[Bound]:
    rows = [*data.fit.curve, *data.forecast, *([data.fit.direct] if data.fit.direct else [])]
    ends = [end for row in rows for end in (row.mae, row.low, row.high)]
    return ends + [end for row in rows if isinstance(row, Point) for end in (row.spread_low, row.spread_high)]


def _description(data: ChartInput) -> str:
    first, last = data.fit.curve[0], data.fit.curve[-1]
    text = (
        f"With {count(first.n)} {data.words.kind} {data.words.unit} the mean absolute error is "
        f"{with_unit(first.mae, data.unit)}, with {count(last.n)} it is {with_unit(last.mae, data.unit)}."
    )
    if data.fit.direct is not None:
        text += f" Without {data.words.many} it is {with_unit(data.fit.direct.mae, data.unit)}."
    ahead = data.forecast[0]
    return f"{text} At {count(ahead.n)} the law forecasts {with_unit(ahead.mae, data.unit)}."


def _today(data: ChartInput, frame: Frame, x: Scale) -> str:
    """Where forecasts begin."""
    now = x(data.entry.n_max)
    return (
        line((now, frame.top), (now, frame.bottom), "today")
        + words("forecast", frame.right - 6, frame.top + 15, "note", "end")
        + words(f"n = {count(data.entry.n_max)} today", now - 6, frame.top + 15, "note", "end")
    )


def _intervals(data: ChartInput, x: Scale, y: Scale) -> str:
    wide = interval_band(_wide(data.fit.curve), x, y, "wide")
    narrow = interval_band([(row.n, row.trials_low, row.trials_high) for row in data.fit.curve], x, y, "narrow")
    spreads = [whisker(x(row.n), row.spread_low, row.spread_high, y, "spread") for row in data.fit.curve]
    return wide + narrow + "".join(spreads)


def _law(data: ChartInput, x: Scale, y: Scale) -> str:
    until = [row for row in data.fit.line if row.n <= data.entry.n_max]
    beyond = [row for row in data.fit.line if row.n >= until[-1].n]
    return (
        interval_band(_wide(beyond), x, y, "ahead")
        + path([(x(row.n), y(row.mae)) for row in until], "law")
        + path([(x(row.n), y(row.mae)) for row in beyond], "law ahead")
    )


def _gap(data: ChartInput, frame: Frame, y: Scale) -> str:
    if data.gap is None or not y.holds(data.gap):
        return ""
    at = y(data.gap)
    return line((frame.left, at), (frame.right, at), "gap") + words("transfer gap C", frame.left + 6, at - 6, "note")


def _direct(data: ChartInput, frame: Frame, y: Scale) -> str:
    if data.fit.direct is None:
        return ""
    at = y(data.fit.direct.mae)
    tip = f"direct learning, no {data.words.many}\n{_reading(data.fit.direct, data)}"
    below = at < frame.top + 40 or data.forecast[-1].mae > data.fit.direct.mae
    note = f"direct learning: no {data.words.many}"
    return (
        line((frame.left, at), (frame.right, at), "direct")
        + words(note, frame.right - 6, at + (18 if below else -7), "note", "end")
        + line((frame.left, at), (frame.right, at), "hit-line", tip)
    )


def _marks(data: ChartInput, x: Scale, y: Scale) -> str:
    parts = []
    for row in data.forecast:
        tip = f"forecast at n = {count(row.n)}\n{_reading(row, data)}"
        parts += [
            whisker(x(row.n), row.low, row.high, y, "whisker"),
            dot((x(row.n), y(row.mae)), 4.5, "point ahead", tip),
        ]
    for row in data.fit.curve:
        tip = (
            f"n = {count(row.n)}, {row.trials} trials\n{_reading(row, data)}\n"
            f"these materials only: {span(row.trials_low, row.trials_high)}\n"
            f"single trials, 5 to 95 %: {span(row.spread_low, row.spread_high)}"
        )
        parts.append(dot((x(row.n), y(row.mae)), 4.5, "point", tip))
    return "".join(parts)


def _reading(row: Sized, data: ChartInput) -> str:
    return f"error {with_unit(row.mae, data.unit)}\n{data.level} interval: {span(row.low, row.high)}"


def _wide(rows: Sequence[Sized]) -> list[tuple[float, Bound, Bound]]:
    return [(row.n, row.low, row.high) for row in rows]
