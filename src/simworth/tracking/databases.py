"""MLflow's tables in a SQLite file or in PostgreSQL, whose driver is the extra `simworth[postgres]`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from simworth.tracking.sql_rows import RunTables
from simworth.tracking.sqlite import sqlite_file, sqlite_tables

_SCHEME: Final = "postgresql"
_TYPES: Final = {
    "character varying": "VARCHAR",
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "double precision": "FLOAT",
    "boolean": "BOOLEAN",
}
"""PostgreSQL's names of types -> those of `simworth.tracking.sql_rows`"""


def tables_of(uri: str) -> RunTables | None:
    """Those of a database, None for a server or a database that only MLflow's client knows."""
    if (file := sqlite_file(uri)) is not None:
        return sqlite_tables(file)
    scheme, _, rest = uri.partition("://")
    if scheme.partition("+")[0] != _SCHEME:
        return None
    return RunTables(lambda: _open(f"{_SCHEME}://{rest}"), "%s", _columns)


@contextmanager
def _open(address: str) -> Iterator[Any]:
    import psycopg  # an extra

    try:
        with psycopg.connect(address) as connection:
            yield connection
    except psycopg.Error as error:
        raise ConnectionError(" ".join(str(error).split())) from None


def _columns(connection: Any, table: str) -> set[str]:
    query = (
        "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s"
    )
    rows = connection.execute(query, (table,)).fetchall()
    return {f"{name} {_TYPES.get(kind, kind)}{f'({length})' if length else ''}" for name, kind, length in rows}
