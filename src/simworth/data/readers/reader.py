"""A reader turns a release's files into one table of candidate values; readers register under a name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from simworth.config import Property
from simworth.data.mapping import PLAIN, TableMapping, ValueColumn
from simworth.data.quality import Tally
from simworth.data.tables import is_empty, read_csv
from simworth.errors import SimworthError
from simworth.registry import Registry

CANDIDATE_COLUMNS: Final = {
    "role": "simulation | experiment",
    "property": "as the reader names it",
    "written": "structure of the material as the file writes it",
    "partner": "solvent as the file writes it, else ''",
    "temperature": "K as text, '' where the file does not say",
    "column": "name of the column that held the value",
    "value": "as text",
    "unit": "unit that the file, the catalogue or the reader gives",
    "spread": "standard deviation as text, in `unit`, or ''",
    "replicates": "number as text, or ''",
    "converged": "False where the file says so",
    "material_class": "class by name, or ''",
    "protocol": "how it was simulated or measured, or ''",
    "file": "name of the file",
    "row": "1-based line of the record, header counted",
}
"""What a reader returns: one row per value that is not empty, nothing converted or judged yet."""


@dataclass(frozen=True)
class Context:
    """What a reader is told beside the paths."""

    properties: Mapping[str, Property]
    """known properties, from params.yaml"""
    units: Mapping[str, str]
    """property -> unit of the files, where the catalogue gives one"""
    tally: Tally
    """the account of what is left out"""
    role: Role
    """what the values are, by the mapping or the reader"""
    table: TableMapping | None = None
    """where the files hold what, for reader `table`"""
    whole: bool = False
    """whether the files are known to be as their origin has them, so that none can have been cut"""

    def property(self, name: str) -> str:
        """The known property that `name` spells in another way (`Refractive Index`), else `name`."""
        plain = "_".join(name.strip().lower().replace("-", " ").split())
        return plain if name not in self.properties and plain in self.properties else name

    def unit(self, prop: str, own: str) -> str:
        """Unit of `prop` in the files: the catalogue's, else the reader's own."""
        return self.units.get(prop, own)


_YES: Final = ("true", "t", "yes", "y")
_NO: Final = ("false", "f", "no", "n")
Role = Literal["simulation", "experiment"]
Read = Callable[[Sequence[Path], Context], pd.DataFrame]


@dataclass(frozen=True)
class Reader:
    """A registered reader."""

    name: str
    kind: str
    """what its structures are, a registered kind"""
    role: Role
    """what its values are"""
    summary: str
    """the files it takes, in words"""
    needed: tuple[str, ...]
    """columns without which a file is refused"""
    read: Read


READERS: Registry[Reader] = Registry("reader", "simworth.readers")


def reader(name: str, *, kind: str, role: Role, summary: str, needed: Sequence[str]) -> Callable[[Read], Read]:
    """Register a function as the reader `name`."""

    def register(read: Read) -> Read:
        READERS.add(name, Reader(name, kind, role, summary, tuple(needed), read))
        return read

    return register


def each_file(read: Callable[[Path, Context], pd.DataFrame]) -> Read:
    """Decorator that reads every file of a release alike, from the reading of one."""

    @functools.wraps(read)
    def read_all(paths: Sequence[Path], context: Context) -> pd.DataFrame:
        return pd.concat([read(path, context) for path in paths], ignore_index=True)

    return read_all


def role_of(name: str, table: TableMapping | None) -> Role:
    """What the values of a release are: as its mapping says, else as its reader does."""
    return table.role if table else READERS[name].role


def load(
    path: Path, needed: Sequence[str], optional: Sequence[str], numbers: Sequence[str], context: Context
) -> pd.DataFrame:
    """Columns of one file as text, `file` and `row`; its records, broken ones and exact repetitions are accounted for.

    `numbers` are the columns whose content becomes a number, as in read_csv.
    """
    table = read_csv(path, needed, optional, numbers, context.table or PLAIN, whole=context.whole)
    tally = context.tally
    tally.records += table.records
    tally.files[path.name] = table.records
    tally.notes += table.notes
    tally.broken += len(table.broken)
    content = [column for column in table.frame if column not in ("file", "row")]
    again = table.frame.duplicated(content)
    tally.duplicates += int(again.sum())
    return table.frame[~again].reset_index(drop=True)


def load_beside(path: Path, needed: Sequence[str], numbers: Sequence[str], context: Context) -> pd.DataFrame:
    """A file that holds no values: its records count apart from those of the release."""
    apart = replace(context, tally=Tally())
    frame = load(path, needed, [], numbers, apart)
    context.tally.files[path.name] = apart.tally.records
    context.tally.notes += apart.tally.notes
    return frame


def melt(frame: pd.DataFrame, columns: Mapping[str, ValueColumn], context: Context, **same: str) -> pd.DataFrame:
    """Candidate values of a wide table: one row per filled cell of `columns`.

    `columns`: property -> its column. `frame` holds the other candidate columns already, as far as the release has
    them; `same` are candidate columns that are alike in all rows. Counts the values, and the records without any.
    """
    parts = [_of_column(frame, prop, one, context) for prop, one in columns.items() if one.column in frame]
    if not parts:
        names = ", ".join(repr(one.column) for one in columns.values())
        raise SimworthError(f"file {frame['file'].iloc[0] if len(frame) else '?'!r}: has none of the columns {names}")
    found = pd.concat(parts, ignore_index=True)
    return candidates(frame, found, context, **same)


def candidates(frame: pd.DataFrame, found: pd.DataFrame, context: Context, **same: str) -> pd.DataFrame:
    """`found` with every candidate column, entered into the account; `frame` are the records it came from.

    The role is the reader's, unless `found` or `same` has one.
    """
    usual: dict[str, str | bool] = {**dict.fromkeys(CANDIDATE_COLUMNS, ""), "role": context.role, "converged": True}
    found = found.assign(**{name: content for name, content in usual.items() if name not in found}).assign(**same)
    told = found["converged"].where(found["converged"].notna(), True)  # some columns of values may have no flag
    found = found.assign(converged=told.astype(bool))
    context.tally.values += len(found)
    context.tally.without_values += len(frame) - len(found[["file", "row"]].drop_duplicates())
    return found[list(CANDIDATE_COLUMNS)]


def _of_column(frame: pd.DataFrame, prop: str, held: ValueColumn, context: Context) -> pd.DataFrame:
    rows = frame[~is_empty(frame[held.column])]
    cells: dict[str, pd.Series | str] = {name: rows[name] for name in CANDIDATE_COLUMNS if name in rows}
    cells |= {
        "property": prop,
        "column": held.column,
        "value": rows[held.column],
        "unit": context.unit(prop, held.unit),
        "spread": rows.get(held.spread, ""),
        "replicates": rows.get(held.replicates, ""),
    }
    if held.converged in rows:
        cells["converged"] = converged(rows[held.converged], context)
    return pd.DataFrame(cells, index=rows.index)


def converged(flags: pd.Series, context: Context) -> pd.Series:
    """Which flags say that a run converged; one that is neither yes nor no does not, and is noted."""
    words, numbers = flags.str.lower(), pd.to_numeric(flags, errors="coerce")
    yes, no = (words.isin(said) | (numbers == number) for said, number in ((_YES, 1), (_NO, 0)))
    if (odd := flags[~(yes | no | is_empty(flags))]).size:
        context.tally.notes.append(
            f"column {flags.name!r}: {len(odd)} flags that are neither yes nor no count as not converged, first: "
            f"{odd.iloc[0][:60]!r}"
        )
    return yes
