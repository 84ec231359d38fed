"""Runs, datasets and files in MLflow; registered models are in `model_registry`. No other module imports MLflow."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # a server that is down must not hold us for minutes
os.environ.setdefault("MLFLOW_HTTP_POOL_MAXSIZE", "16")  # a connection for each of our senders
os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "16")  # to a database, where some take two at a time
os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", "32")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # two lines a run, two requests for them

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Param, Run, ViewType
from mlflow.entities import Metric as MlflowMetric
from mlflow.entities import RunTag as MlflowTag
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from simworth.environment import read_environment
from simworth.errors import SimworthError
from simworth.tracking import sqlite
from simworth.tracking.databases import tables_of
from simworth.tracking.receipt import StoreUnavailable, shown
from simworth.tracking.records import KEY_TAG, VALUATION_TAG, VALUATIONS_TAG, DatasetRecord, RunRecord
from simworth.tracking.sql_rows import Found

T = TypeVar("T")
_PAGE: Final = 1000
_BATCH: Final = 5000
"""runs in one transaction of the fast way"""
_METRICS: Final = 1000
"""metrics and parameters that MLflow takes in one call"""
_SENDERS: Final = 16
"""threads that send to a server, which answers one in some 30 ms but many at a time"""
_QUIET: Final = ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent", "mlflow.models.model", "mlflow.pyfunc")


@contextmanager
def reported(uri: str) -> Iterator[None]:
    """Turn MLflow's failures into one line that says that nothing is lost."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's own, about its dependencies
            yield
    except (MlflowException, ModuleNotFoundError, OSError, SQLAlchemyError, sqlite3.Error) as error:
        extra = ": pip install 'simworth[postgres]'" if "psycopg" in str(getattr(error, "name", "")) else ""
        raise StoreUnavailable(uri, f"{shown(' '.join(str(error).split()))[:300]}{extra}") from None


@dataclass
class Store:
    """One MLflow tracking store."""

    uri: str
    root: Path
    """project folder; artifacts of a store without a server of its own go to mlartifacts/ in it"""
    client: MlflowClient = field(init=False)

    def __post_init__(self) -> None:
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        self.file = sqlite.sqlite_file(self.uri)
        if self.file is not None:
            sqlite.prepare(self.file)
        self.behind = read_environment().mlflow_database
        self.tables = tables_of(self.behind or self.uri)
        self.client = MlflowClient(self.uri, self.uri)
        self.client.search_experiments(max_results=1)  # makes the tables where there are none

    @property
    def by_hand(self) -> bool:
        """Whether the fast way is open."""
        return self.tables is not None and self.tables.known()

    @property
    def _senders(self) -> int:
        """Threads that send runs; SQLite takes one writer at a time."""
        return 1 if self.uri.startswith("sqlite:") else _SENDERS

    def experiment(self, name: str, tags: Mapping[str, str] | None = None) -> str:
        """Id of an experiment, made where there is none; it gets the tags that it lacks.

        One that the user deleted stays deleted: SimworthError.
        """
        known = self.client.get_experiment_by_name(name)
        if known is None:
            return str(self.client.create_experiment(name, self._artifacts(name), dict(tags or {})))
        if known.lifecycle_stage != "active":
            raise SimworthError(
                f"MLflow experiment {name!r}: is deleted in {shown(self.uri)}; "
                f"`mlflow experiments restore --experiment-id {known.experiment_id}` brings it back"
            )
        self._follow(known.artifact_location, name)
        for key, value in (tags or {}).items():
            if key not in known.tags:
                self.client.set_experiment_tag(known.experiment_id, key, value)
        return str(known.experiment_id)

    def _follow(self, location: str, name: str) -> None:
        """Where the project was moved, its files moved along; MLflow keeps absolute addresses."""
        home = f"mlartifacts/{name}"
        if self.file != self.root / "mlflow.db" or not location.startswith("file:") or not location.endswith(home):
            return
        old, new = location.removesuffix(home), (self.root.resolve().as_uri() + "/")
        if old != new:
            sqlite.rebase(self.file, f"{old}mlartifacts/", f"{new}mlartifacts/")

    def _artifacts(self, name: str) -> str | None:
        """Folder for an experiment's files, None where a server decides."""
        if self.uri.startswith(("http://", "https://", "databricks")):
            return None
        return (self.root / "mlartifacts" / name).resolve().as_uri()

    def found(self, experiment_id: str) -> dict[str, Found]:
        """Key -> run of all our runs in an experiment, those deleted in MLflow included: they stay deleted."""
        if self.tables is not None and self.by_hand:
            return self.tables.found(experiment_id)
        found, token = dict[str, Found](), None
        while True:
            page = self.client.search_runs([experiment_id], "", ViewType.ALL, max_results=_PAGE, page_token=token)
            for info, tags in ((run.info, run.data.tags) for run in page):
                if KEY_TAG in tags:
                    finished = info.status not in ("RUNNING", "SCHEDULED")
                    found[tags[KEY_TAG]] = Found(info.run_id, finished, tags.get(VALUATIONS_TAG, ""))
            token = page.token
            if not token:
                return found

    def send(
        self,
        experiment_id: str,
        records: Sequence[RunRecord],
        valuation: str = "",
        advance: Callable[[int], object] = lambda _: None,
    ) -> int:
        """Add the runs that are not there; those that are get the tag of the valuation, where there is one. How many
        were added."""
        if self.behind:
            self._check_behind(experiment_id)
        known = self.found(experiment_id)
        if valuation:
            self._retag([known[one.key] for one in records if one.key in known], valuation)
        missing = [one for one in records if one.key not in known or not known[one.key].finished]
        fresh = [one for one in missing if one.key not in known]
        if self.tables is not None and self.by_hand:
            location = str(self.client.get_experiment(experiment_id).artifact_location)
            for start in range(0, len(fresh), _BATCH):
                some = fresh[start : start + _BATCH]
                self.tables.insert(experiment_id, location, some, time.time_ns() // 1_000_000)
                advance(len(some))
            missing = [one for one in missing if one.key in known]

        def one(record: RunRecord) -> None:
            run = self.begin(experiment_id, record, known.get(record.key))
            self.log(run, record)
            self.end(run, record)

        for _ in self._in_parallel(one, missing):
            advance(1)
        return len(fresh)

    def _check_behind(self, experiment_id: str) -> None:
        """Another database than the server's would take the runs without a word."""
        there = self.client.get_experiment(experiment_id)
        if self.tables is None or not self.tables.holds(experiment_id, there.name, there.artifact_location):
            behind, server = shown(self.behind), shown(self.uri)
            raise SimworthError(
                f"SIMWORTH_MLFLOW_DATABASE: {behind} is not the database behind {server}: it has no experiment "
                f"{there.name!r} of id {experiment_id}; name the server's --backend-store-uri, or unset it"
            )

    def _in_parallel(self, work: Callable[[T], object], items: Sequence[T]) -> Iterator[object]:
        """Results of `work` in order; the first failure is raised and what has not begun is left."""
        with ThreadPoolExecutor(self._senders) as pool:
            yield from pool.map(work, items)

    def _retag(self, runs: Sequence[Found], valuation: str) -> None:
        stale = {run.run_id: run.valuations for run in runs if valuation not in run.valuations.split()}
        wanted = {run: f"{valuation} {every}".strip() for run, every in stale.items()}
        if self.tables is not None and self.by_hand:
            self.tables.retag(wanted, valuation)
            return

        def one(run: str) -> None:
            tags = [MlflowTag(VALUATION_TAG, valuation), MlflowTag(VALUATIONS_TAG, wanted[run])]
            self.client.log_batch(run, tags=tags)

        list(self._in_parallel(one, list(wanted)))

    def begin(self, experiment_id: str, record: RunRecord, known: Found | None, parent: str | None = None) -> Run:
        """Start a run, or take up the one that a publisher left unfinished."""
        tags = record.all_tags | ({"mlflow.parentRunId": parent} if parent else {})
        if known is None:
            return self.client.create_run(experiment_id, tags=tags)
        self.client.log_batch(known.run_id, tags=[MlflowTag(key, value) for key, value in tags.items()])
        return self.client.get_run(known.run_id)

    def log(self, run: Run, record: RunRecord) -> None:
        """Log parameters and metrics. Doing it again changes nothing: a metric's time is that of the run's start."""
        # a parameter cannot be changed; the revision of the publisher that died first stands
        params = [Param(key, value) for key, value in record.params.items() if key not in run.data.params]
        values = [MlflowMetric(one.key, one.value, run.info.start_time, one.step) for one in record.metrics]
        first = _METRICS - len(params)
        self.client.log_batch(run.info.run_id, params=params, metrics=values[:first])
        for start in range(first, len(values), _METRICS):
            self.client.log_batch(run.info.run_id, metrics=values[start : start + _METRICS])

    def end(self, run: Run, record: RunRecord) -> None:
        """A run that has everything; its duration is that of training, 0 where that is not known."""
        ended = run.info.start_time + record.milliseconds
        self.client.set_terminated(run.info.run_id, "FAILED" if record.failed else "FINISHED", ended)

    def log_datasets(self, run_id: str, datasets: Sequence[DatasetRecord]) -> None:
        """Link a run to the data behind it; the digest is DVC's md5."""
        inputs = [
            DatasetInput(
                Dataset(one.name, one.md5, "local", json.dumps({"uri": one.folder})),
                [InputTag("mlflow.data.context", one.context)],
            )
            for one in datasets
        ]
        self.client.log_inputs(run_id, inputs)

    def log_file(self, run_id: str, name: str, content: bytes) -> None:
        """Keep a file under `models/` of a run."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(content)
            self.client.log_artifact(run_id, str(file), "models")

    def close(self) -> int:
        """Prepare the store for questions; how many runs of ours it holds, where that is cheap to know, else 0."""
        if self.file is None:
            return 0
        sqlite.analyze(self.file)
        return sqlite.count(self.file)


@contextmanager
def tracking_to(uri: str) -> Iterator[None]:
    """Let what MLflow looks up by itself go to this store; where nothing was set before, nothing is afterwards, since
    MLflow would hand its default on to the environment."""
    told, before = mlflow.is_tracking_uri_set(), mlflow.get_tracking_uri()  # type: ignore[no-untyped-call]
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before if told else None)  # type: ignore[arg-type]
