"""The table of laws: every task on the terminal, in 120 columns of plain ASCII."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Final

from simworth.valuation.numbers import count, figure, span
from simworth.valuation.words import GAPS, comparison

WIDTH: Final = 120
_COLUMNS: Final = (
    ("task", -24), ("n_max", 6), ("m", 5), ("D", -17), ("alpha", -15), ("C", -17), ("direct", 8), ("transfer", 8),
    ("verdict", -12),
)  # fmt: skip
"""heading and width, negative: flush left"""


def table_of_laws(valuation: Mapping[str, Any]) -> str:
    """The laws of a valuation (as in valuation.json), tasks that wait or failed with their reason."""
    level = f"{100 * valuation['level']:g} %"
    lines = [
        "Mean absolute error on measured materials = D n^-alpha + C, n simulated and m measured training materials.",
        f"Second lines: {level} intervals that cover the choice of measured materials, not only that of trials.",
        "",
        _row([heading for heading, _ in _COLUMNS]),
        "-" * WIDTH,
    ]
    for task, entry in valuation["tasks"].items():
        lines += _valued(task, entry) if entry["status"] == "ok" else _unvalued(task, entry)
    return "\n".join(lines) + "\n"


def _valued(task: str, entry: Mapping[str, Any]) -> list[str]:
    law, direct = entry["law"], entry["direct_mae"]
    values = [figure(law[name]["value"]) for name in ("D", "alpha", "C")]
    spans = [span(law[name]["low"], law[name]["high"]) for name in ("D", "alpha", "C")]
    errors = ["-" if direct is None else figure(direct), figure(entry["mae_at_n_max"])]
    first = _row([task, count(entry["n_max"]), count(entry["m"]), *values, *errors, entry["verdict"]])
    second = _row([f"  {entry['unit'] or 'no unit'}", "", "", *spans, "", "", ""])
    return [first, second, *_wrapped(f"{comparison(entry)}; {GAPS[entry['gap']]}."), ""]


def _unvalued(task: str, entry: Mapping[str, Any]) -> list[str]:
    first, *rest = _wrapped(f"{entry['status']}: {entry['reason']}", indent=25)
    return [f"{task:<25}{first.lstrip()}", *rest, ""]


def _row(cells: list[str]) -> str:
    parts = []
    for text, (_, width) in zip(cells, _COLUMNS, strict=True):
        parts.append(text.ljust(-width) if width < 0 else text.rjust(width))
    return " ".join(parts).rstrip()


def _wrapped(text: str, indent: int = 2) -> list[str]:
    pad = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=True)
