"""The error over simulations and experiments: a map with curves of equal error, and its cut at the largest n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from simworth.report.charts import CHARTS, ChartInput, Drawing
from simworth.report.svg import Frame, Point, Scale, band, dot, element, figure, interval_band, log_scale, path, words
from simworth.report.text import in_unit, named, with_unit
from simworth.scaling import Surface
from simworth.valuation.laws import study_law
from simworth.valuation.pieces import GridPoint, LawValues
from simworth.valuation.surface import PARAMETERS
from simworth.valuation.words import count, decimals, span
from simworth.valuation.words import figure as number

LAYERS: Final = 24
"""steps of the map's shade"""
CURVES: Final = 5
"""curves of equal error"""


def surface_chart(data: ChartInput, law: Surface | None) -> str:
    """n across, m up, both logarithmic; darker is a larger error. Only the points are drawn where there is no law."""
    frame, points = Frame.of(data.size), data.fit.surface_points
    x = log_scale([float(row.n) for row in points], frame.left, frame.right, pad=0.06)
    y = log_scale([float(row.m) for row in points], frame.bottom, frame.top, pad=0.08)
    equal = _equal(law, x, y) if law else []
    return figure(
        *data.size,
        f"Error over simulations and experiments, {named(data.task)}",
        _description(points, data.unit),
        data.name,
        "surface",
        _map(law, x, y) if law else "",
        frame.axes(x, y, data.n_title, data.m_title),
        *(path(curve.points, "equal-error", f"equal error {with_unit(curve.error, data.unit)}") for curve in equal),
        *(dot((x(row.n), y(row.m)), 3.5, "point", _tip(row, data.unit, data.level)) for row in points),
        *_labels(equal, [(x(row.n), y(row.m)) for row in points], frame),
    )


def _description(points: Sequence[GridPoint], unit: str) -> str:
    said = [
        f"with {count(row.n)} simulated and {count(row.m)} measured materials {with_unit(row.mae, unit)}"
        for row in (points[0], points[-1])
    ]
    return f"Mean absolute error: {said[0]}, {said[1]}."


def _map(law: Surface, x: Scale, y: Scale) -> str:
    """Layers one on the other, each where the error is above a level: the more, the darker."""
    at = np.geomspace(x.low, x.high, 61)
    parts = []
    for level in _levels(law, x, y, LAYERS):
        upper = [(x(float(n)), y.clamp(float(m))) for n, m in zip(at, _indifference(law, level, at), strict=True)]
        if any(top < y.start for _, top in upper):
            parts.append(band(upper, [(left, y.start) for left, _ in upper], "layer"))
    return element("g", *parts, class_="heat")


def _levels(law: Surface, x: Scale, y: Scale, number_of: int) -> np.ndarray:
    """Errors between the least and the most on the map, log-spaced, ends left out; none where it does not vary."""
    least, most = float(law.predict(x.high, y.high)), float(law.predict(x.low, y.low))
    return np.geomspace(least, most, number_of + 2)[1:-1] if 0 < least < most and law.beta > 0 else np.empty(0)


def _indifference(law: Surface, level: float, at: np.ndarray) -> np.ndarray:
    """m of equal error at each n; a flat law asks for more than a float holds."""
    with np.errstate(over="ignore"):
        return np.asarray(law.indifference(float(level), at))


@dataclass(frozen=True)
class _Curve:
    """One curve of equal error."""

    error: float
    places: int
    """decimals that tell the curves apart"""
    points: list[Point]
    """pixels"""


def _equal(law: Surface, x: Scale, y: Scale) -> list[_Curve]:
    """Curves along which simulations and experiments buy the same error."""
    levels = _levels(law, x, y, CURVES)
    places = max((decimals(float(level), 2) for level in levels), default=0)
    at = np.geomspace(x.low, x.high, 241)
    curves = []
    for level in levels:
        rounded = round(float(level), places)
        m = _indifference(law, rounded, at)
        inside = [(x(float(n)), y(float(k))) for n, k in zip(at, m, strict=True) if y.low <= k <= y.high]
        if len(inside) > 8:
            curves.append(_Curve(rounded, places, inside))
    return curves


def _labels(curves: Sequence[_Curve], taken: Sequence[Point], frame: Frame) -> list[str]:
    """Each curve's error where it has most room from the dots, from other labels and from the frame."""
    parts, held = [], list(taken)
    for curve in curves:
        spots = [(left, top) for left, top in curve.points if frame.left + 22 < left < frame.right - 22]
        spots = [spot for spot in spots if frame.top + 12 < spot[1] < frame.bottom - 12]
        if not spots:
            continue
        best = max(spots, key=lambda spot: min(_apart(spot, other) for other in held))
        held.append(best)
        parts.append(words(number(curve.error, places=curve.places), best[0], best[1] + 4, "note", "middle"))
    return parts


def _apart(one: Point, other: Point) -> float:
    """Distance for words, which are wider than high."""
    return math.hypot((one[0] - other[0]) / 2, one[1] - other[1])


@CHARTS.register("surface")
def surface(data: ChartInput) -> Drawing | None:
    """The error over simulations and experiments, where the task has a grid."""
    known = data.entry.surface
    if known is None:
        return None
    found = [getattr(known, name) for name in PARAMETERS]
    values = [float(one.value) for one in found if one is not None]
    law = Surface(values[0], values[1], values[2], values[3], values[4]) if len(values) == len(PARAMETERS) else None
    of_law = Markup(
        "The darker, the larger the error by the law; each line joins numbers of simulations and experiments that give "
        "the same error (<dfn>indifference curve</dfn>). "
    )
    caption = (of_law if law else "") + Markup("Dots are the sizes that were run; each holds its error. ")
    caption += what_pays(data.fit.surface_points)
    return Drawing(surface_chart(data, law), caption)


def what_pays(points: Sequence[GridPoint]) -> str:
    """What all simulations bring at the fewest and at most measurements, and the reverse, as run; '' where the grid
    lacks a corner."""
    mae = {(row.n, row.m): row.mae for row in points}
    (few, all_), (least, most) = (
        (min(sizes, default=0), max(sizes, default=0)) for sizes in ({n for n, _ in mae}, {m for _, m in mae})
    )
    if few == all_ or least == most or not {(few, least), (few, most), (all_, least), (all_, most)} <= set(mae):
        return ""

    def change(start: tuple[int, int], end: tuple[int, int]) -> str:
        return f"{100 * (mae[end] / mae[start] - 1):+.0f} %".replace("-", "\N{MINUS SIGN}")

    simulations = [change((few, m), (all_, m)) for m in (least, most)]
    measurements = [change((n, least), (n, most)) for n in (few, all_)]
    return (
        f"From n = {count(few)} to {count(all_)} the error changes by {simulations[0]} at m = {count(least)} and by "
        f"{simulations[1]} at m = {count(most)}; from m = {count(least)} to {count(most)} by {measurements[0]} at "
        f"n = {count(few)} and by {measurements[1]} at n = {count(all_)}."
    )


@CHARTS.register("in-m")
def in_m(data: ChartInput) -> Drawing | None:
    """Error against measured materials at the grid's largest n, with its interval and, where there is one, the law in
    m; None without a grid or with a single m."""
    grid = data.fit.surface_points if data.entry.surface is not None else ()
    largest = max((row.n for row in grid), default=0)
    points = sorted((row for row in grid if row.n == largest), key=lambda row: row.m)
    if len(points) < 2:
        return None
    unit, law, frame = data.unit, data.entry.law_m, Frame.of(data.size)
    x = log_scale([float(row.m) for row in points], frame.left, frame.right, pad=0.05)
    y = log_scale([end for row in points for end in (row.mae, row.low, row.high)], frame.bottom, frame.top)
    first, last = points[0], points[-1]
    svg = figure(
        *data.size,
        f"Error against measured materials, {named(data.task)}",
        f"At n = {count(first.n)}: {with_unit(first.mae, unit)} with {count(first.m)} measured materials, "
        f"{with_unit(last.mae, unit)} with {count(last.m)}.",
        data.name,
        "in-m",
        frame.axes(x, y, data.m_title, f"mean absolute error{in_unit(unit)}, log scale"),
        interval_band([(row.m, row.low, row.high) for row in points], x, y, "wide"),
        _law(law, x, y) if law else "",
        *(dot((x(row.m), y(row.mae)), 4.5, "point", _tip(row, unit, data.level)) for row in points),
    )
    return Drawing(
        svg,
        f"The same grid at its largest n, n = {count(first.n)}: what more experiments buy. The band is the "
        f"{data.level} interval.",
    )


def _law(law: LawValues, x: Scale, y: Scale) -> str:
    fitted = study_law(law)
    return path([(x(m), y.clamp(float(fitted(m)))) for m in np.geomspace(x.low, x.high, 61).tolist()], "law")


def _tip(row: GridPoint, unit: str, level: str) -> str:
    return (
        f"n = {count(row.n)}, m = {count(row.m)}, {row.trials} trials\n"
        f"error {with_unit(row.mae, unit)}\n{level} interval: {span(row.low, row.high)}"
    )
