"""The descriptor table of a task: one row per structure, columns `<featurizer>:000`, `<featurizer>:001`, ..."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Task
from simworth.data.select import materials
from simworth.errors import SimworthError
from simworth.features import Described, describe, get_featurizer
from simworth.files import write_whole

METADATA_KEY: Final = b"simworth"
"""of the parquet file's metadata: {"featurizers": {name: provenance and digest}, "failures": [...]}"""


@dataclass(frozen=True)
class FeatureTable:
    """The structures of a task and their descriptors."""

    structures: list[str]
    """distinct structures of both sides, solvents included, sorted; empty where a side has no materials"""
    described: Mapping[str, Described]
    """featurizer -> descriptors of `structures`, in the order that the task names them"""

    def summary(self) -> str:
        """One line: structures, and for each descriptor how many are new, known and undescribed, with a reason."""
        parts = [f"{len(self.structures):,} structures"]
        for name, found in self.described.items():
            known = len(self.structures) - found.computed
            part = f"{name}: {found.computed:,} computed, {known:,} from the store"
            if found.failures:
                first = found.failures[0]
                part += f", {len(found.failures):,} undescribed (first: {first.structure}: {first.reason})"
            parts.append(part)
        return "; ".join(parts)


def feature_table(task: Task, source: pd.DataFrame, target: pd.DataFrame, store: Path | None = None) -> FeatureTable:
    """Describe every structure of a task's clean tables; an empty table where one side has no materials yet."""
    structures = task_structures(task, source, target)
    described = {name: describe(structures, get_featurizer(name), store) for name in task.descriptors}
    return FeatureTable(structures, described)


def task_structures(task: Task, source: pd.DataFrame, target: pd.DataFrame) -> list[str]:
    """Distinct structures and solvents of the materials that a task selects, sorted; none while it waits."""
    found: set[str] = set()
    for side, clean in ((task.source, source), (task.target, target)):
        chosen = materials(clean, side.role, side.property, side.filter).materials
        if chosen.empty:
            return []
        found.update(chosen["structure"], chosen["partner"])
    return sorted(found - {""})


def read_clean(path: Path) -> pd.DataFrame:
    """A database's clean table, as ingest wrote it."""
    try:
        clean = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise SimworthError(f"clean table {path}: cannot be read ({error}); run `dvc repro` to make it") from None
    missing = [name for name in CLEAN_COLUMNS if name not in clean.columns]
    if missing:
        raise SimworthError(f"clean table {path}: lacks column {missing[0]!r}; run `dvc repro` to make it anew")
    return clean


def write_features(table: FeatureTable, path: Path) -> None:
    """Write the table as parquet, whole or not at all; the same descriptors give the same bytes."""
    columns: dict[str, Any] = {"structure": pa.array(table.structures, pa.string())}
    for name, found in table.described.items():
        columns.update(_columns(name, found.values))
    made = pa.table(columns).replace_schema_metadata({METADATA_KEY: json.dumps(_metadata(table)).encode()})
    content = io.BytesIO()
    parquet.write_table(made, content)
    write_whole(path, content.getvalue())


def read_metadata(path: Path) -> dict[str, Any]:
    """Provenance and failures that `write_features` noted."""
    found: dict[str, Any] = json.loads(parquet.read_schema(path).metadata[METADATA_KEY])
    return found


def _columns(name: str, values: np.ndarray) -> dict[str, pa.Array]:
    return {
        f"{name}:{column:03d}": pa.array(np.ascontiguousarray(values[:, column])) for column in range(values.shape[1])
    }


def _metadata(table: FeatureTable) -> dict[str, Any]:
    used = [get_featurizer(name) for name in table.described]
    failures: Sequence[Any] = [one for found in table.described.values() for one in found.failures]
    return {
        "featurizers": {one.name: {"digest": one.digest, **one.provenance} for one in used},
        "failures": [asdict(one) for one in failures],
    }
