"""What an entry is made from, and how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import pandas as pd
from pydantic import JsonValue, TypeAdapter

from simworth.config import Settings, Task
from simworth.identity import table_digest, valuation_digest
from simworth.ledger.chain import Entry, heads, latest, sealed
from simworth.ledger.corrections import corrections
from simworth.ledger.outcome import outcome
from simworth.ledger.records import FORMAT, Code, FitSettings, LedgerEntry, Measurements, Tables
from simworth.ledger.revision import git
from simworth.valuation.records import Fit, Release, Valued

PACKAGES: Final = ("simworth", "numpy", "scipy", "pandas", "torch", "rdkit", "radonpy-pypi", "scikit-learn")


@dataclass(frozen=True)
class TaskResults:
    """What the entry of one task is made from."""

    name: str
    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: Mapping[str, Any]
    fit: Fit
    valuation: Valued
    quality: Mapping[str, Mapping[str, Any]]
    """database -> quality report"""

    @property
    def digest(self) -> str:
        """The valuation's name: the same in the ledger and in MLflow."""
        return valuation_digest(self.trials, self.predictions, self.fit.level, self.fit.law_version)


def new_entry(
    results: TaskResults, releases: Mapping[str, Release], settings: Settings, entries: Sequence[Entry]
) -> Entry:
    """The entry that follows `entries`; `releases` are the snapshots by database."""
    fit, joined = results.fit, heads(entries)
    record = LedgerEntry(
        format=FORMAT,
        seq=1 + max((entry.seq for entry in entries), default=0),
        task=results.name,
        digest=results.digest,
        previous=joined[-1].hash if joined else None,
        merges=tuple(head.hash for head in joined[:-1]),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        code=_code(),
        packages=_packages(),
        releases=dict(releases),
        settings=FitSettings(level=fit.level, law_version=fit.law_version),
        tables=Tables(trials=table_digest(results.trials), predictions=table_digest(results.predictions)),
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
    news = {"corrects": corrections(before.record, record), "outcome": outcome(before, record)}
    return sealed(record.model_copy(update=news))


def protocol(settings: Settings, name: str, summary: Mapping[str, Any]) -> dict[str, JsonValue]:
    """What must stay the same for a fair forecast: seed, engine, all of the task but trials, grids and classes."""
    task = TypeAdapter(Task).dump_python(settings.tasks[name], mode="json")
    for side, role in (("source", "simulation"), ("target", "experiment")):
        usual = {"property": task["property"], "role": role}  # left out, as most settings do
        task[side] |= {key: "" for key, value in usual.items() if task[side][key] == value}
    free = {"trials", "adaptive", "grid", "surface", "groups"}
    decisive = {key: value for key, value in task.items() if key not in free}
    return {"seed": settings.seed, "engine": summary.get("engine", 0), **decisive}


def measurements(results: TaskResults) -> Measurements:
    """What the errors were measured on: files, materials, and a digest of the values that were tested."""
    tested = results.predictions[["item", "y_true"]].drop_duplicates().sort_values(["item", "y_true"])
    text = json.dumps([[item, float(value).hex()] for item, value in tested.itertuples(index=False)])
    return Measurements(
        md5=results.quality[results.fit.target]["snapshot"]["md5"],
        materials=results.valuation.materials,
        digest=hashlib.sha256(text.encode()).hexdigest()[:32],
    )


def composition(results: TaskResults, settings: Settings) -> dict[str, int]:
    """Class -> simulated materials of the release that holds the source's property; empty where they are unknown."""
    task = settings.tasks[results.name]
    report = results.quality[results.fit.source]
    held = report.get("properties", {}).get(task.source.property)
    release = report.get("releases", {}).get(held["release"], {}) if held else {}
    return dict(sorted(release.get("classes", {}).items()))


def _code() -> Code | None:
    """Revision with dirty flag; None outside of git."""
    revision = git("rev-parse", "HEAD")
    if revision is None:
        return None
    return Code(revision=revision, dirty=bool(git("status", "--porcelain", "--untracked-files=no")))


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
