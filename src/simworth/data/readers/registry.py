"""A reader turns a release's files into one table of candidate values; readers register under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from simworth.config import Property
from simworth.data.mapping import Format, TableMapping
from simworth.data.quality import Tally
from simworth.data.tables import RawTable, read_csv
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
    table: TableMapping | None = None
    """where the files hold what, for reader `table`"""

    def property(self, name: str) -> str:
        """The known property that `name` spells in another way (`Refractive Index`), else `name`."""
        plain = "_".join(name.strip().lower().replace("-", " ").split())
        return plain if name not in self.properties and plain in self.properties else name

    def unit(self, prop: str, own: str) -> str:
        """Unit of `prop` in the files: the catalogue's, else the reader's own."""
        return self.units.get(prop, own)


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


def role_of(name: str, table: TableMapping | None) -> Role:
    """What the values of a release are: as its mapping says, else as its reader does."""
    return table.role if table else READERS[name].role


def load(
    path: Path, needed: Sequence[str], optional: Sequence[str], numbers: Sequence[str], context: Context
) -> RawTable:
    """Read one file and enter its records, broken ones and exact repetitions into the account.

    `numbers` are the columns whose content becomes a number, as in read_csv.
    """
    table = read_csv(path, needed, optional, numbers, context.table.format if context.table else Format())
    tally = context.tally
    tally.records += table.records
    tally.files[path.name] = table.records
    tally.notes += table.notes
    if table.broken:
        tally.broken += len(table.broken)
        line, text = table.broken[0]
        tally.notes.append(
            f"file {path.name!r}: {len(table.broken)} records cut off or with too few or too many fields, "
            f"first: row {line}, {text.strip()[:60]!r}"
        )
    content = [column for column in table.frame if column not in ("file", "row")]
    again = table.frame.duplicated(content)
    tally.duplicates += int(again.sum())
    return RawTable(table.frame[~again].reset_index(drop=True), table.records, table.broken, table.notes)
