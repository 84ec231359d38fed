"""What intervals resample: materials, the polymers of measured pairs, or classes whose errors are correlated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from simworth.scaling import class_correlation
from simworth.valuation.cube import Errors, cube_of
from simworth.valuation.pieces import ClassCorrelation
from simworth.valuation.records import Fit, Valued


@dataclass(frozen=True)
class Draws:
    """What is drawn together."""

    found: ClassCorrelation | None = None
    """None where no class is known"""
    classes: Mapping[str, str] = field(default_factory=dict)
    """cluster -> class; '' or missing: drawn alone"""

    def __call__(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of errors with column `cluster` by class, where classes are drawn."""
        if self.found is None or not self.found.drawn or table.empty:
            return table
        together = {cluster: f"class {name}" for cluster, name in self.classes.items() if name}
        return table.assign(cluster=table["cluster"].map(together).fillna(table["cluster"]))

    def errors(self, errors: Errors) -> Errors:
        """The same errors, by what is drawn."""
        return Errors(self(errors.transfer), self(errors.direct))


def draws_of(errors: Errors, classes: pd.DataFrame | None, found: ClassCorrelation | None = None) -> Draws:
    """Whether errors of a class correlate (p of a permutation test below .05), so that classes are to be drawn; as
    `found` says where that is known.

    classes: columns side (source | target), item, material_class; what is measured together counts once.
    """
    if classes is None or errors.transfer.empty:
        return Draws()
    known = classes.loc[classes["side"] == "target"].drop_duplicates("item").set_index("item")["material_class"]
    items = errors.transfer.drop_duplicates("item")
    named = items.assign(name=items["item"].map(known).fillna(""))
    labels = {str(cluster): str(rows.max()) for cluster, rows in named.groupby("cluster")["name"]}
    if not any(labels.values()):
        return Draws()
    if found is None:
        alone = errors.transfer.assign(item=errors.transfer["cluster"])
        told = class_correlation(cube_of(alone, "n"), [labels[name] for name in sorted(labels)])
        icc = None if pd.isna(told.icc) else round(told.icc, 4)
        found = ClassCorrelation(icc=icc, p=round(told.p, 4), classes=told.classes, drawn=told.drawn)
    return Draws(found, labels)


def task_draws(errors: Errors, task: str, classes: Path | None, fits: Path | None = None) -> Draws:
    """What intervals draw: classes where the folder `classes` has the task's table of them and errors within a class
    correlate, as its fit in the folder `fits` says, else by these errors; else materials."""
    known = None if classes is None else classes / f"{task}.parquet"
    fit = None if fits is None else fits / f"{task}.json"
    entry = Fit.read(fit).entry if fit is not None and fit.is_file() else None
    found = entry.class_correlation if isinstance(entry, Valued) else None
    return draws_of(errors, pd.read_parquet(known) if known is not None and known.is_file() else None, found)
