"""Compositions as exact reduced formulas: one material, one string, and what is no formula is refused."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

from simworth.data.kinds.kind import KINDS, Kind, Part, StructureError

_ALLOWED: Final = re.compile(r"[A-Za-z0-9.()\[\]{}\s]+")
_SYMBOL: Final = re.compile(r"[A-Z][a-z]*|[a-z]+")
_APART: Final = re.compile(r"\s[\d.]")
"""`Cu2Se 1.98`: whose amount it is cannot be told"""
_ISOTOPE: Final = re.compile(r"[DT](?![a-z])")
"""pymatgen counts both as hydrogen"""
_DIGITS: Final = 8
"""decimals of an amount that count"""


def canonical_composition(formula: str) -> str:
    """Smallest whole-number formula of a composition, elements in alphabetical order: `Bi2Te2.7Se0.3` is `Bi20Se3Te27`.

    Parsed by pymatgen, but only if every symbol is an element: pymatgen alone reads 'G', 'P-' or 'a' as dummy species.
    Raises StructureError with the reason.
    """
    text = formula.strip()
    if not text:
        raise StructureError("no composition")
    if len(text) > 200:
        raise StructureError("composition of more than 200 characters")
    if not _ALLOWED.fullmatch(text):
        raise StructureError("not a chemical formula")
    from pymatgen.core.composition import Composition  # two seconds to import, which polymers need not spend
    from pymatgen.core.periodic_table import Element

    for symbol in _SYMBOL.findall(text):
        if not Element.is_valid_symbol(symbol):
            raise StructureError("not a chemical formula: a symbol that is no element")
    if _APART.search(text):
        raise StructureError("an amount apart from its element; write them without a space")
    if _ISOTOPE.search(text):
        raise StructureError("an isotope (D or T); compositions are told apart by elements only")
    try:
        amounts = {element.symbol: _exact(amount) for element, amount in Composition(text, strict=True).items()}
    except Exception:  # pymatgen raises ValueError, KeyError, IndexError and ZeroDivisionError
        raise StructureError("not a chemical formula") from None
    amounts = {symbol: amount for symbol, amount in amounts.items() if amount}
    if not amounts or any(amount < 0 for amount in amounts.values()):
        raise StructureError("not a chemical formula: no amounts")
    return _smallest(amounts)


def _exact(amount: float) -> Fraction:
    if not math.isfinite(amount) or amount > 1e6:
        raise ValueError(amount)
    return Fraction(str(round(amount, _DIGITS)))


def _smallest(amounts: dict[str, Fraction]) -> str:
    scale = math.lcm(*(amount.denominator for amount in amounts.values()))
    whole = {symbol: int(amount * scale) for symbol, amount in amounts.items()}
    common = math.gcd(*whole.values())
    counts = {symbol: count // common for symbol, count in sorted(whole.items())}
    return "".join(symbol if count == 1 else f"{symbol}{count}" for symbol, count in counts.items())


KINDS.add(
    "composition",
    Kind("composition", "compositions (chemical formulas)", (Part("composition", canonical_composition),)),
)
