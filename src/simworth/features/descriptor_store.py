"""Descriptors of many structures: from the store where known, else computed and stored.

One process begins; the rate it finds decides whether others are started, on this machine or a dask cluster. Which
process describes a structure changes nothing about its outcome. The store holds one SQLite file a featurizer digest,
safe against crashes and shared by processes.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from simworth import executor
from simworth.environment import Machine, machine, store_root, worker_count
from simworth.errors import SimworthError
from simworth.executor import Job
from simworth.features.registry import Described, Featurizer, StructureVector, Vector, collect, get_featurizer
from simworth.terminal import bar

BATCH_SECONDS: Final = 1.0
"""how much work may be lost by a kill, per process"""
ALONE_SECONDS: Final = 3.0
"""how long one process works before others are thought of"""
WORTH_SECONDS: Final = 10.0
"""work left that is worth starting processes, each of which loads the chemistry anew"""
_LARGEST_BATCH: Final = 500

_worker: dict[str, Featurizer] = {}
"""the featurizer of this process"""


def describe(
    structures: Sequence[str],
    featurizer: Featurizer | str,
    store: Path | None = None,
    workers: int | None = None,
) -> Described:
    """Descriptors of structures, in order; only those new to the store are computed.

    `store` is the store's folder (default `store_root()`), `workers` the number of processes (default
    SIMWORTH_WORKERS, else the number of cores). What is finished is kept at once, so that a kill loses seconds.
    """
    if isinstance(featurizer, str):
        featurizer = get_featurizer(featurizer)
    wanted = list(dict.fromkeys(structures))
    here = replace(machine(), workers=workers or worker_count())
    with KeptDescriptors(store or store_root(), featurizer) as kept:
        found = kept.get(wanted)
        new = [structure for structure in wanted if structure not in found]
        with bar(f"describe {featurizer.name}", len(new), "structures") as shown:
            for outcomes in _outcomes(new, featurizer, here):
                kept.add(outcomes)
                found.update((one.structure, one) for one in outcomes)
                shown.advance(len(outcomes))
    return collect(structures, featurizer, [found[structure] for structure in wanted], computed=len(new))


def _outcomes(structures: Sequence[str], featurizer: Featurizer, here: Machine) -> Iterator[list[StructureVector]]:
    """Outcomes of distinct structures in batches of about a second's work, in whatever order they come."""
    begin, done = time.perf_counter(), 0
    for batch in _alone(structures, featurizer):
        done += len(batch)
        yield batch
        spent = time.perf_counter() - begin
        left = spent / done * (len(structures) - done)
        if (here.workers > 1 or here.executor == "dask") and spent > ALONE_SECONDS and left > WORTH_SECONDS:
            size = max(1, min(_LARGEST_BATCH, int(done / spent * BATCH_SECONDS)))
            yield from _together(structures[done:], featurizer, here, size)
            return


def _alone(structures: Sequence[str], featurizer: Featurizer) -> Iterator[list[StructureVector]]:
    batch: list[StructureVector] = []
    begin = time.perf_counter()
    for structure in structures:
        batch.append(featurizer.outcome(structure))
        if time.perf_counter() - begin > BATCH_SECONDS:
            yield batch
            batch, begin = [], time.perf_counter()
    if batch:
        yield batch


def _together(
    structures: Sequence[str], featurizer: Featurizer, here: Machine, size: int
) -> Iterator[list[StructureVector]]:
    """In batches of `size`; SimworthError, when all others have ended, where a batch kills its worker even alone."""
    work = [structures[start : start + size] for start in range(0, len(structures), size)]
    lost = ""
    for done in executor.run(Job(_describe, _setup, featurizer.__reduce__()), work, here):
        if done.error:
            lost = f"{done.error}, with {work[done.index][0]} or one of the {len(work[done.index]) - 1} after it"
        else:
            yield done.value
    if lost:
        raise SimworthError(
            f"featurizer {featurizer.name}: {lost}; finished descriptors are kept: run again, with "
            "SIMWORTH_WORKERS=1 if it happens again"
        )


def _setup(make: Callable[..., Featurizer], names: tuple[str, ...]) -> None:
    """Made by its names, since it may stand in a project's own module, which is loaded before this."""
    _worker["featurizer"] = make(*names)


def _describe(structures: Sequence[str]) -> list[StructureVector]:
    return [_worker["featurizer"].outcome(structure) for structure in structures]


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
        name = re.sub(r"[^\w.-]", "_", featurizer.name)
        self.path = root / "descriptors" / f"{name}-{featurizer.digest}.sqlite"
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

    def get(self, structures: Sequence[str]) -> dict[str, StructureVector]:
        """Those of the structures that are kept."""
        found: dict[str, StructureVector] = {}
        for start in range(0, len(structures), _AT_ONCE):
            some = structures[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT structure, vector, reason FROM descriptor WHERE structure IN ({marks})"
            with self._explained():
                rows = self._database.execute(query, some).fetchall()
            for structure, blob, reason in rows:
                found[structure] = StructureVector(structure, self._vector(blob), reason)
        return found

    def add(self, outcomes: Sequence[StructureVector]) -> None:
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
