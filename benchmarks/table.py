"""The speed table as people read it: on a terminal, and as Markdown for the README."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from benchmarks.lines import Line, Report

_HEAD: Final = ("what", "against", "ours", "theirs", "unit", "ratio", "target", "met")
_WIDTH: Final = 118


def text_table(report: Report) -> str:
    """For a terminal."""
    rows = [_HEAD, *(_row(line) for line in report.lines)]
    width = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    width[0], width[1] = 30, 30
    out = []
    for number, row in enumerate(rows):
        left = [textwrap.wrap(row[column], width[column]) or [""] for column in (0, 1)]
        for index in range(max(map(len, left))):
            cells = [part[index] if index < len(part) else "" for part in left]
            cells += row[2:] if index == 0 else [""] * (len(_HEAD) - 2)
            out.append(_joined(cells, width))
        if not number:
            out.append("-" * _WIDTH)
            continue
        out += [part for text in _remarks(report.lines[number - 1]) for part in _wrapped(text)]
        out.append("")
    return "\n".join([*out, *textwrap.wrap(str(report.machine), _WIDTH)]) + "\n"


def markdown_table(report: Report) -> str:
    """The same for a README; what was not measured says why in the place of its numbers."""
    out = [
        "| what | against | ours | theirs | ratio | target | met |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for line in report.lines:
        what, against, ours, theirs, unit, ratio, target, met = _row(line)
        numbers = f"{ours} {unit} | {theirs} {unit} | {ratio}" if line.ours is not None else "| |"
        met = met if line.ours is not None else f"not measured: {line.reason}"
        size = f" ({line.size})" if line.size else ""
        out.append(f"| {what}{size} | {against} | {numbers} | {target} | {met} |")
    return "\n".join([*out, "", f"Measured on {report.machine}."]) + "\n"


def _row(line: Line) -> tuple[str, ...]:
    numbers = [_number(line.ours), _number(line.against)]
    ratio = "" if line.ratio is None else f"{_number(line.ratio)} x"
    met = {True: "yes", False: "NO", None: "-"}[line.met]
    return (line.name, line.opponent, *numbers, line.unit, ratio, f"{_number(line.target)} x", met)


def _remarks(line: Line) -> list[str]:
    spread = line.spread and f"ratio {_number(line.spread[0])} to {_number(line.spread[1])} over the rounds"
    reason = line.reason and f"not measured: {line.reason}"
    return [text for text in (line.size, spread, line.note, reason) if text]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _joined(cells: Sequence[str], width: Sequence[int]) -> str:
    aligned = [
        cell.ljust(w) if k in (0, 1, 4) else cell.rjust(w) for k, (cell, w) in enumerate(zip(cells, width, strict=True))
    ]
    return "  ".join(aligned).rstrip()


def _number(value: float | None) -> str:
    """Three figures, thousands apart."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
