"""Files between stages: tables written whole, and read with an error that names the file and the way out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.errors import SimworthError
from simworth.store import write_whole

_TEXT: Final = frozenset(
    ("learning", "status", "reason", "side", "material", "item", "structure", "partner", "material_class", "group")
)
_WHOLE: Final = frozenset(("n", "m", "trial", "n_test", "pretrain_epochs", "finetune_epochs", "replicates"))


def read_json(path: Path) -> dict[str, Any]:
    """A file that holds one JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimworthError(f"{path}: cannot be read ({error.strerror}); run `dvc repro` to make it") from None
    except ValueError as error:
        raise SimworthError(f"{path}: is not JSON ({error}); delete it and run `dvc repro`") from None
    if not isinstance(content, dict):
        raise SimworthError(f"{path}: must hold a JSON object, holds {type(content).__name__}; run `dvc repro`")
    return content


def read_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """These columns of a parquet table."""
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SimworthError(f"table {path}: cannot be read ({error}); run `dvc repro` to make it") from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise SimworthError(f"table {path}: lacks column {missing[0]!r}; run `dvc repro` to make it anew")
    return table[columns]


def schema(columns: Mapping[str, str]) -> pa.Schema:
    """Arrow schema of a table of `simworth.columns`; the meaning of each column travels with it."""
    return pa.schema([pa.field(name, _kind(name), metadata={"meaning": text}) for name, text in columns.items()])


def _kind(column: str) -> pa.DataType:
    if column in _TEXT:
        return pa.string()
    if column in _WHOLE:
        return pa.int64()
    return pa.uint64() if column == "seed" else pa.float64()


def write_table(path: Path, table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Parquet whose bytes depend on the rows alone, there whole or not at all."""
    arrow = pa.Table.from_pandas(table[list(columns)], schema=schema(columns), preserve_index=False)
    content = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(None), content)
    write_whole(path, content.getvalue())
