"""Units are converted by pint, never assumed."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

import numpy as np
import pandas as pd
import pint

from simworth.config import Property
from simworth.errors import SimworthError

COMMON: Final = (
    "kg/m^3",
    "g/cm^3",
    "J/(kg K)",
    "J/(g K)",
    "kJ/(kg K)",
    "cal/(g K)",
    "W/(m K)",
    "mW/(m K)",
    "W/(cm K)",
    "cal/(s cm K)",
    "S/m",
    "S/cm",
    "uS/cm",
    "percent",
)
"""units in which files of this field are written, tried for a remedy when values look absurd"""


_CELSIUS: Final = {"C": "degC", "°C": "degC", "℃": "degC"}
_MARKS: Final = str.maketrans({"·": " ", "⋅": " ", "µ": "u", "μ": "u", "\u2126": "ohm", "\u03a9": "ohm"})


@functools.cache
def _registry() -> pint.UnitRegistry:
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=False)


@functools.cache
def factor(unit: str, into: str) -> float:
    """Number by which values in `unit` are multiplied to be in `into`; SimworthError where there is none."""
    try:
        zero, one = (_registry().Quantity(value, _spelled(unit)).to(_spelled(into)).magnitude for value in (0.0, 1.0))
    except pint.DimensionalityError:
        raise SimworthError(f"unit {unit!r} cannot be converted to {into!r}: another kind of quantity") from None
    except Exception:  # pint raises UndefinedUnitError, DefinitionSyntaxError, tokenizer and assertion errors
        raise SimworthError(f"unit {unit!r} is not known; write it as in kg/m^3 or W/(m K)") from None
    if zero:
        raise SimworthError(f"unit {unit!r} starts from another zero than {into!r}; give values in {into}")
    return float(one)


def kelvin(celsius: pd.Series) -> pd.Series:
    """Cells in degrees Celsius as text in kelvin; what is no number is left as it is, to be counted."""
    numbers = pd.to_numeric(celsius, errors="coerce")
    degrees = _registry().Quantity(numbers.to_numpy(dtype=float), "degC").to("kelvin").magnitude
    return celsius.where(numbers.isna(), pd.Series(degrees, celsius.index).map(repr))


@functools.cache
def offset_kelvin(unit: str) -> float | None:
    """What is added to a temperature in `unit` to be in kelvin, None where `unit` is no such scale."""
    try:
        zero = _registry().Quantity(0.0, _CELSIUS.get(unit.strip(), unit.strip()) or "dimensionless").to("kelvin")
        one = _registry().Quantity(1.0, _CELSIUS.get(unit.strip(), unit.strip()) or "dimensionless").to("kelvin")
    except Exception:
        return None
    shift = float(zero.magnitude)
    return shift if abs(float(one.magnitude) - shift - 1) < 1e-9 else None


def _spelled(unit: str) -> str:
    """Pint's spelling of what people write: '' is dimensionless, cm3, cm³ and cm-3 are powers, dots multiply."""
    plain = unit.strip().translate(_MARKS).replace("Ohm", "ohm")
    plain = re.sub(r"([⁰¹²³⁴-⁹⁻⁺]+)", lambda found: "^" + unicodedata.normalize("NFKC", found[1]), plain)
    plain = plain.replace("−", "-")  # noqa: RUF001
    return re.sub(r"(?<=[A-Za-z])([+-]?\d+)\b", r"^\1", plain) or "dimensionless"


def likely_unit(values: np.ndarray, unit: str, wanted: Property) -> str:
    """The common unit in which most of `values` (numbers as the file writes them) would be believable, or ''."""
    low, high = wanted.range
    for other in COMMON:
        try:
            scaled = values * factor(other, wanted.unit)
        except SimworthError:
            continue
        if other != unit and np.mean((scaled >= low) & (scaled <= high)) > 0.5:
            return other
    return ""
