"""Files with one column per property, one record per material."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from simworth.data.readers.registry import CANDIDATE_COLUMNS, Context
from simworth.data.tables import is_empty
from simworth.errors import SimworthError


@dataclass(frozen=True)
class Column:
    """Where a property stands in a file."""

    prop: str
    """name of the property"""
    name: str
    """column of its values"""
    unit: str
    """unit in which the release writes it"""
    spread: str = ""
    """column of the standard deviation between replicates"""
    replicates: str = ""
    """column of their number"""
    converged: str = ""
    """column of the flag that says whether the run behind it converged"""


def melt(frame: pd.DataFrame, columns: Sequence[Column], context: Context, **same: str) -> pd.DataFrame:
    """Candidate values of a wide table: one row per filled cell of `columns`.

    `frame` holds the other candidate columns already, as far as the release has them; `same` are candidate columns
    that are alike in all rows. Counts the values, and the records without any.
    """
    parts = [_of_column(frame, column, context) for column in columns if column.name in frame]
    if not parts:
        names = ", ".join(repr(column.name) for column in columns)
        raise SimworthError(f"file {frame['file'].iloc[0] if len(frame) else '?'!r}: has none of the columns {names}")
    found = pd.concat(parts, ignore_index=True)
    return candidates(frame, found, context, **same)


def candidates(frame: pd.DataFrame, found: pd.DataFrame, context: Context, **same: str) -> pd.DataFrame:
    """`found` with every candidate column, entered into the account; `frame` are the records it came from."""
    empty: dict[str, str | bool] = {name: "" for name in CANDIDATE_COLUMNS if name not in found}
    if "converged" in empty:
        empty["converged"] = True
    found = found.assign(**{**empty, **same})
    context.tally.values += len(found)
    context.tally.without_values += len(frame) - len(found[["file", "row"]].drop_duplicates())
    return found[list(CANDIDATE_COLUMNS)]


def _of_column(frame: pd.DataFrame, column: Column, context: Context) -> pd.DataFrame:
    rows = frame[~is_empty(frame[column.name])]
    cells: dict[str, pd.Series | str] = {name: rows[name] for name in CANDIDATE_COLUMNS if name in rows}
    cells |= {
        "property": column.prop,
        "column": column.name,
        "value": rows[column.name],
        "unit": context.unit(column.prop, column.unit),
        "spread": rows.get(column.spread, ""),
        "replicates": rows.get(column.replicates, ""),
    }
    if column.converged in rows:
        cells["converged"] = rows[column.converged].str.lower().isin(("true", "1", "1.0"))
    return pd.DataFrame(cells, index=rows.index)
