"""From finished shards to a task's tables and summary."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.store import write_whole
from simworth.sweep.shards import Result

_TEXT = ("learning", "status", "reason", "item")
_WHOLE = ("n", "m", "trial", "n_test", "pretrain_epochs", "finetune_epochs")
_KEY = ["learning", "n", "m", "trial"]


def schema(columns: dict[str, str]) -> pa.Schema:
    """Arrow schema of one of our tables; the meaning of each column travels with it."""
    return pa.schema([pa.field(name, _kind(name), metadata={"meaning": text}) for name, text in columns.items()])


def _kind(column: str) -> pa.DataType:
    if column in _TEXT:
        return pa.string()
    if column in _WHOLE:
        return pa.int64()
    return pa.uint64() if column == "seed" else pa.float64()


def write_table(path: Path, table: pd.DataFrame, columns: dict[str, str]) -> None:
    """Parquet whose bytes depend on the rows alone, there whole or not at all."""
    arrow = pa.Table.from_pandas(table[list(columns)], schema=schema(columns), preserve_index=False)
    content = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(None), content)
    write_whole(path, content.getvalue())


def trial_table(results: list[Result], trials: int) -> pd.DataFrame:
    """TRIAL_COLUMNS of the trials below `trials`, sorted by learning, n, m, trial."""
    return _stack([one.trials for one in results], TRIAL_COLUMNS, trials).sort_values(_KEY, ignore_index=True)


def prediction_table(results: list[Result], trials: int) -> pd.DataFrame:
    """PREDICTION_COLUMNS of the same trials, sorted like them, then by item and value."""
    table = _stack([one.predictions for one in results], PREDICTION_COLUMNS, trials)
    return table.sort_values([*_KEY, "item", "y_true"], kind="stable", ignore_index=True)


def _stack(tables: list[pd.DataFrame], columns: dict[str, str], trials: int) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(schema(columns).empty_table().to_pandas())
    table = pd.concat(tables, ignore_index=True)
    return table[table["trial"] < trials].reindex(columns=list(columns))


def failures(trials: pd.DataFrame) -> dict[str, Any]:
    """Count and first reason of the trials that failed."""
    failed = trials[trials["status"] == "failed"]
    return {"count": len(failed), "first": "" if failed.empty else str(failed["reason"].iloc[0])}
