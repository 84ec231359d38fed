"""MLflow's default SQLite store without MLflow: is it there, how full, how spread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from simworth.tracking.records import KEY_TAG
from simworth.tracking.sql_rows import RunTables

PREFIX: Final = "sqlite:///"
_ADDRESSES: Final = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""where MLflow keeps addresses of files"""
_BUSY: Final = 20.0
"""seconds to wait for another writer, as MLflow does"""


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


def sqlite_tables(file: Path) -> RunTables:
    """Its tables, written without MLflow."""
    return RunTables(lambda: _open(file), "?", _columns)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {f"{row[1]} {row[2]}" for row in connection.execute(f"PRAGMA table_info({table})")}


def rebase(file: Path, old: str, new: str) -> None:
    """Give files that lie below address `old` their address below `new`."""
    with _open(file) as connection:
        for table, column in _ADDRESSES:
            if column in {name.split()[0] for name in _columns(connection, table)}:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (new, len(old) + 1, len(old), old),
                )
