"""The table of laws: every task on the terminal, in 120 columns of plain ASCII."""

from __future__ import annotations

from typing import Final

from simworth.terminal import WIDTH, fixed_row, wrapped
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Unvalued, Valuation, Valued
from simworth.valuation.settle import decisions
from simworth.valuation.words import (
    GAPS,
    comparison,
    count,
    drawn_sentence,
    figure,
    form_sentence,
    parameter,
    parameter_span,
    verdict_sentence,
)

_COLUMNS: Final = (
    ("task", -24), ("n_max", 6), ("m", 5), ("D", -17), ("alpha", -15), ("C", -17), ("direct", 8), ("transfer", 8),
    ("verdict", -12),
)  # fmt: skip
"""heading and width, negative: flush left"""
_WIDTHS: Final = tuple(width for _, width in _COLUMNS)


def table_of_laws(valuation: Valuation) -> str:
    """The laws of a valuation, tasks that wait or failed with their reason."""
    level = f"{100 * valuation.level:g} %"
    lines = [
        "Mean absolute error on measured materials = D n^-alpha + C, n simulated and m measured training materials.",
        f"Second lines: {level} intervals that cover the choice of measured materials, not only that of trials.",
        "",
        fixed_row([heading for heading, _ in _COLUMNS], _WIDTHS),
        "-" * WIDTH,
    ]
    for task, entry in valuation.tasks.items():
        lines += _valued(task, entry) if isinstance(entry, Valued) else _unvalued(task, entry)
    return "\n".join(lines) + "\n"


def _valued(task: str, entry: Valued) -> list[str]:
    values = [parameter(entry.law, name) for name in STUDY_LAW]
    spans = [parameter_span(entry.law, name) for name in STUDY_LAW]
    errors = ["-" if entry.direct_mae is None else figure(entry.direct_mae), figure(entry.mae_at_n_max)]
    first = fixed_row([task, count(entry.n_max), count(entry.m), *values, *errors, entry.verdict], _WIDTHS)
    second = fixed_row([f"  {entry.unit or 'no unit'}", "", "", *spans, "", "", ""], _WIDTHS)
    words = f"{verdict_sentence(entry.verdict, entry.verdict_reason)}. {_upper(comparison(entry))}; "
    lines = [first, second, *wrapped(f"{words}{GAPS[entry.gap]}.")]
    lines += [line for text in (drawn_sentence(entry), form_sentence(entry)) if text for line in wrapped(f"{text}.")]
    lines += [line for text in decisions(entry) for line in wrapped(f"{_upper(text)}.")]
    return [*lines, ""]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unvalued(task: str, entry: Unvalued) -> list[str]:
    first, *rest = wrapped(f"{entry.status}: {entry.reason}", indent=25)
    return [f"{task:<25}{first.lstrip()}", *rest, ""]
