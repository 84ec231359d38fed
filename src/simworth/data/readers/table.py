"""Any table, read by the mapping of its catalogue entry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from simworth.data.kinds import KINDS
from simworth.data.mapping import LongColumns, TableMapping
from simworth.data.plausibility import kelvins
from simworth.data.readers.reader import Context, candidates, converged, load, melt, reader
from simworth.data.tables import is_empty
from simworth.errors import SimworthError


@reader(
    "table",
    kind="polymer",
    role="experiment",
    summary="any CSV, Excel or parquet table, wide or long, by the mapping of the release (table: in the catalogue)",
    needed=(),
)
def read_table(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Values of each record; kind and role are those of the mapping."""
    table = context.table
    if table is None:
        raise SimworthError(
            "reader table needs a mapping (--structure, --value); `simworth release check` proposes one"
        )
    kind = KINDS[table.kind]
    if kind.is_pair != bool(table.partner):
        raise SimworthError("a pair needs the column of its partner (--partner), and only a pair has one")
    parts = [_file(path, table, context) for path in paths]
    found = pd.concat(parts, ignore_index=True)
    if table.temperature:
        unit = context.unit("temperature", table.temperature_unit)
        found = kelvins(found, unit, kind.temperatures, context.tally)
    if table.temperature_range is not None:
        low, high = table.temperature_range
        at = pd.to_numeric(found["temperature"], errors="coerce")
        inside = (found["temperature"] == "") | at.between(low, high)
        found = context.tally.keep(found, inside, f"outside {low:g} to {high:g} K", "temperature")
    if table.states:
        known = {"", *(state.lower() for state in table.states)}
        kept = found["state"].str.lower().isin(known)
        found = context.tally.keep(found, kept, f"state is not {' or '.join(table.states)}", "state")
    return found.drop(columns="state")


def _file(path: Path, table: TableMapping, context: Context) -> pd.DataFrame:
    own = [name for one in table.values.values() for name in (one.spread, one.replicates, one.converged)]
    shared = [table.temperature, table.state, table.converged, table.material_class, table.protocol]
    shared += [table.spread, table.replicates]
    needed = [table.structure, table.partner, *shared, *own]
    numbers = [table.temperature, table.spread, table.replicates, *own]
    if table.long is not None:
        needed += [table.long.property, table.long.value, table.long.unit]
        numbers.append(table.long.value)
    columns = [one.column for one in table.values.values()]
    needed = list(dict.fromkeys(name for name in (*needed, *columns) if name))
    frame = load(path, needed, [], [*numbers, *columns], context)
    frame = frame.assign(**_cells(frame, table, context))
    if table.long is not None:
        return _long(frame, table.long, context).join(frame["state"])
    found = melt(frame, table.values, context, role=context.role)
    states = frame[["file", "row", "state"]]
    return found.merge(states, on=["file", "row"], how="left", validate="many_to_one")


def _cells(frame: pd.DataFrame, table: TableMapping, context: Context) -> dict[str, pd.Series]:
    """Candidate columns that belong to a whole record."""

    def text(name: str) -> pd.Series:
        cells = frame[name] if name else pd.Series("", frame.index, dtype=object)
        return cells.mask(is_empty(cells), "")

    written = frame[table.structure]
    for end in table.ends:
        written = written.str.replace(end, "*", regex=False)
    cells = {"written": written, "partner": text(table.partner), "temperature": text(table.temperature)}
    cells |= {"state": text(table.state), "material_class": text(table.material_class)}
    cells["protocol"] = text(table.protocol or table.state)
    if table.converged:
        cells["converged"] = converged(frame[table.converged], context)
    if table.long is not None:
        cells |= {"spread": text(table.spread), "replicates": text(table.replicates)}
    return cells


def _long(frame: pd.DataFrame, long: LongColumns, context: Context) -> pd.DataFrame:
    found = frame[~is_empty(frame[long.value])].copy()
    found["property"] = [long.names.get(name, context.property(name)) for name in found[long.property]]
    found["column"], found["value"] = long.value, found[long.value]
    unit = found[long.unit].mask(is_empty(found[long.unit]), "") if long.unit else pd.Series("", found.index)
    found["unit"] = [context.unit(*pair) for pair in zip(found["property"], unit, strict=True)]
    return candidates(frame, found, context, role=context.role)
