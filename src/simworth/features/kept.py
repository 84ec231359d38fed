"""Descriptors on disk: one SQLite file per featurizer digest, safe against crashes and shared by processes."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from simworth.errors import SimworthError
from simworth.features.registry import Featurizer, Outcome, Vector

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS featurizer (provenance TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS descriptor (structure TEXT PRIMARY KEY, vector BLOB, reason TEXT NOT NULL)",
)
_PATIENCE: Final = 120.0
"""seconds to wait while another process writes"""
_AT_ONCE: Final = 500
_TYPE: Final = np.dtype("<f8")


class KeptDescriptors:
    """The outcomes of one featurizer: vectors as little-endian float64, and reasons where there is none."""

    def __init__(self, root: Path, featurizer: Featurizer) -> None:
        self.path = root / "descriptors" / f"{featurizer.name}-{featurizer.digest}.sqlite"
        self._columns = len(featurizer.columns)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._explained():
            self._database = sqlite3.connect(self.path, timeout=_PATIENCE)
        try:
            with self._explained(), self._database:
                for table in _TABLES:
                    self._database.execute(table)
                self._database.execute(
                    "INSERT OR IGNORE INTO featurizer VALUES (?)",
                    (json.dumps(featurizer.provenance, sort_keys=True),),
                )
            with contextlib.suppress(OSError):  # only says when it was last used, for `simworth store`
                self.path.touch()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> KeptDescriptors:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def get(self, structures: Sequence[str]) -> dict[str, Outcome]:
        """Those of the structures that are kept."""
        found: dict[str, Outcome] = {}
        for start in range(0, len(structures), _AT_ONCE):
            some = structures[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT structure, vector, reason FROM descriptor WHERE structure IN ({marks})"
            with self._explained():
                rows = self._database.execute(query, some).fetchall()
            for structure, blob, reason in rows:
                found[structure] = Outcome(structure, self._vector(blob), reason)
        return found

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Keep outcomes, all or none; what another process kept meanwhile stays."""
        rows = [
            (one.structure, None if one.vector is None else one.vector.astype(_TYPE).tobytes(), one.reason)
            for one in outcomes
            if not one.reason.startswith(MemoryError.__name__)  # the machine's reason, not the structure's
        ]
        with self._explained(), self._database:
            self._database.executemany("INSERT OR IGNORE INTO descriptor VALUES (?, ?, ?)", rows)

    def _vector(self, blob: bytes | None) -> Vector | None:
        if blob is None:
            return None
        if len(blob) != self._columns * _TYPE.itemsize:
            raise self._damaged(f"a vector of {len(blob)} bytes for {self._columns} columns")
        return np.frombuffer(blob, dtype=_TYPE).astype(np.float64)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise SimworthError(
                f"descriptor store {self.path}: {error}; is the disk full or read-only, or another run stuck?"
            ) from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, what: str) -> SimworthError:
        return SimworthError(
            f"descriptor store {self.path}: is damaged ({what}); delete the file, its descriptors are computed again"
        )
