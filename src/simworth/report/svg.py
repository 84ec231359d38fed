"""SVG as text: elements with escaped content, scales from data to pixels, and a chart's axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from simworth.report.text import MINUS
from simworth.valuation.pieces import Bound

Point = tuple[float, float]


def element(name: str, *children: str, **attributes: str | float | None) -> str:
    """`<name attributes>children</name>`; children are SVG already, attributes are escaped here.

    A trailing underscore is dropped from an attribute's name (class_), other underscores become hyphens.
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{name}{shown}>{inside}</{name}>" if inside else f"<{name}{shown}/>"


def words(content: str, x: float, y: float, kind: str = "", anchor: str = "start") -> str:
    """A line of text; its content is escaped."""
    return element("text", escape(content), x=x, y=y, class_=kind or None, text_anchor=anchor)


def line(start: Point, end: Point, kind: str, tip: str | None = None) -> str:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind, data_tip=tip)


def path(points: Iterable[Point], kind: str, tip: str | None = None) -> str:
    """An open polyline."""
    return element("path", d="M" + "L".join(_pair(point) for point in points), class_=kind, data_tip=tip)


def band(upper: Sequence[Point], lower: Sequence[Point], kind: str) -> str:
    """The area between two lines of equal x."""
    ring = [*upper, *reversed(lower)]
    return element("path", d="M" + "L".join(_pair(point) for point in ring) + "Z", class_=kind)


def dot(at: Point, radius: float, kind: str, tip: str | None = None) -> str:
    """A mark; where it has a tip, a larger unseen one takes the pointer."""
    mark = element("circle", cx=at[0], cy=at[1], r=radius, class_=kind)
    if tip is None:
        return mark
    return mark + element("circle", cx=at[0], cy=at[1], r=max(11.0, radius), class_="hit", data_tip=tip)


def figure(width: float, height: float, title: str, description: str, name: str, kind: str, *children: str) -> str:
    """A whole drawing, named and described for those who do not see it. `name` must be unique on the page."""
    return element(
        "svg",
        element("title", escape(title), id=f"{name}-title"),
        element("desc", escape(description), id=f"{name}-desc"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_text(width)} {_text(height)}",
        width=width,
        height=height,
        class_=f"chart {kind}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _pair(point: Point) -> str:
    return f"{_text(point[0])} {_text(point[1])}"


def _text(value: str | float) -> str:
    """Coordinates to a tenth of a pixel."""
    if isinstance(value, str):
        return value
    shown = f"{value:.1f}"
    return shown[:-2] if shown.endswith(".0") else shown


@dataclass(frozen=True)
class Scale:
    """An axis: a data range laid on a pixel range."""

    low: float
    high: float
    start: float
    """pixel of `low`"""
    end: float
    """pixel of `high`"""
    log: bool = False

    def __call__(self, value: float) -> float:
        """Pixel of a value."""
        share = (self._inner(value) - self._inner(self.low)) / (self._inner(self.high) - self._inner(self.low))
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def clamp(self, value: float) -> float:
        """Pixel of the value, or of the axis's nearer end."""
        return self(min(max(value, self.low), self.high))

    def ends(self, low: Bound, high: Bound) -> tuple[float, float]:
        """Pixels of an interval of errors; where it is unbounded, or not positive, it reaches to the axis's end."""
        return self.clamp(low) if low and low > 0 else self.start, self.end if high is None else self.clamp(high)

    def ticks(self, spacing: float) -> list[float]:
        """Round values at least `spacing` pixels apart, as many as fit."""
        candidates = [*_log_sets(self.low, self.high), *_linear_sets(self.low, self.high)] if self.log else []
        candidates = candidates or list(_linear_sets(self.low, self.high))
        fitting = [c for c in candidates if len(c) >= 2 and self._apart(c) >= spacing]
        return max(fitting, key=len, default=[self.low, self.high])

    def _apart(self, values: list[float]) -> float:
        pixels = [self(value) for value in values]
        return float(np.abs(np.diff(pixels)).min())

    def _inner(self, value: float) -> float:
        return math.log(value) if self.log else value


def log_scale(values: Iterable[Bound], start: float, end: float, pad: float = 0.03) -> Scale:
    """A logarithmic axis around those values that are positive, `pad` of its length free at either end."""
    logs = [math.log(value) for value in values if value and value > 0]
    free = pad * max(max(logs) - min(logs), 0.05)
    return Scale(math.exp(min(logs) - free), math.exp(max(logs) + free), start, end, log=True)


def linear_scale(values: Iterable[float], start: float, end: float, pad: float = 0.04) -> Scale:
    """A linear axis around values."""
    low, high = (float(end_of) for end_of in (np.min(list(values)), np.max(list(values))))
    free = pad * ((high - low) or abs(high) or 1.0)
    return Scale(low - free, high + free, start, end)


def _log_sets(low: float, high: float) -> list[list[float]]:
    """Decades; 1, 2 and 5 of each; 1 to 9 of each."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    sets = ([1.0], [1.0, 3.0], [1.0, 2.0, 5.0], [float(i) for i in range(1, 10)])
    return [
        [leading * 10.0**decade for decade in decades for leading in chosen if low <= leading * 10.0**decade <= high]
        for chosen in sets
    ]


def _linear_sets(low: float, high: float) -> list[list[float]]:
    """Multiples of 1, 2 and 5 times powers of ten."""
    top = math.floor(math.log10(high - low))
    steps = [leading * 10.0**power for power in (top, top - 1) for leading in (5.0, 2.0, 1.0)]
    return [[i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)] for step in steps]


def interval_band(rows: Iterable[tuple[float, Bound, Bound]], x: Scale, y: Scale, kind: str) -> str:
    """The area between the ends of (at, low, high)."""
    ends = [(x(at), *y.ends(low, high)) for at, low, high in rows]
    return band([(at, high) for at, _, high in ends], [(at, low) for at, low, _ in ends], kind)


def whisker(at: float, low: Bound, high: Bound, y: Scale, kind: str) -> str:
    """An upright line between the ends of an interval; `at` is a pixel."""
    bottom, top = y.ends(low, high)
    return line((at, bottom), (at, top), kind)


def tick_labels(values: Iterable[float]) -> list[str]:
    """Labels with the same number of decimals, on an axis of decades as many as each needs; thousands separated."""
    given = list(values)
    exact = [f"{value:.6g}" for value in given]
    if given and min(given) > 0 and max(given) >= 100 * min(given):  # decades: 0.01, 1, 100
        return [text if "e" in text else f"{float(text):,.10g}" for text in exact]
    places = max((len(text.partition(".")[2]) for text in exact if "e" not in text), default=0)
    return [(text if "e" in text else f"{float(text):,.{places}f}").replace("-", MINUS) for text in exact]


@dataclass(frozen=True)
class Frame:
    """The plotting area of a chart, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, size: tuple[float, float]) -> Frame:
        """Of a drawing of this width and height, with room for titles and labels."""
        return cls(52, 34, size[0] - 12, size[1] - 46)

    def axes(self, x: Scale, y: Scale, x_title: str, y_title: str, gap: tuple[float, float] = (58, 40)) -> str:
        """Horizontal grid with labels, ticks below, and a title at each axis; y's stands above its labels."""
        parts = [words(y_title, 0, self.top - 12, "axis-title")]
        ticks = y.ticks(gap[1])
        for value, label in zip(ticks, tick_labels(ticks), strict=True):
            parts += [
                line((self.left, y(value)), (self.right, y(value)), "grid"),
                words(label, self.left - 8, y(value) + 4, "tick", "end"),
            ]
        ticks = x.ticks(gap[0])
        parts.append(line((self.left, self.bottom), (self.right, self.bottom), "axis"))
        for value, label in zip(ticks, tick_labels(ticks), strict=True):
            parts += [
                line((x(value), self.bottom), (x(value), self.bottom + 5), "axis"),
                words(label, x(value), self.bottom + 19, "tick", "middle"),
            ]
        parts.append(words(x_title, self.right, self.bottom + 37, "axis-title", "end"))
        return "".join(parts)
