"""Schemas of what readers return and of the clean table, checked by pandera."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.data.readers.registry import CANDIDATE_COLUMNS
from simworth.errors import SimworthError

_TYPES = {
    "temperature": "float64",
    "value": "float64",
    "spread": "float64",
    "replicates": "int64",
    "converged": "bool",
    "row": "int64",
}


@functools.cache
def _schema() -> Any:
    import pandera.pandas as pa  # a second to import, and only the ingest stage needs it

    finite = pa.Check(lambda values: values.abs() < float("inf"), error="must be finite")
    checks = {
        "role": [pa.Check.isin(["simulation", "experiment"])],
        "property": [pa.Check.str_length(min_value=1)],
        "item": [pa.Check.str_length(min_value=1)],
        "structure": [pa.Check.str_length(min_value=1)],
        "value": [finite],
        "spread": [pa.Check.ge(0)],
        "replicates": [pa.Check.ge(1)],
        "row": [pa.Check.ge(2)],
    }
    columns = {
        name: pa.Column(_TYPES.get(name, object), checks.get(name, []), nullable=name in ("temperature", "spread"))
        for name in CLEAN_COLUMNS
    }
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


@functools.cache
def _candidates() -> Any:
    import pandera.pandas as pa

    types = {"converged": bool, "row": int}
    checks = {"role": [pa.Check.isin(["simulation", "experiment"])], "row": [pa.Check.ge(2)]}
    columns = {name: pa.Column(types.get(name, object), checks.get(name, [])) for name in CANDIDATE_COLUMNS}
    return pa.DataFrameSchema(columns, strict=True, ordered=True, coerce=False)


def check_candidates(found: pd.DataFrame) -> pd.DataFrame:
    """What a reader returned, if it keeps readers.CANDIDATE_COLUMNS; a reader that does not is a bug of ours."""
    return _candidates().validate(found) if len(found) else found  # type: ignore[no-any-return]


def empty_clean() -> pd.DataFrame:
    """A clean table without rows."""
    return pd.DataFrame({name: pd.Series(dtype=_TYPES.get(name, "object")) for name in CLEAN_COLUMNS})


def check_clean(clean: pd.DataFrame) -> pd.DataFrame:
    """`clean` with the right types; SimworthError names the column, the rule and the value that breaks it."""
    import pandera.errors

    typed = clean.astype({name: _TYPES[name] for name in _TYPES})
    try:
        checked: pd.DataFrame = _schema().validate(typed)
    except pandera.errors.SchemaError as error:
        raise SimworthError(f"clean table: {' '.join(str(error).split())[:300]}") from None
    return checked
