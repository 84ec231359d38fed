"""SVG as text: elements with escaped content, and nothing that a chart does not need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

Point = tuple[float, float]

HALO: Final = 3
"""width of the ground's colour around text that lies on lines"""


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


def line(start: Point, end: Point, kind: str) -> str:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind)


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
