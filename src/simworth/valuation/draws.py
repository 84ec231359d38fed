"""What intervals resample: materials, the polymers of measured pairs, or classes whose errors are correlated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from simworth.scaling import class_correlation
from simworth.valuation.cube import Errors, cube_of
from simworth.valuation.pieces import ClassCorrelation


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


def draws_of(errors: Errors, classes: pd.DataFrame | None) -> Draws:
    """Whether errors of a class correlate (p of a permutation test below .05), so that classes are to be drawn.

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
    alone = errors.transfer.assign(item=errors.transfer["cluster"])
    found = class_correlation(cube_of(alone, "n"), [labels[name] for name in sorted(labels)])
    icc = None if pd.isna(found.icc) else round(found.icc, 4)
    return Draws(ClassCorrelation(icc=icc, p=round(found.p, 4), classes=found.classes, drawn=found.drawn), labels)
