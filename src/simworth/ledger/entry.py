"""What an entry holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from pydantic import TypeAdapter

from simworth.config import Settings, Task
from simworth.identity import FIT_SETTINGS, table_digest, valuation_digest
from simworth.ledger.chain import Entry, heads, latest, sealed
from simworth.ledger.corrections import corrections
from simworth.ledger.outcome import outcome

FORMAT: Final = 1
"""of an entry; raised when its meaning changes"""


@dataclass(frozen=True)
class TaskResults:
    """What the entry of one task is made from."""

    name: str
    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: Mapping[str, Any]
    fit: Mapping[str, Any]
    quality: Mapping[str, Mapping[str, Any]]
    """database -> quality report"""

    @property
    def digest(self) -> str:
        """The valuation's name: the same in the ledger and in MLflow."""
        return valuation_digest(self.trials, self.predictions, self.fit)


def new_entry(
    results: TaskResults,
    releases: Mapping[str, Any],
    settings: Settings,
    entries: Sequence[Entry],
    made: Mapping[str, Any],
) -> dict[str, Any]:
    """Content of the entry that follows `entries`. `made` is provenance; `releases` are the snapshots by database."""
    fit, joined = results.fit, heads(entries)
    content: dict[str, Any] = {
        "format": FORMAT,
        "seq": 1 + max((entry.seq for entry in entries), default=0),
        "task": results.name,
        "digest": results.digest,
        "previous": joined[-1].hash if joined else None,
        "merges": [head.hash for head in joined[:-1]],
        **made,
        "releases": dict(releases),
        "settings": {**{key: fit[key] for key in FIT_SETTINGS}, "law_version": fit["law_version"]},
        "tables": {"trials": table_digest(results.trials), "predictions": table_digest(results.predictions)},
        "protocol": protocol(settings, results.name, results.summary),
        "measurements": measurements(results),
        "composition": composition(results, settings),
        "n_max": fit["entry"]["n_max"],
        "valuation": {key: value for key, value in fit["entry"].items() if key != "releases"},
        "frozen": fit["frozen"],
        "frozen_these_materials_only": fit["frozen_these_materials_only"],
    }
    before = latest(entries, results.name)
    content["corrects"] = corrections(None if before is None else before.content, content)
    content["outcome"] = outcome(before, content)
    return sealed(content)


def protocol(settings: Settings, name: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """What must stay the same for a fair forecast: seed, engine, all of the task but trials, grids and classes."""
    task = TypeAdapter(Task).dump_python(settings.tasks[name], mode="json")
    free = {"trials", "adaptive", "grid", "surface", "groups"}
    decisive = {key: value for key, value in task.items() if key not in free}
    return {"seed": settings.seed, "engine": summary.get("engine", 0), **decisive}


def measurements(results: TaskResults) -> dict[str, Any]:
    """What the errors were measured on: files, materials, and a digest of the values that were tested."""
    tested = results.predictions[["item", "y_true"]].drop_duplicates().sort_values(["item", "y_true"])
    text = json.dumps([[item, float(value).hex()] for item, value in tested.itertuples(index=False)])
    return {
        "md5": results.quality[results.fit["target"]]["snapshot"]["md5"],
        "materials": results.fit["entry"]["materials"],
        "digest": hashlib.sha256(text.encode()).hexdigest()[:32],
    }


def composition(results: TaskResults, settings: Settings) -> dict[str, int]:
    """Class -> simulated materials of the release that holds the source's property; empty where they are unknown."""
    task = settings.tasks[results.name]
    report = results.quality[results.fit["source"]]
    held = report.get("properties", {}).get(task.source.property or task.property)
    release = report.get("releases", {}).get(held["release"], {}) if held else {}
    return dict(sorted(release.get("classes", {}).items()))
