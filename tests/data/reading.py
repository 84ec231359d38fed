"""Reading made short for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simworth.config import Database, Settings
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.quality import account
from tests.data.samples import PROPERTIES, Key

SETTINGS = Settings(seed=1, databases={"x": Database(releases=("r",))}, properties=PROPERTIES, tasks={})


def read(reader: str, paths: Sequence[Path], units: dict[str, str] | None = None) -> ReleaseRead:
    """Read files as the release 'r'."""
    return read_files(SETTINGS, "r", reader, list(paths), units or {})


def values(clean: pd.DataFrame) -> dict[Key, list[float]]:
    """(item, property) -> sorted values."""
    groups = clean.groupby(["item", "property"])["value"]
    return {(str(key[0]), str(key[1])): sorted(part.tolist()) for key, part in groups}  # type: ignore[index]


def balanced(one: ReleaseRead) -> dict[str, Any]:
    """The account of a release, after checking that nothing is missing from it."""
    counted = account(one.tally, one.clean)
    assert counted["values_read"] == counted["values_kept"] + sum(drop["values"] for drop in counted["dropped"])
    assert counted["rows_lost"] >= 0
    lost = sum(drop["rows"] for drop in counted["dropped"])
    assert counted["rows_lost"] <= lost, "rows left without a reason"
    return counted
