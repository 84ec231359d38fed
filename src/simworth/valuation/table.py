"""The table of laws: every task on the terminal, in 120 columns of plain ASCII."""

from __future__ import annotations

import textwrap
from typing import Final

from simworth.valuation.records import STUDY_LAW, Unvalued, Valuation, Valued
from simworth.valuation.words import (
    GAPS,
    comparison,
    count,
    decision,
    figure,
    parameter,
    parameter_span,
    verdict_sentence,
)

WIDTH: Final = 120
_COLUMNS: Final = (
    ("task", -24), ("n_max", 6), ("m", 5), ("D", -17), ("alpha", -15), ("C", -17), ("direct", 8), ("transfer", 8),
    ("verdict", -12),
)  # fmt: skip
"""heading and width, negative: flush left"""


def table_of_laws(valuation: Valuation) -> str:
    """The laws of a valuation, tasks that wait or failed with their reason."""
    level = f"{100 * valuation.level:g} %"
    lines = [
        "Mean absolute error on measured materials = D n^-alpha + C, n simulated and m measured training materials.",
        f"Second lines: {level} intervals that cover the choice of measured materials, not only that of trials.",
        "",
        _row([heading for heading, _ in _COLUMNS]),
        "-" * WIDTH,
    ]
    for task, entry in valuation.tasks.items():
        lines += _valued(task, entry) if isinstance(entry, Valued) else _unvalued(task, entry)
    return "\n".join(lines) + "\n"


def _valued(task: str, entry: Valued) -> list[str]:
    values = [parameter(entry.law, name) for name in STUDY_LAW]
    spans = [parameter_span(entry.law, name) for name in STUDY_LAW]
    errors = ["-" if entry.direct_mae is None else figure(entry.direct_mae), figure(entry.mae_at_n_max)]
    first = _row([task, count(entry.n_max), count(entry.m), *values, *errors, entry.verdict])
    second = _row([f"  {entry.unit or 'no unit'}", "", "", *spans, "", "", ""])
    words = f"{verdict_sentence(entry.verdict, entry.verdict_reason)}. {_upper(comparison(entry))}; "
    lines = [first, second, *_wrapped(f"{words}{GAPS[entry.gap]}.")]
    if entry.gain is not None:
        lines += _wrapped(f"{_upper(decision(entry.gain, entry.to_settle, entry.verdict))}.")
    return [*lines, ""]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unvalued(task: str, entry: Unvalued) -> list[str]:
    first, *rest = _wrapped(f"{entry.status}: {entry.reason}", indent=25)
    return [f"{task:<25}{first.lstrip()}", *rest, ""]


def _row(cells: list[str]) -> str:
    parts = []
    for text, (_, width) in zip(cells, _COLUMNS, strict=True):
        parts.append(text.ljust(-width) if width < 0 else text.rjust(width))
    return " ".join(parts).rstrip()


def _wrapped(text: str, indent: int = 2) -> list[str]:
    pad = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False, break_on_hyphens=False
    )
