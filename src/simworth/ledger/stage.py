"""The ledger stage: one new entry for every task whose valuation is not in the ledger yet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import Settings, load_settings
from simworth.errors import SimworthError
from simworth.ledger.chain import Entry, problems, read_ledger
from simworth.ledger.entry import TaskResults, new_entry
from simworth.results import read_json, read_table
from simworth.valuation.assemble import assemble
from simworth.valuation.records import Fit, Valued

EXPERIMENT: Final = "DVC_EXP_BASELINE_REV"
"""environment variable that `dvc exp run` sets for its stages"""


@dataclass(frozen=True)
class LedgerPaths:
    """What the stage reads (folders with a file per database or task) and appends to."""

    params: Path
    quality: Path
    trials: Path
    predictions: Path
    sweeps: Path
    fits: Path
    ledger: Path


def append(paths: LedgerPaths) -> list[str]:
    """Run the stage; returns a line per new entry, and per fork. SimworthError names an entry that was edited."""
    settings = load_settings(paths.params)
    paths.ledger.mkdir(parents=True, exist_ok=True)
    entries = read_ledger(paths.ledger)
    lines = _checked(entries)
    if os.environ.get(EXPERIMENT):
        return [*lines, "an experiment: no entry is written"]
    quality = {name: read_json(paths.quality / f"{name}.json") for name in settings.databases}
    fits = {task: Fit.read(paths.fits / f"{task}.json") for task in settings.tasks}
    for task, valued in assemble(fits, quality, settings.fit.level).tasks.items():
        if isinstance(valued, Valued):
            results = _results(paths, task, fits[task], valued, quality)
            lines += _add(results, settings, entries, paths.ledger)
    return lines or ["nothing new: every valuation is in the ledger"]


def _checked(entries: Sequence[Entry]) -> list[str]:
    found = problems(entries)
    fatal = next((problem for problem in found if problem.fatal), None)
    if fatal:
        raise SimworthError(
            f"ledger entry {fatal.entry}: {fatal.text}; entries are never edited, bring it back with "
            f"`git checkout -- reports/ledger/{fatal.entry}`"
        )
    return [f"{problem.entry}: {problem.text}" for problem in found]


def _add(results: TaskResults, settings: Settings, entries: list[Entry], ledger: Path) -> list[str]:
    """Append the task's valuation, unless the ledger holds it; `entries` grows with it."""
    if any(entry.task == results.name and entry.digest == results.digest for entry in entries):
        return []
    entry = new_entry(results, results.valuation.releases, settings, entries)
    entry.record.write(ledger / entry.name)
    entries.append(entry)
    said = entry.record.outcome
    why = [f"  corrects: {text}" for text in entry.record.corrects]
    return [f"new: {entry.name}", *why, *([f"  {said.text}"] if said else [])]


def _results(
    paths: LedgerPaths, task: str, fit: Fit, valued: Valued, quality: Mapping[str, Mapping[str, Any]]
) -> TaskResults:
    return TaskResults(
        name=task,
        trials=read_table(paths.trials / f"{task}.parquet", list(TRIAL_COLUMNS)),
        predictions=read_table(paths.predictions / f"{task}.parquet", list(PREDICTION_COLUMNS)),
        summary=read_json(paths.sweeps / f"{task}.json"),
        fit=fit,
        valuation=valued,
        quality=quality,
    )
