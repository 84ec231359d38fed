"""Proposal of a mapping for an unknown file, in full, with what is uncertain in it."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import ValidationError

from simworth.config import Settings
from simworth.data.containers import as_csv, sheets_of
from simworth.data.kinds import KINDS, canonical
from simworth.data.mapping import TableMapping, ValueColumn
from simworth.data.tables import columns_name, is_empty
from simworth.errors import SimworthError, first_of
from simworth.units import conversion

_LOOKED_AT: Final = 60
"""records that are looked at"""
_UNIT: Final = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*(?:\([^()]*\)[^()\[\]]*)?)[)\]]\s*")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
_WORDS: Final = {
    "density": ("density", "rho", "dens"),
    "thermal_conductivity": ("tc", "thermal conductivity", "kappa", "lambda"),
    "refractive_index": ("ri", "refractive index", "n"),
    "heat_capacity": ("cp", "heat capacity"),
    "glass_transition": ("tg", "glass transition"),
}
"""property -> what files call it, beside its own name"""


def propose(path: Path, settings: Settings, database: str, sheet: str = "") -> str:
    """Look at the first records of a file, of a workbook's `sheet` ('': the first), and propose its mapping: the
    command, and what is not sure. SimworthError where nothing in it is a structure."""
    frame = _head(path, sheet)
    structure, kind, share = _structure(path, frame)
    unsure = [f"{share:.0%} of the structures looked at can be read as {kind}"] if share < 1 else []
    if not canonical(kind, [structure], 1)[0].reason:
        unsure.append(f"whether the first line is a header ({structure!r} is a structure): else pass --header")
    values = [_value(str(name), frame, settings, unsure) for name in frame if name != structure]
    found = [text for text in values if text]
    if not found:
        unsure.append("no column is called like a property of params.yaml: name one, --value PROPERTY=COLUMN:UNIT")
    if not sheet and len(sheets := sheets_of(path)) > 1:
        unsure.append(f"which sheet of {', '.join(sheets)}: the first was looked at (--sheet)")
    unsure.append("whether the values are simulated or measured (--role)")
    if "simulation" in database.lower() or "sim" in path.stem.lower() or "md" in path.stem.lower():
        role = "simulation"
    else:
        role = "experiment"
    options = ["--kind", kind, "--role", role, "--structure", structure]
    options += ["--sheet", sheet] if sheet else []
    for text in found:
        options += ["--value", text]
    command = shlex.join(["simworth", "release", "add", database, str(path), "--name", "NAME", *options])
    said = "\n".join(f"  not sure: {one}" for one in unsure)
    return f"file {path.name!r}, read by a mapping:\n  {command}\n{said}"


def _head(path: Path, sheet: str) -> pd.DataFrame:
    """The first records as text; of columns with the same name the first."""
    text = as_csv(path, sheet).decode("utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines()[: 4 * _LOOKED_AT] if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise SimworthError(f"file {path.name!r}: holds no records to look at")
    separator = max(",;\t|", key=lines[0].count)
    csv.field_size_limit(1 << 30)  # as tables reads cells
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    width = len(rows[0])
    frame = pd.DataFrame([row for row in rows[1:] if len(row) == width], columns=rows[0], dtype=object)
    return frame.loc[:, ~frame.columns.duplicated()]


def _structure(path: Path, frame: pd.DataFrame) -> tuple[str, str, float]:
    """The column that most often is a structure, of which kind, and how often."""
    best: tuple[float, int, str, str] | None = None
    for place, name in enumerate(map(str, frame)):
        cells = frame[name][~is_empty(frame[name])].astype(str).head(_LOOKED_AT)
        if cells.empty or cells.str.fullmatch(_NUMBER).mean() > 0.5:
            continue
        for kind in (name for name in KINDS if not KINDS[name].is_pair):
            share = sum(not one.reason for one in canonical(kind, cells.tolist(), 1)) / len(cells)
            named = any(word in columns_name(name) for word in ("smiles", "formula", "composition"))
            if share > 0.5 and (best is None or (share + named, -place) > best[:2]):
                best = (share + named, -place, name, kind)
    if best is None:
        raise SimworthError(f"file {path.name!r}: no column holds structures (SMILES or compositions) in most records")
    score, _, name, kind = best
    return name, kind, score - (score > 1)


def _value(name: str, frame: pd.DataFrame, settings: Settings, unsure: list[str]) -> str:
    """`PROPERTY=COLUMN:UNIT` of a column of numbers called like a property, '' for another."""
    cells = frame[name][~is_empty(frame[name])].astype(str).str.strip()
    if cells.empty or cells.str.fullmatch(_NUMBER).mean() < 0.8:
        return ""
    found = _UNIT.fullmatch(name)
    plain, unit = (found[1], found[2]) if found else (name, "")
    words = columns_name(plain).replace("_", " ")
    for prop, wanted in settings.properties.items():
        if words not in (prop.replace("_", " "), *_WORDS.get(prop, ())):
            continue
        if not found and wanted.unit:
            unsure.append(f"unit of column {name!r}, taken as {wanted.unit}")
        try:
            conversion(unit if found else wanted.unit, wanted.unit)
        except SimworthError as error:
            unsure.append(f"column {name!r}: {error}")
        return f"{prop}={name}:{unit if found else wanted.unit}"
    return ""


def mapping_of(
    kind: str,
    role: str,
    structure: str,
    partner: str,
    temperature: str,
    sheet: str,
    comment: str,
    header: str,
    values: Sequence[str],
) -> TableMapping | None:
    """The mapping that the options of `release add` give, or None; SimworthError names what is missing."""
    given: dict[str, object] = {"kind": kind, "role": role, "structure": structure, "partner": partner}
    if not any(given.values()) and not values:
        return None
    at, _, unit = temperature.partition(":")
    if at:
        given |= {"temperature": at, "temperature_unit": unit or "K"}
    given |= {"sheet": sheet, "comment": comment}
    given |= {"header": tuple(name.strip() for name in header.split(","))} if header else {}
    columns: dict[str, ValueColumn] = {}
    for text in values:
        prop, sign, rest = text.partition("=")
        column, _, of_values = rest.rpartition(":") if ":" in rest else (rest, "", "")
        if not (prop and sign and column):
            raise SimworthError(f"--value {text!r}: write PROPERTY=COLUMN:UNIT, as in density='rho (g/cm3):g/cm^3'")
        if prop in columns:
            raise SimworthError(f"--value {text!r}: {prop} is in column {columns[prop].column!r} already")
        columns[prop] = ValueColumn(column=column, unit=of_values)
    missing = [f"--{name}" for name in ("kind", "role", "structure") if not given[name]]
    if missing or not columns:
        lacking = ", ".join(missing or ["--value"])
        raise SimworthError(f"a mapping lacks {lacking}; `simworth release check DATABASE FILE` proposes one in full")
    try:
        return TableMapping.model_validate({**{k: v for k, v in given.items() if v}, "values": columns})
    except ValidationError as error:
        raise SimworthError(f"mapping: {first_of(error)}") from None
