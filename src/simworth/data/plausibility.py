"""Plausibility of values: a window for each column, and the likely unit where most lie outside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Property
from simworth.data.quality import Tally
from simworth.errors import SimworthError
from simworth.units import COMMON, TEMPERATURES, conversion

ENOUGH: Final = 5
"""values outside a window from which on a majority of them refuses the release; fewer are counted"""
_CELL: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(K|°K|C|°C|℃|degC|deg C|F|°F|℉|degF|deg F)")
_ROOM: Final = ("rt", "r.t.", "room temperature", "ambient", "room temp")


def judged(
    rows: pd.DataFrame, numbers: pd.Series, window: tuple[float, float], words: tuple[str, str, str], tally: Tally
) -> pd.DataFrame:
    """Rows whose `numbers` lie in `window`; the others are counted.

    words: what the numbers are, the unit of the window, and the way out, which is said where most lie outside.
    Raises SimworthError where a majority of at least ENOUGH lies outside on one side.
    """
    (low, high), (what, unit, remedy) = window, words
    for outside, side, bound in ((numbers > high, "above", high), (numbers < low, "below", low)):
        if not outside.any():
            continue
        beyond, most = f"{side} {bound:g} {unit}".rstrip(), outside.mean() > 0.5
        if most and outside.sum() >= ENOUGH:
            raise SimworthError(_refusal(rows, outside, what, beyond, remedy))
        reason = f"{what} {beyond}" + (f"; {remedy}" if most and remedy else "")
        shown = "temperature" if what == "temperature" else "value"
        tally.count(rows[outside].assign(value=rows.get("written_value", rows["value"])), reason, shown)
    return rows[numbers.between(low, high) | numbers.isna()]


def _refusal(rows: pd.DataFrame, outside: pd.Series, what: str, beyond: str, remedy: str) -> str:
    first = rows[outside].iloc[0]
    if what == "temperature":
        column, shown, unit = what, first["temperature"], ""
    else:
        column, shown = first["column"], first["written_value"]
        unit = f", read as {first['unit'] or 'dimensionless'}"
    name = f"column {column!r}" + ("" if column == what else f" ({what})")
    return (
        f"{name} has {int(outside.sum())} of {len(rows)} values {beyond} (first: row {first['row']}, {shown}{unit}); "
        f"{remedy or 'check the unit of the file'}"
    )


def likely_units(values: np.ndarray, unit: str, into: str, window: tuple[float, float]) -> list[str]:
    """Common units in which most of `values` (numbers as the file writes them) would lie in the window."""
    found = []
    for other in (*COMMON, *((f"log10({into})",) if into and window[0] > 0 else ())):
        try:
            scaled = conversion(other, into).values(values)
        except SimworthError:
            continue
        same = other == unit or conversion(other, into) == _or_none(unit, into)
        if not same and np.mean((scaled >= window[0]) & (scaled <= window[1])) > 0.5:
            found.append(other)
    return found


def _or_none(unit: str, into: str) -> object:
    try:
        return conversion(unit, into)
    except SimworthError:
        return None


def unit_remedy(prop: str, values: np.ndarray, unit: str, wanted: Property) -> str:
    """What a user does about values that most likely are in another unit."""
    others = likely_units(values, unit, wanted.unit, wanted.range)
    where = f"(units: {{{prop}: ...}} in the catalogue, --unit {prop}=... or --value of `simworth release add`)"
    said = f"if the file is in {others[0]}, set unit: {others[0]}" if others else "check the file's unit"
    return f"{said} {where}"


def looks_like_logarithms(values: np.ndarray, wanted: Property) -> bool:
    """Whether numbers of a property that spans decades vary so little that they are decimal logarithms of it."""
    low, high = wanted.range
    if wanted.scale != "log10" or low <= 0 or high / low < 1e8 or len(values) < 2 * ENOUGH:
        return False
    positive = values[values > 0]
    inside = (values >= np.log10(low)) & (values <= np.log10(high))
    narrow = len(positive) == len(values) and positive.max() / positive.min() < 20
    return bool(inside.all() and (narrow or len(positive) < len(values)))


def kelvins(found: pd.DataFrame, unit: str, window: tuple[float, float], tally: Tally) -> pd.DataFrame:
    """Candidate values with `temperature` in K as text; cells such as `25 C` bring their own unit, others have `unit`.

    `RT` counts as not stated. Temperatures outside `window` (K) are counted, most of them refuse the release with the
    units that would fit. What is no number stays as it is, to be counted later.
    """
    cells = found["temperature"].astype(str).str.strip()
    room = cells.str.lower().isin(_ROOM)
    if room.any():
        tally.notes.append(f"{int(room.sum())} values at a temperature {cells[room].iloc[0]!r}, taken as not stated")
    kelvin = cells.map({text: _kelvin(text, unit) for text in cells.unique()}).astype(float)
    plain = pd.to_numeric(cells, errors="coerce").dropna().to_numpy(dtype=float)
    remedy = ""
    if len(plain):
        fits = [other for other in likely_units(plain, unit, "K", window) if other in TEMPERATURES]
        remedy = _temperature_remedy(fits)
    stated = kelvin.notna() & np.isfinite(kelvin) & (kelvin > 0)
    good = judged(found[stated], kelvin[stated], window, ("temperature", "K", remedy), tally)
    text = kelvin.map(repr).where(kelvin.notna(), cells.mask(room, ""))
    kept = ~stated | found.index.isin(good.index)
    return found.assign(temperature=text)[kept]


def _kelvin(text: str, unit: str) -> float:
    """K of one cell, NaN where it holds no number."""
    if found := _CELL.fullmatch(text):
        text, unit = found[1], found[2]
    number = pd.to_numeric(text, errors="coerce")
    return float(conversion(unit, "K").values(np.array([number], dtype=float))[0])


def _temperature_remedy(fits: Sequence[str]) -> str:
    if not fits:
        return "check the unit of its temperatures"
    others = f" (or {', '.join(fits[1:])})" if fits[1:] else ""
    return f"if its temperatures are in {fits[0]}{others}, pass --unit temperature={fits[0]} (units: in the catalogue)"
