"""What MLflow is to be given, as plain records, and how its pages open: nothing here knows MLflow."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

KEY_TAG: Final = "simworth.key"
"""tag that every run of ours carries; unique within its experiment"""
VALUATION_TAG: Final = "simworth.valuation"
"""digest of the newest valuation that a run belongs to, also the ledger's"""
VALUATIONS_TAG: Final = "simworth.valuations"
"""all of them, separated by spaces, newest first"""
MODEL_TAG: Final = "simworth.model"
"""digest of an ensemble's files, on the model and its registered version"""
VIEW: Final = "simworth"
"""name of the view in an address: .../runs?viewStateShareKey=simworth"""
_KIND: Final = {"mlflow.experimentKind": "custom_model_development"}
"""the page of an experiment without it opens on traces of language models"""
_VIEWS: Final = {
    "": (
        "Valuations of {task}: one run each, with a run per number of simulations n below it.",
        ("attributes.start_time", False),
        "attributes.Duration metrics.mae_at_n_max metrics.mae metrics.D metrics.alpha metrics.C params.n params.m "
        "tags.simworth.verdict",
    ),
    "trials": (  # a trial has no duration of its own: ten learn together
        "Every trial of {task}.",
        ("metrics.`mae`", True),
        "params.learning params.n params.m params.trial metrics.mae metrics.rmse metrics.r2",
    ),
    "tuning": (
        "Settings that `simworth tune {task}` tried.",
        ("metrics.`objective`", True),
        "attributes.Duration metrics.objective params.learning_rate params.hidden params.batch_size",
    ),
}
"""what follows the task in an experiment's name -> what it holds, how it is ordered (rising?), and its columns"""


@dataclass(frozen=True)
class Metric:
    """One value of one metric."""

    key: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class RunRecord:
    """One run."""

    key: str
    """what it is, whoever publishes it and how often"""
    name: str
    params: dict[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    seconds: float | None = None
    """that training took, None where that is not known"""

    @property
    def milliseconds(self) -> int:
        """Its duration in MLflow; a run whose training time is not known ends where it starts."""
        return round(1000 * (self.seconds or 0))

    @property
    def all_tags(self) -> dict[str, str]:
        """Its tags and those that MLflow or we find it by."""
        return {KEY_TAG: self.key, "mlflow.runName": self.name, **self.tags}


@dataclass(frozen=True)
class DatasetRecord:
    """A release set that went into a valuation."""

    name: str
    """of the database"""
    md5: str
    """DVC's, of the folder of its snapshot"""
    folder: str
    context: str
    """pretraining | fine-tuning"""


@dataclass(frozen=True)
class SizeRecord:
    """The run of one (learning, n, m) and the models that it may keep."""

    run: RunRecord
    shards: tuple[str, ...]
    """digests of its shards, in the order of their blocks"""
    trials: tuple[int, ...]
    """those that did not fail, rising"""
    best: int | None
    """the trial of the lowest error, None where all failed"""


@dataclass(frozen=True)
class TaskContent:
    """All that is sent for one task."""

    task: str
    valuation: str
    parent: RunRecord
    datasets: tuple[DatasetRecord, ...]
    sizes: tuple[SizeRecord, ...]
    trials: tuple[RunRecord, ...]
    model: Path | None
    """folder of the ensemble, None where there is none"""
    model_digest: str
    """of its files, '' where there is none"""
    private: bool = False
    """whether aggregates alone may be sent: no weights, no model, no reasons of single trials"""


@dataclass(frozen=True)
class ModelRecord:
    """An ensemble as a pyfunc model: a folder of plain files and the module that reads it."""

    name: str
    """of the registered model"""
    folder: Path
    loader: str
    """module with `_load_pyfunc(path)`"""
    code: tuple[Path, ...]
    """folder of the package and a project's own modules, which go along"""
    example: dict[str, list[Any]]
    """column -> values of a request"""
    outputs: tuple[tuple[str, str], ...]
    """(column, type)"""
    requirements: tuple[str, ...]
    """pip requirements, pinned"""
    tags: dict[str, str]
    metadata: dict[str, object]
    description: str


def experiment_tags(name: str) -> dict[str, str]:
    """Tags of the experiment `<task>`, `<task>/trials` or `<task>/tuning`."""
    task, _, kind = name.partition("/")
    what, (key, rising), columns = _VIEWS[kind]
    shown = [re.sub(r"\.(.+)", r".`\1`", name) for name in columns.split()]  # metrics.`mae`, as MLflow's page has it
    view = {"selectedColumns": shown, "orderByKey": key, "orderByAsc": rising, "viewMaximized": False}
    note = what.format(task=task)
    return {**_KIND, f"mlflow.sharedViewState.{VIEW}": json.dumps(view), "mlflow.note.content": note}
