"""What a valuation is called: a digest of everything that decides it, the same for the ledger and for MLflow."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from simworth.store import digest


def valuation_digest(trials: pd.DataFrame, predictions: pd.DataFrame, level: float, law_version: str) -> str:
    """32 hex digits for (trial table, predictions, fit settings, law version) of one task.

    `trials` and `predictions` are the whole tables as read from parquet, `level` is that of the intervals. Reading the
    same rows from a file written by another parquet library gives the same digest.
    """
    return digest([table_digest(trials), table_digest(predictions), {"level": level}, law_version])


def table_digest(table: pd.DataFrame) -> str:
    """32 hex digits for the names, kinds and values of a table's columns, in order; its index is not looked at."""
    whole = hashlib.blake2b(digest_size=16)
    for name in table.columns:
        values, kind = _plain(table[name])
        whole.update(f"{name}\0{kind}\0{len(values)}\0".encode())
        whole.update(values.tobytes() if isinstance(values, np.ndarray) else "\0".join(values).encode())
    return whole.hexdigest()


def _plain(column: pd.Series) -> tuple[np.ndarray | list[str], str]:
    """Values as little-endian numbers or as texts, and which of the two."""
    values = column.to_numpy()
    if values.dtype.kind in "iufb":
        code = {"i": "<i8", "u": "<u8", "f": "<f8", "b": "|b1"}[values.dtype.kind]
        return np.ascontiguousarray(values, dtype=code), code
    return ["" if value is None else str(value) for value in values], "text"
