"""Lines on MLflow: as many runs, with the same content, or nothing is compared."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.publishing import PublishLoad, _same_runs, publishing_lines
from benchmarks.same import WorkDiffers


def test_publishing_lines() -> None:
    send, share, order = publishing_lines(PublishLoad(trials=30, fluent=3, rounds=1, questions=1), 2.0, "by hand")
    assert send.ours == share.ours
    assert share.against == pytest.approx(6.0)
    assert share.note == "by hand"
    assert order.against == 0.5
    assert all(line.ratio and line.target == 1.0 for line in (send, share, order))
    assert "3 runs" in send.note


def store(path: Path, runs: dict[str, float], param: str = "100") -> Path:
    """A database with the tables that are compared."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE runs (run_uuid, name)")
        database.execute("CREATE TABLE params (run_uuid, key, value)")
        database.execute("CREATE TABLE metrics (run_uuid, key, value)")
        for name, mae in runs.items():
            database.execute("INSERT INTO runs VALUES (?, ?)", (f"{path}{name}", name))
            database.execute("INSERT INTO params VALUES (?, 'n', ?)", (f"{path}{name}", param))
            database.execute("INSERT INTO metrics VALUES (?, 'mae', ?)", (f"{path}{name}", mae))
    return path


@pytest.mark.parametrize(
    ("plain", "param", "count", "message"),
    [
        ({"a": 0.5}, "100", 2, "left 1 runs, 2 were sent"),
        ({"a": 0.6}, "100", 1, "run 'a' does not hold"),
        ({"a": 0.5}, "200", 1, "run 'a' does not hold"),
        ({"c": 0.5}, "100", 1, "run 'c' does not hold"),
    ],
)
def test_other_runs_are_noticed(plain: dict[str, float], param: str, count: int, message: str, tmp_path: Path) -> None:
    ours = store(tmp_path / "ours.db", {"a": 0.5, "b": 0.7})
    theirs = store(tmp_path / "plain.db", plain, param)
    with pytest.raises(WorkDiffers, match=message):
        _same_runs(ours, theirs, count)


def test_the_same_runs_pass(tmp_path: Path) -> None:
    ours = store(tmp_path / "ours.db", {"a": 0.5, "b": 0.7})
    _same_runs(ours, store(tmp_path / "plain.db", {"a": 0.5}), 1)
