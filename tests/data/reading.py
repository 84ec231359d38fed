"""Reading made short for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from simworth.config import Database, Settings
from simworth.data.ingest import ReleaseRead, read_files
from simworth.data.records import ReleaseQuality
from tests.data.sample import PROPERTIES, Key
from tests.data.table_samples import TABLES

SETTINGS = Settings(seed=1, databases={"x": Database(releases=("r",))}, properties=PROPERTIES, tasks={})


def read(reader: str, paths: Sequence[Path], units: dict[str, str] | None = None) -> ReleaseRead:
    """Read files as the release 'r'; `table:...` names a mapping of the samples."""
    return read_files(SETTINGS, "r", reader.partition(":")[0], list(paths), units or {}, TABLES.get(reader))


def values(clean: pd.DataFrame) -> dict[Key, list[float]]:
    """(item, property) -> sorted values."""
    found: dict[Key, list[float]] = {}
    for item, prop, value in zip(clean["item"], clean["property"], clean["value"], strict=True):
        found.setdefault((item, prop), []).append(value)
    return {key: sorted(one) for key, one in found.items()}


def balanced(one: ReleaseRead) -> ReleaseQuality:
    """The account of a release, after checking that nothing is missing from it."""
    counted = one.account
    assert counted.values_read == counted.values_kept + sum(drop.values for drop in counted.dropped)
    assert counted.rows_lost >= 0
    lost = sum(drop.rows for drop in counted.dropped)
    assert counted.rows_lost <= lost, "rows left without a reason"
    return counted
