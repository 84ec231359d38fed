"""What was read, kept and left out, and why: no row and no value leaves a release without a count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

SHOWN = 80
"""characters of a value that an example shows"""


@dataclass
class Drop:
    """Values left out for one reason."""

    values: int
    rows: int
    example: dict[str, Any]
    """file, row, column, value of the first one"""


@dataclass
class Tally:
    """The account of one release while it is read; `records = kept + duplicates + broken + empty + lost`."""

    records: int = 0
    """records in the files, header not counted"""
    duplicates: int = 0
    """records that repeat another one in every column that is read"""
    broken: int = 0
    """records with too few or too many fields"""
    without_values: int = 0
    """records that hold no value of any known property"""
    values: int = 0
    """values found in the remaining records"""
    drops: dict[str, Drop] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    """file -> records"""
    units: dict[str, str] = field(default_factory=dict)
    """'property: unit in the file' -> unit stored"""
    confirmed: frozenset[str] = frozenset()
    """properties whose unit the user or the catalogue gives; their values are not taken for logarithms"""

    def keep(self, frame: pd.DataFrame, mask: pd.Series, reason: str, shown: str) -> pd.DataFrame:
        """Rows of `frame` (one value each) where `mask`; the others are counted under `reason`.

        `shown` names the column of `frame` whose content the example gives.
        """
        if mask.all():
            return frame
        self.count(frame[~mask], reason, shown)
        return frame[mask]

    def count(self, lost: pd.DataFrame, reason: str, shown: str) -> None:
        """Count `lost` values under `reason`."""
        rows = len(lost[["file", "row"]].drop_duplicates())
        known = self.drops.get(reason)
        if known:
            known.values += len(lost)
            known.rows += rows
            return
        self.drops[reason] = Drop(len(lost), rows, example(lost, shown))


def example(frame: pd.DataFrame, shown: str) -> dict[str, Any]:
    """Where the first of some values stands, and what it is."""
    first = frame.iloc[0]
    value = str(first[shown])
    return {
        "file": str(first["file"]),
        "row": int(first["row"]),
        "column": str(first.get("column", shown)) if shown == "value" else shown,
        "value": value if len(value) <= SHOWN else value[: SHOWN - 3] + "...",
    }


def counts(tally: Tally, clean: pd.DataFrame) -> dict[str, Any]:
    """Rows and values read, kept and left out; `clean` holds every value that was accepted."""
    rows_kept = len(clean[["file", "row"]].drop_duplicates())
    return {
        "rows_read": tally.records,
        "rows_kept": rows_kept,
        "rows_repeated": tally.duplicates,
        "rows_broken": tally.broken,
        "rows_without_values": tally.without_values,
        "rows_lost": tally.records - rows_kept - tally.duplicates - tally.broken - tally.without_values,
        "values_read": tally.values,
        "values_kept": len(clean),
        "dropped": [
            {"reason": reason, "values": drop.values, "rows": drop.rows, "example": drop.example}
            for reason, drop in tally.drops.items()
        ],
    }


def account(tally: Tally, clean: pd.DataFrame) -> dict[str, Any]:
    """A release's part of the quality report; `clean` holds every value of it that was accepted."""
    return {
        **counts(tally, clean),
        "properties": {name: of_property(rows) for name, rows in clean.groupby("property", sort=True)},
        "classes": _classes(clean),
        "units": tally.units,
        "notes": tally.notes,
    }


def of_property(rows: pd.DataFrame) -> dict[str, Any]:
    """Counts of one property's accepted values, and the noise of their replicates."""
    per_item = rows.groupby("item")["value"]
    relative = (rows["spread"] / rows["value"].abs())[(rows["replicates"] > 1) & rows["converged"]]
    between = (per_item.std() / per_item.median().abs())[per_item.size() > 1]
    return {
        "rows": len(rows),
        "materials": int(per_item.ngroups),
        "materials_measured_again": int((per_item.size() > 1).sum()),
        "not_converged": int((~rows["converged"]).sum()),
        "replicates": int(rows["replicates"].sum()),
        "median_relative_spread": _median(relative if relative.notna().any() else between),
        "roles": {str(role): len(part) for role, part in rows.groupby("role")},
    }


def _median(values: pd.Series) -> float | None:
    return float(values.median()) if values.notna().any() else None


def _classes(clean: pd.DataFrame) -> dict[str, int]:
    named = clean[clean["material_class"] != ""]
    counts = named.groupby("material_class")["item"].nunique().sort_values(ascending=False, kind="stable")
    return {str(name): int(count) for name, count in counts.items()}
