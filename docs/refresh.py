"""Fill the numbers of README and tutorial from reports/valuation.json: python docs/refresh.py.

A block between `<!-- NAME -->` and `<!-- end of NAME -->` belongs to the function of that name in BLOCKS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Valuation, Valued
from simworth.valuation.table import table_of_laws
from simworth.valuation.words import count, figure, parameter, parameter_span

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ("README.md", "docs/tutorial.md")


def laws(valuation: Valuation) -> str:
    """Markdown table: a row a task, its law with intervals, its error without and with transfer, its verdict."""
    columns = ("task", "n", "m", "D", "alpha", "C", "direct", "transfer", "verdict")
    lines = [f"| {' | '.join(columns)} |", "| --- | ---: | ---: | --- | --- | --- | ---: | ---: | --- |"]
    for task, entry in valuation.tasks.items():
        if not isinstance(entry, Valued):
            lines.append(f"| {task} | | | | | | | | {entry.status}: {entry.reason} |")
            continue
        law = [f"{parameter(entry.law, name)} ({parameter_span(entry.law, name)})" for name in STUDY_LAW]
        direct = "" if entry.direct_mae is None else figure(entry.direct_mae)
        cells = [
            task, count(entry.n_max), count(entry.m), *law, direct, figure(entry.mae_at_n_max), entry.verdict
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    level = f"{100 * valuation.level:g} %"
    note = f"In brackets: {level} intervals that cover the choice of measured materials. Direct: without simulations."
    return "\n".join([*lines, "", note]) + "\n"


def terminal(valuation: Valuation) -> str:
    """What `make repro` prints last."""
    return f"```text\n{table_of_laws(valuation)}```\n"


def forecasts(valuation: Valuation) -> str:
    """Markdown table: error now and at 2, 4 and 10 times n, with intervals."""
    rows = ["| task | now | 2 n | 4 n | 10 n |", "| --- | ---: | ---: | ---: | ---: |"]
    for task, entry in valuation.tasks.items():
        if isinstance(entry, Valued):
            ahead = [f"{figure(f.mae)} ({figure(f.low)} to {figure(f.high)})" for f in entry.forecast.values()]
            rows.append(f"| {task} | {figure(entry.mae_at_n_max)} | {' | '.join(ahead)} |")
    return "\n".join(rows) + "\n"


BLOCKS: Final[Mapping[str, Callable[[Valuation], str]]] = {"laws": laws, "terminal": terminal, "forecasts": forecasts}


def filled(page: str, valuation: Valuation) -> str:
    """The page's text with its blocks made of `valuation`."""
    for name, block in BLOCKS.items():
        text = f"<!-- {name} -->\n{block(valuation)}<!-- end of {name} -->"
        page = re.sub(rf"<!-- {name} -->.*?<!-- end of {name} -->", lambda _, text=text: text, page, flags=re.S)
    return page


if __name__ == "__main__":
    known = Valuation.read(ROOT / "reports" / "valuation.json")
    for name in PAGES:
        path = ROOT / name
        path.write_text(filled(path.read_text(encoding="utf-8"), known), encoding="utf-8")
