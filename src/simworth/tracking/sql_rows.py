"""Finished runs written straight into the tables of MLflow's database, thousands in one transaction.

MLflow's client takes three transactions a run: 5 minutes for 30,000 trials on a SQLite file, and 70 ms of a server's
processor for each. Writing the same rows at once takes seconds and leaves no half of a run behind. It is done only
where revision, columns and types of the tables are those that it was written for, and a test compares the rows with
the client's; elsewhere the client does the work.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from simworth.tracking.records import KEY_TAG, VALUATION_TAG, VALUATIONS_TAG, RunRecord

REVISION: Final = "dc11669786a5"
"""of MLflow's tables (Alembic), the one that `insert` was written for"""
TABLES: Final = {
    "runs": "run_uuid VARCHAR(32), name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500), "
    "entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT, "
    "deleted_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), "
    "experiment_id INTEGER",
    "params": "key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32)",
    "tags": "key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32)",
    "metrics": "key VARCHAR(250), value FLOAT, timestamp BIGINT, step BIGINT, is_nan BOOLEAN, run_uuid VARCHAR(32)",
    "latest_metrics": "key VARCHAR(250), value FLOAT, timestamp BIGINT, step BIGINT, is_nan BOOLEAN, "
    "run_uuid VARCHAR(32)",
}
"""the tables that are written by hand, with all their columns and types"""
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Found:
    """A run that is in the store."""

    run_id: str
    finished: bool
    """False where its publisher died before the end"""
    valuations: str = ""
    """VALUATIONS_TAG"""


@dataclass(frozen=True)
class RunTables:
    """MLflow's tables in one database."""

    connect: Callable[[], AbstractContextManager[Any]]
    """a connection (DB-API); committed at the end of its block, rolled back on any error"""
    mark: str
    """of a value in a statement"""
    columns: Callable[[Any, str], set[str]]
    """(connection, table) -> `<name> <type>` of its columns, as in TABLES; empty where there is no such table"""

    def known(self) -> bool:
        """Whether revision, columns and types are those that this module writes."""
        with self.connect() as connection:
            if not self.columns(connection, "alembic_version"):
                return False
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            return revisions == [(REVISION,)] and all(
                self.columns(connection, table) == set(columns.split(", ")) for table, columns in TABLES.items()
            )

    def holds(self, experiment_id: str, name: str, artifacts: str) -> bool:
        """Whether its experiment of this id has this name and keeps its files there."""
        query = f"SELECT name, artifact_location FROM experiments WHERE experiment_id = {self.mark}"
        with self.connect() as connection:
            return bool(connection.execute(query, (int(experiment_id),)).fetchall() == [(name, artifacts)])

    def found(self, experiment_id: str) -> dict[str, Found]:
        """Key -> run of every run of ours in an experiment, deleted ones included."""
        query = (
            "SELECT keys.value, runs.run_uuid, runs.status, every.value FROM runs "
            f"JOIN tags AS keys ON keys.run_uuid = runs.run_uuid AND keys.key = {self.mark} "
            f"LEFT JOIN tags AS every ON every.run_uuid = runs.run_uuid AND every.key = {self.mark} "
            f"WHERE runs.experiment_id = {self.mark}"
        )
        with self.connect() as connection:
            rows = connection.execute(query, (KEY_TAG, VALUATIONS_TAG, int(experiment_id))).fetchall()
        return {
            key: Found(run, status not in ("RUNNING", "SCHEDULED"), all_of or "") for key, run, status, all_of in rows
        }

    def retag(self, runs: Mapping[str, str], valuation: str) -> None:
        """Give runs (run -> all its valuations) a newer valuation."""
        change = f"UPDATE tags SET value = {self.mark} WHERE key = {self.mark} AND run_uuid = {self.mark}"
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.executemany(change, [(valuation, VALUATION_TAG, run) for run in runs])
            cursor.executemany(change, [(every, VALUATIONS_TAG, run) for run, every in runs.items()])

    def insert(self, experiment_id: str, artifacts: str, records: Sequence[RunRecord], now: int) -> None:
        """Add finished runs to an experiment whose artifacts lie at URI `artifacts`; all of them or none.

        `now` is in milliseconds; runs are a millisecond apart, so that lists show them in order.
        """
        rows = _rows(int(experiment_id), artifacts, records, now)
        with self.connect() as connection:
            cursor = connection.cursor()
            for table, columns in TABLES.items():
                names = [column.split()[0] for column in columns.split(", ")]
                marks = ", ".join([self.mark] * len(names))
                cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows[table])


def _rows(experiment: int, artifacts: str, records: Sequence[RunRecord], now: int) -> Rows:
    rows: Rows = {table: [] for table in TABLES}
    for index, record in enumerate(records):
        run, time = uuid.uuid4().hex, now - len(records) + index
        user, status = record.tags.get("mlflow.user", "unknown"), "FAILED" if record.failed else "FINISHED"
        home = f"{artifacts}/{run}/artifacts"
        ended = time + record.milliseconds
        rows["runs"].append(
            (run, record.name, "UNKNOWN", "", "", user, status, time, ended, None, "", "active", home, experiment)
        )
        rows["params"] += [(key, value, run) for key, value in record.params.items()]
        rows["tags"] += [(key, value, run) for key, value in record.all_tags.items()]
        for metric in record.metrics:
            if not math.isfinite(metric.value):
                raise ValueError(f"metric {metric.key} of run {record.name!r} is {metric.value}")
            rows["metrics"].append((metric.key, metric.value, time, metric.step, False, run))
        latest = {metric.key: metric for metric in sorted(record.metrics, key=lambda metric: metric.step)}
        rows["latest_metrics"] += [(m.key, m.value, time, m.step, False, run) for m in latest.values()]
    return rows
