"""What a new release changes, in words: rows, materials, values beyond their spread, classes, columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.data.ingest import ReleaseRead
from simworth.errors import SimworthError

KEPT: Final = 0.5
"""share of a property's materials that a successor must still hold, or it is refused as damaged"""
_SAME: Final = 1e-6
"""relative difference of values that counts as none, where no spread is known"""
_SHOWN: Final = 5
"""classes shown"""


@dataclass(frozen=True)
class Changed:
    """One property of one role, before and after."""

    role: str
    property: str
    rows: tuple[int, int]
    materials: tuple[int, int]
    appeared: int
    """materials"""
    vanished: int
    """materials"""
    moved: pd.Series
    """relative change of each material's value that is beyond its spread; names and values of materials stay out of
    git, where notes go"""
    shared: int
    """materials in both"""
    classes: tuple[tuple[str, int, int], ...]
    """class, materials before, materials after: those that changed most"""


def compare(before: ReleaseRead, after: ReleaseRead) -> list[Changed]:
    """Every property of both, by role."""
    tables = [one.clean for one in (before, after)]
    keys = sorted({key for table in tables for key in zip(table["role"], table["property"], strict=True)})
    parts = [[table[(table["role"] == role) & (table["property"] == prop)] for table in tables] for role, prop in keys]
    return [_changed(*key, *pair) for key, pair in zip(keys, parts, strict=True)]


def refuse_damaged(changed: Sequence[Changed]) -> None:
    """SimworthError where a successor lost a property, or most of its materials."""
    for one in changed:
        before, after = one.materials
        if after < KEPT * before:
            raise SimworthError(
                f"{one.property} ({one.role}): {after:,} materials where the release before has {before:,}; that looks "
                "like a damaged or cut file. If it is meant, add the files by `simworth release add`"
            )


def _changed(role: str, prop: str, before: pd.DataFrame, after: pd.DataFrame) -> Changed:
    old, new = _by_item(before), _by_item(after)
    both = old.index.intersection(new.index)
    return Changed(
        role=role,
        property=prop,
        rows=(len(before), len(after)),
        materials=(len(old), len(new)),
        appeared=len(new.index.difference(old.index)),
        vanished=len(old.index.difference(new.index)),
        moved=_moved(old.loc[both], new.loc[both]),
        shared=len(both),
        classes=_classes(old, new),
    )


def _by_item(rows: pd.DataFrame) -> pd.DataFrame:
    """Median, spread and class by material."""
    grouped = rows.groupby("item", sort=True)
    return pd.DataFrame(
        {
            "value": grouped["value"].median(),
            "spread": np.fmax(grouped["spread"].max(), grouped["value"].std()),
            "material_class": grouped["material_class"].first(),
        }
    )


def _moved(old: pd.DataFrame, new: pd.DataFrame) -> pd.Series:
    """Relative change of the medians that differ by more than the spread of the release before."""
    difference = (new["value"] - old["value"]).abs()
    allowed = old["spread"].fillna(0.0).clip(lower=_SAME * old["value"].abs())
    return (difference / old["value"].abs().replace(0.0, np.nan))[difference > allowed]


def _classes(old: pd.DataFrame, new: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    counts = [part["material_class"].value_counts() for part in (old, new)]
    names = sorted({name for part in counts for name in part.index if name})
    pairs = [(name, int(counts[0].get(name, 0)), int(counts[1].get(name, 0))) for name in names]
    changed = [pair for pair in pairs if pair[1] != pair[2]]
    return tuple(sorted(changed, key=lambda pair: -abs(pair[2] - pair[1]))[:_SHOWN])


def note(database: str, before: ReleaseRead, after: ReleaseRead, columns: tuple[set[str], set[str]]) -> str:
    """The release note in Markdown; `columns` are those of the files before and after."""
    changed = compare(before, after)
    lines = [f"# {database}: {after.name} after {before.name}", ""]
    for one in changed:
        lines += _words(one)
    came, went = sorted(columns[1] - columns[0]), sorted(columns[0] - columns[1])
    lines.append(f"Columns that came: {', '.join(came) or 'none'}. Columns that went: {', '.join(went) or 'none'}.")
    return "\n".join(lines) + "\n"


def _words(one: Changed) -> list[str]:
    rows, materials = one.rows, one.materials
    text = (
        f"{rows[1]:,} values ({rows[1] - rows[0]:+,}) of {materials[1]:,} materials "
        f"({materials[1] - materials[0]:+,}): {one.appeared:,} appeared, {one.vanished:,} vanished. "
        f"Of {one.shared:,} in both, {len(one.moved):,} changed beyond their spread"
    )
    if one.moved.notna().any():
        middle, most = (float(f"{100 * share:.2g}") for share in (one.moved.median(), one.moved.max()))
        text += f", by {middle:g} % in the median and {most:g} % at most"
    lines = [f"## {one.property} ({one.role})", "", f"{text}.", ""]
    if one.classes:
        moved = ", ".join(f"{name} {before:,} -> {after:,}" for name, before, after in one.classes)
        lines += [f"Classes that changed most: {moved}.", ""]
    return lines


def columns_of(paths: Sequence[Path]) -> set[str]:
    """Names of the columns of text tables; other files tell nothing."""
    found: set[str] = set()
    for path in paths:
        if path.name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
            found |= set(map(str, pd.read_csv(path, nrows=0, sep=None, engine="python", encoding_errors="replace")))
    return found
