"""Names, units and numbers for the page; every number of the valuation carries its place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from simworth.valuation.numbers import count, decimals, figure

NARROW = "\u202f"
"""no-break space between number and unit"""
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def named(name: str) -> str:
    """A key of params.yaml as words: thermal_conductivity -> thermal conductivity."""
    return name.replace("_", " ")


def pretty_unit(unit: str) -> str:
    """A unit as it is printed: g/cm^3 -> g/cm³."""
    raised = re.sub(r"(?:\^|\*\*)(-?\d+)", lambda found: found.group(1).translate(_RAISED), unit)
    return raised.replace("*", "·").replace("log10(", "log₁₀(").replace("log10", "log₁₀ units")


def with_unit(number: float | None, unit: str) -> str:
    """A number with its unit; the unit alone where the number is None."""
    shown = pretty_unit(unit)
    if number is None:
        return shown
    return f"{figure(number)}{NARROW}{shown}" if shown else figure(number)


amount = with_unit


class Numbers:
    """Numbers of a valuation as HTML that says where each is from, so that page and valuation can be compared."""

    def __init__(self, valuation: Mapping[str, Any]) -> None:
        self._valuation = valuation

    def at(self, place: str) -> Any:
        """The value at a place like tasks/density/law/C/value."""
        value: Any = self._valuation
        for step in place.split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value

    def __call__(self, place: str, places: int | None = None, absolute: bool = False) -> Markup:
        """The number at a place, with three significant digits or a number of decimals; unbounded is said so."""
        value = self.at(place)
        if value is None:
            return Markup('<data value="" data-place="{}">unbounded</data>').format(place)
        shown = abs(value) if absolute else value
        return _data(value, place, figure(shown, places=places))

    def whole(self, place: str) -> Markup:
        """A count, or an n by the law; null is an n that is never reached."""
        value = self.at(place)
        if value is None:
            return Markup('<data value="" data-place="{}">never</data>').format(place)
        return _data(value, place, count(value))

    def span(self, place: str, places: int | None = None, flip: bool = False) -> Markup:
        """The interval below a place, its ends each with its own place; flip shows it with the other sign."""
        if self.at(f"{place}/high") is None and not self.at(f"{place}/low"):  # every quantity here is at least 0
            return Markup("unbounded")
        ends = ("high", "low") if flip else ("low", "high")
        low, high = (self._end(f"{place}/{end}", places, flip) for end in ends)
        if low is None:
            return Markup("up to {}").format(high)
        if high is None:
            return Markup("above {}").format(low)
        return Markup("{} to {}").format(low, high)

    def fall(self, place: str, places: int) -> Markup:
        """A number with a number of decimals, in words where those would show it as 0."""
        value = self.at(place)
        if value is None or value == 0 or round(abs(value), places):
            return self(place, places)
        return _data(value, place, f"less than {10.0**-places:.{places}f}")

    def error_span(self, place: str) -> Markup:
        """The interval of an error, which is never below 0 though its approximation may reach there."""
        low, high = self.at(f"{place}/low"), self.at(f"{place}/high")
        if low is not None and low < 0 and high is not None:
            return Markup("up to {}").format(self._end(f"{place}/high", None, False))
        return self.span(place)

    def spread_n(self, place: str) -> Markup:
        """The interval of an n; an open upper end is an n that may never be reached."""
        low, high = self.at(f"{place}/low"), self.at(f"{place}/high")
        if low is None:
            return Markup("never")
        if high is None and low <= 1:
            return Markup("unbounded")
        first = self.whole(f"{place}/low")
        return Markup("{} to {}").format(first, self.whole(f"{place}/high") if high is not None else "never")

    def places(self, place: str) -> int:
        """Decimals that show three significant digits of the number at a place."""
        return decimals(float(self.at(place)))

    def _end(self, place: str, places: int | None, flip: bool) -> Markup | None:
        value = self.at(place)
        if value is None:
            return None
        return _data(value, place, figure(-value if flip else value, places=places))


def _data(value: float, place: str, shown: str) -> Markup:
    return Markup('<data value="{}" data-place="{}">{}</data>').format(repr(value), place, raised_exponent(shown))


def raised_exponent(shown: str) -> Markup:
    """1.70e-11 with a raised power of ten; true minus signs."""
    found = re.fullmatch(r"(-?[\d.]+)e([+-])(\d+)", shown)
    if found:
        exponent = str(int(found.group(2) + found.group(3))).translate(_RAISED)
        shown = f"{found.group(1)} {TIMES} 10{exponent}"
    return escape(shown.replace("-", MINUS))


def percent(share: float) -> str:
    """A share with two significant digits."""
    return f"{figure(100 * share, 2)}{NARROW}%"


def signed(number: float, unit: str) -> str:
    """A number with its sign and unit."""
    return ("+" if number > 0 else "") + with_unit(number, unit).replace("-", MINUS)
