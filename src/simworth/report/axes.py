"""Grid, ticks and axis titles of a chart."""

from __future__ import annotations

from dataclasses import dataclass

from simworth.report.scale import Scale, tick_labels
from simworth.report.svg import line, words


@dataclass(frozen=True)
class Frame:
    """The plotting area of a chart, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

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
