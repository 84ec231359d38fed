"""The error against the number of measured materials, at the largest number of simulations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.report.axes import Frame
from simworth.report.scale import Scale, interval_band, log_scale
from simworth.report.source import SIMULATED, SourceWords
from simworth.report.svg import dot, figure, path
from simworth.report.text import amount, named, with_unit
from simworth.valuation.curve import study_law
from simworth.valuation.numbers import count, span
from simworth.valuation.records import Fit, GridPoint, LawValues, Valued


def points_in_m(entry: Valued, fit: Fit) -> list[GridPoint]:
    """The grid's points at its largest n, rising in m; empty without a grid or with a single m."""
    points = fit.surface_points if entry.surface is not None else ()
    largest = max((row.n for row in points), default=0)
    chosen = sorted((row for row in points if row.n == largest), key=lambda row: row.m)
    return chosen if len(chosen) > 1 else []


def in_m_chart(
    task: str,
    entry: Valued,
    points: Sequence[GridPoint],
    level: str,
    size: tuple[float, float],
    name: str,
    source: SourceWords = SIMULATED,
) -> str:
    """Points with their interval and, where there is one, the law in m."""
    unit, law = entry.unit, entry.law_m
    frame = Frame(52, 34, size[0] - 12, size[1] - 46)
    x = log_scale([float(row.m) for row in points], frame.left, frame.right, pad=0.05)
    ends = [end for row in points for end in (row.mae, row.low, row.high) if end and end > 0]
    y = log_scale(ends, frame.bottom, frame.top)
    first, last = points[0], points[-1]
    suffix = f" in {with_unit(None, unit)}" if unit else ""
    return figure(
        *size,
        f"Error against measured materials, {named(task)}",
        f"At n = {count(first.n)}: {amount(first.mae, unit)} with {count(first.m)} measured materials, "
        f"{amount(last.mae, unit)} with {count(last.m)}.",
        name,
        "in-m",
        frame.axes(x, y, f"measured training {source.whole} m, log scale", f"mean absolute error{suffix}, log scale"),
        interval_band(
            [(row.m, row.low if row.low and row.low > 0 else None, row.high) for row in points], x, y, "wide"
        ),
        _law(law, x, y) if law else "",
        *(dot((x(row.m), y(row.mae)), 4.5, "point", _tip(row, unit, level)) for row in points),
    )


def _law(law: LawValues, x: Scale, y: Scale) -> str:
    fitted = study_law(law)
    at = [float(m) for m in np.geomspace(x.low, x.high, 61)]
    return path([(x(m), y.clamp(float(fitted(m)))) for m in at], "law")


def _tip(row: GridPoint, unit: str, level: str) -> str:
    return (
        f"n = {count(row.n)}, m = {count(row.m)}, {row.trials} trials\n"
        f"error {with_unit(row.mae, unit)}\n{level} interval: {span(row.low, row.high)}"
    )
