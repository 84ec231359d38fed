"""The class of every material of a task, one small table for the fit, the report and the audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd

from simworth.config import Settings
from simworth.data.select import materials
from simworth.features.polyinfo import polymer_class

COLUMNS: Final = ("side", "item", "material_class")
Classify = Callable[[Sequence[str]], list[str]]


def material_classes(
    settings: Settings, name: str, source: pd.DataFrame, target: pd.DataFrame, classify: Classify = polymer_class
) -> pd.DataFrame:
    """Columns side (source | target), item, material_class ('' where unknown), sorted, one row per material of a side.

    `source` and `target` are the clean tables of the task's databases. A class is what the release says; where it
    says nothing, `classify` names the PoLyInfo class of a polymer. Solutions and compositions keep the release's word.
    """
    task = settings.tasks[name]
    tables = []
    for side, role, clean in (("source", "simulation", source), ("target", "experiment", target)):
        at = getattr(task, side)
        chosen = materials(clean, at.role or role, at.property or task.property, at.filter).materials
        tables.append(chosen.assign(side=side, material_class=_classes(chosen, classify)))
    whole: pd.DataFrame = pd.concat(tables)[list(COLUMNS)]
    return whole.sort_values(["side", "item"], ignore_index=True)


def _classes(table: pd.DataFrame, classify: Classify) -> pd.Series:
    known = table["material_class"].fillna("").astype(str)
    open_ones = (known == "") & (table["partner"] == "") & table["structure"].str.contains("*", regex=False)
    if open_ones.any():
        named = pd.Series(classify(list(table.loc[open_ones, "structure"])), index=table.index[open_ones])
        known = named.reindex(table.index).fillna(known)
    return known
