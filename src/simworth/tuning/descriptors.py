"""A task's data by several choices of descriptors, so that a search may choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simworth.columns import CLEAN_COLUMNS
from simworth.config.resolve import ResolvedTask
from simworth.features.table import feature_table
from simworth.files import read_table
from simworth.prepare.stage import prepared
from simworth.tuning.inner import DataBy


def data_by(what: ResolvedTask, clean: Path, choices: Sequence[tuple[str, ...]]) -> DataBy:
    """From the databases' tables in the folder `clean`, prepared here; of the materials that all choices describe, so
    that errors are of the same ones. SimworthError where a descriptor is unknown or too few materials are left."""
    databases = [side.database for side in (what.task.source, what.task.target)]
    source, target = (read_table(clean / f"{database}.parquet", list(CLEAN_COLUMNS)) for database in databases)
    names = tuple(dict.fromkeys(name for choice in choices for name in choice))
    table = feature_table(replace(what.task, descriptors=names), source, target)
    return {
        choice: prepared(
            replace(what, task=replace(what.task, descriptors=choice)), source, target, table.described_by_all(choice)
        ).ready()
        for choice in choices
    }
