"""The ledger as a table on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simworth.ledger.chain import Entry, problems
from simworth.valuation.numbers import count, decimals, figure, span

WIDTH: Final = 120
_COLUMNS: Final = (
    ("seq", 4), ("date", -10), ("task", -24), ("n_max", 7), ("m", 5), ("error", -26), ("alpha", -7), ("C", -17),
    ("verdict", -12),
)  # fmt: skip
"""heading and width, negative: flush left"""


def history_table(entries: Sequence[Entry], task: str = "") -> str:
    """Every entry (of one task, where named), oldest first, with what had been forecast and what came."""
    chosen = [entry for entry in entries if not task or entry.task == task]
    if not chosen:
        return f"the ledger holds no entry{f' of {task}' if task else ''} yet\n"
    lines = [_row([heading for heading, _ in _COLUMNS]), "-" * WIDTH]
    for entry in chosen:
        lines.append(_row(_cells(entry.content)))
        said = entry.content["outcome"]
        if said:
            lines += textwrap.wrap(said["text"], WIDTH, initial_indent=" " * 16, subsequent_indent=" " * 16)
    lines += ["", *_score(chosen)]
    lines += [f"{problem.entry}: {problem.text}" for problem in problems(entries)]
    return "\n".join(lines).rstrip() + "\n"


def judged(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    """Outcomes of the forecasts that could be judged."""
    said = [entry.content["outcome"] for entry in entries]
    return [one for one in said if one and one["kind"] == "forecast"]


def _score(entries: Sequence[Entry]) -> list[str]:
    outcomes = judged(entries)
    if not outcomes:
        return ["No forecast could be judged yet: that takes a later entry with more of the same simulations."]
    inside = sum(one["inside"] for one in outcomes)
    level = 100 * float(entries[-1].content["settings"]["level"])
    return [f"{inside} of {len(outcomes)} forecasts held; {level:g} % are meant to."]


def _cells(content: Mapping[str, Any]) -> list[str]:
    valuation = content["valuation"]
    error, ends = valuation["mae_at_n_max"], valuation["mae_at_n_max_interval"]
    shown = f"{figure(error)} ({span(ends['low'], ends['high'], decimals(error))})"
    law = valuation["law"]
    return [
        str(content["seq"]),
        str(content["time"])[:10],
        str(content["task"]),
        count(content["n_max"]),
        count(valuation["m"]),
        shown,
        figure(law["alpha"]["value"]),
        span(law["C"]["low"], law["C"]["high"]),
        str(valuation["verdict"]),
    ]


def _row(cells: Sequence[str]) -> str:
    parts = [
        text.ljust(-width) if width < 0 else text.rjust(width) for text, (_, width) in zip(cells, _COLUMNS, strict=True)
    ]
    return " ".join(parts).rstrip()
