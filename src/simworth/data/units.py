"""Units are converted by pint, never assumed."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

import numpy as np
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


_MARKS: Final = str.maketrans({"·": " ", "⋅": " ", "µ": "u", "μ": "u"})


@functools.cache
def _registry() -> pint.UnitRegistry:
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=False)


@functools.cache
def factor(unit: str, into: str) -> float:
    """Number by which values in `unit` are multiplied to be in `into`; SimworthError where there is none."""
    try:
        found = _registry().Quantity(1.0, _spelled(unit)).to(_spelled(into)).magnitude
    except pint.DimensionalityError:
        raise SimworthError(f"unit {unit!r} cannot be converted to {into!r}: another kind of quantity") from None
    except Exception:  # pint raises UndefinedUnitError, DefinitionSyntaxError, tokenizer and assertion errors
        raise SimworthError(f"unit {unit!r} is not known; write it as in kg/m^3 or W/(m K)") from None
    return float(found)


def _spelled(unit: str) -> str:
    """Pint's spelling of what people write: '' is dimensionless, cm3, cm³ and cm-3 are powers, dots multiply."""
    plain = unit.strip().translate(_MARKS)
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
