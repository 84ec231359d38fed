"""A task's data by several choices of descriptors, prepared in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from simworth.config.resolve import ResolvedTask
from simworth.features.table import feature_table
from simworth.prepare.arrays import TaskData
from simworth.prepare.stage import prepared


def data_by(
    what: ResolvedTask, source: pd.DataFrame, target: pd.DataFrame, choices: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], TaskData]:
    """From clean tables, of the materials that all choices describe, so that errors are of the same ones. SimworthError
    where a descriptor is unknown or too few materials are left."""
    names = tuple(dict.fromkeys(name for choice in choices for name in choice))
    table = feature_table(replace(what.task, descriptors=names), source, target)
    return {
        choice: prepared(
            replace(what, task=replace(what.task, descriptors=choice)), source, target, table.described_by_all(choice)
        ).ready()
        for choice in choices
    }
