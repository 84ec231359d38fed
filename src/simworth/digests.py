"""Digests: the names of shards and valuations, the checksums of files, DVC's own md5 of a folder.

Their values are part of stores, ledgers and catalogues that exist: golden tests hold them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simworth.errors import SimworthError

if TYPE_CHECKING:
    import pandas as pd


def digest(content: Any) -> str:
    """32 hex digits that stand for JSON-able content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def array_digest(array: np.ndarray) -> str:
    """32 hex digits for the bytes of an array, in C order."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()


def valuation_digest(
    trials: pd.DataFrame, predictions: pd.DataFrame, level: float, law_version: str, laws: Sequence[str] = ()
) -> str:
    """32 hex digits for (trial table, predictions, fit settings, law version) of one task, for ledger and MLflow alike.

    `trials` and `predictions` are the whole tables as read from parquet, `level` is that of the intervals, `laws` are
    those fitted beside the study's where they are not those of the package. Reading the same rows from a file written
    by another parquet library gives the same digest.
    """
    settings = {"level": level} | ({"law": list(laws)} if laws else {})
    return digest([table_digest(trials), table_digest(predictions), settings, law_version])


def table_digest(table: pd.DataFrame) -> str:
    """32 hex digits for the names, kinds and values of a table's columns, in order; its index is not looked at."""
    whole = hashlib.blake2b(digest_size=16)
    for name in table.columns:
        values, kind = _plain(table[name])
        whole.update(f"{name}\0{kind}\0{len(values)}\0".encode())
        whole.update(values.tobytes() if isinstance(values, np.ndarray) else "\0".join(values).encode())
    return whole.hexdigest()


def file_digest(path: Path) -> str:
    """32 hex digits of a file's bytes (BLAKE2b), '' where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except FileNotFoundError:
        return ""


def file_md5(path: Path) -> str:
    """MD5 of a file's bytes, as DVC stores it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as the catalogue gives it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_md5(files: Iterable[tuple[str, str]]) -> str:
    """DVC's md5 of a tracked folder, '<32 hex digits>.dir', from the (path relative to it, md5) of its files."""
    listed = sorted(files, key=lambda file: file[0].split("/"))
    text = json.dumps([{"md5": md5, "relpath": path} for path, md5 in listed], sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"


def _plain(column: pd.Series) -> tuple[np.ndarray | list[str], str]:
    """Values as little-endian numbers or as texts, and which of the two."""
    values = column.to_numpy()
    if values.dtype.kind in "iufb":
        code = {"i": "<i8", "u": "<u8", "f": "<f8", "b": "|b1"}[values.dtype.kind]
        return np.ascontiguousarray(values, dtype=code), code
    return ["" if value is None else str(value) for value in values], "text"


def folder_files(folder: Path) -> list[Path]:
    """Every file below `folder`, in DVC's order."""
    if not folder.is_dir():
        raise SimworthError(f"folder {folder}: is missing; run `simworth release fetch`")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: path.relative_to(folder).parts)


def snapshot_md5(folder: Path) -> str:
    """DVC's md5 of a tracked folder, '<32 hex digits>.dir'."""
    return folder_md5((path.relative_to(folder).as_posix(), file_md5(path)) for path in folder_files(folder))
