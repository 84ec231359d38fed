"""Units are converted by pint, never assumed: written as people write them, refused where two readings fit."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simworth.errors import SimworthError

COMMON: Final = (
    "kg/m^3", "g/cm^3", "J/(kg K)", "J/(g K)", "kJ/(kg K)", "cal/(g K)", "W/(m K)", "mW/(m K)", "W/(cm K)",
    "cal/(s cm K)", "S/m", "S/cm", "uS/cm", "percent", "", "K", "degC", "degF", "eV", "meV", "kJ/mol", "kcal/mol", "Pa",
    "MPa", "GPa",
)  # fmt: skip
"""units in which files of this field are written, tried for a remedy when values look absurd"""
TEMPERATURES: Final = ("K", "degC", "degF")
"""scales of temperature that files use"""

_SETTLED: Final = frozenset({*COMMON, "kelvin", "kelvins", "percent"} - {"degC", "degF"})
"""units of settings that need no pint, whose import takes a second"""
_SCALES: Final = {
    **dict.fromkeys(("C", "°C", "℃", "degC", "deg C", "degrees C", "celsius", "Celsius"), "degC"),
    **dict.fromkeys(("F", "°F", "℉", "degF", "deg F", "degrees F", "fahrenheit", "Fahrenheit"), "degF"),
    **dict.fromkeys(("K", "kelvin", "Kelvin", "°K", "deg K"), "kelvin"),
}
_NOTHING: Final = ("", "-", "1", "unitless", "dimensionless", "none", "fraction", "a.u.")
_MARKS: Final = str.maketrans(
    {"·": " ", "⋅": " ", "×": " ", "µ": "u", "μ": "u", "\u2126": "ohm", "\u03a9": "ohm", "−": "-"}  # noqa: RUF001
)
_WORDS: Final = {
    "gm": "g",
    "gms": "g",
    "gram": "g",
    "ccm": "cm^3",
    "cc": "cm^3",
    "Ohm": "ohm",
    "Ohms": "ohm",
    "sec": "s",
}
_JOINED: Final = re.compile(r"\b(kg|g|mol|cm|mm|m)K\b")
"""denominators such as mK in W/mK, where a metre and a kelvin are meant, not a millikelvin"""
_APART: Final = r"\1 K"
_LOG: Final = re.compile(r"(?:log10|log_10|lg|log)\s*[(\[]?\s*(.*?)\s*[)\]]?", re.DOTALL)


@dataclass(frozen=True)
class Conversion:
    """From values in one unit to values in another: 10 ** value first where they are logarithms, then linear."""

    factor: float
    offset: float = 0.0
    """added after the multiplication; only scales of temperature have one"""
    logarithm: bool = False

    def values(self, given: np.ndarray) -> np.ndarray:
        """Converted values; what overflows is infinite, to be refused by its range."""
        with np.errstate(over="ignore"):
            plain = np.power(10.0, given) if self.logarithm else given
        return plain * self.factor + self.offset

    def spreads(self, spreads: np.ndarray, converted: np.ndarray) -> np.ndarray:
        """Converted standard deviations; of logarithms to first order."""
        return np.abs(spreads * (np.log(10) * converted if self.logarithm else self.factor))


@functools.cache
def conversion(unit: str, into: str) -> Conversion:
    """How values in `unit` become values in `into`; SimworthError where there is no way, or more than one."""
    logarithm = _LOG.fullmatch(unit.strip()) if unit.strip().startswith(("log", "lg")) else None
    inner = logarithm[1] if logarithm else unit
    registry, wanted = _registry(), _parsed(into)
    seen = False
    for candidate in _readings(inner):
        try:
            start, one = (registry.Quantity(value, candidate).to(wanted).magnitude for value in (0.0, 1.0))
        except Exception as error:  # pint raises its own, tokenizer, attribute and assertion errors
            seen |= type(error).__name__ == "DimensionalityError"
            continue
        return Conversion(float(one - start), float(start), logarithm is not None)
    if seen:
        raise SimworthError(f"unit {unit!r} cannot be converted to {into!r}: another kind of quantity")
    raise SimworthError(f"unit {unit!r} is not known; {_way_out(unit)}")


def factor(unit: str, into: str) -> float:
    """Number by which values in `unit` are multiplied to be in `into`; SimworthError where that is not enough."""
    found = conversion(unit, into)
    if found.offset or found.logarithm:
        what = "holds logarithms" if found.logarithm else f"starts from another zero than {into!r}"
        raise SimworthError(f"unit {unit!r} {what}; give values in {into}")
    return found.factor


def check_unit(unit: str) -> None:
    """ValueError where `unit` cannot be that of a property in params.yaml; the message has the spelling that works."""
    if unit in _SETTLED:
        return
    if unit.strip() in _SCALES and _SCALES[unit.strip()] != "kelvin":
        raise ValueError(f"unit {unit!r} does not start from zero; write K (files in degrees are converted)")
    if unit.strip().startswith(("log", "lg")):
        found = _LOG.fullmatch(unit.strip())
        raise ValueError(f"unit {unit!r} is a logarithm; write unit: {found[1] if found else ''}, scale: log10")
    try:
        _parsed(unit)
    except Exception:
        raise ValueError(f"unit {unit!r} is not known; {_way_out(unit)}") from None


def _way_out(unit: str) -> str:
    near = difflib.get_close_matches(unit, [one for one in COMMON if one], n=1, cutoff=0.6)
    return f"write {near[0]}" if near else "write it as in kg/m^3 or W/(m K)"


@functools.cache
def _registry() -> Any:
    import pint  # a second to import, which a command that converts nothing need not spend

    registry: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    registry.define("barrer = 3.34635e-16 * mol * m / (m ** 2 * s * Pa) = _ = Barrer")
    registry.define("atom = 1")
    return registry


def _parsed(unit: str) -> Any:
    """Pint's unit of the first reading that pint knows."""
    failed: Exception | None = None
    for candidate in _readings(unit):
        try:
            return _registry().Unit(candidate)
        except Exception as error:
            failed = error
    raise failed or ValueError(unit)


def _readings(unit: str) -> Iterator[str]:
    """Pint's spellings of what people write, in order: as written; all after the '/' below it; mK as m K."""
    stripped = unit.strip()
    if stripped.lower() in _NOTHING:
        yield "dimensionless"
        return
    if stripped in _SCALES:
        yield _SCALES[stripped]
        if stripped not in ("C", "F"):
            return
    plain = _spelled(stripped)
    top, slash, below = plain.partition("/")
    if slash and "(" not in below and "/" not in below:
        # 'W/mK' and 'W/m K' mean one thing; as products from left to right they would be W/millikelvin and W K/m
        yield f"{top}/({_JOINED.sub(_APART, below)})"
        if " " not in below and not _JOINED.search(below):
            return
    yield plain


def _spelled(stripped: str) -> str:
    """cm3, cm³ and cm-3 are powers, dots and hyphens between letters multiply, gm is g."""
    plain = stripped.translate(_MARKS)
    plain = re.sub(r"([⁰¹²³⁴-⁹⁻⁺]+)", lambda found: "^" + unicodedata.normalize("NFKC", found[1]), plain)
    plain = plain.replace("−", "-")  # noqa: RUF001
    plain = re.sub(r"(?<=[A-Za-z])[-.](?=[A-Za-z])", " ", plain)
    plain = re.sub(r"\b[A-Za-z]+\b", lambda found: _WORDS.get(found[0], found[0]), plain)
    return re.sub(r"(?<=[A-Za-z])([+-]?\d+)\b", r"^\1", plain)
