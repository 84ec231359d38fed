"""Refitting the laws of an old revision from its stored trials."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.identity import table_digest, valuation_digest
from simworth.ledger.audit import Finding
from simworth.ledger.chain import Entry
from simworth.ledger.revision import NotKept, Revision
from simworth.valuation.classes import Sorting
from simworth.valuation.entry import fit_record
from simworth.valuation.task import value_task

EQUAL: Final = 2e-6
"""relative difference up to which two numbers are the same: result files keep six significant digits"""
TOLERANCE: Final = 1e-3
"""relative difference up to which another machine or library may differ"""


def recompute(then: Revision, folder: str) -> Iterator[Finding]:
    """Refit every task's entry at a revision; equal, within tolerance, or different and where."""
    valued = entries_of(then, folder)
    if not valued:
        yield Finding(None, f"the ledger holds no entry at {then.name}")
    for entry in valued:
        try:
            yield refitted(entry, then)
        except NotKept as error:
            yield Finding(None, f"{entry.name}: {error}")


def entries_of(then: Revision, folder: str) -> list[Entry]:
    """Each task's entry of the tables at a revision: its newest, unless an older release was taken up again."""
    by_task: dict[str, list[Entry]] = {}
    for entry in then.ledger(folder):
        by_task.setdefault(entry.task, []).append(entry)
    return [entries[-1] if len(entries) == 1 else _of_tables(then, entries) for entries in by_task.values()]


def _of_tables(then: Revision, entries: Sequence[Entry]) -> Entry:
    try:
        trials, predictions = _tables(then, entries[-1].task)
    except NotKept:
        return entries[-1]
    here = {"trials": table_digest(trials), "predictions": table_digest(predictions)}
    return next((entry for entry in reversed(entries) if entry.content["tables"] == here), entries[-1])


def _tables(then: Revision, task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    trials = then.table(f"results/trials/{task}.parquet")[list(TRIAL_COLUMNS)]
    return trials, then.table(f"results/predictions/{task}.parquet")[list(PREDICTION_COLUMNS)]


def refitted(entry: Entry, then: Revision) -> Finding:
    """An entry against a fit of the tables at a revision. NotKept where they are gone."""
    task, level = entry.task, float(entry.content["settings"]["level"])
    trials, predictions = _tables(then, task)
    summary = summary_of(then, task)
    if summary["status"] != "ok":
        return Finding(None, f"{entry.name}: at {then.name} {task} has no law ({summary['reason']})")
    grid, sorting = _grid(entry, then), _sorting(entry, then)
    record = fit_record(value_task(trials, predictions, summary, level, grid, sorting), "", "", level)
    return compared(entry, record, valuation_digest(trials, predictions, record))


def _grid(entry: Entry, then: Revision) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The tables of the n x m grid, None where the entry has none."""
    if entry.content["valuation"].get("surface") is None:
        return None
    trials = then.table(f"results/surfaces/{entry.task}.parquet")[list(TRIAL_COLUMNS)]
    return trials, then.table(f"results/surface_predictions/{entry.task}.parquet")[list(PREDICTION_COLUMNS)]


def _sorting(entry: Entry, then: Revision) -> Sorting | None:
    """The materials' classes as they were, None where the entry has none."""
    kept = entry.content["valuation"].get("grouping")
    if kept is None:
        return None
    measured, simulated = (then.quantity(entry.task, side) for side in ("target", "source"))
    table = then.table(f"results/classes/{entry.task}.parquet")
    return Sorting(kept["by"], kept["shown"], measured, simulated, table)


def summary_of(then: Revision, task: str) -> dict[str, Any]:
    """The sweep's summary, a file that DVC tracks."""
    content: dict[str, Any] = json.loads(then.content(f"results/sweeps/{task}.json"))
    return content


def compared(entry: Entry, record: Mapping[str, Any], digest: str) -> Finding:
    """A refit against the entry."""
    kept = {"valuation": entry.content["valuation"], "frozen": entry.content["frozen"]}
    fresh = record["entry"]
    again = {"valuation": {k: v for k, v in fresh.items() if k != "releases"}, "frozen": record["frozen"]}
    where, difference = most_different(kept, again)
    tables = "from the same trials" if digest == entry.digest else "from OTHER trials than the entry names"
    if difference <= EQUAL:
        return Finding(digest == entry.digest, f"{entry.name}: equal, {tables}")
    if difference <= TOLERANCE:
        return Finding(
            True, f"{entry.name}: equal within 1e-3 ({where} differs by {difference:.1e}: another processor), {tables}"
        )
    return Finding(False, f"{entry.name}: different at {where} ({_shown(difference)}), {tables}")


def _shown(difference: float) -> str:
    return "another kind of value" if math.isinf(difference) else f"by {difference:.1e}, relative"


def most_different(kept: Any, again: Any, where: str = "") -> tuple[str, float]:
    """Place and size of the largest relative difference; infinite where kinds, keys or words differ."""
    if isinstance(kept, dict) and isinstance(again, dict):
        if kept.keys() != again.keys():
            odd = sorted(kept.keys() ^ again.keys())[0]
            return f"{where}/{odd}".lstrip("/"), math.inf
        pairs = [(f"{where}/{key}".lstrip("/"), kept[key], again[key]) for key in kept]
    elif isinstance(kept, list) and isinstance(again, list) and len(kept) == len(again):
        pairs = [(f"{where}/{i}", a, b) for i, (a, b) in enumerate(zip(kept, again, strict=True))]
    else:
        return where, _relative(kept, again)
    return max((most_different(a, b, at) for at, a, b in pairs), key=lambda found: found[1], default=(where, 0.0))


def _relative(kept: Any, again: Any) -> float:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (kept, again))
    if not numbers or kept == again:
        return 0.0 if kept == again else math.inf
    return float(abs(kept - again) / max(abs(kept), abs(again)))
