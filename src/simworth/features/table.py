"""The descriptor table of a task: one row per structure, columns `<featurizer>:000`, `<featurizer>:001`, ..."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from pydantic import JsonValue

from simworth.config import Task
from simworth.data.select import materials
from simworth.errors import SimworthError
from simworth.features import Described, describe, get_featurizer
from simworth.features.registry import Failure
from simworth.files import write_whole
from simworth.records import Record

METADATA_KEY: Final = b"simworth"
"""of the parquet file's metadata, where a FeatureNote stands"""


class FeaturizerUsed(Record):
    """What the numbers of a featurizer depend on."""

    featurizer: str
    digest: str
    """of all that follows; descriptors are kept under it"""
    version: int
    columns: tuple[str, ...]
    settings: dict[str, JsonValue]
    libraries: dict[str, str]
    """distribution -> version"""


class FeatureNote(Record):
    """What a table of descriptors says of itself."""

    exact: ClassVar[bool] = True

    featurizers: dict[str, FeaturizerUsed]
    failures: tuple[Failure, ...]
    """structures that a featurizer could not describe"""


@dataclass(frozen=True)
class FeatureTable:
    """The structures of a task and their descriptors."""

    structures: list[str]
    """distinct structures of both sides, solvents included, sorted; empty where a side has no materials"""
    described: Mapping[str, Described]
    """featurizer -> descriptors of `structures`, in the order that the task names them"""

    def described_by_all(self, names: Sequence[str]) -> pd.DataFrame:
        """`structure` and the columns of some descriptors, of the structures that each descriptor of the table
        describes."""
        known = np.all([np.isfinite(one.values).all(axis=1) for one in self.described.values()], axis=0)
        found = {name: self.described[name].values[known] for name in names}
        columns = {key: column for name in names for key, column in _columns(name, found[name]).items()}
        structures = np.array(self.structures, dtype=object)[known]
        return pd.DataFrame({"structure": structures, **columns})

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


def feature_table(task: Task, source: pd.DataFrame, target: pd.DataFrame) -> FeatureTable:
    """Describe every structure of a task's clean tables; an empty table where one side has no materials yet."""
    structures = task_structures(task, source, target)
    described = {name: describe(structures, name) for name in task.descriptors}
    return FeatureTable(structures, described)


def task_structures(task: Task, source: pd.DataFrame, target: pd.DataFrame) -> list[str]:
    """Distinct structures and solvents of the materials that a task selects, sorted; none while it waits."""
    found: set[str] = set()
    for side, clean in ((task.source, source), (task.target, target)):
        for prop in (side.property, *(task.source.beside if side is task.source else ())):
            chosen = materials(clean, side.role, prop, side.filter).materials
            if chosen.empty and prop == side.property:
                return []
            found.update(chosen["structure"], chosen["partner"])
    return sorted(found - {""})


def write_features(table: FeatureTable, path: Path) -> None:
    """Write the table as parquet, whole or not at all; the same descriptors give the same bytes."""
    columns: dict[str, pa.Array] = {"structure": pa.array(table.structures, pa.string())}
    for name, found in table.described.items():
        columns.update({key: pa.array(column) for key, column in _columns(name, found.values).items()})
    made = pa.table(columns).replace_schema_metadata({METADATA_KEY: _note(table).to_json().encode()})
    content = io.BytesIO()
    parquet.write_table(made, content)
    write_whole(path, content.getvalue())


def read_note(path: Path) -> FeatureNote:
    """Provenance and failures that `write_features` noted; SimworthError where the file holds none."""
    try:
        note = (parquet.read_schema(path).metadata or {})[METADATA_KEY].decode()
    except (OSError, ValueError, KeyError) as error:
        why = "no table of descriptors" if isinstance(error, KeyError) else f"cannot be read ({error})"
        raise SimworthError(f"{path}: {why}; delete it and run `{FeatureNote.made_by}` to make it anew") from None
    return FeatureNote.from_json(note, str(path))


def _columns(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}:{column:03d}": np.ascontiguousarray(values[:, column]) for column in range(values.shape[1])}


def _note(table: FeatureTable) -> FeatureNote:
    used = {
        one.name: FeaturizerUsed.model_validate({"digest": one.digest, **one.provenance})
        for one in map(get_featurizer, table.described)
    }
    failures = [one for found in table.described.values() for one in found.failures]
    return FeatureNote(featurizers=used, failures=tuple(failures))
