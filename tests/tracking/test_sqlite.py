"""The fast way into MLflow's SQLite store leaves the same rows as MLflow's client."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simworth.tracking import sqlite
from simworth.tracking.mlflow_store import Store
from simworth.tracking.records import Metric, RunRecord

RECORDS = [
    RunRecord("a", "first", {"n": "100", "task": "x"}, (Metric("mae", 0.5), Metric("r2", -1.5)), {"mlflow.user": "me"}),
    RunRecord("b", "curve", {}, (Metric("mae", 0.3, 200), Metric("mae", 0.5, 100)), {"mlflow.user": "me", "t": "é"}),
    RunRecord("c", "failed", {"n": "0"}, (), {"mlflow.user": "me"}, failed=True),
]


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Store:
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return Store(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path)


def rows(file: Path, experiment: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of an experiment's runs, with what must differ (ids, times) taken out."""
    tables = {
        "runs": "name, source_type, source_name, entry_point_name, user_id, status, deleted_time, source_version, "
        "lifecycle_stage, start_time > 0, end_time >= start_time",
        "params": "key, value",
        "tags": "key, value",
        "metrics": "key, value, step, is_nan",
        "latest_metrics": "key, value, step, is_nan",
    }
    of = "run_uuid IN (SELECT run_uuid FROM runs WHERE experiment_id = ?)"
    with sqlite3.connect(file) as database:
        return {
            table: sorted(database.execute(f"SELECT {columns} FROM {table} WHERE {of}", (experiment,)), key=repr)
            for table, columns in tables.items()
        }


def test_rows_are_those_of_the_client(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.by_hand and store.file is not None
    fast, slow = store.experiment("fast"), store.experiment("slow")
    assert store.send(fast, RECORDS, "v", lambda _: None) == 3
    monkeypatch.setattr(Store, "by_hand", False)
    assert store.send(slow, RECORDS, "v", lambda _: None) == 3
    written = rows(store.file, fast)
    assert written == rows(store.file, slow)
    assert len(written["metrics"]) == 4 and len(written["latest_metrics"]) == 3
    for experiment in (fast, slow):
        for run in store.client.search_runs([experiment]):
            assert run.info.artifact_uri.endswith(f"/{run.info.run_id}/artifacts")
    monkeypatch.undo()
    assert set(store.found(fast)) == {"a", "b", "c"}


def test_metric_times_are_those_of_the_run_both_ways(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = store.experiment("fast"), store.experiment("slow")
    store.send(fast, RECORDS[:1], "v", lambda _: None)
    monkeypatch.setattr(Store, "by_hand", False)
    store.send(slow, RECORDS[:1], "v", lambda _: None)
    for experiment in (fast, slow):
        (run,) = store.client.search_runs([experiment])
        (metric,) = store.client.get_metric_history(run.info.run_id, "mae")
        assert metric.timestamp == run.info.start_time


def test_half_a_batch_is_none(store: Store) -> None:
    assert store.file is not None
    experiment = store.experiment("e")
    twice = [RECORDS[0], RunRecord("z", "bad", metrics=(Metric("mae", 1.0), Metric("mae", 1.0)))]
    with pytest.raises(sqlite3.IntegrityError):
        sqlite.sqlite_tables(store.file).insert(experiment, "file:///x", twice, 1)
    assert store.found(experiment) == {}


def test_unknown_tables_are_left_to_the_client(store: Store) -> None:
    assert store.file is not None
    with sqlite3.connect(store.file) as database:
        database.execute("ALTER TABLE runs ADD COLUMN colour TEXT")
    assert not store.by_hand
    experiment = store.experiment("e")
    assert store.send(experiment, RECORDS, "v", lambda _: None) == 3
    assert set(store.found(experiment)) == {"a", "b", "c"}
    assert store.send(experiment, RECORDS, "w", lambda _: None) == 0
    assert {run.data.tags["simworth.valuation"] for run in store.client.search_runs([experiment])} == {"w"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = 'ffffffffffff'",
        "DELETE FROM alembic_version",
        "other types of metrics",
    ],
)
def test_another_revision_or_type_is_left_to_the_client(store: Store, change: str) -> None:
    """Same names of columns, another meaning: only MLflow's own code may write there."""
    assert store.file is not None and store.by_hand
    with sqlite3.connect(store.file) as database:
        if change == "other types of metrics":
            database.execute("CREATE TABLE other AS SELECT * FROM metrics")
            database.execute("DROP TABLE metrics")
            database.execute("ALTER TABLE other RENAME TO metrics")
        else:
            database.execute(change)
    assert not store.by_hand


def test_databases_of_others_keep_their_settings(store: Store, tmp_path: Path) -> None:
    """Optuna's studies lie in SQLite too, and a crash must not lose their last commit."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{tmp_path / 'study.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_durations_are_those_of_training(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever way a run is written; where the time is not known, the run ends where it starts."""
    records = [RunRecord("a", "known", seconds=2.5), RunRecord("b", "unknown")]
    for by_hand in (True, False):
        monkeypatch.setattr(Store, "by_hand", by_hand)
        experiment = store.experiment(f"e{by_hand}")
        store.send(experiment, records, "v", lambda _: None)
        found = store.client.search_runs([experiment])
        assert {run.info.run_name: run.info.end_time - run.info.start_time for run in found} == {
            "known": 2500,
            "unknown": 0,
        }


@pytest.mark.parametrize("by_hand", [True, False])
def test_newer_valuation_is_added_to_the_older(store: Store, by_hand: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "by_hand", by_hand)
    experiment = store.experiment("e")
    tags = {"simworth.valuation": "old", "simworth.valuations": "old"}
    store.send(experiment, [RunRecord("a", "one", tags=tags)], "old", lambda _: None)
    for _ in range(2):
        store.send(experiment, [RunRecord("a", "one", tags=tags)], "new", lambda _: None)
    (run,) = store.client.search_runs([experiment])
    assert (run.data.tags["simworth.valuation"], run.data.tags["simworth.valuations"]) == ("new", "new old")


def test_ordering_uses_the_statistics(store: Store) -> None:
    """Without ANALYZE, MLflow's join over 30,000 runs takes a minute; with it, the plan has an index on the run."""
    assert store.file is not None
    experiment = store.experiment("e")
    records = [RunRecord(str(i), str(i), {"n": str(i % 10)}, (Metric("mae", 1 / (i + 1)),)) for i in range(400)]
    store.send(experiment, records, "v", lambda _: None)
    assert store.close() == 400
    best = store.client.search_runs([experiment], "params.n = '3'", order_by=["metrics.mae ASC"], max_results=2)
    assert [run.info.run_name for run in best] == ["393", "383"]
    with sqlite3.connect(store.file) as database:
        assert {"runs", "latest_metrics", "params"} <= {
            row[0] for row in database.execute("SELECT tbl FROM sqlite_stat1")
        }


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///mlflow.db", "mlflow.db"),
        ("sqlite:////a/b%20c.db", "/a/b c.db"),
        ("sqlite://", None),
        ("postgresql://host/db", None),
        ("http://host", None),
    ],
)
def test_sqlite_file(uri: str, path: str | None) -> None:
    assert sqlite.sqlite_file(uri) == (None if path is None else Path(path))
