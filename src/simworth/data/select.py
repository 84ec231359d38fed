"""From the clean table to one row per material: the same reduction for descriptors and for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simworth.columns import filter_columns
from simworth.errors import SimworthError

COLUMNS = [
    "item", "structure", "partner", "temperature", "value", "spread", "replicates", "material_class",
]  # fmt: skip


@dataclass(frozen=True)
class ChosenMaterials:
    """The materials of one role and property, and what was left out on the way."""

    materials: pd.DataFrame
    """one row per item, sorted by item, columns COLUMNS: `value` is the median of the item's values, `replicates` all
    replicates behind it, `spread` their standard deviation: the release's own where there is one value, else that of
    the values, as many replicates as each is a mean of"""
    left_out: dict[str, int]
    """reason -> values left out on purpose"""


def to_hundredths(kelvin: pd.Series) -> pd.Series:
    """Temperatures in K as text; those of a pair that agree in it are one."""
    return kelvin.map("{:.2f}".format)


def materials(clean: pd.DataFrame, role: str, prop: str, condition: str = "", apart: str = "") -> ChosenMaterials:
    """One row per material of `role` and property `prop` in a clean table.

    `condition` is read by pandas.DataFrame.query on the clean table's columns. Non-converged simulations are left
    out unless it speaks of `converged`. `apart` names a column, temperature or release: a material has a row for each
    of its values, and the table that column. Where it is the temperature, values without one are left out.
    """
    rows = clean[(clean["role"] == role) & (clean["property"] == prop)]
    left_out = {}
    if "converged" not in _named(condition, rows):
        left_out["not converged"] = int((~rows["converged"]).sum())
        rows = rows[rows["converged"]]
    if condition:
        kept = _matching(rows, condition)
        left_out["filter"] = len(rows) - len(kept)
        rows = kept
    if apart == "temperature":
        stated = rows["temperature"].notna()
        left_out["no temperature"] = int((~stated).sum())
        rows = rows[stated]
    return ChosenMaterials(_reduced(rows, apart), {why: n for why, n in left_out.items() if n})


def _named(condition: str, rows: pd.DataFrame) -> frozenset[str]:
    try:
        return filter_columns(condition)
    except ValueError as error:
        raise _bad_filter(condition, rows, str(error)) from None


def _matching(rows: pd.DataFrame, condition: str) -> pd.DataFrame:
    try:
        mask = rows.eval(condition, engine="python")
    except Exception as error:  # pandas raises SyntaxError, NameError, TypeError, ValueError, KeyError and its own
        raise _bad_filter(condition, rows, f"{type(error).__name__}: {error}") from None
    if not isinstance(mask, pd.Series) or mask.dtype != bool:
        raise _bad_filter(condition, rows, "it is no condition (True or False for each row)")
    return rows[mask]


def _bad_filter(condition: str, rows: pd.DataFrame, why: str) -> SimworthError:
    columns = ", ".join(rows.columns)
    return SimworthError(f"filter {condition!r} cannot be applied: {why}; columns are: {columns}")


def _reduced(rows: pd.DataFrame, apart: str) -> pd.DataFrame:
    keys = ["item", apart] if apart else ["item"]
    if apart == "temperature":
        rows, keys = rows.assign(at=to_hundredths(rows["temperature"]).astype(float)), ["item", "at"]
    groups = rows.sort_values(["item", "file", "row"], kind="stable").groupby(keys, sort=True)
    table = groups.agg(
        structure=("structure", "first"),
        partner=("partner", "first"),
        temperature=("temperature", "median"),
        value=("value", "median"),
        between=("value", "std"),
        own=("spread", "first"),
        values=("value", "size"),
        replicates=("replicates", "sum"),
        material_class=("material_class", "first"),
    ).reset_index()
    between = table["between"] * np.sqrt(table["replicates"] / table["values"])
    table["spread"] = table["own"].where(table["values"] == 1, between)
    return table[[*COLUMNS, *({apart} - {"", *COLUMNS})]]
