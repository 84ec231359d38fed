"""MLflow's default SQLite store without MLflow: is it there, how full, and thousands of finished runs in one go.

MLflow's client takes three transactions and some 10 ms a run, 5 minutes for 30,000 trials. Writing the same rows in
one transaction takes seconds and leaves no half of a run behind. It is done only where the tables are exactly those
that it was written for, and a test compares the rows with the client's; elsewhere the client does the work.
"""

from __future__ import annotations

import math
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from simworth.tracking.records import KEY_TAG, VALUATION_TAG, VALUATIONS_TAG, RunRecord

PREFIX: Final = "sqlite:///"
_REVISION: Final = "dc11669786a5"
"""of MLflow's tables (Alembic), the one that `insert` was written for"""
_TABLES: Final = {
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
_ADDRESSES: Final = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""where MLflow keeps addresses of files"""
_BUSY: Final = 20.0
"""seconds to wait for another writer, as MLflow does"""


@dataclass(frozen=True)
class Found:
    """A run that is in the store."""

    run_id: str
    finished: bool
    """False where its publisher died before the end"""
    valuations: str = ""
    """VALUATIONS_TAG"""


def sqlite_file(uri: str) -> Path | None:
    """The database file of a tracking URI, None where that is no SQLite file."""
    if not uri.startswith(PREFIX):
        return None
    name = unquote(uri[len(PREFIX) :].split("?", 1)[0])
    return Path(name) if name else None


@contextmanager
def _open(file: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """A connection to a database that exists; committed at the end, rolled back on any error."""
    uri = f"{file.resolve().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY)) as connection, connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        yield connection


def holds(file: Path, runs: int, parents: Sequence[str]) -> bool:
    """Whether a database has exactly this many of our runs, among them these."""
    if not file.is_file():
        return False
    marks = ", ".join("?" * len(parents))
    try:
        with _open(file, "ro") as connection:
            (count,) = connection.execute("SELECT count(*) FROM tags WHERE key = ?", (KEY_TAG,)).fetchone()
            there = connection.execute(f"SELECT count(*) FROM runs WHERE run_uuid IN ({marks})", parents).fetchone()
    except sqlite3.Error:
        return False
    return bool(count == runs and there[0] == len(set(parents)))


def count(file: Path) -> int:
    """Runs of ours in a database, deleted ones included."""
    with _open(file, "ro") as connection:
        return int(connection.execute("SELECT count(*) FROM tags WHERE key = ?", (KEY_TAG,)).fetchone()[0])


def prepare(file: Path) -> None:
    """Make the file where there is none, and let readers and one writer work at once; the file remembers it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with _open(file, "rwc") as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def analyze(file: Path) -> None:
    """Tell SQLite how its rows are spread; without it, ordering 30,000 runs by a metric takes a minute."""
    with _open(file) as connection:
        connection.execute("ANALYZE")


def known_schema(file: Path) -> bool:
    """Whether revision, columns and types of the tables are those that this module writes."""
    with _open(file, "ro") as connection:
        try:
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.OperationalError:
            return False
        return revisions == [(_REVISION,)] and all(
            {f"{row[1]} {row[2]}" for row in connection.execute(f"PRAGMA table_info({table})")}
            == set(columns.split(", "))
            for table, columns in _TABLES.items()
        )


def found(file: Path, experiment_id: str) -> dict[str, Found]:
    """Key -> run of every run of ours in an experiment, deleted ones included."""
    query = (
        "SELECT keys.value, runs.run_uuid, runs.status, all_of.value FROM runs "
        "JOIN tags AS keys ON keys.run_uuid = runs.run_uuid AND keys.key = ? "
        "LEFT JOIN tags AS all_of ON all_of.run_uuid = runs.run_uuid AND all_of.key = ? "
        "WHERE runs.experiment_id = ?"
    )
    with _open(file, "ro") as connection:
        rows = connection.execute(query, (KEY_TAG, VALUATIONS_TAG, int(experiment_id))).fetchall()
    return {key: Found(run, status not in ("RUNNING", "SCHEDULED"), every or "") for key, run, status, every in rows}


def retag(file: Path, runs: Mapping[str, str], valuation: str) -> None:
    """Give runs (run -> all its valuations) a newer valuation."""
    with _open(file) as connection:
        for tag, rows in (
            (VALUATION_TAG, [(valuation, run) for run in runs]),
            (VALUATIONS_TAG, [(every, run) for run, every in runs.items()]),
        ):
            connection.executemany(f"UPDATE tags SET value = ? WHERE key = '{tag}' AND run_uuid = ?", rows)


def rebase(file: Path, old: str, new: str) -> None:
    """Give files that lie below address `old` their address below `new`."""
    with _open(file) as connection:
        for table, column in _ADDRESSES:
            if column in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (new, len(old) + 1, len(old), old),
                )


def insert(file: Path, experiment_id: str, artifacts: str, records: Sequence[RunRecord], now: int) -> None:
    """Add finished runs to an experiment whose artifacts lie at URI `artifacts`; all of them or none.

    `now` is in milliseconds; runs are a millisecond apart, so that lists show them in order.
    """
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for index, record in enumerate(records):
        run, time = uuid.uuid4().hex, now - len(records) + index
        user, status = record.tags.get("mlflow.user", "unknown"), "FAILED" if record.failed else "FINISHED"
        home = f"{artifacts}/{run}/artifacts"
        ended, of = time + record.milliseconds, int(experiment_id)
        rows["runs"].append(
            (run, record.name, "UNKNOWN", "", "", user, status, time, ended, None, "", "active", home, of)
        )
        rows["params"] += [(key, value, run) for key, value in record.params.items()]
        rows["tags"] += [(key, value, run) for key, value in record.all_tags.items()]
        for metric in record.metrics:
            if not math.isfinite(metric.value):
                raise ValueError(f"metric {metric.key} of run {record.name!r} is {metric.value}")
            rows["metrics"].append((metric.key, metric.value, time, metric.step, 0, run))
        latest = {metric.key: metric for metric in sorted(record.metrics, key=lambda metric: metric.step)}
        rows["latest_metrics"] += [(m.key, m.value, time, m.step, 0, run) for m in latest.values()]
    with _open(file) as connection:
        for table, columns in _TABLES.items():
            names = [column.split()[0] for column in columns.split(", ")]
            marks = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows[table])
