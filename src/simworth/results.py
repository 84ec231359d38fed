"""Reading what an earlier stage left, with an error that names the file and the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from simworth.errors import SimworthError


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
