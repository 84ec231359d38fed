"""Starrydata: thermoelectrics from the literature, at 300 K: the interpolated table of 2019 and the curve releases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.data.mapping import ValueColumn
from simworth.data.readers.reader import Context, candidates, each_file, load, load_beside, melt, reader
from simworth.data.tables import is_empty
from simworth.errors import SimworthError
from simworth.units import conversion

AT: Final = 300.0
"""K; the temperature at which compositions are compared"""
_TABLE: Final = {
    "thermal_conductivity_inorganic": ValueColumn(column="Thermal conductivity", unit="W/(m K)"),
    "electrical_conductivity": ValueColumn(column="Electrical conductivity", unit="S/m"),
}
_CURVES: Final = {
    "thermal conductivity": "thermal_conductivity_inorganic",
    "electrical conductivity": "electrical_conductivity",
    "electrical resistivity": "electrical_conductivity",
}
"""prop_y in lower case -> property; a resistivity is inverted"""
_NEEDED: Final = ("SID", "sample_id", "composition", "prop_x", "prop_y", "unit_x", "unit_y", "x", "y")


@reader(
    "starrydata-2019",
    kind="composition",
    role="experiment",
    summary="Starrydata's interpolated table of 2019-07-11: one sample and temperature a record",
    needed=("composition", "Temperature"),
)
@each_file
def read_table(path: Path, context: Context) -> pd.DataFrame:
    """Thermal conductivity W/(m K) and electrical conductivity S/m; only the records at 300 K are used."""
    names = [one.column for one in _TABLE.values()]
    frame = load(path, ["composition", "Temperature"], ["sampleid", *names], ["Temperature", *names], context)
    frame = frame.assign(written=frame["composition"], temperature=frame["Temperature"])
    found = melt(frame, _TABLE, context)
    at = pd.to_numeric(found["temperature"], errors="coerce")
    found = context.tally.keep(found, at.notna(), "temperature is not a number", "temperature")
    return context.tally.keep(found, at[found.index] == AT, f"not at {AT:g} K", "temperature")


@reader(
    "starrydata-curves",
    kind="composition",
    role="experiment",
    summary="Starrydata's curves, samples and papers (.csv or .csv.gz, with or without the prefix all_)",
    needed=_NEEDED,
)
def read_curves(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Curves over temperature that cover 300 K, interpolated there; resistivities inverted.

    `x` and `y` are JSON lists of numbers or of quoted numbers. A composition that the curve lacks is taken from the
    samples file, by paper and sample: a sample's number is unique within its paper only.
    """
    roles = {kind: [path for path in paths if kind in path.name.lower()] for kind in ("curves", "samples")}
    if len(roles["curves"]) != 1 or len(roles["samples"]) > 1:
        names = ", ".join(path.name for path in paths)
        raise SimworthError(f"needs one file of curves (*curves*) and at most one of samples (*samples*), got: {names}")
    context.tally.notes += [
        f"file {path.name!r}: not needed, not read" for path in paths if path not in roles["curves"] + roles["samples"]
    ]
    frame = load(roles["curves"][0], _NEEDED, ["DOI", "figure_id"], ["x", "y"], context)
    frame["written"] = frame["composition"]
    if roles["samples"]:
        frame["written"] = _filled(frame, roles["samples"][0], context)
    frame["property"] = frame["prop_y"].str.lower().map(_CURVES)
    found = frame[frame["property"].notna() & (frame["prop_x"].str.lower() == "temperature")].copy()
    found["column"] = found["prop_y"]
    found["value"] = found["y"]
    table = candidates(frame, found, context)
    return _at_300(table.join(found[["unit_x", "unit_y", "x", "y", "prop_y"]]), context)


def _filled(frame: pd.DataFrame, path: Path, context: Context) -> pd.Series:
    """Compositions, those that the curves lack from the samples."""
    samples = load_beside(path, ["SID", "sample_id", "composition"], [], context)
    known = samples.drop_duplicates(["SID", "sample_id"]).set_index(["SID", "sample_id"])["composition"]
    keys = pd.MultiIndex.from_frame(frame[["SID", "sample_id"]])
    return frame["written"].mask(is_empty(frame["written"]), pd.Series(known.reindex(keys).to_numpy(), frame.index))


def _at_300(found: pd.DataFrame, context: Context) -> pd.DataFrame:
    """One value per curve, in the curve's unit or its inverse; curves that give none are counted."""
    _note_gaps(found, context)
    read = [_value(*cells) for cells in zip(found["x"], found["y"], found["unit_x"], strict=True)]
    reasons = pd.Series([reason for _, reason in read], found.index, dtype=object)
    for reason in sorted(set(reasons) - {""}):
        shown = "x" if reason.startswith("x ") or "temperature" in reason else "y"
        context.tally.count(found[reasons == reason], reason, shown)
    at = pd.Series([value for value, _ in read], found.index, dtype=float)
    inverse = found["prop_y"].str.lower() == "electrical resistivity"
    at = at.where(~inverse, 1 / at.mask(at == 0))
    unit = found["unit_y"].where(~inverse, "1/(" + found["unit_y"] + ")")
    given = [context.unit(*pair) for pair in zip(found["property"], unit, strict=True)]
    kept = found.assign(value=at.map(repr), unit=given, temperature=repr(AT), written=found["written"].fillna(""))
    return kept[reasons == ""].drop(columns=["unit_x", "unit_y", "x", "y", "prop_y"]).reset_index(drop=True)


def _note_gaps(found: pd.DataFrame, context: Context) -> None:
    gaps = found[found["x"].str.contains("NaN|null", regex=True) | found["y"].str.contains("NaN|null", regex=True)]
    if len(gaps):
        first = f"{gaps['file'].iloc[0]} row {gaps['row'].iloc[0]}"
        context.tally.notes.append(f"{len(gaps)} curves with points without a number, passed over (first: {first})")


def _value(x: str, y: str, unit: str) -> tuple[float, str]:
    """(value at 300 K, '') or (nan, why there is none)."""
    temperatures, values = _numbers(x), _numbers(y)
    if temperatures is None or values is None:
        return np.nan, f"{'x' if temperatures is None else 'y'} is no list of numbers"
    if len(temperatures) != len(values) or not len(values):
        return np.nan, "x and y are lists of different lengths, or empty"
    both = np.isfinite(temperatures) & np.isfinite(values)
    if not both.any():
        return np.nan, f"{'x' if not np.isfinite(temperatures).any() else 'y'} holds no number"
    temperatures, values = temperatures[both], values[both]
    try:
        temperatures = conversion(unit, "K").values(temperatures)
    except SimworthError:
        return np.nan, "unit of temperature is not known"
    if not temperatures.min() <= AT <= temperatures.max():
        return np.nan, f"temperatures do not reach {AT:g} K"
    order = np.argsort(temperatures, kind="stable")
    return float(np.interp(AT, temperatures[order], values[order])), ""


def _numbers(text: str) -> np.ndarray | None:
    """A JSON list of numbers, bare or quoted, points without one as NaN; None for anything else."""
    try:
        parsed = json.loads(text)
        numbers = np.array([_point(one) for one in parsed], dtype=float)
    except (ValueError, TypeError, RecursionError):
        return None
    return numbers if isinstance(parsed, list) and not np.isinf(numbers).any() else None


def _point(content: object) -> float:
    """A number of a list; null and 'NaN' are points that were not digitised."""
    if content is None:
        return np.nan
    if isinstance(content, bool) or not isinstance(content, int | float | str):
        raise TypeError
    return float(content)
