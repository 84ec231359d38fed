"""The ledger stage: one new entry for every task whose valuation is not in the ledger yet, and what it is made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pydantic import JsonValue, TypeAdapter

from simworth.config import Settings, Task, load_settings
from simworth.data.records import QualityReport, Snapshot
from simworth.digests import valuation_digest
from simworth.errors import SimworthError
from simworth.git import head
from simworth.ledger.chain import Entry, heads, latest, problems, read_ledger, sealed
from simworth.ledger.judgement import common_part
from simworth.ledger.outcome import corrections, outcome
from simworth.ledger.records import FORMAT, Code, FitSettings, LedgerEntry, Measurements, Tables
from simworth.sweep.records import SweepSummary
from simworth.valuation.records import Valued
from simworth.valuation.result_files import ResultFolders, TaskTables
from simworth.valuation.stage import assemble

PACKAGES: Final = ("simworth", "numpy", "scipy", "pandas", "torch", "rdkit", "radonpy-pypi", "scikit-learn")


@dataclass(frozen=True, kw_only=True)
class EntrySource(TaskTables):
    """What the entry of one task is made from."""

    name: str
    valuation: Valued
    quality: Mapping[str, QualityReport]
    """database -> quality report"""

    @property
    def digest(self) -> str:
        """The valuation's name: the same in the ledger and in MLflow."""
        return valuation_digest(self.trials, self.predictions, self.fit.level, self.fit.law_version, self.fit.laws)


def new_entry(
    results: EntrySource, releases: Mapping[str, Snapshot], settings: Settings, entries: Sequence[Entry]
) -> Entry:
    """The entry that follows `entries`; `releases` are the snapshots by database."""
    fit, joined = results.fit, heads(entries)
    commit, dirty = head()
    record = LedgerEntry(
        format=FORMAT,
        seq=1 + max((entry.seq for entry in entries), default=0),
        task=results.name,
        digest=results.digest,
        previous=joined[-1].hash if joined else None,
        merges=tuple(one.hash for one in joined[:-1]),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        code=Code(revision=commit, dirty=dirty) if commit else None,
        packages=_packages(),
        releases=dict(releases),
        settings=FitSettings(level=fit.level, law_version=fit.law_version, laws=fit.laws),
        tables=Tables.of(results.trials, results.predictions),
        protocol=protocol(settings, results.name, results.summary),
        measurements=measurements(results),
        composition=composition(results, settings),
        n_max=results.valuation.n_max,
        valuation=results.valuation.model_copy(update={"releases": {}}),
        frozen=fit.frozen,
        frozen_these_materials_only=fit.frozen_these_materials_only,
    )
    before = latest(entries, results.name)
    if before is None:
        return sealed(record)
    news = {
        "corrects": corrections(before.record, record),
        "outcome": outcome(before, record, common_part(results.trials, before.record)),
    }
    return sealed(record.model_copy(update=news))


def protocol(settings: Settings, name: str, summary: SweepSummary) -> dict[str, JsonValue]:
    """What must stay the same for a fair forecast: seed, engine, all of the task but trials, grids, classes, names."""
    task = TypeAdapter(Task).dump_python(settings.tasks[name], mode="json")
    for side, role in (("source", "simulation"), ("target", "experiment")):
        usual = {"property": task["property"], "role": role}  # left out, as most settings do
        task[side] |= {key: "" for key, value in usual.items() if task[side][key] == value}
    free = {"trials", "adaptive", "grid", "surface", "groups", "found_by", "metrics", "like"}
    decisive = {key: value for key, value in task.items() if key not in free}
    return {"seed": settings.seed, "engine": summary.engine, **decisive}


def measurements(results: EntrySource) -> Measurements:
    """What the errors were measured on: files, materials, and a digest of the values that were tested."""
    tested = results.predictions[["item", "y_true"]].drop_duplicates().sort_values(["item", "y_true"])
    text = json.dumps([[item, float(value).hex()] for item, value in tested.itertuples(index=False)])
    return Measurements(
        md5=results.quality[results.fit.target].snapshot.md5,
        materials=results.valuation.materials,
        digest=hashlib.sha256(text.encode()).hexdigest()[:32],
    )


def composition(results: EntrySource, settings: Settings) -> dict[str, int]:
    """Class -> simulated materials of the releases that hold the source's property; empty where they are unknown."""
    task = settings.tasks[results.name]
    report = results.quality[results.fit.source]
    held = report.properties.get(task.source.property)
    names = held.release.split(", ") if held else []
    found: Counter[str] = Counter()
    for name in names:
        found.update(report.releases[name].classes if name in report.releases else {})
    return dict(sorted(found.items()))


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


EXPERIMENT: Final = "DVC_EXP_BASELINE_REV"
"""environment variable that `dvc exp run` sets for its stages"""


@dataclass(frozen=True, kw_only=True)
class LedgerPaths(ResultFolders):
    """What the stage reads and appends to."""

    ledger: Path


def append(paths: LedgerPaths) -> list[str]:
    """Run the stage; returns a line per new entry, and per fork. SimworthError names an entry that was edited."""
    settings = load_settings(paths.params)
    paths.ledger.mkdir(parents=True, exist_ok=True)
    entries = read_ledger(paths.ledger)
    lines = _checked(entries)
    if os.environ.get(EXPERIMENT):
        return [*lines, "an experiment: no entry is written"]
    quality = {name: paths.quality_of(name) for name in settings.databases}
    fits = {task: paths.fit(task) for task in settings.tasks}
    for task, valued in assemble(fits, quality, settings.fit.level).tasks.items():
        if isinstance(valued, Valued):
            results = EntrySource(name=task, valuation=valued, quality=quality, **vars(paths.tables(task)))
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


def _add(results: EntrySource, settings: Settings, entries: list[Entry], ledger: Path) -> list[str]:
    """Append the task's valuation, unless the ledger holds it; `entries` grows with it."""
    if any(entry.task == results.name and entry.digest == results.digest for entry in entries):
        return []
    entry = new_entry(results, results.valuation.releases, settings, entries)
    entry.record.write(ledger / entry.name)
    entries.append(entry)
    said = entry.record.outcome
    why = [f"  corrects: {text}" for text in entry.record.corrects]
    return [f"new: {entry.name}", *why, *([f"  {said.text}"] if said else [])]
