"""The account of a release while it is read: no row and no value leaves it without a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from simworth.data.records import Example, LeftOut, PropertyCounts, ReleaseQuality

SHOWN: Final = 80
"""characters of a value that an example shows"""


@dataclass
class Tally:
    """The account of one release while it is read; `records = kept + duplicates + broken + without_values + lost`."""

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
    drops: dict[str, LeftOut] = field(default_factory=dict)
    """by reason"""
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
        values, rows = len(lost), len(lost[["file", "row"]].drop_duplicates())
        if known := self.drops.get(reason):
            more = {"values": known.values + values, "rows": known.rows + rows}
            self.drops[reason] = known.model_copy(update=more)
        else:
            self.drops[reason] = LeftOut(reason=reason, values=values, rows=rows, example=_example(lost, shown))


def _example(frame: pd.DataFrame, shown: str) -> Example:
    first = frame.iloc[0]
    value = str(first[shown])
    return Example(
        file=str(first["file"]),
        row=int(first["row"]),
        column=str(first.get("column", shown)) if shown == "value" else shown,
        value=value if len(value) <= SHOWN else value[: SHOWN - 3] + "...",
    )


def account(tally: Tally, clean: pd.DataFrame, kind: str) -> ReleaseQuality:
    """A release's part of the quality report; `clean` holds every value of it that was accepted."""
    kept = len(clean[["file", "row"]].drop_duplicates())
    return ReleaseQuality(
        rows_read=tally.records,
        rows_kept=kept,
        rows_repeated=tally.duplicates,
        rows_broken=tally.broken,
        rows_without_values=tally.without_values,
        rows_lost=tally.records - kept - tally.duplicates - tally.broken - tally.without_values,
        values_read=tally.values,
        values_kept=len(clean),
        dropped=tuple(tally.drops.values()),
        properties={str(name): of_property(rows) for name, rows in clean.groupby("property", sort=True)},
        classes=_classes(clean),
        units=tally.units,
        notes=tuple(tally.notes),
        kind=kind,
    )


def of_property(rows: pd.DataFrame) -> PropertyCounts:
    """Counts of one property's accepted values, and the noise of their replicates."""
    per_item = rows.groupby("item")["value"]
    relative = (rows["spread"] / rows["value"].abs())[(rows["replicates"] > 1) & rows["converged"]]
    between = (per_item.std() / per_item.median().abs())[per_item.size() > 1]
    spreads = relative if relative.notna().any() else between
    return PropertyCounts(
        rows=len(rows),
        materials=int(per_item.ngroups),
        materials_measured_again=int((per_item.size() > 1).sum()),
        not_converged=int((~rows["converged"]).sum()),
        replicates=int(rows["replicates"].sum()),
        median_relative_spread=float(spreads.median()) if spreads.notna().any() else None,
        roles={str(role): len(part) for role, part in rows.groupby("role")},
    )


def _classes(clean: pd.DataFrame) -> dict[str, int]:
    named = clean[clean["material_class"] != ""]
    sizes = named.groupby("material_class")["item"].nunique().sort_values(ascending=False, kind="stable")
    return {str(name): int(count) for name, count in sizes.items()}


def in_words(releases: Iterable[tuple[str, ReleaseQuality]]) -> str:
    """Accounts of releases, for the terminal."""
    return "\n".join(_release_in_words(name, one) for name, one in releases)


def _release_in_words(name: str, one: ReleaseQuality) -> str:
    lines = [
        f"release {name}: {one.rows_read} rows read, {one.rows_kept} kept, "
        f"{one.rows_repeated} repeat another, {one.rows_broken} broken, "
        f"{one.rows_without_values} without values, {one.rows_lost} lost; "
        f"{one.values_kept} of {one.values_read} values kept"
    ]
    for prop, count in one.properties.items():
        passed = " (taken from a release before it)" if prop in one.passed_over else ""
        again = count.materials_measured_again
        more = f", {again} of them more than once" if again else ""
        lines.append(f"  {prop}: {count.rows} values of {count.materials} materials{more}{passed}")
    for drop in one.dropped:
        at = drop.example
        lines.append(
            f"  left out {drop.values} values of {drop.rows} rows: {drop.reason} "
            f"(first: {at.file} row {at.row}, {at.column} = {at.value!r})"
        )
    return "\n".join([*lines, *(f"  note: {note}" for note in one.notes)])
