"""From candidate values to the clean table: numbers, units, ranges, structures, each refusal counted; its schema."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Property
from simworth.data.kinds import KINDS, Kind, canonical
from simworth.data.plausibility import ENOUGH, judged, looks_like_logarithms, unit_remedy
from simworth.data.quality import SHOWN, Tally
from simworth.data.readers.reader import CANDIDATE_COLUMNS
from simworth.data.tables import is_empty
from simworth.errors import SimworthError
from simworth.units import conversion


def clean_values(
    found: pd.DataFrame, kind: str, release: str, properties: Mapping[str, Property], tally: Tally
) -> pd.DataFrame:
    """Accepted values of one release, with records.CLEAN_COLUMNS; what is refused is entered into `tally`.

    `found` has the columns of readers.CANDIDATE_COLUMNS. Raises SimworthError where most of a column cannot be
    believed, with the remedy.
    """
    found = tally.keep(found, found["property"].isin(list(properties)), "property not in params.yaml", "property")
    for step in (_numbers, _converted, _believed, _identified):
        if found.empty:
            break
        found = step(found, KINDS[kind], properties, tally)
    if found.empty:
        raise SimworthError(f"no value is left to use: {_why(tally)}")
    found["release"] = release
    return found.sort_values(["property", "file", "row"], kind="stable")[list(CLEAN_COLUMNS)].reset_index(drop=True)


def _why(tally: Tally) -> str:
    if not tally.records:
        return "its files have headers and no records"
    if tally.broken == tally.records:
        return "; ".join(tally.notes)
    if not tally.drops:
        return "its files hold none of the properties in params.yaml"
    reason, drop = max(tally.drops.items(), key=lambda item: item[1].values)
    shown = drop.example
    return f"{drop.values} times {reason} (first: {shown.file} row {shown.row}, {shown.value!r})"


def _numbers(found: pd.DataFrame, kind: Kind, properties: Mapping[str, Property], tally: Tally) -> pd.DataFrame:
    """Text to numbers: the value and the temperature must be, spread and replicates may be left out."""
    number = pd.to_numeric(found["value"], errors="coerce")
    for (column, _), rows in found.groupby(["column", "property"]):
        _refuse_words(str(column), rows, number[rows.index].isna())
    found = tally.keep(found, number.notna(), "value is not a number", "value")
    found = tally.keep(found, np.isfinite(number[found.index]), "value is infinite", "value")
    kelvin = pd.to_numeric(found["temperature"], errors="coerce")
    stated = found["temperature"] != ""
    right = ~stated | (np.isfinite(kelvin) & (kelvin > 0))
    found = tally.keep(found, right, "temperature is not a number above 0 K", "temperature")
    spread = pd.to_numeric(found["spread"], errors="coerce")
    wrong = (found["spread"] != "") & ~(np.isfinite(spread) & (spread >= 0))
    _note(found[wrong], "spread", "taken as unknown", tally)
    count = pd.to_numeric(found["replicates"], errors="coerce")
    odd = (found["replicates"] != "") & ~((count >= 1) & (count < 1e6) & (count % 1 == 0))
    _note(found[odd], "replicates", "taken as 1", tally)
    return found.assign(
        written_value=found["value"],
        value=number[found.index],
        temperature=kelvin[found.index],
        spread=spread.mask(wrong),
        replicates=count.mask(odd).fillna(1).astype("int64"),
    )


_GROUPS: Final = r"[+-]?[1-9]\d{0,2}(?:[,'\s]\d{3})+(?:\.\d+)?"
"""a number with separators between its thousands"""


def _refuse_words(column: str, rows: pd.DataFrame, wrong: pd.Series) -> None:
    """SimworthError where a majority of at least ENOUGH values of a column is no number."""
    if wrong.mean() <= 0.5 or wrong.sum() < ENOUGH:
        return
    first, cells = rows[wrong].iloc[0], rows["value"][wrong]
    groups = cells[cells.str.fullmatch(_GROUPS)]
    plain = re.sub(r"[^\d.+-]", "", groups.iloc[0]) if len(groups) else ""
    remedy = f"where thousands are separated, write {plain}" if 2 * len(groups) > len(cells) else "check what it holds"
    raise SimworthError(
        f"column {column!r} has {len(cells)} of {len(rows)} values that are no numbers "
        f"(first: row {first['row']}, {first['value'][:SHOWN]!r}); {remedy}"
    )


def _note(rows: pd.DataFrame, column: str, what: str, tally: Tally) -> None:
    if len(rows):
        first = rows.iloc[0]
        tally.notes.append(
            f"{len(rows)} values with a {column} that cannot be used, {what} "
            f"(first: {first['file']} row {first['row']}, {first[column]!r})"
        )


def _converted(found: pd.DataFrame, kind: Kind, properties: Mapping[str, Property], tally: Tally) -> pd.DataFrame:
    values, spreads = pd.Series(np.nan, found.index), pd.Series(np.nan, found.index)
    known = pd.Series(False, found.index)
    for key, rows in found.groupby(["property", "unit"]):
        prop, unit = str(key[0]), str(key[1])
        into = properties[prop].unit
        try:
            change = conversion(unit, into)
        except SimworthError as error:
            reason = f"{prop}: no unit given, {into} is wanted" if not unit else f"{prop}: {error}"
            tally.count(rows.assign(value=rows["written_value"]), reason, "unit" if unit else "value")
            continue
        _refuse_logarithms(rows, prop, unit, properties[prop], tally)
        values[rows.index] = change.values(rows["value"].to_numpy(dtype=float))
        spreads[rows.index] = change.spreads(rows["spread"].to_numpy(dtype=float), values[rows.index].to_numpy())
        known[rows.index] = True
        tally.units[f"{prop}: {unit}"] = into
    return found.assign(value=values, spread=spreads)[known]


def _refuse_logarithms(rows: pd.DataFrame, prop: str, unit: str, wanted: Property, tally: Tally) -> None:
    confirmed = prop in tally.confirmed or unit.startswith(("log", "lg"))
    if confirmed or not looks_like_logarithms(rows["value"].to_numpy(dtype=float), wanted):
        return
    low, high = rows["value"].min(), rows["value"].max()
    raise SimworthError(
        f"column {rows['column'].iloc[0]!r}: its {len(rows)} values ({low:g} to {high:g}) look like decimal logarithms "
        f"of {prop}; pass --unit '{prop}=log10({unit})' (of a mapping: in --value), or --unit '{prop}={unit}' "
        "if they are not"
    )


def _believed(found: pd.DataFrame, kind: Kind, properties: Mapping[str, Property], tally: Tally) -> pd.DataFrame:
    parts = []
    for prop in sorted(found["property"].unique()):
        wanted, rows = properties[prop], found[found["property"] == prop]
        most = (~rows["value"].between(*wanted.range)).mean() > 0.5
        written = pd.to_numeric(rows["written_value"], errors="coerce").to_numpy(dtype=float)
        remedy = unit_remedy(prop, written, rows["unit"].iloc[0], wanted) if most else ""
        parts.append(judged(rows, rows["value"], wanted.range, (prop, wanted.unit, remedy), tally))
    return pd.concat(parts).sort_index()


def _identified(found: pd.DataFrame, kind: Kind, properties: Mapping[str, Property], tally: Tally) -> pd.DataFrame:
    """Canonical structures, and for pairs the solvent; what is not one is counted by reason."""
    found, structure = _canonical(found, "written", kind, 0, tally)
    found = found.assign(structure=structure, item=structure)
    if not kind.is_pair or found.empty:
        return found.assign(partner="")
    found, partner = _canonical(found, "partner", kind, 1, tally)
    return found.assign(partner=partner, item=found["item"].astype(object) + "|" + partner.astype(object))


_SODIUM: Final = "Na"
"""a structure, though elsewhere a word for nothing; NaN is none"""


def _canonical(found: pd.DataFrame, column: str, kind: Kind, part: int, tally: Tally) -> tuple[pd.DataFrame, pd.Series]:
    distinct = found[column].drop_duplicates()
    asked = distinct.mask(is_empty(distinct) & (distinct != _SODIUM), "")
    forms = dict(zip(distinct, canonical(kind.name, asked.tolist(), part=part), strict=True))
    refused = found[column].map({text: one.reason for text, one in forms.items()})
    for reason in sorted(set(refused) - {""}):
        tally.count(found[refused == reason], f"{kind.parts[part].name}: {reason}", column)
    found = found[refused == ""]
    return found, found[column].map({text: one.structure for text, one in forms.items()})


_TYPES: Final = {
    "temperature": "float64",
    "value": "float64",
    "spread": "float64",
    "replicates": "int64",
    "converged": "bool",
    "row": "int64",
}


@functools.cache
def _schemas() -> tuple[Any, Any]:
    """Of the table that a reader returns, and of the clean table."""
    import pandera.pandas as pa  # a second to import, and only the ingest stage needs it

    text = pa.Check.str_length(min_value=1)
    both = {"role": pa.Check.isin(["simulation", "experiment"]), "row": pa.Check.ge(2)}
    finite = pa.Check(lambda values: values.abs() < float("inf"), error="must be finite")
    numbers = {"value": finite, "spread": pa.Check.ge(0), "replicates": pa.Check.ge(1)}

    def schema(names: Iterable[str], types: Mapping[str, str], checks: Mapping[str, Any], *nullable: str) -> Any:
        columns = {
            name: pa.Column(types.get(name, object), checks.get(name), nullable=name in nullable) for name in names
        }
        return pa.DataFrameSchema(columns, strict=True, ordered=True)

    rules = {**both, **numbers, "property": text, "item": text, "structure": text}
    return (
        schema(CANDIDATE_COLUMNS, {name: _TYPES[name] for name in ("converged", "row")}, both),
        schema(CLEAN_COLUMNS, _TYPES, rules, "temperature", "spread"),
    )


def check_candidates(found: pd.DataFrame, reader: str) -> pd.DataFrame:
    """What a reader returned; SimworthError where it is not readers.CANDIDATE_COLUMNS names the column."""
    return _checked(_schemas()[0], found, f"reader {reader!r} returns a wrong table") if len(found) else found


def check_clean(clean: pd.DataFrame) -> pd.DataFrame:
    """`clean` with the right types; SimworthError names the column, the rule and the value that breaks it."""
    return _checked(_schemas()[1], clean.astype(_TYPES), "clean table")


def _checked(schema: Any, table: pd.DataFrame, what: str) -> pd.DataFrame:
    import pandera.errors

    try:
        checked: pd.DataFrame = schema.validate(table)
    except (pandera.errors.SchemaError, pandera.errors.SchemaErrors) as error:
        first = getattr(error, "schema_errors", [error])[0]
        raise SimworthError(f"{what}: {' '.join(str(first).split())[:300]}") from None
    return checked
